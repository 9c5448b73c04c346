"""Attention over a style image as a heat map, and the scale that goes with it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stylectl.figures.heat import coloured
from stylectl.figures.lettering import FAINT, INK, font, write
from stylectl.media import to_uint8
from stylectl.stylize.attention import AttentionMaps
from stylectl.stylize.colour import LUMA

FloatArray = NDArray[np.float32]

_DIM = 0.6  # of the painting's own lightness, in grey below the heat
_COVER = 0.5, 0.95  # how much of it the least and the most heat hide
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class Scale:
    """From an even share of the attention (dark) to `largest` times of it and more (light).

    Each step of lightness is a factor: weights differ by hundreds, and on an even scale all but a
    few of them would look like nothing.
    """

    def __init__(self, largest: float) -> None:
        self.largest = max(largest, 2.0)  # a scale needs two ends

    def __call__(self, times_even: FloatArray) -> FloatArray:
        """Where weights stand on the scale, in [0, 1]; they are multiples of the even share."""
        steps = np.log(np.maximum(times_even, 1)) / np.log(self.largest)
        return np.minimum(steps, 1).astype(np.float32)

    def draw(self, sheet: Image.Image, where: tuple[int, int], width: int) -> None:
        """The legend, 80 pixels high: the colours as they are on the maps, with ticks."""
        x, y = where
        ramp = np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (24, width))
        ground = np.full((*ramp.shape, 3), _DIM / 2, np.float32)
        sheet.paste(Image.fromarray(to_uint8(_mixed(ground, ramp))), (x, y))
        last = f"{self.largest:.0f}x or more"
        free = width - font(16).getlength(last) - 24
        places = {tick: round(math.log(tick, self.largest) * (width - 1)) for tick in _TICKS}
        for tick, place in places.items():
            if place < free:
                sheet.paste(INK, (x + place, y + 24, x + place + 1, y + 30))
                write(sheet, (x + place, y + 32), f"{tick}x", 16, anchor="ma" if place else "la")
        write(sheet, (x + width, y + 32), last, 16, anchor="ra")
        write(sheet, (x, y + 58), "1x: what each cell would get if all counted alike", 16, FAINT)


def heat_map(
    weights: Tensor, maps: AttentionMaps, style: Image.Image, scale: Scale, size: tuple[int, int]
) -> Image.Image:
    """One map of weights (rows, columns) over the style, `size` pixels wide and high.

    Each position of the style is one flat cell: nothing is smoothed, nothing looks finer than it
    is. Cells of weight 0 are left in grey.
    """
    width, height = size
    down, across = maps.cells((height, width))
    values = (weights * weights.numel())[down][:, across].numpy()  # (height, width)
    small = np.asarray(style.resize(size, Image.Resampling.LANCZOS), np.float32) / np.float32(255)
    luma = small @ np.array(LUMA, np.float32)  # (height, width)
    grey = np.asarray(np.repeat(luma[..., None], 3, axis=2) * _DIM, np.float32)
    shown = np.where(values[..., None] > 0, _mixed(grey, scale(values)), grey)
    return Image.fromarray(to_uint8(shown))


def _mixed(grey: FloatArray, steps: FloatArray) -> FloatArray:
    cover = (_COVER[0] + (_COVER[1] - _COVER[0]) * steps)[..., None]
    return np.asarray((1 - cover) * grey + cover * coloured(steps), np.float32)
