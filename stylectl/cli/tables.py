"""Tables on stdout: for people on a terminal, for programs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence

import typer


def show_table(
    columns: Mapping[str, bool | None],
    rows: Sequence[Sequence[str]],
    styles: Sequence[Sequence[str]] = (),
    words: Collection[str] = (),
) -> None:
    """Rows on stdout: a table on a terminal, else tab-separated lines.

    Args:
        columns: their names, and whether more is better; None says nothing of that.
        styles: of each cell on a terminal, in rich's words; () is plain.
        words: the columns, beside the first, that hold no figures and begin at the left.
    """
    if not sys.stdout.isatty():
        for row in [list(columns), *rows]:
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    left = {*words, *list(columns)[:1]}
    for name, higher_is_better in columns.items():
        arrow = "" if higher_is_better is None else " ↑" if higher_is_better else " ↓"
        table.add_column(name + arrow, justify="left" if name in left else "right", overflow="fold")
    for row, looks in zip(rows, styles or [[""] * len(columns)] * len(rows), strict=True):
        table.add_row(*(Text(text, style) for text, style in zip(row, looks, strict=True)))
    Console().print(table)
