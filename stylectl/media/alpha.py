"""Transparency: what stands in for hidden colour, and how alpha is dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]


def bleed_colour(rgb: FloatArray, alpha: FloatArray) -> FloatArray:
    """Replaces the colour under fully transparent pixels by that of the visible ones near them.

    What lies there is whatever the program that wrote the file left, often black, and a network
    that looks at neighbourhoods would carry it into the visible edge.

    Args:
        rgb: (H, W, 3), values in [0, 1].
        alpha: (H, W), values in [0, 1].

    Returns:
        (H, W, 3): the same wherever alpha is above 0; elsewhere a smooth mean of visible colours.
        Unchanged if all of it, or nothing, is fully transparent.
    """
    hidden = alpha == 0
    if not hidden.any() or hidden.all():
        return rgb
    bled = rgb.copy()
    for channel in range(3):  # one at a time, for the memory
        filled = _fill(rgb[..., channel] * alpha, alpha)
        bled[..., channel][hidden] = np.clip(filled[hidden], 0, 1)
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
    coarse = np.asarray(half.resize((width, height), Image.Resampling.BILINEAR))
    # A quarter covered is known well enough: it is nearer than what the coarser scale knows.
    confidence = np.minimum(4 * weight, 1)
    return confidence * known + (1 - confidence) * coarse


def _halved(plane: FloatArray) -> FloatArray:
    return np.asarray(Image.fromarray(plane).reduce(2))
