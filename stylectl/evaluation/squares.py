"""The images of an evaluation as they are painted and measured: middle squares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylectl.media import DEFAULT_MAX_PIXELS, read_image, to_uint8


def read_square(path: Path, side: int, max_pixels: int = DEFAULT_MAX_PIXELS) -> Image.Image:
    """The middle square of an image file, resized to `side` pixels, in 8-bit sRGB.

    Raises:
        InputError: it cannot be read.
    """
    return middle_square(
        Image.fromarray(to_uint8(read_image(path, max_pixels=max_pixels).pixels)), side
    )


def middle_square(image: Image.Image, side: int) -> Image.Image:
    """The middle square of an RGB image whose short side is first resized to `side` pixels."""
    scale = side / min(image.size)
    width, height = (max(side, round(edge * scale)) for edge in image.size)
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    left, top = (width - side) // 2, (height - side) // 2
    return image.crop((left, top, left + side, top + side))


def as_tensor(image: Image.Image, side: int | None = None) -> Tensor:
    """A square RGB image as (3, S, S) in [0, 1], resized to `side` if that is given."""
    if side is not None and image.width != side:
        image = image.resize((side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
