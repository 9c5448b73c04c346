"""Pictures as figures show them: on white paper, small, and never cut."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stylectl.figures.lettering import PAPER
from stylectl.media import Levels, Picture, to_uint8, to_unit
from stylectl.media.alpha import composite_over_white
from stylectl.stylize import sizes


def on_paper(pixels: Levels, opacity: Levels | None = None) -> Image.Image:
    """An image of levels (H, W, 3) and opacity (H, W) as it looks on white paper."""
    if opacity is None:
        return Image.fromarray(to_uint8(pixels))
    return Image.fromarray(to_uint8(composite_over_white(to_unit(pixels), to_unit(opacity))))


def resized(picture: Picture, long_edge: int) -> Picture:
    """The picture at a long edge of `long_edge` pixels, resized as the facade would do it."""
    width, height = picture.size
    size = sizes.fit_long_edge((height, width), long_edge)

    def at_size(values: NDArray[Any]) -> NDArray[Any]:
        planes = torch.from_numpy(values).reshape(1, height, width, -1).permute(0, 3, 1, 2)
        resampled = sizes.resize(planes, size, planes.dtype)  # (1, C, H, W)
        return resampled[0].permute(1, 2, 0).numpy()  # (H, W, C)

    opacity = None if picture.opacity is None else at_size(picture.opacity)[..., 0]
    return dataclasses.replace(picture, pixels=at_size(picture.pixels), opacity=opacity)


def letterboxed(picture: Image.Image, side: int) -> Tensor:
    """The whole picture in the middle of a white square, (3, side, side) in [0, 1]."""
    scale = side / max(picture.size)
    width, height = (max(1, round(edge * scale)) for edge in picture.size)
    square = Image.new("RGB", (side, side), PAPER)
    shown = picture.resize((width, height), Image.Resampling.LANCZOS)
    square.paste(shown, ((side - width) // 2, (side - height) // 2))
    return torch.from_numpy(np.array(square, np.float32) / 255).permute(2, 0, 1)
