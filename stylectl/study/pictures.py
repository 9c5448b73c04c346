"""The pictures of a page: resized, compressed and encoded as text."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from stylectl.media import read_image, to_uint8
from stylectl.media.alpha import composite_over_white

# JPEG, not WebP: WebP halves the resolution of colour, which is what paint is made of. The same
# for every picture, so that no method is known by its compression.
_JPEG = {"quality": 90, "subsampling": "4:4:4", "optimize": True}


def embedded_picture(path: Path, size: int, max_pixels: int) -> tuple[str, tuple[int, int]]:
    """An image file as base64 of a JPEG without metadata, and the width and height of the file.

    Args:
        size: its long edge is reduced to this many pixels; never enlarged.
        max_pixels: the most pixels that the file may have.

    Raises:
        InputError: it cannot be read.
    """
    picture = read_image(path, max_pixels=max_pixels)
    rgb = picture.rgb
    if picture.alpha is not None:
        rgb = composite_over_white(rgb, picture.alpha)
    image = Image.fromarray(to_uint8(rgb))
    scale = size / max(image.size)
    if scale < 1:
        width, height = (max(1, round(edge * scale)) for edge in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **_JPEG)
    return base64.b64encode(buffer.getvalue()).decode(), picture.size
