"""What is compared: the rows of the paper's table 2, and what else the same run can answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from stylectl.errors import UsageError


@dataclass(frozen=True)
class Row:
    """The weights that a stage of the recipe made, and how they paint.

    Attributes:
        label: in tables and on sheets.
        stage: the stage's name.
        seed: of the order of the channel groups when painting; None keeps it.
        paper: the paper's own style loss and LPIPS, if it has them.
    """

    label: str
    stage: str
    seed: int | None = None
    paper: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """Names what was painted: rows of two tables can be of one name."""
        return self.stage if self.seed is None else f"{self.stage}-seed{self.seed}"


@dataclass(frozen=True)
class Table:
    """Rows under a title; the first is what the others are held against."""

    title: str
    rows: tuple[Row, ...]


PAPER = Table(
    "The paper's table 2",
    (
        Row("Base", "base", paper=(2.92, 0.49)),
        Row("+L_adv", "adversarial", paper=(2.14, 0.39)),
        Row("+L_REMD", "remd", paper=(1.48, 0.34)),
        Row("+SK", "kernels", paper=(1.11, 0.31)),
        Row("+CGM", "gating", paper=(1.08, 0.30)),
        Row("+GS", "shuffling", paper=(0.98, 0.30)),
    ),
)
CHANCE = Table("Chance", (Row("+CGM", "gating"), Row("another seed", "gating_again")))
SHUFFLING = Table(
    "Grouped shuffling at inference",
    (
        Row("+GS, in order", "shuffling"),
        Row("+GS, seed 1", "shuffling", seed=1),
        Row("+GS, seed 2", "shuffling", seed=2),
        Row("+CGM, in order", "gating"),
        Row("+CGM, seed 1", "gating", seed=1),
    ),
)
GATE = Table(
    "Forms of the gate",
    (Row("threshold gate", "gating"), Row("affine gate", "affine"), Row("no gate", "kernels")),
)
FEATURE = Table("The feature", (Row("relu4_1", "gating"), Row("relu4_3", "gating_relu4_3")))


def tables_of(stages: Collection[str]) -> list[Table]:
    """The tables that these stages have the rows of; the paper's is always the first.

    Raises:
        UsageError: the paper's table would lack a row.
    """
    for row in PAPER.rows:
        if row.stage not in stages:
            needed = ", ".join(row.stage for row in PAPER.rows)
            raise UsageError(
                f"the recipe has no stage {row.stage}, the paper's row {row.label}",
                f"an ablation's recipe has the stages {needed}",
            )
    others = (CHANCE, SHUFFLING, GATE, FEATURE)
    return [PAPER, *(t for t in others if all(row.stage in stages for row in t.rows))]


def named_rows(tables: Collection[Table]) -> dict[str, Row]:
    """Name -> row of everything that is to be painted, each once."""
    return {row.name: row for table in tables for row in table.rows}
