"""Numbered rings that mark places on a picture."""

from __future__ import annotations

from PIL import Image, ImageDraw

from stylectl.figures.lettering import font

_FINE = 4  # drawn this much larger and reduced: Pillow's own circles are jagged


def mark(sheet: Image.Image, where: tuple[int, int], number: int, radius: int) -> None:
    """A numbered ring whose middle is the place it marks; seen on any ground."""
    side = 2 * (radius + 4)
    fine = Image.new("RGBA", (side * _FINE, side * _FINE))
    draw = ImageDraw.Draw(fine)
    middle = side * _FINE / 2
    for colour, reach, width in (("black", radius + 2, 6), ("white", radius, 3)):
        r = reach * _FINE
        draw.ellipse((middle - r, middle - r, middle + r, middle + r), None, colour, width * _FINE)
    dot = 2 * _FINE
    draw.ellipse((middle - dot, middle - dot, middle + dot, middle + dot), "white", "black", _FINE)
    ring = fine.resize((side, side), Image.Resampling.LANCZOS)
    sheet.paste(ring, (where[0] - side // 2, where[1] - side // 2), ring)
    _flag(sheet, where, number, radius)


def _flag(sheet: Image.Image, where: tuple[int, int], number: int, radius: int) -> None:
    """The number beside its ring, on the side where there is room."""
    text, size = str(number), 18
    width, height = round(font(size).getlength(text)) + 12, 24
    x = where[0] + radius + 4
    if x + width > sheet.width:
        x = where[0] - radius - 4 - width
    y = min(max(where[1] - height // 2, 0), sheet.height - height)
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle((x, y, x + width, y + height), 5, "white", "black")
    draw.text((x + width / 2, y + height / 2), text, "black", font(size), "mm")
