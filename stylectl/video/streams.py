"""What a painted video takes along of the clip's other streams: sound, subtitles, fonts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stylectl.media.paths import StrPath, shown
from stylectl.video.ffmpeg import FfmpegError, run, url
from stylectl.video.probe import Stream
from stylectl.video.targets import Container

COPY = "copy"
_TRIED = "0.2"  # seconds: a container refuses a codec when it writes its header


@dataclass(frozen=True)
class Carried:
    """A stream of the clip, and how it gets into the video: "copy", or an encoder."""

    stream: Stream
    codec: str


@dataclass(frozen=True)
class Cargo:
    """All that is taken along, and what there is to say about it, a line each."""

    carried: tuple[Carried, ...] = ()
    warnings: tuple[str, ...] = ()


def plan_cargo(
    path: StrPath, streams: Iterable[Stream], container: Container, folder: Path
) -> Cargo:
    """Copies every stream if the container takes it, converts it if not, and leaves it out only if
    neither works. Found out by trying: what a container takes differs between ffmpeg's versions.

    Args:
        path: the clip.
        folder: for the trials.
    """
    carried, warnings = [], []
    for stream in streams:
        codecs = _possible(stream, container)
        fitting = (codec for codec in codecs if _fits(path, stream, codec, container, folder))
        codec = next(fitting, None)
        name = f"{shown(path)}: {stream.kind.lower()} stream {stream.number} ({stream.codec})"
        if codec is None:
            warnings.append(f"{name} is left out, {container.suffix} cannot hold it")
            continue
        carried.append(Carried(stream, codec))
        if codec != COPY:
            warnings.append(f"{name} is converted to {codec}, {container.suffix} cannot hold it")
    return Cargo(tuple(carried), tuple(warnings))


def _possible(stream: Stream, container: Container) -> list[str]:
    if stream.kind == "Attachment":
        return [COPY] if container.has_attachments else []
    return [COPY, container.audio if stream.kind == "Audio" else container.subtitles]


def _fits(path: StrPath, stream: Stream, codec: str, container: Container, folder: Path) -> bool:
    trial = folder / f"trial{container.suffix}"
    arguments = [
        *("-protocol_whitelist", "file", "-i", url(path), "-map", f"0:{stream.number}"),
        *("-c", codec, "-t", _TRIED, "-f", container.muxer, url(trial)),
    ]
    with contextlib.suppress(FfmpegError):
        run(arguments)
        return True
    return False
