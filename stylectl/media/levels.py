"""Pixels as integers of 8 or 16 bits, and as values in [0, 1]; never all of both at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]
Levels = NDArray[np.uint8 | np.uint16]

_BAND_PIXELS = 1 << 20  # what is converted at once


def bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture in slices of about a million pixels, an even number of rows each."""
    rows = max(2, _BAND_PIXELS // max(1, width) // 2 * 2)
    for start in range(0, height, rows):
        yield slice(start, min(start + rows, height))


def to_unit(values: NDArray[Any]) -> FloatArray:
    """Levels of 8 or 16 bits as float32 in [0, 1]; floats as they are."""
    if values.dtype == np.uint8 or values.dtype == np.uint16:
        return np.divide(values, np.float32(np.iinfo(values.dtype).max), dtype=np.float32)
    return values


def to_uint8(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Rounds (H, ...) values to the nearest of 0..255: floats in [0, 1], or levels of 16 bits.

    What is outside of [0, 1] is clipped; NaN becomes 0. Levels of 8 bits are returned as they are.
    """
    return values if values.dtype == np.uint8 else _rounded(values, np.uint8)


def to_uint16(values: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Rounds (H, ...) values in [0, 1] to the nearest of 0..65535, as `to_uint8` does."""
    return _rounded(values, np.uint16)


def decoded(image: Image.Image) -> NDArray[np.uint8]:
    """The levels of an image of 8 bits: (H, W), or (H, W, 3) for RGB."""
    channels = len(image.getbands())
    shape = (image.height, image.width, channels)[: 2 if channels == 1 else 3]
    result = np.empty(shape, np.uint8)
    for rows in bands(image.height, image.width):
        result[rows] = np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
    return result


def _rounded(values: NDArray[Any], kind: type[Any]) -> NDArray[Any]:
    result = np.empty(values.shape, kind)
    flat, out = np.atleast_1d(values), np.atleast_1d(result)
    width = int(np.prod(flat.shape[1:], dtype=int))
    for rows in bands(len(flat), width):
        scaled = np.nan_to_num(to_unit(flat[rows]))
        np.clip(scaled, 0, 1, out=scaled)
        scaled *= np.iinfo(kind).max
        out[rows] = np.rint(scaled, out=scaled)
    return result
