"""Many pictures as the user sees them: a bar on a terminal, else a line each; failures last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from stylectl.cli.report import Report
from stylectl.errors import AllFailedError, SomeFailedError

if TYPE_CHECKING:
    from stylectl.batch.job import Result
    from stylectl.cli.batch_bar import Bar

_SHOWN = 100  # failures in the table
_WIDE = 100_000


class BatchReport(Report):
    """A report of one result after the other; as JSON, a line each.

    Args:
        lines: a line for each on a terminal too.
    """

    def __init__(
        self, *, quiet: bool, as_json: bool, verbose: bool = False, lines: bool = False
    ) -> None:
        super().__init__(quiet=quiet, as_json=as_json, verbose=verbose)
        self._bar_is_wanted = self.console.is_interactive and not self.silent and not lines
        self._failures: dict[str, Result] = {}
        self._done = self._kept = self._ended = self._total = 0
        self._bar: Bar | None = None

    def __enter__(self) -> BatchReport:
        super().__enter__()
        return self

    def begin(self, count: int) -> None:
        """So many results more there will be."""
        self._total += count

    def paint(self) -> None:
        """Painting begins; from now on the time counts that is told to be left."""
        self.stage("paint")
        if self._bar_is_wanted:
            self._draw()

    def on_result(self, result: Result) -> None:
        """A job has ended."""
        output = str(result.job.output)
        self._ended += 1
        self._failures.pop(output, None)  # a watched file may come to be whole
        if result.status == "failed":
            self._failures[output] = result
        elif result.status == "kept":
            self._kept += 1
        else:
            self._done += 1
        if self.as_json:
            typer.echo(json.dumps(_told(result)))
            return
        for warning in result.warnings:
            self.warn(warning)
        self._show(result)

    @property
    def all_done(self) -> bool:
        """Whether every result that was begun has ended."""
        return self._ended == self._total

    def interrupted(self) -> None:
        """Ctrl-C: how far it came."""
        self._stop_live()
        self._stop_bar()
        done = self._done + self._kept
        self.note(f"{done} of {self._total} are done; the same command with --resume goes on")

    def summary(self) -> None:
        """The end: how many were painted, how fast, and what failed."""
        total = self.end()
        self._stop_bar()
        if self.as_json:
            return
        kept = f"; {self._kept} unchanged were kept" if self._kept else ""
        painting = self.seconds.get("paint", 0)  # without what loading took
        pace = f", {self._done / painting:.2g} a second" if self._done > 1 and painting else ""
        self.note(f"painted {self._done} of {self._total} in {total:.1f} s{pace}{kept}")
        self._show_failures()

    def raise_failures(self) -> None:
        """Raises an error if pictures failed, for the exit code."""
        failed, good = len(self._failures), self._done + self._kept
        if not failed:
            return
        told = f"{failed} of {failed + good} pictures failed"
        if good:
            raise SomeFailedError(told, "the others are done; --resume tries only these again")
        raise AllFailedError(told, "the reasons are above; --resume tries again")

    def _show(self, result: Result) -> None:
        if self._bar_is_wanted:
            self._draw()
        elif result.failure:
            content, reason = str(result.job.content), result.failure.message
            named = reason if content in reason else f"{content}: {reason}"
            self.tell("failed: ", "red", named)
        elif result.size:
            width, height = result.size
            how = f"({width}×{height}, {result.seconds:.1f} s)"  # noqa: RUF001
            self.tell("wrote ", "green", f"{result.job.output} {how}")

    def _draw(self) -> None:
        if self._bar is None:
            from stylectl.cli.batch_bar import Bar

            self._stop_live()
            self._bar = Bar(self.console, self._total)
            self._bar.start()
        self._bar.show(self._done, self._kept, len(self._failures))

    def _stop_bar(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _show_failures(self) -> None:
        from rich.table import Table
        from rich.text import Text

        from stylectl.media import shown

        if not self._failures:
            return
        table = Table(box=None, header_style="bold red", pad_edge=False)
        for title in ("failed", "reason"):
            table.add_column(title, overflow="fold")
        for result in list(self._failures.values())[:_SHOWN]:
            assert result.failure
            content = shown(str(result.job.content))
            reason = shown(result.failure.message).removeprefix(content).lstrip()
            table.add_row(Text(content), Text(reason))  # Text: a name may look like markup
        # Off a terminal nothing is cut or wrapped: names are to be copied whole.
        width = None if self.console.is_terminal else _WIDE
        self.console.print(table, width=width, soft_wrap=width is not None)
        more = len(self._failures) - _SHOWN
        if more > 0:
            self.tell("", "", f"and {more} more: --json tells of each")


def _told(result: Result) -> dict[str, Any]:
    """A result for a program."""
    job, failure = result.job, result.failure
    told: dict[str, Any] = {
        "output": str(job.output),
        "status": result.status,
        "content": str(job.content),
        "styles": [str(style) for style in job.styles],
        "seconds": round(result.seconds, 3),
        "warnings": list(result.warnings),
    }
    if result.size:
        told["width"], told["height"] = result.size
    if failure:
        told |= {"error": failure.message, "hint": failure.hint, "exit_code": failure.exit_code}
    return told
