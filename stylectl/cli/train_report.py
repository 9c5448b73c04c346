"""Training as the user sees it: a progress bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from stylectl.cli.report import stderr_console
from stylectl.media.paths import shown
from stylectl.training.events import (
    DataReady,
    HeldOut,
    Notice,
    ReadingImages,
    Saved,
    StageStarted,
    StepEvent,
)

if TYPE_CHECKING:
    from stylectl.training.events import TrainingEvent
    from stylectl.training.run_folder import RunFolder

LINE_SECONDS = 60  # between lines where there is no terminal
NAMED_FILES = 5  # unreadable files that are named one by one
SMOOTHING = 0.95


class TrainingReport:
    """Shows training events on stderr; a context manager that ends the bar cleanly.

    Args:
        quiet: say nothing.
        verbose: say where it computes, when it saves, and every file that is left out.
    """

    def __init__(self, quiet: bool, verbose: bool = False) -> None:
        self.console = stderr_console()
        self.console.quiet = quiet
        self.verbose = verbose
        self.bar = _Bar(self.console, disable=quiet or not self.console.is_interactive)
        self.average: dict[str, float] = {}
        self.pace = 0.0
        self.next_line = time.monotonic()  # the first at once: it shows that all is well
        self.skipped = 0
        self.saved: Saved | None = None
        self.stage = self.saved_in = ""
        self.told: set[str] = set()

    @classmethod
    def of(cls, folder: RunFolder, quiet: bool, verbose: bool) -> TrainingReport:
        """That of a run, of whose processes the first alone speaks."""
        import torch

        report = cls(quiet or not folder.processes.first, verbose)
        threads, processes = torch.get_num_threads(), folder.processes.count
        report.detail(
            f"training on {folder.device}, {threads} CPU threads, {processes} "
            + ("process" if processes == 1 else "processes")
        )
        return report

    def __enter__(self) -> TrainingReport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.stop()
        if kind is KeyboardInterrupt:
            self._say(
                f"stopped; saved up to step {self.saved.step}{self.saved_in}: go on with --resume"
                if self.saved
                else "stopped; nothing new was saved"
            )

    def on_event(self, event: TrainingEvent) -> None:
        """Show one event of a run."""
        if isinstance(event, StepEvent):
            self._step(event)
        elif isinstance(event, HeldOut):
            self._say(f"held out, step {event.step}  {_terms(event.held_out)}")
        elif isinstance(event, Saved):
            self.saved, self.saved_in = event, self.stage
            self.detail(f"saved step {event.step} in {shown(event.folder)}")
        elif isinstance(event, Notice):
            if event.message not in self.told:  # by an earlier stage
                self.told.add(event.message)
                self._say(event.message)
        elif isinstance(event, StageStarted):
            self._stage(event)
        elif isinstance(event, ReadingImages):
            self._say(f"reading {event.files} images")
        else:
            self._data(event)

    def detail(self, line: str) -> None:
        """How the work is done: for --verbose."""
        if self.verbose:
            self._say(line)

    def finished(self, weights: Path) -> None:
        """Say where the weights are."""
        self.bar.stop()
        self._say(f"wrote {shown(weights)}")

    def _stage(self, event: StageStarted) -> None:
        self.stage = f" of stage {event.name}"
        self.average, self.pace, self.skipped = {}, 0.0, 0
        self.next_line = time.monotonic()
        state = ", finished already" if event.finished else ""
        self._say(f"stage {event.number} of {event.count}: {event.name}{state}")

    def _data(self, event: DataReady) -> None:
        self._say(f"{event.images} images are ready")
        if event.on_demand:
            self._say(f"{event.on_demand} of them do not fit into memory: they are read when drawn")
        named = len(event.unreadable) if self.verbose else NAMED_FILES
        for _, reason in event.unreadable[:named]:
            self._say(f"left out: {reason}")
        if len(event.unreadable) > named:
            self._say(f"left out {len(event.unreadable)} unreadable files in all")

    def _step(self, event: StepEvent) -> None:
        for name, value in event.losses.items():
            self.average[name] = _smoothed(self.average.get(name), value)
        self.pace = _smoothed(self.pace or None, event.images_per_second)
        terms = _terms(self.average)
        pace = f"{self.pace:.1f} images/s  {_left(event.remaining)}"
        self.bar.show(event, pace, terms)
        if event.skipped > self.skipped:
            self.skipped = event.skipped
            self._say(f"step {event.step}: not finite, skipped ({self.skipped} so far)")
        now = time.monotonic()
        due = now >= self.next_line or event.progress == 1
        if due and not self.console.is_interactive:
            self.next_line = now + LINE_SECONDS
            self._say(f"step {event.step}  {event.progress:.0%}  {pace}  {terms}")

    def _say(self, line: str) -> None:
        # A Text and no wrapping: file names may look like markup, and a log has no width.
        self.console.print(Text(line), soft_wrap=True)


class _Bar(Progress):
    """A line with the bar, the pace and the time left, and below it the loss terms."""

    def __init__(self, console: Console, disable: bool) -> None:
        self.terms = ""
        super().__init__(
            TextColumn("step {task.fields[step]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[pace]}"),
            console=console,
            disable=disable,
            transient=True,
        )
        self.task_id = self.add_task("train", total=1.0, step=0, pace="")

    def show(self, event: StepEvent, pace: str, terms: str) -> None:
        """Draw the state after a step; the first starts the bar."""
        if not self.live.is_started:
            self.start()
        self.terms = terms
        self.update(self.task_id, completed=event.progress, step=event.step, pace=pace)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        yield Text(self.terms, style="dim")


def _terms(losses: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3g}" for name, value in losses.items())


def _smoothed(old: float | None, new: float) -> float:
    return new if old is None else SMOOTHING * old + (1 - SMOOTHING) * new


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{timedelta(seconds=round(seconds))} left"
