"""Sheets: pictures where they belong, each with its line below it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from stylectl.figures.sheet import Cell, draw_sheet, sheet_size

SIZE = (120, 80)


def cell(label: str, row: float, column: float, size: tuple[int, int] = SIZE) -> Cell:
    return Cell(Image.new("RGB", size, "red"), label, row, column)


def reds(sheet: Image.Image) -> np.ndarray:
    return (np.asarray(sheet) == (255, 0, 0)).all(2)


def test_pictures_stand_where_they_belong() -> None:
    places = [(0, 0), (0, 1), (1, 0.5)]
    sheet = draw_sheet([cell("", *place) for place in places], SIZE)
    assert sheet.size == sheet_size(places, SIZE)
    red = reds(sheet)
    assert red.sum() == 3 * 120 * 80
    assert red[8:88, 8:128].all() and red[8:88, 136:256].all() and red[-100:-40, 72:192].all()


def test_each_has_its_label_below() -> None:
    plain, labelled = (draw_sheet([cell(text, 0, 0)], SIZE) for text in ("", "0.5 A + 0.5 B"))
    changed = (np.asarray(plain) != np.asarray(labelled)).any(2)
    assert changed.any() and not changed[:88].any()
    columns = np.flatnonzero(changed.any(0))
    assert columns[0] + columns[-1] == np.clip(columns[0] + columns[-1], 132, 140)  # centred


def test_long_and_foreign_names_fit() -> None:
    for name in ("a very long file name of a painting" * 4, "静物", "naïve café"):
        sheet = draw_sheet([cell(name, 0, 0), cell("", 0, 1)], SIZE)
        dark = np.asarray(sheet.convert("L")) < 60
        assert dark[88:, :128].any() and not dark[:, 128:].any()


def test_other_shapes_are_fitted_and_small_ones_left() -> None:
    tall = draw_sheet([cell("", 0, 0, (80, 160))], SIZE)
    assert reds(tall).sum() == 40 * 80
    small = draw_sheet([cell("", 0, 0, (10, 10))], SIZE)
    assert reds(small).sum() == 100 and reds(small)[78:88, 63:73].all()
