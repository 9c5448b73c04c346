"""What a command says: data on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from stylectl.errors import printable
from stylectl.stylize.events import Detail, Event, Progress, Stage

if TYPE_CHECKING:
    from rich.console import Console

    from stylectl.cli.live import Live


class Report:
    """One run of a command: times its stages and shows the present one while it lasts.

    Args:
        quiet: say nothing on stderr.
        as_json: describe the result as one JSON object on stdout, warnings included.
        verbose: say how the work is done, too, each thing once.

    Attributes:
        progress: how far a run of several pictures is, such as "3/10 ", shown with the stage.
    """

    def __init__(self, *, quiet: bool, as_json: bool, verbose: bool = False) -> None:
        self.as_json, self.verbose = as_json, verbose
        self.silent = quiet or as_json
        self.console = stderr_console()
        self.warnings: list[str] = []
        self.seconds: dict[str, float] = {}
        self._start = self._stage_start = self._last = time.perf_counter()
        self._stage = self.progress = ""
        self._live: Live | None = None
        self._told: set[str] = set()

    def __enter__(self) -> Report:
        # A terminal only: elsewhere nobody watches, and control codes would end up in a log.
        if self.console.is_interactive and not self.silent:
            from stylectl.cli.live import Live  # rich, not at start-up

            self._live = Live(self.console)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        if error is None and self.seconds:
            stages = (f"{name} {seconds:.2f}" for name, seconds in self.seconds.items())
            self.detail(f"seconds: {', '.join(stages)}")

    def stage(self, name: str) -> None:
        """A stage begins, and with it the last one has ended."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0) + now - self._stage_start
        self._stage, self._stage_start = name.replace(" ", "_"), now
        if self._live and name:
            self._live.stage(f"{name} {self.progress}…")

    def on_event(self, event: Event) -> None:
        """The listener for the library's events."""
        if isinstance(event, Stage):
            self.stage(event.name)
        elif isinstance(event, Progress):
            if self._live:
                self._live.progress(event)
        elif isinstance(event, Detail):
            self.detail(event.message)
        else:
            self.warn(event.message)

    def detail(self, message: str) -> None:
        """How the work is done: for --verbose, where each thing is said once."""
        if self.verbose and message not in self._told:
            self._told.add(message)
            _print(self.console, "", "", message, "dim")

    def note(self, message: str) -> None:
        """What the user should know about the run, not about the result."""
        if not self.silent:
            _print(self.console, "note: ", "cyan", message)

    def wrote_one(self, path: str, size: tuple[int, int], device: str) -> None:
        """One of several files is written; `print_json` tells of all at the end."""
        now = time.perf_counter()
        if not self.silent:
            where = f"({size[0]}×{size[1]}, {now - self._last:.1f} s on {device})"  # noqa: RUF001
            _print(self.console, "wrote ", "green", f"{path} {where}")
        self._last = now

    def tell(self, label: str, colour: str, message: str) -> None:
        """A line that begins with what kind of line it is."""
        if not self.silent:
            _print(self.console, label, colour, message)

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
        width, height = size
        pixels = f"{width}×{height}"  # noqa: RUF001
        self.wrote(
            path, {"width": width, "height": height, **data}, pixels, f" on {data['device']}"
        )

    def wrote(self, path: str, data: dict[str, Any], what: str, where: str = "") -> None:
        """A file is written: one line for a human, or `data` and more for a program.

        Args:
            path: the file that was written.
            data: what a program wants to know.
            what: what it is, in a few words for a human, such as its size.
            where: more of that, after the time.
        """
        total = self.end()
        if self.as_json:
            self.print_json({"output": path, **data})
        elif not self.silent:
            _print(self.console, "wrote ", "green", f"{path} ({what}, {total:.1f} s{where})")

    def print_json(self, data: dict[str, Any]) -> None:
        """The one JSON object on stdout: `data`, how long it took, and the warnings."""
        total = self.end()
        seconds = {name: round(value, 3) for name, value in self.seconds.items()}
        timed = {"seconds": {**seconds, "total": round(total, 3)}, "warnings": self.warnings}
        typer.echo(json.dumps({**data, **timed}))

    def end(self) -> float:
        """Ends the last stage; gives the seconds since the start."""
        self.stage("")
        self._stop_live()
        return time.perf_counter() - self._start

    def _stop_live(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None


def show_error(message: str, hint: str = "") -> None:
    """Two lines on stderr: what went wrong, and what to do about it."""
    console = stderr_console()
    _print(console, "error: ", "bold red", message)
    if hint:
        _print(console, "hint: ", "cyan", hint)


def say(console: Console, message: str) -> None:
    """A plain line."""
    _print(console, "", "", message)


def plain_line(label: tuple[str, str], text: str) -> None:
    """A line on stdout after a label of (words, colour), which only a terminal shows."""
    from rich.console import Console

    _print(Console(), *label, text)


def stderr_console() -> Console:
    """Where all is said that is no data; colours and animation as the terminal allows."""
    from rich.console import Console  # not at start-up

    # FORCE_COLOR makes rich take a log for a terminal: colours it may have, animation it may not.
    return Console(stderr=True, force_interactive=None if sys.stderr.isatty() else False)


def _print(console: Console, label: str, colour: str, text: str, style: str = "") -> None:
    from rich.text import Text

    # No markup and no wrapping: file names may look like markup, and are to be copied whole. Those
    # of them that no terminal should get, or that cannot be encoded, are escaped.
    line = Text.assemble((label, colour), printable(" ".join(text.splitlines())), style=style)
    console.print(line, soft_wrap=True)
