"""Reading and writing tensors: safetensors with a JSON header; a .pth only with weights_only."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.interrupt import uninterrupted
from stylectl.media import atomic_output, shown
from stylectl.weights.layout import (
    DIGEST_KEY,
    GET_AGAIN,
    HEADER_KEY,
    check_is_file,
    read_layout,
    sha256,
)

__all__ = [
    "check_finite",
    "halves",
    "is_pickle",
    "load_safely",
    "load_tensors",
    "read_pickle",
    "read_tensors",
    "sha256",
    "write_tensors",
]


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors of a weights file, on the CPU, and the description in its header ({} if none).

    Raises:
        WeightsError: when the file is missing, truncated or otherwise damaged, holds NaN or
            infinity, or needs unsafe unpickling.
    """
    tensors, header = load_tensors(path)
    return check_finite(path, tensors), header


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The same as `read_tensors`, with NaN and infinity too.

    Raises:
        WeightsError: as `read_tensors` does for all else.
    """
    if is_pickle(path):
        return _state(path, read_pickle(path)), {}
    return _read_safetensors(path)


def write_tensors(
    path: Path, tensors: dict[str, Tensor], header: dict[str, Any], *, overwrite: bool = True
) -> None:
    """Write tensors and their description atomically.

    Raises:
        OutputError: it cannot be written, or exists and `overwrite` is False.
    """
    contiguous = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    described = {**header, DIGEST_KEY: _digest(header, contiguous)}
    # One entry only: safetensors writes several in random order, and equal weights should be equal.
    metadata = {HEADER_KEY: json.dumps(described)}
    with atomic_output(path, overwrite=overwrite) as temporary:
        # Not save_file, whose own error for a full disk is none that atomic_output knows.
        temporary.write_bytes(save(contiguous, metadata))


def halves(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors in fp16, half the file, but for any too large for it.

    A training run's checkpoint keeps the full precision.
    """
    return {key: _half(value) for key, value in tensors.items()}


def is_pickle(path: Path) -> bool:
    """Whether a file is, by its name, one that torch.save makes."""
    return path.suffix.lower() in (".pth", ".pt")


def read_pickle(path: Path) -> Any:
    """What torch.save wrote, of types that cannot do anything: nothing in it is executed.

    Raises:
        WeightsError: it is missing or damaged, or needs other types, which are named.
    """
    check_is_file(path)
    try:
        return load_safely(path)
    except Exception as error:  # torch raises many types for a bad or unsafe pickle
        refused = re.search(r"GLOBAL (\S+)", str(error))
        if refused:
            raise WeightsError(
                f"{shown(path)} was refused by torch.load(weights_only=True): "
                f"it needs {refused[1]}",
                "nothing in it was executed; convert it to .safetensors where you trust it",
            ) from None
        raise WeightsError(
            f"{shown(path)} is damaged, or was not made by torch.save", GET_AGAIN
        ) from None


def load_safely(path: Path) -> Any:
    """`torch.load` without executing anything, and without a word; raises whatever that does."""
    with warnings.catch_warnings(), uninterrupted():
        warnings.simplefilter("ignore")  # of damaged pickles torch tells beside the error
        return torch.load(path, map_location="cpu", weights_only=True)


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    header = read_layout(path).header
    try:
        with uninterrupted(), safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, AttributeError) as error:
        raise WeightsError(
            f"{shown(path)} is no intact safetensors file: {error}", GET_AGAIN
        ) from None
    # safetensors itself notices only damage to the layout, not to the numbers.
    digest = header.pop(DIGEST_KEY, None)
    if digest is not None and digest != _digest(header, tensors):
        raise WeightsError(f"{shown(path)} is damaged: its checksum does not match", GET_AGAIN)
    return tensors, header


def _digest(header: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """SHA-256 over the description and every tensor's name, type, shape and bytes."""
    digest = hashlib.sha256(json.dumps(header).encode())
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def check_finite(path: Path, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, none of which holds NaN or infinity.

    Raises:
        WeightsError: one does, and `path` is where it is from; or torch cannot compute with it.
    """
    for key, value in tensors.items():
        try:
            finite = not value.is_floating_point() or torch.isfinite(value.float()).all()
        except NotImplementedError:  # torch stores types of 4 bits that it cannot compute with
            raise WeightsError(
                f"{shown(path)} stores {key} as {value.dtype}, with which torch cannot compute",
                "convert it to float16 or float32",
            ) from None
        if not finite:
            raise WeightsError(f"{shown(path)} holds NaN or infinity in {key}", "use another copy")
    return tensors


def _state(path: Path, state: Any) -> dict[str, Tensor]:
    if isinstance(state, dict) and {"describe", "modules"} <= state.keys():
        raise WeightsError(
            f"{shown(path)} is the checkpoint of a training run, no weights file",
            "make weights of it: stylectl weights import FILE --name NAME",
        )
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise WeightsError(
            f"{shown(path)} is no plain dictionary of tensors", "save its state_dict()"
        )
    return state


def _half(value: Tensor) -> Tensor:
    half = value.half() if value.is_floating_point() else value
    return half if torch.isfinite(half).all() else value
