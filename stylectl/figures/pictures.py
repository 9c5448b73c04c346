"""Pictures as figures show them: on white paper, small, and never cut."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylectl.figures.lettering import PAPER
from stylectl.media import Picture, to_uint8
from stylectl.media.alpha import FloatArray, composite_over_white
from stylectl.stylize import sizes


def on_paper(rgb: FloatArray, alpha: FloatArray | None = None) -> Image.Image:
    """An image of rgb (H, W, 3) and alpha (H, W), all in [0, 1], as it looks on white paper."""
    return Image.fromarray(to_uint8(rgb if alpha is None else composite_over_white(rgb, alpha)))


def resized(picture: Picture, long_edge: int) -> Picture:
    """The picture at a long edge of `long_edge` pixels, resized as the facade would do it."""
    height, width = picture.rgb.shape[:2]
    size = sizes.fit_long_edge((height, width), long_edge)

    def at_size(values: FloatArray) -> FloatArray:
        planes = torch.from_numpy(values).reshape(height, width, -1).permute(2, 0, 1)  # (C, H, W)
        return sizes.resize(planes[None], size)[0].permute(1, 2, 0).numpy()

    alpha = None if picture.alpha is None else at_size(picture.alpha)[..., 0]
    return dataclasses.replace(picture, rgb=at_size(picture.rgb), alpha=alpha)


def letterboxed(picture: Image.Image, side: int) -> Tensor:
    """The whole picture in the middle of a white square, (3, side, side) in [0, 1]."""
    scale = side / max(picture.size)
    width, height = (max(1, round(edge * scale)) for edge in picture.size)
    square = Image.new("RGB", (side, side), PAPER)
    shown = picture.resize((width, height), Image.Resampling.LANCZOS)
    square.paste(shown, ((side - width) // 2, (side - height) // 2))
    return torch.from_numpy(np.array(square, np.float32) / 255).permute(2, 0, 1)
