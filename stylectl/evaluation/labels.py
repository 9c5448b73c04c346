"""Text on contact sheets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from stylectl.figures.lettering import font, shortened

_MARGIN = 4  # pixels between text and squares
_SMALLEST = 10


def label_row(labels: Sequence[str], side: int, gap: int) -> Tensor:
    """(3, H, N (side + gap)): each label in the middle above its square, cut to fit."""
    letters = font(_letters(side))
    texts = [_fitted(label, side, side) for label in labels]
    lines = max(text.count("\n") for text in texts) + 1
    image = Image.new("RGB", (len(texts) * (side + gap), lines * _line_height(letters)), "white")
    draw = ImageDraw.Draw(image)
    for index, text in enumerate(texts):
        left, _, right, _ = draw.multiline_textbbox((0, 0), text, letters)
        x = index * (side + gap) + (side - (right - left)) / 2 - left
        draw.multiline_text((x, 0), text, "black", letters, align="center")
    return _tensor(image)


def label_squares(labels: Sequence[str], side: int) -> list[Tensor]:
    """(3, side, W) for each label, half way up, cut so that W is at most `side`."""
    letters = font(_letters(side))
    texts = [_fitted(label, side, side - 2 * _MARGIN) for label in labels]
    draw = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    boxes = [draw.multiline_textbbox((0, 0), text, letters) for text in texts]
    width = round(max(box[2] - box[0] for box in boxes)) + 2 * _MARGIN
    drawn = []
    for text, box in zip(texts, boxes, strict=True):
        image = Image.new("RGB", (width, side), "white")
        # Right-aligned: the text stands next to its row.
        position = width - _MARGIN - box[2], (side - box[3] - box[1]) / 2
        ImageDraw.Draw(image).multiline_text(position, text, "black", letters, align="right")
        drawn.append(_tensor(image))
    return drawn


def _fitted(text: str, side: int, width: int) -> str:
    """Every line of the text, shortened to at most `width` pixels."""
    return "\n".join(shortened(line, _letters(side), width) for line in text.split("\n"))


def _letters(side: int) -> int:
    return max(_SMALLEST, side // 11)


def _line_height(letters: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> int:
    # ImageFont's stub, where Pillow has no FreeType, knows only its bitmap.
    _, top, _, bottom = letters.getbbox("Ag|")
    return round(bottom + top) + _MARGIN


def _tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
