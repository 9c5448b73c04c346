"""The tables of an ablation, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stylectl.ablation.rows import Row, Table
from stylectl.evaluation.figures import HIGHER_IS_BETTER, Figures

DIGITS = 3
PAPERS_OWN = ("paper's style loss", "paper's LPIPS")


def markdown(tables: Sequence[Table], figures: Mapping[str, Figures], measured: str) -> str:
    """A document with every table.

    Args:
        tables: what to show.
        figures: of each row, by its name.
        measured: a sentence about how.
    """
    parts = ["# Ablation", measured]
    for table in tables:
        parts += [f"## {table.title}", _table(table, figures)]
    return "\n\n".join(parts) + "\n"


def columns(table: Table) -> dict[str, bool | None]:
    """Names of a table's columns, and whether more is better; None says nothing of that."""
    own = dict.fromkeys(PAPERS_OWN, False) if _of_paper(table) else {}
    return {"": None, **own, **HIGHER_IS_BETTER}


def cells(table: Table, figures: Mapping[str, Figures]) -> list[list[str]]:
    """The texts of a table's rows."""
    return [_cells(row, figures[row.name]) for row in table.rows]


def _table(table: Table, figures: Mapping[str, Figures]) -> str:
    arrows = {None: "", False: " ↓", True: " ↑"}
    header = [name + arrows[higher] for name, higher in columns(table).items()]
    rows = [header, ["---"] * len(header), *cells(table, figures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _of_paper(table: Table) -> bool:
    return any(row.paper for row in table.rows)


def _cells(row: Row, figures: Figures) -> list[str]:
    own = [f"{value:.2f}" for value in row.paper or ()]
    return [row.label, *own, *(f"{figures[name]:.{DIGITS}f}" for name in HIGHER_IS_BETTER)]
