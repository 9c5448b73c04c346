"""From entries to jobs: where each result goes, and all that can be wrong with it before work."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stylectl.batch.identity import Identity, identify
from stylectl.batch.job import Job, Settings
from stylectl.batch.listing import Entry
from stylectl.batch.manifest import Ingredients, Manifest
from stylectl.errors import InputError, OutputError, UsageError
from stylectl.media import shown


@dataclass(frozen=True)
class Target:
    """Where results go, and what becomes of those that are there.

    Attributes:
        folder: of the results.
        suffix: of their names, such as ".png".
        resume: whether recorded results that are unchanged are kept, and the others done again.
        overwrite: whether any file may be replaced.
        tag: ends the names of a list's own styles, such as "_alpha0.3".
    """

    folder: Path
    suffix: str
    resume: bool = False
    overwrite: bool = False
    tag: str = ""

    def output(self, entry: Entry) -> Path:
        """Where the result of an entry goes: under the content's name, with its own styles' if it
        has some.
        """
        name = entry.content.stem
        if entry.styles:
            styles = "_".join(style.stem for style in entry.styles)
            name = f"{name}_stylized_{styles}{self.tag}"
        return self.folder / entry.place.parent / f"{name}{self.suffix}"


class Planner:
    """Makes jobs of entries, and sees to it that each result has a name of its own.

    Args:
        styles: for the entries that name none of their own.
    """

    def __init__(self, styles: Sequence[Path], target: Target, settings: Settings) -> None:
        self._styles, self._target, self._settings = tuple(styles), target, settings
        self._taken: dict[str, Entry] = {}

    def jobs(self, entries: Sequence[Entry]) -> list[Job]:
        """The jobs of some entries, be they all or what has come to those of earlier calls.

        Raises:
            UsageError: an entry has no style.
            OutputError: two results would have one name, or one that of an input.
        """
        jobs: list[Job] = []
        clashes: list[tuple[Entry, Entry, Path]] = []
        redo = self._target.overwrite and not self._target.resume
        for entry in entries:
            styles = entry.styles or self._styles
            if not styles:
                raise UsageError(
                    f"there is no style for {entry}", "give STYLE, or name one in the list"
                )
            output = self._target.output(entry)
            first = self._taken.setdefault(_folded(output), entry)
            if first is not entry and (first.content, first.origin) != (entry.content, ""):
                clashes.append((first, entry, output))
            replace = self._target.overwrite
            jobs.append(Job(entry.content, styles, output, self._settings, replace, redo))
        if clashes:
            first, second, output = clashes[0]
            raise OutputError(
                f"{first} and {second} would both be written to {shown(output)}{_more(clashes)}",
                "rename one, or give them to runs with different output folders",
            )
        _check_inputs(jobs)
        return jobs


def pending_jobs(
    jobs: Sequence[Job], target: Target, manifest: Manifest, recipes: Recipes
) -> tuple[list[Job], list[Job]]:
    """Those to be done, and those whose results are there.

    Raises:
        OutputError: a file stands where a result is to be written and may not be replaced.
    """
    pending: list[Job] = []
    kept: list[Job] = []
    existing: list[Path] = []
    for job in jobs:
        if job.redo or not os.path.lexists(job.output):
            pending.append(job)
        elif target.resume and is_done(job, manifest, recipes):
            kept.append(job)
        elif target.overwrite or (target.resume and manifest.knows(job.output)):
            pending.append(replace(job, replace=True))
        else:
            existing.append(job.output)
    if existing:
        hint = "pass --overwrite to replace it, or choose another output folder"
        if not target.resume:
            hint = "pass --resume to go on where a run stopped, or --overwrite to replace it"
        raise OutputError(f"{shown(existing[0])} exists already{_more(existing)}", hint)
    return pending, kept


class Recipes:
    """The recipes of jobs as they would be painted now; each style is read once.

    Args:
        weights: the SHA-256 of the network's weights.
    """

    def __init__(self, weights: str) -> None:
        self._weights = weights
        self._identities: dict[tuple[Path, int, int], Identity] = {}

    def of(self, job: Job) -> str:
        """The recipe of a job.

        Raises:
            InputError: a style or mask cannot be read.
        """
        styles, masks = map(self._identified, (job.styles, job.settings.together.masks))
        return Ingredients(styles, masks, job.settings.digest, self._weights).recipe

    def _identified(self, paths: Iterable[Path]) -> tuple[Identity, ...]:
        return tuple(map(self._identity, paths))

    def _identity(self, path: Path) -> Identity:
        try:
            now = os.stat(path)
            key = path, now.st_size, now.st_mtime_ns
        except (OSError, ValueError):
            return identify(path)  # says what is wrong
        if key not in self._identities:
            self._identities[key] = identify(path)
        return self._identities[key]


def is_done(job: Job, manifest: Manifest, recipes: Recipes) -> bool:
    """Whether the result of a job is there, and what it would be now."""
    if not manifest.knows(job.output):
        return False
    try:
        return manifest.has(job.output, job.content, recipes.of(job))
    except InputError:
        return False  # trying to paint it will say what is wrong


def _folded(path: Path) -> str:
    """The same for names that are one file on some system."""
    return unicodedata.normalize("NFC", os.fspath(path)).casefold()


def _check_inputs(jobs: Sequence[Job]) -> None:
    inputs = {os.path.realpath(job.content) for job in jobs}
    for files in {(*job.styles, *job.settings.together.masks) for job in jobs}:
        inputs.update(map(os.path.realpath, files))
    for job in jobs:
        if os.path.realpath(job.output) in inputs:
            raise OutputError(
                f"{shown(job.output)} is both an output and an input",
                "choose another output folder",
            )


def _more(items: Sequence[object]) -> str:
    return f" (and {len(items) - 1} more)" if len(items) > 1 else ""
