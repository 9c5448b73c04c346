"""An evaluation as the user sees it: a bar on a terminal, then a table, then what failed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from stylectl.cli.report import Report, show_error
from stylectl.evaluation.figures import HIGHER_IS_BETTER, best
from stylectl.stylize.events import Event, Notice

if TYPE_CHECKING:
    from rich.progress import Progress

    from stylectl.evaluation.summary import MethodSummary, Summary

NAMED_FILES = 5  # missing results that are named one by one
_DIGITS = 4


class EvaluationReport(Report):
    """Report with a bar for the pairs in place of the spinner."""

    _bar: Progress | None = None

    def start_bar(self, pairs: int) -> None:
        """The pictures are next; on a terminal a bar shows how many are done."""
        self._stop_spinner()
        if self.silent or not self.console.is_terminal:
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar = Progress("measuring", *columns, console=self.console, transient=True)
        self._bar.add_task("measuring", total=pairs)
        self._bar.start()

    def advance(self) -> None:
        """One more picture is done."""
        if self._bar:
            self._bar.advance(self._bar.task_ids[0])

    def on_event(self, event: Event) -> None:
        """The listener for stylizers: what they do is one stage here, what they notice is said."""
        if isinstance(event, Notice) and event.message not in self.warnings:
            self.warn(event.message)

    def close(self) -> None:
        """All is done: the bar goes, and with it the last stage ends."""
        self.stage("")
        if self._bar:
            self._bar.stop()
            self._bar = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        super().__exit__(kind, error, trace)


def show_table(methods: Sequence[MethodSummary]) -> None:
    """The means of every method on stdout: a table on a terminal, else tab-separated lines."""
    header = ["method", "pairs", *HIGHER_IS_BETTER]
    if not sys.stdout.isatty():
        for row in [header, *(_row(method) for method in methods)]:
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in header:
        arrow = {True: " ↑", False: " ↓"}.get(HIGHER_IS_BETTER.get(name), "")  # type: ignore[arg-type]
        table.add_column(name + arrow, justify="left" if name == "method" else "right")
    for method in methods:
        styles = ["", "", *(_emphasis(name, method, methods) for name in HIGHER_IS_BETTER)]
        cells = zip(_row(method), styles, strict=True)
        table.add_row(*(Text(text, style) for text, style in cells))
    Console().print(table)


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


def _row(method: MethodSummary) -> list[str]:
    mean = method.mean
    figures = [f"{mean[name]:.{_DIGITS}f}" if mean else "-" for name in HIGHER_IS_BETTER]
    # A name with a tab in it would break the columns.
    return [" ".join(method.method.name.split()), str(len(method.figures)), *figures]


def _emphasis(name: str, method: MethodSummary, methods: Sequence[MethodSummary]) -> str:
    values = [other.mean[name] for other in methods if other.mean]
    wins = method.mean and len(values) > 1 and method.mean[name] == best(name, values)
    return "bold green" if wins else ""
