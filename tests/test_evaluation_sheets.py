"""Contact sheets with and without names."""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.evaluation.sheets import GAP, comparison_sheet, contact_sheet, grid

SIDE = 24
STEP = SIDE + GAP


def square(value: float) -> Tensor:
    return torch.full((3, SIDE, SIDE), value)


def test_a_grid_of_any_shape_with_white_where_nothing_is() -> None:
    sheet = grid([[square(0.1), None, square(0.3)], [square(0.4), square(0.5), None]])
    assert sheet.shape == (3, 2 * STEP, 3 * STEP)
    corners = sheet[0, ::STEP, ::STEP]
    assert torch.equal(corners, torch.tensor([[0.1, 1, 0.3], [0.4, 0.5, 1]]))
    assert sheet[:, SIDE:STEP].min() == 1 and sheet[:, :, SIDE:STEP].min() == 1  # the gaps


def test_labels_stand_outside_of_the_squares() -> None:
    rows = [[square(1.0), square(1.0)]]
    plain = grid(rows)
    across = grid(rows, column_labels=["wave", ""])
    extra = across.shape[1] - plain.shape[1]
    assert extra > 0 and across.shape[2] == plain.shape[2]
    assert torch.equal(across[:, extra:], plain)
    assert across[:, :extra, :STEP].min() < 0.5  # ink, above the labelled square only
    assert across[:, :extra, STEP:].min() == 1
    down = grid(rows, row_labels=["sea"], column_labels=["wave", ""])
    margin = down.shape[2] - plain.shape[2]
    assert margin > 0 and torch.equal(down[:, :, margin:], across)
    assert down[:, extra:, :margin].min() < 0.5 and down[:, :extra, :margin].min() == 1


def test_long_names_are_cut_to_the_squares() -> None:
    rows = [[square(1.0), square(1.0)]]
    long = "a name of more letters than fit"
    sheet = grid(rows, [long], [long, ""])
    assert sheet.shape[2] <= 2 * STEP + SIDE
    above = sheet[:, : sheet.shape[1] - STEP]
    assert above[:, :, -STEP:].min() == 1  # nothing runs into the next column


def test_contact_sheet_names_styles_and_contents() -> None:
    contents, styles = torch.ones(2, 3, SIDE, SIDE), torch.ones(3, 3, SIDE, SIDE)
    results = torch.ones(2, 3, 3, SIDE, SIDE)
    assert contact_sheet(contents, styles, results).min() == 1
    named = contact_sheet(contents, styles, results, ["a", "b"], ["x", "y", "z"])
    ink = (named[0] < 0.5).nonzero()
    margin = named.shape[2] - 4 * STEP
    top = named.shape[1] - 3 * STEP
    columns = {(int(x) - margin) // STEP for y, x in ink if y < top}
    rows = {(int(y) - top) // STEP for y, x in ink if x < margin}
    assert columns == {1, 2, 3} and rows == {1, 2}


def test_comparison_sheet_has_a_row_for_each_pair() -> None:
    rows = [[square(0.1 * n + 0.01 * m) for m in range(3)] for n in range(2)]
    sheet = comparison_sheet(rows, ["ours"])
    top = sheet.shape[1] - 2 * STEP
    corners = sheet[0, top::STEP, ::STEP]
    assert torch.allclose(corners, torch.tensor([[0.0, 0.01, 0.02], [0.1, 0.11, 0.12]]))


def test_many_pairs_are_broken_into_blocks() -> None:
    sheet = comparison_sheet([[square(0.5)] * 3] * 100, ["ours"], ["a\nb"] * 100)
    assert 0.5 < sheet.shape[1] / sheet.shape[2] < 2
    assert (sheet == 0.5).sum() == 100 * 3 * 3 * SIDE * SIDE
