"""How much memory there is, what a picture takes of it, and into which tiles it is cut therefore.

The figures are measured: docs/tiling.md says how.
"""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

import torch

from stylectl.model import ModelConfig
from stylectl.model.encoder import STRIDE
from stylectl.stylize.settings import MINIMUM_TILE, TileSize

_MEMORY_IF_UNKNOWN = 2 << 30
_ENOUGH = 384 << 20  # a CPU gains nothing by larger tiles (measured), and others want memory too
_ENOUGH_GPU = 8 << 30
_OVERLAP = 64  # pixels a side that a tile computes beyond its own, as far as memory is concerned


def free_memory(device: torch.device) -> int:
    """Bytes that can still be had on `device`; a cautious guess where the system does not tell."""
    if device.type == "cuda":
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + held
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    limits = [_left_of_machine(), _left_of_cgroup(), _left_of_process()]
    return min((limit for limit in limits if limit is not None), default=_MEMORY_IF_UNKNOWN)


def bytes_per_pixel(config: ModelConfig) -> int:
    """What computing a picture takes at its peak, for each of its pixels."""
    # Five maps of the widest that stand at full resolution: in the first block or in the last.
    return 5 * 4 * max(config.channels[0], config.width // 8)


def feature_bytes(config: ModelConfig, size: tuple[int, int], batch: int) -> int:
    """What Zc takes of a content of `size`, in float32."""
    return 4 * batch * config.width * (size[0] // STRIDE) * (size[1] // STRIDE)


def choose_tile(
    tile: TileSize, size: tuple[int, int], batch: int, config: ModelConfig, device: torch.device
) -> int | None:
    """The side in pixels of the tiles, a multiple of 8; None for the picture as a whole.

    Args:
        tile: what was asked for.
        size: height and width of the picture.
        batch: how many pictures there are.
        config: of the network.
        device: where it computes.
    """
    if tile == "off":
        return None
    if tile == "auto":
        enough = _ENOUGH if device.type == "cpu" else _ENOUGH_GPU
        pixels = min(free_memory(device) // 2, enough) // (batch * bytes_per_pixel(config))
        if size[0] * size[1] <= pixels:
            return None
        tile = max(MINIMUM_TILE, math.isqrt(pixels) - _OVERLAP)
    tile = tile // STRIDE * STRIDE
    return None if tile >= max(size) else tile


def _left_of_machine() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Not sysconf's free pages: what the file cache holds can be had too.
        lines = Path("/proc/meminfo").read_text().splitlines()
        available = next((line for line in lines if line.startswith("MemAvailable:")), "")
        return int(available.split()[1]) * 1024
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return None


def _left_of_cgroup(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    """What the container may still take; its file cache is given back when it asks for more."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        limit = int((folder / "memory.max").read_text())  # "max" is no number: no limit
        used = int((folder / "memory.current").read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
        cache = next((line for line in lines if line.startswith("inactive_file ")), "- 0")
        return max(0, limit - used + int(cache.split()[1]))
    return None


def _left_of_process() -> int | None:
    """What `ulimit -v` leaves."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            return max(0, limit - pages * resource.getpagesize())
    return None
