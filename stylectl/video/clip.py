"""A clip to paint, whatever it comes from: a video file, a GIF, or a folder of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from stylectl.video.probe import Colours, Stream
from stylectl.video.timeline import Timeline

Frame = NDArray[Any]  # (H, W, 3), RGB, upright; uint8 or uint16


class Clip(Protocol):
    """Frames with their times, and what a painted clip takes over from it.

    Attributes:
        path: the file or the folder.
        size: width and height.
        pixel_aspect: width of a pixel over its height.
        is_deep: whether frames are uint16; else uint8.
        colours: of the file.
        timeline: when each frame is shown.
        streams: audio, subtitles and attachments.
        damage: what is wrong with it, in a line; None if nothing is.
    """

    path: Path
    size: tuple[int, int]
    pixel_aspect: Fraction
    is_deep: bool
    colours: Colours
    timeline: Timeline
    streams: tuple[Stream, ...]
    damage: str | None

    def frames(self, chosen: Sequence[int]) -> AbstractContextManager[Iterator[Frame]]:
        """The frames of these numbers, which rise, one after the other.

        Raises:
            InputError: (while iterating) one cannot be read.
        """
        ...

    def identity(self) -> dict[str, Any]:
        """What tells this clip from another, or from itself after a change."""
        ...
