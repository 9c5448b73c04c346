"""Training as the user sees it: a progress bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from stylectl.training.runs import TrainingEvent

LINE_SECONDS = 60  # between lines where there is no terminal
NAMED_FILES = 5  # unreadable files that are named one by one
SMOOTHING = 0.95


class TrainingReport:
    """Shows training events on stderr; a context manager that ends the bar cleanly."""

    def __init__(self, quiet: bool) -> None:
        self.console = Console(stderr=True, quiet=quiet)
        self.progress = Progress(
            TextColumn("step {task.fields[step]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            console=self.console,
            disable=quiet or not self.console.is_terminal,
        )
        self.bar = self.progress.add_task("train", total=1.0, step=0, status="")
        self.average: dict[str, float] = {}
        self.pace = 0.0
        self.last_line = time.monotonic()
        self.skipped = 0

    def __enter__(self) -> TrainingReport:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.stop()
        if kind is KeyboardInterrupt:
            self.console.print("stopped; the state is saved: go on with --resume")

    def on_event(self, event: TrainingEvent) -> None:
        """Show one event of a run."""
        from stylectl.training.loop import StepEvent
        from stylectl.training.runs import DataReady

        if isinstance(event, StepEvent):
            self._step(event)
        elif isinstance(event, DataReady):
            self.console.print(f"{event.images} images in memory")
            for path, reason in event.unreadable[:NAMED_FILES]:
                self.console.print(f"left out {path}: {reason}", highlight=False)
            if len(event.unreadable) > NAMED_FILES:
                self.console.print(f"left out {len(event.unreadable)} unreadable files in all")

    def finished(self, weights: Path) -> None:
        """Say where the weights are."""
        self.console.print(f"wrote {weights}", highlight=False, soft_wrap=True)

    def _step(self, event: object) -> None:
        from stylectl.training.loop import StepEvent

        assert isinstance(event, StepEvent)
        for name, value in event.losses.items():
            old = self.average.get(name, value)
            self.average[name] = SMOOTHING * old + (1 - SMOOTHING) * value
        old = self.pace or event.images_per_second
        self.pace = SMOOTHING * old + (1 - SMOOTHING) * event.images_per_second
        status = self._status(event.remaining)
        self.progress.update(self.bar, completed=event.progress, step=event.step, status=status)
        if event.skipped > self.skipped:
            self.skipped = event.skipped
            self.console.print(f"step {event.step}: loss not finite, skipped ({self.skipped} so far)")
        if not self.console.is_terminal and time.monotonic() - self.last_line > LINE_SECONDS:
            self.last_line = time.monotonic()
            self.console.print(
                f"step {event.step}  {event.progress:.0%}  {status}", highlight=False, soft_wrap=True
            )

    def _status(self, remaining: float | None) -> str:
        terms = "  ".join(f"{name} {value:.3g}" for name, value in self.average.items())
        left = "" if remaining is None else f"  {remaining / 60:.0f} min left"
        return f"{terms}  {self.pace:.1f} images/s{left}"
