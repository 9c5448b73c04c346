"""A table on stdout: for people on a terminal, for programs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import typer


def show_table(
    columns: Mapping[str, bool | None],
    rows: Sequence[Sequence[str]],
    styles: Sequence[Sequence[str]] = (),
    *,
    words: bool = False,
) -> None:
    """Rows on stdout: a table on a terminal, else tab-separated lines.

    Args:
        columns: their names, and whether more is better; None says nothing of that.
        styles: of each cell on a terminal, in rich's words; () is plain.
        words: whether all columns hold words, not numbers.
    """
    if not sys.stdout.isatty():
        for row in [list(columns), *rows]:
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for number, (name, higher_is_better) in enumerate(columns.items()):
        arrow = "" if higher_is_better is None else " ↑" if higher_is_better else " ↓"
        table.add_column(
            name + arrow, justify="left" if words or not number else "right", overflow="fold"
        )
    for row, words in zip(rows, styles or [[""] * len(columns)] * len(rows), strict=True):
        table.add_row(*(Text(text, style) for text, style in zip(row, words, strict=True)))
    Console().print(table)
