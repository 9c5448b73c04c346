"""What a painted clip can become, by the end of the output's name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stylectl.errors import OutputError

Kind = Literal["video", "gif", "webp", "frames"]


@dataclass(frozen=True)
class Container:
    """A file format for video.

    Attributes:
        suffix: of the file, in lower case.
        muxer: ffmpeg's name.
        codec: the video encoder unless another is asked for.
        audio: the encoder for sound that cannot be copied into it.
        subtitles: the encoder for subtitles that cannot be copied into it.
        has_attachments: whether it holds fonts.
    """

    suffix: str
    muxer: str
    codec: str = "libx264"
    audio: str = "aac"
    subtitles: str = "mov_text"
    has_attachments: bool = False


CONTAINERS = (
    Container(".mp4", "mp4"),
    Container(".m4v", "mp4"),
    Container(".mov", "mov"),
    Container(".mkv", "matroska", subtitles="subrip", has_attachments=True),
    Container(".webm", "webm", codec="libvpx-vp9", audio="libopus", subtitles="webvtt"),
)
_SUFFIXES = ", ".join([*(container.suffix for container in CONTAINERS), ".gif", ".webp"])


@dataclass(frozen=True)
class Target:
    """An output: where, and what it is to be.

    Attributes:
        path: the file, or the folder of frames.
        kind: what it is to be.
        container: of a video; None for the others.
    """

    path: Path
    kind: Kind
    container: Container | None = None

    @property
    def description(self) -> str:
        """It in words."""
        names = {"gif": "a GIF", "webp": "a WebP", "frames": "a folder of frames"}
        return names.get(self.kind, "a video")


def target_of(output: str) -> Target:
    """The target that an output's name selects; touches no file.

    A name that ends in a slash is a folder of frames.

    Raises:
        OutputError: it ends in nothing that can be written.
    """
    from stylectl.media.paths import shown  # with it comes all of media, too heavy for a --help

    path = Path(output)
    if output.endswith(("/", os.sep)):
        return Target(path, "frames")
    suffix = path.suffix.lower()
    if suffix in (".gif", ".webp"):
        return Target(path, "gif" if suffix == ".gif" else "webp")
    for container in CONTAINERS:
        if suffix == container.suffix:
            return Target(path, "video", container)
    ending = f"ends in {suffix}" if suffix else "has no suffix"
    raise OutputError(
        f"{shown(path)} {ending}, which names no video format that can be written",
        f"choose an output that ends in {_SUFFIXES}, or in / for a folder of frames",
    )


def default_suffix(clip: Path) -> str:
    """The clip's own if it can be written, else that which plays everywhere."""
    suffix = clip.suffix.lower()
    own = suffix == ".gif" or any(suffix == container.suffix for container in CONTAINERS)
    return suffix if own else ".mp4"
