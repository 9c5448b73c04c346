"""A clip in a folder of frames, one picture each, in the order of the numbers in their names."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from stylectl.errors import InputError
from stylectl.media import SUFFIXES, names_picture, read_image, shown, to_uint8
from stylectl.media.opening import DEFAULT_MAX_PIXELS
from stylectl.media.paths import StrPath
from stylectl.video.clip import Frame
from stylectl.video.probe import Colours, Stream
from stylectl.video.timeline import Timeline


class FrameFolder:
    """The pictures of a folder as frames; see `Clip`. Subfolders and other files are left alone.

    Args:
        fps: frames per second.
        max_pixels: the most pixels a frame may have.

    Raises:
        InputError: the folder holds no picture, or its first cannot be read.
    """

    def __init__(
        self, path: StrPath, *, fps: Fraction, max_pixels: int = DEFAULT_MAX_PIXELS
    ) -> None:
        self.path, self._max_pixels = Path(path), max_pixels
        self._files = sorted(self._pictures(), key=_by_number)
        if not self._files:
            raise InputError(
                f"the folder {shown(path)} holds no frames",
                "give a folder of pictures that end in " + ", ".join(SUFFIXES),
            )
        height, width = self._read(self._files[0]).shape[:2]
        self.size = (width, height)
        self.pixel_aspect, self.is_deep, self.colours = Fraction(1), False, Colours()
        self.timeline = Timeline.regular(len(self._files), fps)
        self.streams: tuple[Stream, ...] = ()
        self.damage: str | None = None

    @contextlib.contextmanager
    def frames(self, chosen: Sequence[int]) -> Iterator[Iterator[Frame]]:
        """The frames of these numbers; see `Clip`."""
        yield (self._checked(self._files[number]) for number in chosen)

    def identity(self) -> dict[str, Any]:
        """A hash of names, lengths and times of change; see `Clip`."""
        digest = hashlib.sha256()
        for file in self._files:
            stat = file.stat()
            digest.update(f"{file.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
        return {"files": len(self._files), "sha256_of_listing": digest.hexdigest()}

    def _pictures(self) -> Iterator[Path]:
        try:
            for file in self.path.iterdir():
                if names_picture(file):
                    yield file
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{shown(self.path)} cannot be read: {reason}") from error

    def _read(self, file: Path) -> Frame:
        return to_uint8(read_image(file, max_pixels=self._max_pixels).pixels)

    def _checked(self, file: Path) -> Frame:
        frame = self._read(file)
        height, width = frame.shape[:2]
        if (width, height) != self.size:
            raise InputError(
                f"{shown(file)} has {width}x{height} pixels, the first frame {self.size[0]}x"
                f"{self.size[1]}",
                "give frames of one size",
            )
        return frame


def _by_number(file: Path) -> list[tuple[int, int, str]]:
    """frame2 before frame10: numbers in a name count as numbers."""
    parts = re.split(r"(\d+)", file.name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts]
