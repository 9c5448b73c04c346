"""Masks: pictures of which only the light and dark count."""

from __future__ import annotations

import numpy as np

from stylectl.media.alpha import FloatArray
from stylectl.media.images import Picture

LUMA = (0.2126, 0.7152, 0.0722)  # BT.709, the primaries of sRGB


def mask_of(picture: Picture) -> FloatArray:
    """The luma (H, W) of a picture, in [0, 1]; what is transparent in it counts as black.

    So a shape painted in white on transparency, as image editors export it, is that shape.
    """
    luma = np.clip(picture.rgb @ np.array(LUMA, np.float32), 0, 1)
    return luma if picture.alpha is None else luma * picture.alpha
