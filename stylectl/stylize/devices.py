"""Where the network runs, and what it means when the memory there runs out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from stylectl.errors import DeviceError, UsageError


def choose_device(device: str | torch.device) -> torch.device:
    """The device of a name: "cpu", "cuda", "cuda:1", "mps", or "auto" for the fastest one here.

    Raises:
        UsageError: no device has such a name.
        DeviceError: this machine does not have it, or cannot use it.
    """
    if device == "auto":
        devices = (torch.device(name) for name in ("cuda", "mps", "cpu"))
        return next(device for device in devices if _trouble(device) is None)
    try:
        chosen = torch.device(device)
    except RuntimeError:
        chosen = None
    if chosen is None or chosen.type not in ("cpu", "cuda", "mps"):
        raise UsageError(f"there is no device {device!s}", "use auto, cpu, cuda or mps")
    trouble = _trouble(chosen)
    if trouble:
        raise DeviceError(f"device {chosen} cannot be used: {trouble}", "use --device cpu or auto")
    return chosen


@contextlib.contextmanager
def memory_errors(device: torch.device) -> Iterator[None]:
    """Turns what torch raises when memory runs out into a DeviceError."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DeviceError(
            f"the memory of {device} is too small for this picture",
            "work at a smaller --size" + ("" if device.type == "cpu" else ", or use --device cpu"),
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether this is what torch raises when memory runs out."""
    # On the CPU torch has no type of its own for it.
    on_cpu = "not enough memory" in str(error) or "allocate memory" in str(error)
    return on_cpu or isinstance(error, (torch.OutOfMemoryError, MemoryError))


def _trouble(device: torch.device) -> str | None:
    """Why a device cannot be used here; None if it can."""
    if device.type == "cuda" and not torch.cuda.is_available():
        return "torch finds no usable NVIDIA GPU"
    if device.type == "mps" and not torch.backends.mps.is_available():
        return "this is no Mac with an Apple GPU"
    try:
        # A GPU can be listed and yet be too old for this torch, held by another process, or full.
        (torch.zeros(1, device=device) + 1).item()
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return None
