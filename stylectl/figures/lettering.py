"""Words on figures, in the one font that comes with Pillow."""

from __future__ import annotations

import unicodedata
from functools import cache

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

INK: Colour = (32, 32, 36)
FAINT: Colour = (110, 110, 118)
PAPER: Colour = (255, 255, 255)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's font at a size in pixels."""
    return ImageFont.load_default(size)


def printable(text: str) -> str:
    """The text as the font can print it: accents dropped, what it has no letter for as "?"."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(char if " " <= char <= "~" else "?" for char in plain)


def shortened(text: str, size: int, width: int) -> str:
    """The printable text, its middle left out where it is wider than `width` pixels."""
    text = printable(text)
    if font(size).getlength(text) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"
        if font(size).getlength(short) <= width:
            return short
    return ""


def write(
    sheet: Image.Image,
    where: tuple[int, int],
    text: str,
    size: int,
    colour: Colour = INK,
    anchor: str = "la",
) -> None:
    """Writes text on a sheet; `anchor` is Pillow's, by default the left top corner of the line."""
    ImageDraw.Draw(sheet).text(where, text, colour, font(size), anchor)
