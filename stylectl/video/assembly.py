"""From the finished pieces to the output: frames as they were encoded, and the clip's own sound."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from stylectl.errors import OutputError
from stylectl.media.paths import shown
from stylectl.video.encoding import Encoding
from stylectl.video.ffmpeg import FfmpegError, run, url
from stylectl.video.streams import COPY, Cargo
from stylectl.video.targets import Container, Target
from stylectl.video.timeline import Timeline

_MICRO = 1_000_000
_FINE = 10_000  # ticks per second that a file should have at least: sound is cut to them
# Seeking goes to a key frame, and what is copied from there would come before the first frame.
_NOT_BEFORE = "noise=drop='lt(pts,0)'"
WEBP_ENCODER = "libwebp_anim"
_WEBP = ("-c:v", WEBP_ENCODER, "-quality", "90", "-compression_level", "4", "-pix_fmt", "bgra")


@dataclass(frozen=True)
class Source:
    """The clip, for what is taken over from it beside the frames.

    Attributes:
        path: the file.
        start: seconds of the file's own time at which the first frame begins.
        seconds: how long to take; None is to the end.
        is_cut: whether frames at its start were left out, and the sound with them.
    """

    path: Path
    start: Fraction
    seconds: Fraction | None
    is_cut: bool


def write_list(folder: Path, files: Sequence[str], frames: Sequence[int], times: Timeline) -> Path:
    """The list of pieces that ffmpeg reads as one, each at its time to the microsecond."""
    lines, first = ["ffconcat version 1.0"], 0
    for file, count in zip(files, frames, strict=True):
        seconds = times.time(first + count) - times.time(first)
        lines += [f"file {file}", f"duration {round(seconds * _MICRO)}us"]
        first += count
    path = folder / "pieces.ffconcat"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def assemble(
    pieces: Path,
    output: Path,
    *,
    target: Target,
    encoding: Encoding,
    times: Timeline,
    source: Source | None,
    cargo: Cargo,
) -> None:
    """Writes the output of all pieces.

    Args:
        pieces: the list of them.
        output: the file, or the existing empty folder, to write; any that is there is replaced.
        times: of all frames.
        source: the clip; None if it is no file that has sound or metadata.

    Raises:
        OutputError: ffmpeg could not write it, or it lacks frames.
    """
    listed = ["-protocol_whitelist", "file", "-f", "concat", "-safe", "0"]
    try:
        if target.container:
            read = [*_offset(source), *listed, "-i", url(pieces)]
            taken = _taken_over(source, cargo, target.container)
            run([*read, *taken, *_muxed(target, encoding, times), url(output)])
            _check_complete(output, target, len(times))
        else:
            _convert([*listed, "-i", url(pieces)], output, pieces.parent, target)
    except FfmpegError as error:
        raise OutputError(
            f"{shown(target.path)} cannot be written: {error.reason}",
            "check the space on its disk, then give the same command again: nothing is lost",
        ) from error


def _offset(source: Source | None) -> list[str]:
    """Sound may begin before the first frame."""
    if source is None or source.is_cut:
        return []
    return ["-itsoffset", f"{float(source.start):.6f}"]


def _taken_over(source: Source | None, cargo: Cargo, container: Container) -> list[str]:
    if source is None:
        return ["-map", "0:v:0", "-c", "copy"]
    cut = ["-ss", f"{float(source.start):.6f}"] if source.is_cut else []
    if source.seconds is not None:
        cut += ["-t", f"{float(source.seconds):.6f}"]
    arguments = ["-protocol_whitelist", "file", *cut, "-i", url(source.path), "-map", "0:v:0"]
    for carried in cargo.carried:
        arguments += ["-map", f"1:{carried.stream.number}"]
    # The frames are upright already, and their painter is another.
    stale = ["rotate=", "DURATION=", "BPS=", "NUMBER_OF_FRAMES=", "NUMBER_OF_BYTES=", "encoder="]
    arguments += ["-map_metadata", "1", "-map_metadata:s:v:0", "1:s:V:0", "-map_chapters", "1"]
    for tag in stale:
        arguments += ["-metadata:s:v:0", tag]
    arguments += ["-c", "copy"]
    for number, carried in enumerate(cargo.carried, start=1):
        arguments += [f"-map_metadata:s:{number}", f"1:s:{carried.stream.number}"]
        arguments += [f"-c:{number}", carried.codec]
        if source.is_cut and carried.codec == COPY:
            arguments += [f"-bsf:{number}", _NOT_BEFORE]
    return arguments


def _muxed(target: Target, encoding: Encoding, times: Timeline) -> list[str]:
    assert target.container
    muxer = target.container.muxer
    if muxer not in ("mp4", "mov"):
        return ["-f", muxer]
    clock = times.base.denominator
    while clock < _FINE:
        clock *= 2
    tag = ["-tag:v", "hvc1"] if encoding.codec == "libx265" else []  # Apple plays no other
    # Metadata that MP4 has no field of its own for is kept too.
    flags = ["-movflags", "+faststart+use_metadata_tags", "-video_track_timescale", str(clock)]
    return [*tag, *flags, "-f", muxer]


def _check_complete(output: Path, target: Target, frames: int) -> None:
    arguments = ["-i", url(output), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]
    out, _ = run(arguments)
    written = sum(not line.startswith("#") for line in out.splitlines())
    if written != frames:
        raise OutputError(
            f"{shown(target.path)} would have {written} frames, not {frames}",
            "this is a bug: please report it with the clip",
        )


def _convert(read: list[str], output: Path, folder: Path, target: Target) -> None:
    """GIF, WebP, or a picture for each frame."""
    keep = ["-fps_mode", "passthrough"]
    if target.kind == "frames":
        numbered = f"{os.fspath(output).replace('%', '%%')}/frame_%06d.png"
        run([*read, *keep, "-pix_fmt", "rgb24", "-f", "image2", url(numbered)])
    elif target.kind == "webp":
        run([*read, *keep, *_WEBP, "-loop", "0", "-f", "webp", url(output)])
    else:
        # Two passes: in one, all frames would wait in memory for the palette.
        palette = folder / "palette.png"
        run(
            [
                *read,
                "-vf",
                "palettegen=stats_mode=diff",
                "-frames:v",
                "1",
                "-update",
                "1",
                url(palette),
            ]
        )
        dithered = "paletteuse=dither=sierra2_4a:diff_mode=rectangle"
        run(
            [
                *read,
                "-i",
                url(palette),
                "-lavfi",
                dithered,
                *keep,
                "-loop",
                "0",
                "-f",
                "gif",
                url(output),
            ]
        )
