"""Styles as the batch needs them: read once, encoded once, the latest of them at hand."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from stylectl.batch.identity import Identity, read_identified
from stylectl.batch.job import Job, Settings
from stylectl.batch.painting import style_of
from stylectl.errors import StylectlError
from stylectl.media import DEFAULT_MAX_PIXELS, Levels, Picture, mask_of, read_image, shown
from stylectl.media.alpha import FloatArray
from stylectl.stylize.events import Event, Notice
from stylectl.stylize.mask_checks import check_mask_aspect, check_mask_values
from stylectl.stylize.mix import StyleMix
from stylectl.stylize.style import StyleCode
from stylectl.stylize.stylizer import Stylizer

ENCODED = 64  # styles at hand: a megabyte or two each at the usual size
_DECODED = 8  # pictures at hand, where each content encodes its own

V = TypeVar("V")


@dataclass(frozen=True)
class File:
    """A picture that others are painted with, and of which bytes it was decoded."""

    path: Path
    picture: Picture
    identity: Identity


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that contents are painted with.

    Attributes:
        style: for the network.
        styles, masks: the identities of the files.
        shapes: height and width of each mask, which must be of the content's aspect ratio.
        warnings: what could not be honoured in the files, a line each.
    """

    style: StyleCode | StyleMix
    styles: tuple[Identity, ...]
    masks: tuple[Identity, ...]
    shapes: tuple[tuple[Path, tuple[int, int]], ...]
    warnings: tuple[str, ...]

    def check_fits(self, content: Levels) -> None:
        """Raises UsageError if a mask is of another shape than the content (H, W, 3)."""
        for path, shape in self.shapes:
            check_mask_aspect(f"the mask {shown(path)}", shape, content.shape[:2])


class Styles:
    """Encodes the styles of jobs.

    What cannot be read is remembered as well, until the file changes: a bad style in a list of
    thousands is opened once.
    """

    def __init__(self, stylizer: Stylizer) -> None:
        self._stylizer = stylizer
        self._prepared: _Recent[Prepared | StylectlError] = _Recent(ENCODED)
        self._files: _Recent[File] = _Recent(_DECODED)

    def of(self, job: Job, content: Levels) -> Prepared:
        """What a job's content is painted with.

        Raises:
            StylectlError: a style or mask cannot be read or used.
        """
        if job.settings.color == "match":
            return self._prepare(job, content)  # no two contents give the same

        def prepare() -> Prepared | StylectlError:
            try:
                return self._prepare(job, content)
            except StylectlError as error:
                return error

        prepared = self._prepared.get(style_key(job), prepare)
        if isinstance(prepared, StylectlError):
            raise prepared
        return prepared

    def _prepare(self, job: Job, content: Levels) -> Prepared:
        settings = job.settings
        styles = [self._file(path, settings) for path in job.styles]
        masks = [self._file(path, settings) for path in settings.together.masks]
        values = [_mask(file) for file in masks]
        warnings = [warning for file in (*styles, *masks) for warning in file.picture.warnings]

        def note(event: Event) -> None:
            if isinstance(event, Notice):
                warnings.append(event.message)

        pixels = [file.picture.pixels for file in styles]
        style = style_of(self._stylizer, settings, pixels, values, content, note)
        return Prepared(
            style,
            tuple(file.identity for file in styles),
            tuple(file.identity for file in masks),
            tuple((file.path, _shape(mask)) for file, mask in zip(masks, values, strict=True)),
            tuple(warnings),
        )

    def _file(self, path: Path, settings: Settings) -> File:
        def read() -> File:
            data, identity = read_identified(path)
            most = settings.max_pixels or DEFAULT_MAX_PIXELS
            return File(path, read_image(path, max_pixels=most, data=data), identity)

        if settings.color != "match":
            return read()
        return self._files.get(_seen(path), read)


def style_key(job: Job) -> Hashable:
    """The same for jobs whose contents are painted with the same, until a file of it changes."""
    masks = job.settings.together.masks
    return tuple(map(_seen, job.styles)), tuple(map(_seen, masks)), job.settings


class _Recent(Generic[V]):
    """What was asked for lately."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        if key not in self._values:
            value = make()
            while len(self._values) >= self._most:
                self._values.popitem(last=False)
            self._values[key] = value
        self._values.move_to_end(key)
        return self._values[key]


def _seen(path: Path) -> Hashable:
    try:
        now = os.stat(path)
    except (OSError, ValueError):
        return path
    return path, now.st_size, now.st_mtime_ns


def _mask(file: File) -> FloatArray:
    mask = mask_of(file.picture)
    check_mask_values(f"the mask {shown(file.path)}", float(mask.min()), float(mask.max()))
    return mask


def _shape(mask: FloatArray) -> tuple[int, int]:
    return mask.shape[0], mask.shape[1]
