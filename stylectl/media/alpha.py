"""Transparency: what stands in for hidden colour, and how alpha is dropped."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from PIL import Image

from stylectl.media.levels import FloatArray, Levels, bands, to_uint8, to_uint16, to_unit

PixelsT = TypeVar("PixelsT", FloatArray, Levels)


def bleed_colour(rgb: PixelsT, alpha: FloatArray | Levels) -> PixelsT:
    """Replaces the colour under fully transparent pixels by that of the visible ones near them.

    What lies there is whatever the program that wrote the file left, often black, and a network
    that looks at neighbourhoods would carry it into the visible edge.

    Args:
        rgb: (H, W, 3), levels, or values in [0, 1].
        alpha: (H, W), levels, or values in [0, 1].

    Returns:
        (H, W, 3): the same wherever alpha is above 0; elsewhere a smooth mean of visible colours.
        Unchanged if all of it, or nothing, is fully transparent.
    """
    if alpha.min() > 0 or alpha.max() == 0:
        return rgb
    bled = rgb.copy()
    height, width = alpha.shape
    weight = np.vstack([_halved(to_unit(alpha[rows])) for rows in bands(height, width)])
    for channel in range(3):  # one at a time, and never a whole plane in floats: for the memory
        plane = rgb[..., channel]
        halves = [
            _halved(to_unit(plane[rows]) * to_unit(alpha[rows])) for rows in bands(height, width)
        ]
        # Nothing is known of hidden pixels themselves: they get what stands at half their scale.
        coarse = Image.fromarray(_fill(np.vstack(halves), weight))
        for rows in bands(height, width):
            hidden = alpha[rows] == 0
            filled = _doubled(coarse, (height, width), rows)[hidden].clip(0, 1)
            bled[rows, :, channel][hidden] = _levels_like(rgb, filled)
    return bled


def composite_over_white(rgb: FloatArray, alpha: FloatArray) -> FloatArray:
    """What (H, W, 3) ``rgb`` with (H, W) ``alpha``, all in [0, 1], looks like on white paper."""
    return rgb * alpha[..., None] + (1 - alpha[..., None])


def _fill(premultiplied: FloatArray, weight: FloatArray) -> FloatArray:
    """A normalised blur pyramid of one (H, W) channel.

    Where nothing is known at one scale, the mean at half that scale stands in.
    """
    known = np.divide(premultiplied, weight, out=np.zeros_like(premultiplied), where=weight > 0)
    if max(weight.shape) == 1:
        return known
    height, width = weight.shape
    half = Image.fromarray(_fill(_halved(premultiplied), _halved(weight)))
    coarse = _doubled(half, (height, width), slice(0, height))
    # A quarter covered is known well enough: it is nearer than what the coarser scale knows.
    confidence = np.minimum(4 * weight, 1)
    return confidence * known + (1 - confidence) * coarse


def _halved(plane: FloatArray) -> FloatArray:
    return np.asarray(Image.fromarray(plane).reduce(2))


def _doubled(half: Image.Image, size: tuple[int, int], rows: slice) -> FloatArray:
    """Some rows of `half` at `size`, height and width, of which it is the half."""
    height, width = size
    scale = half.height / height
    box = (0, rows.start * scale, half.width, rows.stop * scale)
    part = (width, rows.stop - rows.start)
    return np.asarray(half.resize(part, Image.Resampling.BILINEAR, box))


def _levels_like(pixels: FloatArray | Levels, values: FloatArray) -> FloatArray | Levels:
    if pixels.dtype == np.uint8:
        return to_uint8(values)
    return to_uint16(values) if pixels.dtype == np.uint16 else values
