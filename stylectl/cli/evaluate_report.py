"""An evaluation as the user sees it: a table on stdout, and what failed on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from stylectl.cli.report import Report, show_error
from stylectl.cli.tables import show_table
from stylectl.evaluation.figures import HIGHER_IS_BETTER, LPIPS, best
from stylectl.stylize.events import Detail, Event, Notice, Progress

if TYPE_CHECKING:
    from stylectl.evaluation.summary import MethodSummary, Summary

NAMED_FILES = 5  # missing results that are named one by one
_DIGITS = 4


class EvaluationReport(Report):
    """Report with one stage for all pictures: it counts them, not the tiles of one."""

    def measured(self, done: int, total: int) -> None:
        """So many pictures are measured."""
        super().on_event(Progress(done, total, "pictures"))

    def on_event(self, event: Event) -> None:
        """The listener for stylizers: what they notice is said, once."""
        if isinstance(event, Notice) and event.message not in self.warnings:
            self.warn(event.message)
        elif isinstance(event, Detail):
            self.detail(event.message)


def show_methods(methods: Sequence[MethodSummary]) -> None:
    """The means of every method on stdout, the best of each figure marked on a terminal."""
    shown = dict(HIGHER_IS_BETTER)
    if any(LPIPS in method.mean for method in methods):
        shown[LPIPS] = False
    show_table(
        {"method": None, "pairs": None, **shown},
        [_row(method, shown) for method in methods],
        [["", "", *(_emphasis(name, method, methods) for name in shown)] for method in methods],
    )


def show_failures(summary: Summary, pairs: int) -> None:
    """An error on stderr for everything that is not in the means."""
    for failure in summary.unreadable:
        show_error(f"{failure.kind} left out: {failure.error.message}", failure.error.hint)
    for method in summary.methods.values():
        if not method.failed:
            continue
        reasons = "; ".join(f.error.message for f in method.failed[:NAMED_FILES])
        more = len(method.failed) - NAMED_FILES
        show_error(
            f"{method.method.name}: {len(method.failed)} of {pairs} pairs have no result: {reasons}"
            + (f"; and {more} more" if more > 0 else ""),
            "results are named CONTENT_stylized_STYLE.png, by the stems of the two files",
        )


def _row(method: MethodSummary, shown: Iterable[str]) -> list[str]:
    mean = method.mean
    figures = [f"{mean[name]:.{_DIGITS}f}" if mean else "-" for name in shown]
    # A name with a tab in it would break the columns.
    return [" ".join(method.method.name.split()), str(len(method.figures)), *figures]


def _emphasis(name: str, method: MethodSummary, methods: Sequence[MethodSummary]) -> str:
    values = [other.mean[name] for other in methods if other.mean]
    wins = method.mean and len(values) > 1 and method.mean[name] == best(name, values)
    return "bold green" if wins else ""
