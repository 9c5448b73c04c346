"""Contact sheets: images of one size in rows and columns, with or without names.

Two arrangements of the paper's supplement: contents down and styles across (figure 5), and a row
for every pair with a column for every method (figure 6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.evaluation.labels import label_row, label_squares

GAP = 4  # white pixels after every square
MISSING_GREY = 0.85

Cells = Sequence[Tensor | None]


def contact_sheet(
    contents: Tensor,
    styles: Tensor,
    results: Tensor,
    content_names: Sequence[str] = (),
    style_names: Sequence[str] = (),
) -> Tensor:
    """One image (3, H, W) in [0, 1] of contents (N, 3, S, S), styles (M, 3, S, S) and results.

    `results` is (N, M, 3, S, S); the styles stand on top, the contents at the left.
    """
    rows: list[Cells] = [[None, *styles]]
    rows += [[c, *r] for c, r in zip(contents, results, strict=True)]
    row_labels = ["", *content_names] if content_names else ()
    column_labels = ["", *style_names] if style_names else ()
    return grid(rows, row_labels, column_labels)


def comparison_sheet(
    rows: Sequence[Sequence[Tensor]], methods: Sequence[str], names: Sequence[str] = ()
) -> Tensor:
    """One image (3, H, W) of rows content, style and a result of each method, all (3, S, S).

    Many rows are broken into blocks side by side, so that the sheet is no endless strip.

    Args:
        rows: one for each pair, in order.
        methods: names of the methods, which stand above the columns.
        names: a label for each row; lines are broken where it has newlines.
    """
    columns = 2 + len(methods)
    # As many blocks as make height and width alike, but never fewer rows than a screen shows.
    most = max(8, math.ceil(math.sqrt(len(rows) * columns)))
    height = math.ceil(len(rows) / math.ceil(len(rows) / most))  # the last is no stub
    blocks = []
    for start in range(0, len(rows), height):
        part = slice(start, start + height)
        blocks.append(grid(rows[part], names[part], ["content", "style", *methods]))
    tallest = max(block.shape[1] for block in blocks)
    gap = 4 * GAP if len(blocks) > 1 else 0
    padded = [F.pad(b, (0, gap, 0, tallest - b.shape[1]), value=1.0) for b in blocks]
    return torch.cat(padded, 2)


def grid(
    rows: Sequence[Cells], row_labels: Sequence[str] = (), column_labels: Sequence[str] = ()
) -> Tensor:
    """One image (3, H, W) in [0, 1] of rows of squares (3, S, S), all of one size.

    Args:
        rows: as many squares in each; None leaves a place white. At least one square in all.
        row_labels: a text for every row, at the left; none at all saves the space.
        column_labels: a text for every column, above it; likewise.
    """
    some = next(cell for row in rows for cell in row if cell is not None)
    side = some.shape[-1]
    white = torch.ones_like(some)
    lines = []
    if column_labels:
        lines.append(label_row(column_labels, side, GAP).to(some))
    for row in rows:
        squares = torch.stack([white if cell is None else cell for cell in row])  # (M, 3, S, S)
        lines.append(_row(squares))
    sheet = torch.cat(lines, 1)
    if not row_labels:
        return sheet
    # (3, rows (S+gap), label width), as high as the sheet without its column labels
    margin = torch.cat([_below(label) for label in label_squares(row_labels, side)], 1).to(some)
    above = sheet.shape[1] - margin.shape[1]
    return torch.cat([F.pad(margin, (0, 0, above, 0), value=1.0), sheet], 2)


def missing_square(side: int) -> Tensor:
    """What stands in place of a result that there is not: a light grey (3, S, S)."""
    return torch.full((3, side, side), MISSING_GREY)


def _row(squares: Tensor) -> Tensor:
    padded = F.pad(squares, (0, GAP, 0, GAP), value=1.0)  # (M, 3, S+gap, S+gap)
    return torch.cat(padded.unbind(), 2)  # (3, S+gap, M (S+gap))


def _below(image: Tensor) -> Tensor:
    return F.pad(image, (0, 0, 0, GAP), value=1.0)
