"""What a command says: data on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from stylectl.stylize.events import Event, Stage

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class Report:
    """One run of a command: times its stages and shows the present one while it lasts.

    Args:
        quiet: say nothing on stderr.
        as_json: describe the result as one JSON object on stdout, warnings included.
    """

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self.as_json = as_json
        self.silent = quiet or as_json
        self.console = _console()
        self.warnings: list[str] = []
        self.seconds: dict[str, float] = {}
        self._start = self._stage_start = time.perf_counter()
        self._stage = ""
        self._spinner: Status | None = None

    def __enter__(self) -> Report:
        # A terminal only: elsewhere nobody watches, and control codes would end up in a log.
        if self.console.is_terminal and not self.silent:
            self._spinner = self.console.status("")
            self._spinner.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_spinner()

    def stage(self, name: str) -> None:
        """A stage begins, and with it the last one has ended."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0) + now - self._stage_start
        self._stage, self._stage_start = name.replace(" ", "_"), now
        if self._spinner and name:
            self._spinner.update(f"{name} …")

    def on_event(self, event: Event) -> None:
        """The listener for the library's events."""
        if isinstance(event, Stage):
            self.stage(event.name)
        else:
            self.warn(event.message)

    def warn(self, message: str) -> None:
        """Something about the result that the user should know."""
        self.warnings.append(message)
        if not self.silent:
            _print(self.console, "warning: ", "yellow", message)

    def finish(self, path: str, size: tuple[int, int], data: dict[str, Any]) -> None:
        """The result is written: one line for a human, or `data` and more for a program.

        Args:
            path: the file that was written.
            size: its width and height.
            data: what else a program wants to know; its "device" is for humans too.
        """
        self.stage("")
        self._stop_spinner()
        seconds = self.rounded_seconds()
        width, height = size
        if self.as_json:
            typer.echo(
                json.dumps(
                    {
                        "output": path,
                        "width": width,
                        "height": height,
                        **data,
                        "seconds": seconds,
                        "warnings": self.warnings,
                    }
                )
            )
        elif not self.silent:
            where = f"({width}×{height}, {seconds['total']:.1f} s on {data['device']})"  # noqa: RUF001
            _print(self.console, "wrote ", "green", f"{path} {where}")

    def rounded_seconds(self) -> dict[str, float]:
        """The seconds that each stage took, and the "total" up to now."""
        total = time.perf_counter() - self._start
        return {name: round(s, 3) for name, s in {**self.seconds, "total": total}.items()}

    def _stop_spinner(self) -> None:
        if self._spinner:
            self._spinner.stop()
            self._spinner = None


def show_error(message: str, hint: str = "") -> None:
    """Two lines on stderr: what went wrong, and what to do about it."""
    console = _console()
    _print(console, "error: ", "bold red", message)
    if hint:
        _print(console, "hint: ", "cyan", hint)


def _console() -> Console:
    from rich.console import Console  # not at start-up

    return Console(stderr=True)


def _print(console: Console, label: str, colour: str, text: str) -> None:
    from rich.text import Text

    # No markup and no wrapping: file names may look like markup, and are to be copied whole.
    line = Text.assemble((label, colour), " ".join(text.splitlines()))
    console.print(line, soft_wrap=True)
