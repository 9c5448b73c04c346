"""How many workers a cluster gets, and what each of them takes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stylectl.errors import DeviceError, UsageError

# A CPU worker's threads at most: what further ones gain in one picture, a second worker gains more.
THREADS = 4

Host = Mapping[str, float]  # what it has, in Ray's names: "CPU", "GPU"


@dataclass(frozen=True)
class Crew:
    """The workers.

    Attributes:
        workers: their number.
        cpus, gpus: what each takes; a GPU may be shared.
    """

    workers: int
    cpus: int
    gpus: float


def crew_for(
    hosts: Sequence[Host], device: str, workers: int | None = None, threads: int | None = None
) -> Crew:
    """One worker per GPU if there are any and they may be used, else one for every few CPU cores.

    Args:
        device: as for `Stylizer.load`.
        workers: how many; None decides.
        threads: of a CPU worker; None is 4, or what the smallest host has.

    Raises:
        DeviceError: a GPU is wanted and there is none, or there is no CPU either.
        UsageError: so many workers do not fit.
    """
    gpus = sum(int(host.get("GPU", 0)) for host in hosts)
    if device.startswith("cuda") and not gpus:
        raise DeviceError("Ray knows of no GPU", "use --device cpu or auto")
    if gpus and device not in ("cpu", "mps"):
        workers = workers or gpus
        return Crew(workers, 1, 1 / math.ceil(workers / gpus))
    cores = [int(host.get("CPU", 0)) for host in hosts if host.get("CPU", 0) >= 1]
    if not cores:
        raise DeviceError("Ray knows of no CPU that it may use", "see `ray status`")
    each = min(threads or THREADS, min(cores))
    while workers and each > 1 and _places(cores, each) < workers:
        each -= 1
    places = _places(cores, each)
    if workers and places < workers:
        raise UsageError(
            f"--workers {workers} do not fit: Ray has {places} CPU cores", f"at most {places}"
        )
    return Crew(workers or places, each, 0)


def _places(cores: Sequence[int], each: int) -> int:
    return sum(own // each for own in cores)
