"""Jobs to results in one process: a loaded network, its styles, and the record of what is made.

Whatever runs a batch, be it this process or workers elsewhere, performs its jobs here.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from stylectl.batch.claims import Claims
from stylectl.batch.flow import Ahead, Behind, batches
from stylectl.batch.identity import Identity, read_identified
from stylectl.batch.job import Job, Result
from stylectl.batch.manifest import Ingredients, Manifest
from stylectl.batch.outcome import OnResult, failed
from stylectl.batch.painting import paint
from stylectl.batch.plan import Recipes, is_done
from stylectl.batch.styles import Prepared, Styles, style_key
from stylectl.batch.writing import write_result
from stylectl.checksum import sha256
from stylectl.media import (
    DEFAULT_MAX_PIXELS,
    Levels,
    Picture,
    format_for_output,
    read_image,
)
from stylectl.stylize.events import Event, Notice
from stylectl.stylize.memory import choose_tile
from stylectl.stylize.settings import (
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_WEIGHTS,
)
from stylectl.stylize.sizes import fit_long_edge, padded_size
from stylectl.stylize.stylizer import Stylizer
from stylectl.weights.registry import resolve

GPU_BATCH = 4  # as for video; a CPU gains nothing by more than one (benchmarks/batch.py)
_READERS = _WRITERS = 2  # threads: decoding and encoding take a fraction of the network's time
_WAITING_PIXELS = 32 << 20  # in each place where pictures wait: 3 to 6 bytes each


@dataclass(frozen=True, eq=False)
class Read:
    """A content that was read."""

    job: Job
    picture: Picture
    identity: Identity
    begun: float


class Workshop:
    """Performs jobs whose results lie in one folder. A context manager.

    Args:
        stylizer: the network.
        weights: the SHA-256 of its weights file, for the record.
        folder: of the results; all outputs lie in it.
        batch_size: most pictures that go through the network at once; None is 1 on a CPU, else 4.
    """

    def __init__(
        self, stylizer: Stylizer, weights: str, folder: Path, batch_size: int | None = None
    ) -> None:
        self.stylizer, self.weights = stylizer, weights
        self.batch_size = batch_size or (1 if stylizer.device.type == "cpu" else GPU_BATCH)
        self._manifest, self._claims = Manifest(folder), Claims(folder)
        self._styles, self._recipes = Styles(stylizer), Recipes(weights)

    @classmethod
    def open(
        cls,
        folder: Path,
        weights: str = DEFAULT_WEIGHTS,
        *,
        device: str = DEFAULT_DEVICE,
        precision: str = DEFAULT_PRECISION,
        batch_size: int | None = None,
    ) -> Workshop:
        """Loads the network too; the arguments are as for `Stylizer.load`.

        Raises:
            WeightsError, DeviceError, UsageError: as `Stylizer.load` does.
            OutputError: the folder cannot be written to.
        """
        file = resolve(weights)
        stylizer = Stylizer.load(file, device=device, precision=precision)
        return cls(stylizer, sha256(file), folder, batch_size)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the record and gives back what is claimed."""
        self._manifest.close()
        self._claims.close()

    def perform(self, jobs: Iterable[Job], on_result: OnResult) -> None:
        """Performs jobs, and tells of each as it ends, failed ones too; in any order.

        A job that another process works on is set aside until the end; then its result is there,
        or it is done here. An interruption drops what is not painted; what is, is written and told.

        Raises:
            OutputError: the disk is full; no job could succeed.
        """
        later: list[Job] = []

        def claimed() -> Iterable[Job]:
            for job in jobs:
                if self._claims.take(job.output):
                    yield job
                else:
                    later.append(job)

        self._perform(claimed(), on_result)
        for job in later:
            # One by one, nothing else claimed: two processes never wait for each other.
            self._claims.wait(job.output)
            self._perform([job], on_result)

    def _perform(self, claimed: Iterable[Job], on_result: OnResult) -> None:
        def tell(result: Result) -> None:
            self._claims.release(result.job.output)
            on_result(result)

        ahead = Ahead(
            self._read,
            _pixels,
            most=2 * self.batch_size + _READERS,
            budget=_WAITING_PIXELS,
            threads=_READERS,
        )

        def enough(held: list[Read | Result]) -> bool:
            window = 1 if self.batch_size == 1 else 2 * self.batch_size
            return len(held) >= window or sum(map(_pixels, held)) >= _WAITING_PIXELS

        with (
            Behind(tell, budget=_WAITING_PIXELS, threads=_WRITERS) as behind,
            contextlib.closing(ahead.over(claimed)) as read,
        ):
            for group in batches(read, _key, self._most_at_once, enough):
                if isinstance(group[0], Result):
                    tell(group[0])
                    continue
                for work in self._painted([item for item in group if isinstance(item, Read)]):
                    behind.put(work, _pixels(group[0]))

    def _read(self, job: Job) -> Read | Result:
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

    def _most_at_once(self, read: Read | Result) -> int:
        """How many contents like this one go through the network at once, uncut."""
        if isinstance(read, Result) or read.job.settings.color == "match":
            return 1
        settings, (width, height) = read.job.settings, read.picture.size
        size = padded_size(fit_long_edge((height, width), settings.size))
        config, device = self.stylizer.network.config, self.stylizer.device
        most = self.batch_size
        while most > 1 and choose_tile(settings.tile, size, most, config, device) is not None:
            most -= 1
        return most

    def _painted(self, group: Sequence[Read]) -> Iterable[Callable[[], Result]]:
        """Paints contents of one size in one style; gives what is left to do with each."""
        try:
            prepared, pictures, notes = self._paint(group)
        except Exception as error:
            if len(group) > 1:  # one by one, so that one of them cannot spoil the others
                return [work for read in group for work in self._painted([read])]
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
            arguments = self.stylizer, job.settings, contents[0], prepared.style, note
            pictures: Sequence[Levels] = [paint(*arguments, long_edge=long_edge)]
        else:
            stacked = torch.from_numpy(np.stack(contents)).permute(0, 3, 1, 2)  # (B, 3, H, W)
            arguments = self.stylizer, job.settings, stacked, prepared.style, note
            painted = paint(*arguments, long_edge=long_edge)
            pictures = list(painted.permute(0, 2, 3, 1).cpu().numpy())  # (H, W, 3) each
        return prepared, pictures, tuple(notes)

    def _writing(
        self, read: Read, pixels: Levels, prepared: Prepared, notes: tuple[str, ...]
    ) -> Callable[[], Result]:
        job = read.job
        ingredients = Ingredients(
            prepared.styles, prepared.masks, job.settings.digest, self.weights
        )

        def write() -> Result:
            try:
                warnings = write_result(
                    job,
                    pixels,
                    read.picture,
                    lambda result: self._manifest.add(job, result, read.identity, ingredients),
                    alone=self._claims.work,
                )
            except Exception as error:
                return failed(job, error, read.begun)
            told = (*read.picture.warnings, *prepared.warnings, *notes, *warnings)
            seconds = time.perf_counter() - read.begun
            return Result(job, "done", read.picture.size, seconds, told)

        return write


def _pixels(read: Read | Result) -> int:
    return 0 if isinstance(read, Result) else read.picture.size[0] * read.picture.size[1]


def _key(read: Read | Result) -> Hashable:
    """The same for contents that can go through the network together."""
    if isinstance(read, Result):
        return id(read)
    pixels = read.picture.pixels
    return pixels.shape, str(pixels.dtype), style_key(read.job)
