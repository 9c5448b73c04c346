"""Where pictures can be painted, with how much memory and how many threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import torch

from stylectl.errors import DeviceError
from stylectl.findings import Finding
from stylectl.stylize.devices import choose_device
from stylectl.stylize.memory import free_memory

LITTLE = 1 << 30  # bytes: torch and a picture of a megapixel take nearly that


def devices(wanted: str) -> Iterator[Finding]:
    """The CPU, each GPU, and which of them is taken.

    Args:
        wanted: as the user asked for.
    """
    yield _cpu()
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            yield _gpu(f"cuda:{number}", torch.cuda.get_device_name(number))
    else:
        built = torch.version.cuda
        why = "torch finds no usable NVIDIA GPU" if built else "this torch was built without it"
        yield Finding("cuda", "ok", f"none: {why}", data={"available": False, "built_for": built})
    if sys.platform == "darwin":
        yield _gpu("mps", "Apple GPU")
    try:
        chosen = str(choose_device(wanted))
    except DeviceError as error:
        yield Finding.of_error("chosen", error)
    else:
        yield Finding("chosen", "ok", f"{wanted} takes {chosen}", data={"device": chosen})


def _cpu() -> Finding:
    processors, threads = _processors(), torch.get_num_threads()
    capability = torch.backends.cpu.get_cpu_capability()
    free = free_memory(torch.device("cpu"))
    message = (
        f"threads {threads}, processors {processors}, {capability}, "
        f"{_gigabytes(free)} of memory free"
    )
    facts = {"threads": threads, "processors": processors, "capability": capability}
    return _by_memory("cpu", message, free, facts)


def _gpu(name: str, model: str) -> Finding:
    try:
        device = choose_device(name)
        free = free_memory(device)
    except DeviceError as error:
        return Finding(name, "warning", f"{model}: {error.message}", "use --device cpu")
    except RuntimeError as error:
        return Finding(name, "warning", f"{model}: {str(error).splitlines()[0]}")
    return _by_memory(name, f"{model}, {_gigabytes(free)} of memory free", free, {"model": model})


def _by_memory(name: str, message: str, free: int, facts: dict[str, object]) -> Finding:
    facts = {**facts, "free_bytes": free}
    if free < LITTLE:
        hint = "end other programs, or paint with a smaller --tile"
        return Finding(name, "warning", f"{message}, which is little", hint, facts)
    return Finding(name, "ok", message, data=facts)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # what a container or SLURM leaves of the machine
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
