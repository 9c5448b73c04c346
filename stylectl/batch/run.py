"""A batch from its inputs to its end: what is to be done, what is done, and what still arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylectl.batch.job import Job, Result, Settings
from stylectl.batch.listing import Entry
from stylectl.batch.manifest import Manifest
from stylectl.batch.outcome import OnResult, failed
from stylectl.batch.plan import Planner, Recipes, Target, pending_jobs
from stylectl.errors import OutputError

if TYPE_CHECKING:  # a batch in which nothing is left to do needs no torch
    from stylectl.batch.watch import Arrivals
    from stylectl.batch.workshop import Workshop


class Batch:
    """What can be wrong with a batch is found out here, before anything is painted.

    Args:
        entries: the contents.
        styles: for the entries that name none of their own.
        target: where results go.
        settings: how they are painted.
        weights: the SHA-256 of the network's weights.

    Attributes:
        pending: the jobs to be done.
        kept: those whose results are there, unchanged.

    Raises:
        UsageError: an entry has no style.
        OutputError: two results would have one name; one exists already, or is an input; or the
            records cannot be read.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        styles: Sequence[Path],
        target: Target,
        settings: Settings,
        weights: str,
    ) -> None:
        self._styles, self._target, self._settings = tuple(styles), target, settings
        self._planner = Planner(styles, target, settings)
        self._recipes = Recipes(weights)
        jobs = self._planner.jobs(entries)
        self._manifest = Manifest(target.folder)
        self.pending, self.kept = pending_jobs(jobs, target, self._manifest, self._recipes)

    def watch(
        self,
        arrivals: Arrivals,
        workshop: Workshop,
        on_result: OnResult,
        on_jobs: Callable[[int], None],
    ) -> None:
        """Paints what arrives, until it is interrupted.

        Args:
            on_jobs: is told how many jobs begin, each time some do.
        """
        while True:
            jobs: list[Job] = []
            for entry in arrivals.wait():
                found = self._arrived(entry)
                if isinstance(found, Result):
                    on_jobs(1)
                    on_result(found)
                elif found:
                    jobs.append(found)
            on_jobs(len(jobs))
            workshop.perform(jobs, on_result)

    def _arrived(self, entry: Entry) -> Job | Result | None:
        """What is to be done with what arrived: nothing if its result is there already."""
        try:
            self._manifest.refresh()
            jobs = self._planner.jobs([entry])
            pending, _ = pending_jobs(jobs, self._target, self._manifest, self._recipes)
        except OutputError as error:
            output = self._target.output(entry)
            job = Job(entry.content, self._styles, output, self._settings)
            return failed(job, error, time.perf_counter())
        return pending[0] if pending else None
