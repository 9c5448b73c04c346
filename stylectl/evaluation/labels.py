"""Text on contact sheets, drawn with the font that comes with Pillow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

_MARGIN = 4  # pixels between text and squares
_SMALLEST = 10


def label_row(labels: Sequence[str], side: int, gap: int) -> Tensor:
    """(3, H, N (side + gap)): each label in the middle above its square, cut to fit."""
    font = _font(side)
    texts = [_fitted(label, font, side) for label in labels]
    lines = max(text.count("\n") for text in texts) + 1
    image = Image.new("RGB", (len(texts) * (side + gap), lines * _line_height(font)), "white")
    draw = ImageDraw.Draw(image)
    for index, text in enumerate(texts):
        left, _, right, _ = draw.multiline_textbbox((0, 0), text, font)
        x = index * (side + gap) + (side - (right - left)) / 2 - left
        draw.multiline_text((x, 0), text, "black", font, align="center")
    return _tensor(image)


def label_squares(labels: Sequence[str], side: int) -> list[Tensor]:
    """(3, side, W) for each label, half way up, cut so that W is at most `side`."""
    font = _font(side)
    texts = [_fitted(label, font, side - 2 * _MARGIN) for label in labels]
    draw = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    boxes = [draw.multiline_textbbox((0, 0), text, font) for text in texts]
    width = round(max(box[2] - box[0] for box in boxes)) + 2 * _MARGIN
    drawn = []
    for text, box in zip(texts, boxes, strict=True):
        image = Image.new("RGB", (width, side), "white")
        # Right-aligned: the text stands next to its row.
        position = width - _MARGIN - box[2], (side - box[3] - box[1]) / 2
        ImageDraw.Draw(image).multiline_text(position, text, "black", font, align="right")
        drawn.append(_tensor(image))
    return drawn


def _fitted(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int) -> str:
    """Every line of the text, shortened by an ellipsis to at most `width` pixels."""
    lines = []
    for line in text.split("\n"):
        shorter = line
        while shorter and font.getlength(shorter if shorter == line else shorter + "...") > width:
            shorter = shorter[:-1]
        lines.append(shorter if shorter == line else shorter + "...")
    return "\n".join(lines)


def _font(side: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(max(_SMALLEST, side // 11))


def _line_height(font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> int:
    # ImageFont's stub, where Pillow has no FreeType, knows only its bitmap.
    _, top, _, bottom = font.getbbox("Ag|")
    return round(bottom + top) + _MARGIN


def _tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
