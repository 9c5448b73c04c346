"""A clip in a video file or a GIF, decoded by ffmpeg frame by frame."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np

from stylectl.errors import InputError
from stylectl.media.opening import DEFAULT_MAX_PIXELS
from stylectl.media.paths import StrPath, shown
from stylectl.video import colours
from stylectl.video.clip import Frame
from stylectl.video.ffmpeg import FfmpegError, Process, run, running, url
from stylectl.video.probe import probe
from stylectl.video.timeline import Timeline

_NO_TIME = -(2**63)  # AV_NOPTS_VALUE
_MISSING = 0.5  # seconds that the header promises and no frame fills: less may be rounding
_SAMPLE = 2**20  # bytes at either end of a file that tell it from others


class VideoFile:
    """A video file; see `Clip`.

    It is decoded once beforehand, which takes a small part of the time of painting: how many
    frames there are, when each is shown and whether any is damaged is known from then on, exactly.

    Args:
        fps: frames per second to resample to; None keeps each frame and its time.
        max_pixels: the most pixels a frame may have.

    Raises:
        InputError: it cannot be read, is no video, holds no frame or too large ones.
    """

    def __init__(
        self,
        path: StrPath,
        *,
        fps: Fraction | None = None,
        max_pixels: int = DEFAULT_MAX_PIXELS,
    ) -> None:
        self.path = Path(path)
        self.header = probe(path)
        self.size, self.pixel_aspect = self.header.size, self.header.pixel_aspect
        self.is_deep, self.colours = self.header.is_deep, self.header.colours
        self.streams = self.header.streams
        width, height = self.size
        if width * height > max_pixels:
            raise InputError(
                f"{shown(path)} has {width * height:,} pixels a frame, more than the limit of "
                f"{max_pixels:,}",
                f"if you trust the file, raise the limit with --max-pixels {width * height}",
            )
        self._resample = [f"fps={fps}"] if fps else []
        self.timeline, complaints = self._decoded_once(fps)
        self.damage = self._damage(complaints)

    @contextlib.contextmanager
    def frames(self, chosen: Sequence[int]) -> Iterator[Iterator[Frame]]:
        """The frames of these numbers; see `Clip`."""
        deep = "rgb48le" if self.is_deep else "rgb24"
        filters = [*self._resample, _selection(chosen), colours.to_rgb(self.header)]
        arguments = [
            *self._input(),
            *("-vf", ",".join([*filters, f"format={deep}"]), "-fps_mode", "passthrough"),
            *("-frames:v", str(len(chosen)), "-f", "rawvideo", "pipe:1"),
        ]
        with running(arguments, read=True) as process:
            yield self._read(process, len(chosen))

    def identity(self) -> dict[str, Any]:
        """Length and a hash of both ends of the file; see `Clip`."""
        with open(self.path, "rb") as file:
            digest = hashlib.sha256(file.read(_SAMPLE))
            length = file.seek(0, 2)
            file.seek(max(0, length - _SAMPLE))
            digest.update(file.read())
        return {"bytes": length, "sha256_of_ends": digest.hexdigest()}

    def _read(self, process: Process, count: int) -> Iterator[Frame]:
        assert process.stdout
        width, height = self.size
        for number in range(count):
            frame = np.empty((height, width, 3), "<u2" if self.is_deep else np.uint8)
            if not _filled(frame, process.stdout):
                with contextlib.suppress(FfmpegError):
                    process.finish()
                reason = process.complaints[0] if process.complaints else "it ends early"
                raise InputError(
                    f"frame {number + 1} of {count} of {shown(self.path)} cannot be read: {reason}",
                    "it could before: check whether the file has changed",
                )
            yield frame

    def _input(self) -> list[str]:
        return ["-protocol_whitelist", "file", "-i", url(self.path), "-map", "0:V:0"]

    def _decoded_once(self, fps: Fraction | None) -> tuple[Timeline, list[str]]:
        resample = ["-vf", *self._resample] if self._resample else []
        told = ["-stats_enc_pre", "pipe:1", "-stats_enc_pre_fmt", "{pts} {tb}"]
        arguments = [
            *(*self._input(), *resample, "-fps_mode", "passthrough", "-enc_time_base", "filter"),
            *(*told, "-f", "null", "-"),
        ]
        try:
            out, complaints = run(arguments)
        except FfmpegError as error:
            raise InputError(
                f"{shown(self.path)} cannot be decoded: {error.reason}",
                "check whether it plays, or get it again",
            ) from error
        rows = [line.split() for line in out.splitlines()]
        if not rows:
            raise InputError(f"{shown(self.path)} has no frames", "check whether it plays")
        ticks = [None if int(tick) == _NO_TIME else int(tick) for tick, _ in rows]
        base = Fraction(rows[0][1])
        return Timeline.of(ticks, base, fps or self.header.rate), complaints

    def _damage(self, complaints: list[str]) -> str | None:
        """Only what the decoder complained about is damaged: headers may claim what they like."""
        if not complaints:
            return None
        have, claimed = len(self.timeline), self.header.seconds or 0
        lasts = float(self.timeline.origin + self.timeline.time(have))
        if claimed - lasts < max(_MISSING, 0.02 * claimed):
            return f"{shown(self.path)} is damaged within: {complaints[0]}"
        expected = round(claimed * float(self.timeline.average_rate))
        return (
            f"{shown(self.path)} is cut off or damaged: {have} of about {expected} frames "
            f"could be read ({lasts:.1f} of {claimed:.1f} s)"
        )


def _selection(chosen: Sequence[int]) -> str:
    """The filter that lets these frames pass: counted from the start, since seeking is not exact in
    every format, and decoding is cheap beside painting."""
    if len(chosen) == chosen[-1] - chosen[0] + 1:
        return f"select='gte(n,{chosen[0]})'"
    return "select='" + "+".join(f"eq(n,{number})" for number in chosen) + "'"


def _filled(frame: Frame, stream: IO[bytes]) -> bool:
    """Whether the stream had enough bytes to fill the frame."""
    rest = memoryview(frame.data).cast("B")
    while rest:
        count = stream.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            return False
        rest = rest[count:]
    return True
