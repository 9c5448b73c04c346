"""A colour map for heat maps: violet over red to light yellow.

Lightness rises evenly in Oklab, so equal steps look equal; since it alone tells the order, colour
blindness and grey printing lose nothing of it.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from numpy.typing import NDArray

from stylectl.stylize.colour import from_oklab

_STEPS = 256
_LIGHTNESS = 0.28, 0.97
_HUE = 285.0, 465.0  # degrees: violet, through red (390), to yellow
_CHROMA = 0.10, 0.04  # at the two ends
_BULGE = 0.10  # more of it between them; as much as screens can show


@functools.cache
def heat_colours() -> NDArray[np.float32]:
    """The 256 colours, (256, 3) sRGB in [0, 1], from nothing to the most."""
    steps = torch.linspace(0, 1, _STEPS, dtype=torch.float64)
    lightness = _LIGHTNESS[0] + steps * (_LIGHTNESS[1] - _LIGHTNESS[0])
    hue = torch.deg2rad(_HUE[0] + steps * (_HUE[1] - _HUE[0]))
    chroma = _CHROMA[0] + steps * (_CHROMA[1] - _CHROMA[0])
    chroma += _BULGE * torch.sin(math.pi * steps)
    lab = torch.stack([lightness, chroma * hue.cos(), chroma * hue.sin()])  # (3, 256)
    return from_oklab(lab[None, :, None])[0, :, 0].T.float().numpy()


def coloured(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """The colours (..., 3) of values in [0, 1]; what is outside takes the nearer end's."""
    steps = np.rint(np.clip(values, 0, 1) * (_STEPS - 1)).astype(np.intp)
    return heat_colours()[steps]
