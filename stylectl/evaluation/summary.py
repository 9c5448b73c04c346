"""What came out of a comparison: figures by method, and what could not be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from stylectl.evaluation.comparison import (
    InputFailed,
    InputRead,
    Measured,
    Outcome,
    ResultFailed,
)
from stylectl.evaluation.figures import Figures, mean_figures
from stylectl.evaluation.files import result_stem
from stylectl.evaluation.methods import Method


@dataclass(frozen=True)
class MethodSummary:
    """One method: (content, style) -> figures, and the pairs without a readable result."""

    method: Method
    figures: dict[tuple[str, str], Figures] = field(default_factory=dict)
    failed: list[ResultFailed] = field(default_factory=list)

    @property
    def mean(self) -> Figures:
        """The means over its pairs; {} if it has none."""
        return mean_figures(list(self.figures.values()))

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what `mean` and every pair's figures are."""
        pairs = {result_stem(*pair): figures for pair, figures in self.figures.items()}
        return {
            "name": self.method.name,
            **self.method.described,
            "measured": len(self.figures),
            "mean": self.mean,
            "pairs": pairs,
        }


class Summary:
    """Collects the outcomes of `compare`."""

    def __init__(self, methods: Sequence[Method]) -> None:
        self.methods = {method.name: MethodSummary(method) for method in methods}
        self.unreadable: list[InputFailed] = []

    def add(self, outcome: Outcome) -> None:
        """Takes one outcome, in the order of `compare`."""
        if isinstance(outcome, Measured):
            method = self.methods[outcome.method]
            method.figures[outcome.content, outcome.style] = outcome.figures
        elif isinstance(outcome, ResultFailed):
            self.methods[outcome.method].failed.append(outcome)
        elif not isinstance(outcome, InputRead):
            self.unreadable.append(outcome)

    @property
    def complete(self) -> bool:
        """Whether every pair of every method was measured."""
        return not self.unreadable and not any(m.failed for m in self.methods.values())

    def to_dict(self) -> dict[str, Any]:
        """For JSON: a list of methods, and a list of the reasons why something is not there."""
        failed = [*self.unreadable, *(f for m in self.methods.values() for f in m.failed)]
        return {
            "methods": [method.to_dict() for method in self.methods.values()],
            "failed": [failure.error.message for failure in failed],
        }
