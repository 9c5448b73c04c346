"""Pictures of one size on a white sheet, each with a line below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from stylectl.figures.lettering import PAPER, shortened, write

_GAP = 8  # pixels between pictures


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture, the line below it, and its row and column (also between two) on the sheet."""

    picture: Image.Image
    label: str
    row: float
    column: float


def sheet_size(places: Iterable[tuple[float, float]], size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of a sheet of pictures of `size` at these rows and columns."""
    rows, columns = (1 + max(place) for place in zip(*places, strict=True))
    across, down = _pitch(size)
    return round(columns * across) + _GAP, round(rows * down) + _GAP


def draw_sheet(cells: Iterable[Cell], size: tuple[int, int]) -> Image.Image:
    """The sheet; a picture of another size than `size` (width, height) is fitted into it."""
    cells = list(cells)
    letters, pitch = _letters(size), _pitch(size)
    places = [(cell.row, cell.column) for cell in cells]
    sheet = Image.new("RGB", sheet_size(places, size), PAPER)
    for cell in cells:
        x, y = _GAP + round(cell.column * pitch[0]), _GAP + round(cell.row * pitch[1])
        picture = fitted(cell.picture, size)
        # Down to the line: a painting of another shape stands on it as the others do.
        left, top = x + (size[0] - picture.width) // 2, y + size[1] - picture.height
        sheet.paste(picture, (left, top))
        text = shortened(cell.label, letters, size[0])
        below = y + size[1] + letters // 4
        write(sheet, (x + size[0] // 2, below), text, letters, anchor="ma")
    return sheet


def _letters(size: tuple[int, int]) -> int:
    return min(24, max(11, size[0] // 18))


def _pitch(size: tuple[int, int]) -> tuple[int, int]:
    """From one picture to the next, across and down."""
    return size[0] + _GAP, size[1] + round(1.5 * _letters(size)) + _GAP


def fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at the largest size of its shape within `size`; never enlarged."""
    scale = min(1.0, size[0] / picture.width, size[1] / picture.height)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)
