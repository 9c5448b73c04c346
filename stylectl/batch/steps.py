"""What is done to a job, step by step: its content is read, painted, and its result written."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from stylectl.batch.identity import Identity, read_identified
from stylectl.batch.job import Job, Result
from stylectl.batch.manifest import Ingredients, Manifest
from stylectl.batch.outcome import failed
from stylectl.batch.painting import paint
from stylectl.batch.plan import Recipes, is_done
from stylectl.batch.styles import Prepared, Styles, style_key
from stylectl.batch.writing import write_result
from stylectl.errors import OutputError
from stylectl.media import DEFAULT_MAX_PIXELS, Levels, Picture, format_for_output, read_image, shown
from stylectl.stylize.events import Event, Notice
from stylectl.stylize.memory import choose_tile
from stylectl.stylize.sizes import fit_long_edge, padded_size
from stylectl.stylize.stylizer import Stylizer


@dataclass(frozen=True, eq=False)
class Read:
    """A content that was read."""

    job: Job
    picture: Picture
    identity: Identity
    begun: float


class Steps:
    """The steps of jobs with one network; reading and writing may be done by several threads.

    Args:
        weights: the SHA-256 of the network's weights file.
        batch_size: most contents that are painted at once.

    Attributes:
        disk_is_full: whether a result could not be written for that.
    """

    def __init__(
        self, stylizer: Stylizer, weights: str, manifest: Manifest, batch_size: int
    ) -> None:
        self._stylizer, self._weights = stylizer, weights
        self._manifest, self._batch_size = manifest, batch_size
        self._styles, self._recipes = Styles(stylizer), Recipes(weights)
        self.disk_is_full = False

    def read(self, job: Job) -> Read | Result:
        """Reads the content of a job; a result if it failed, or the job's own is there already."""
        begun = time.perf_counter()
        try:
            if not job.redo and os.path.lexists(job.output):
                self._manifest.refresh()
                if is_done(job, self._manifest, self._recipes):
                    return Result(job, "kept")
            data, identity = read_identified(job.content)
            most = job.settings.max_pixels or DEFAULT_MAX_PIXELS
            picture = read_image(job.content, max_pixels=most, data=data)
            format_for_output(job.output).check_fits(job.output, *picture.size)
            return Read(job, picture, identity, begun)
        except Exception as error:
            return failed(job, error, begun)

    def most_at_once(self, read: Read | Result) -> int:
        """How many contents like this one go through the network at once, uncut."""
        if isinstance(read, Result) or read.job.settings.color == "match":
            return 1
        settings, (width, height) = read.job.settings, read.picture.size
        size = padded_size(fit_long_edge((height, width), settings.size))
        config, device = self._stylizer.network.config, self._stylizer.device
        most = self._batch_size
        while most > 1 and choose_tile(settings.tile, size, most, config, device) is not None:
            most -= 1
        return most

    def painted(self, group: Sequence[Read]) -> Iterable[Callable[[], Result]]:
        """Paints contents of one size in one style; gives what is left to do with each."""
        try:
            prepared, pictures, notes = self._paint(group)
        except Exception as error:
            if len(group) > 1:  # one by one, so that one of them cannot spoil the others
                return [work for read in group for work in self.painted([read])]
            (read,) = group
            result = failed(read.job, error, read.begun)
            return [lambda: result]
        return [
            self._writing(read, pixels, prepared, notes)
            for read, pixels in zip(group, pictures, strict=True)
        ]

    def _paint(self, group: Sequence[Read]) -> tuple[Prepared, Sequence[Levels], tuple[str, ...]]:
        notes: list[str] = []

        def note(event: Event) -> None:
            if isinstance(event, Notice):
                notes.append(event.message)

        job, contents = group[0].job, [read.picture.pixels for read in group]
        prepared = self._styles.of(job, contents[0])
        prepared.check_fits(contents[0])
        long_edge = max(group[0].picture.size)
        if len(group) == 1:
            arguments = self._stylizer, job.settings, contents[0], prepared.style, note
            pictures: Sequence[Levels] = [paint(*arguments, long_edge=long_edge)]
        else:
            stacked = torch.from_numpy(np.stack(contents)).permute(0, 3, 1, 2)  # (B, 3, H, W)
            arguments = self._stylizer, job.settings, stacked, prepared.style, note
            painted = paint(*arguments, long_edge=long_edge)
            pictures = list(painted.permute(0, 2, 3, 1).cpu().numpy())  # (H, W, 3) each
        return prepared, pictures, tuple(notes)

    def _writing(
        self, read: Read, pixels: Levels, prepared: Prepared, notes: tuple[str, ...]
    ) -> Callable[[], Result]:
        job = read.job
        ingredients = Ingredients(
            prepared.styles, prepared.masks, job.settings.digest, self._weights
        )

        def write() -> Result:
            if self.disk_is_full:  # the run ends: what waits is not tried one by one
                text = f"{shown(job.output)} cannot be written: {os.strerror(errno.ENOSPC)}"
                return failed(job, OutputError(text, "free some space"), read.begun)
            try:
                warnings = write_result(
                    job,
                    pixels,
                    read.picture,
                    lambda result: self._manifest.add(job, result, read.identity, ingredients),
                )
            except Exception as error:
                if is_full(error):
                    self.disk_is_full = True
                return failed(job, error, read.begun)
            told = (*read.picture.warnings, *prepared.warnings, *notes, *warnings)
            seconds = time.perf_counter() - read.begun
            return Result(job, "done", read.picture.size, seconds, told)

        return write


def is_full(error: Exception) -> bool:
    """Whether the disk had no room."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)


def weight(read: Read | Result) -> int:
    """How many pixels wait with it."""
    return 0 if isinstance(read, Result) else read.picture.size[0] * read.picture.size[1]


def key(read: Read | Result) -> Hashable:
    """The same for contents that can go through the network together."""
    if isinstance(read, Result):
        return id(read)
    pixels = read.picture.pixels
    return pixels.shape, str(pixels.dtype), style_key(read.job)
