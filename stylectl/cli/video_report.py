"""Painting a clip as the user sees it: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from stylectl.cli.report import Report, say
from stylectl.video.events import FramesPainted, WorkKept

if TYPE_CHECKING:
    from rich.progress import Progress

    from stylectl.stylize.events import Event
    from stylectl.video.events import VideoEvent

LINE_SECONDS = 60  # between lines where there is no terminal


class VideoReport(Report):
    """A report that also counts frames.

    Attributes:
        pace: frames painted per second in this run, waiting for decoder and encoder included.
    """

    def __init__(self, *, quiet: bool, as_json: bool, verbose: bool = False) -> None:
        super().__init__(quiet=quiet, as_json=as_json, verbose=verbose)
        self.pace = 0.0
        self._bar: Progress | None = None
        self._task: Any = None
        self._begun = self._next_line = 0.0

    def __enter__(self) -> VideoReport:
        super().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_bar()
        super().__exit__(kind, error, trace)

    def on_video_event(self, event: Event | VideoEvent) -> None:
        """The listener for what painting a clip tells."""
        if isinstance(event, FramesPainted):
            self._progress(event)
            return
        self._stop_bar()
        if isinstance(event, WorkKept):
            kept = f"{event.done} of {event.total} frames are kept"
            self.note(f"{kept}: the same command goes on there")
        else:
            self.on_event(event)

    def _progress(self, event: FramesPainted) -> None:
        now = time.perf_counter()
        if event.done == event.earlier:  # the first event of a run
            self._begun, self._next_line = now, now + LINE_SECONDS
            if event.earlier:
                self.note(f"going on after {event.earlier} of {event.total} frames")
        new = event.done - event.earlier
        self.pace = new / max(now - self._begun, 1e-9)
        left = timedelta(seconds=round((event.total - event.done) / self.pace)) if new else None
        told = f"{self.pace:.2f} frames/s" + (f"  {left} left" if left is not None else "")
        if self.silent:
            return
        if self.console.is_interactive:
            self._draw(event, told if new else "")
        elif new and now >= self._next_line:
            self._next_line = now + LINE_SECONDS
            say(self.console, f"{event.done} of {event.total} frames  {told}")

    def _draw(self, event: FramesPainted, told: str) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        if self._bar is None:
            self._stop_live()
            self._bar = Progress(
                TextColumn("paint"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[told]}"),
                console=self.console,
                transient=True,
            )
            self._task = self._bar.add_task("paint", total=event.total, told=told)
            self._bar.start()
        self._bar.update(self._task, completed=event.done, told=told)

    def _stop_bar(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
