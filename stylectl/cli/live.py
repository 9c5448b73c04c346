"""The one line on a terminal that shows what is being done, and how much of it is left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from stylectl.stylize import events


class Live(Progress):
    """A spinner and the stage; a bar, a count and the time left once they are known."""

    def __init__(self, console: Console) -> None:
        self._plain = (SpinnerColumn(), TextColumn("{task.description}"))
        counting = MofNCompleteColumn(), TextColumn("{task.fields[unit]}"), TimeRemainingColumn()
        self._counting = (*self._plain, BarColumn(bar_width=24), *counting, TextColumn("left"))
        # Or what goes to stdout, which may be a file, would end up on this console.
        super().__init__(*self._plain, console=console, transient=True, redirect_stdout=False)
        self._task = self.add_task("")

    def stage(self, text: str) -> None:
        """Another stage: nothing is known of its length yet."""
        self.columns = self._plain
        self.remove_task(self._task)
        self._task = self.add_task(text)

    def progress(self, event: events.Progress) -> None:
        """So many of the stage's parts are done."""
        self.columns = self._counting
        self.update(self._task, completed=event.done, total=event.total, unit=event.unit)
