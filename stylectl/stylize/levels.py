"""Images as they are held, in integers where they came so, and as the network takes them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

_WHITE = {torch.uint8: 255, torch.uint16: 65535}
_BAND_PIXELS = 1 << 20  # what is converted at once


def to_unit(pixels: Tensor) -> Tensor:
    """Float32 in [0, 1] of levels in 8 or 16 bits, or of floats that are there but for rounding."""
    white = _WHITE.get(pixels.dtype)
    return pixels.float().clamp(0, 1) if white is None else pixels.float() / white


def from_unit(values: Tensor, dtype: torch.dtype) -> Tensor:
    """Values in [0, 1] as levels of `dtype`, or as they are if that is float32."""
    white = _WHITE.get(dtype)
    return values if white is None else (values * white).round().to(dtype)


def between_steps(dtype: torch.dtype) -> torch.dtype:
    """In what an image is held that will be computed with again: levels are rounded only once."""
    return torch.uint16 if dtype in _WHITE else torch.float32


def empty_image(like: Tensor, size: tuple[int, int], dtype: torch.dtype) -> Tensor:
    """Room for an image (B, 3, *size) on the device of `like`, laid out as arrays (H, W, 3) are."""
    shape = (*like.shape[:2], *size)
    layout = torch.channels_last
    return torch.empty(shape, dtype=dtype, device=like.device, memory_format=layout)


def bands(length: int, across: int) -> Iterator[slice]:
    """The rows (or columns) of an image in slices of about a million pixels."""
    count = max(1, _BAND_PIXELS // across)
    for start in range(0, length, count):
        yield slice(start, min(start + count, length))
