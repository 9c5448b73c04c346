"""The one line on a terminal while many pictures are painted."""

from __future__ import annotations

import time
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class Bar(Progress):
    """A bar, how many are done, how many a second, and how long the rest will take.

    Args:
        total: how many results there will be.
    """

    def __init__(self, console: Console, total: int) -> None:
        columns = BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.fields[told]}")
        super().__init__(TextColumn("paint"), *columns, console=console, transient=True)
        self._total, self._begun = total, time.perf_counter()
        self._task = self.add_task("paint", total=total, told="")

    def show(self, done: int, kept: int, failed: int) -> None:
        """So many are painted, kept from an earlier run, and failed."""
        tried, ended = done + failed, done + kept + failed
        told = f"{failed} failed" if failed else ""
        if tried:
            pace = tried / max(time.perf_counter() - self._begun, 1e-9)
            left = timedelta(seconds=round(max(0, self._total - ended) / pace))
            told = f"{pace:.2g} a second  {left} left  {told}"
        self.update(self._task, completed=ended, total=max(self._total, ended), told=told)
