"""The names of the figures and which way is better; without torch, for tables and help."""

from __future__ import annotations

from collections.abc import Sequence

Figures = dict[str, float]

# In the order of every table.
HIGHER_IS_BETTER = {
    "style_loss": False,
    "gram": False,
    "remd": False,
    "content_loss": False,
    "self_similarity": False,
    "ssim": True,
}

LPIPS = "lpips"  # measured only when it is asked for; lower is better

DEFAULT_SIZE = 512
MINIMUM_SIZE = 32  # below it relu5_1 has a single position, which has no variance


def mean_figures(rows: Sequence[Figures]) -> Figures:
    """The mean of every figure over the rows; {} of none."""
    if not rows:
        return {}
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def best(name: str, values: Sequence[float]) -> float:
    """The best of the values of a figure."""
    return max(values) if HIGHER_IS_BETTER.get(name) else min(values)
