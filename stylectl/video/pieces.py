"""A piece of the painted clip: a file that is whole, and exactly timed, or does not exist."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from stylectl.errors import OutputError, UsageError
from stylectl.media.paths import shown
from stylectl.video import colours
from stylectl.video.clip import Frame
from stylectl.video.encoding import Encoding
from stylectl.video.ffmpeg import FfmpegError, Process, running, url
from stylectl.video.probe import Colours, probe
from stylectl.video.timeline import Timeline

# NUT, ffmpeg's own container: any codec, and times to the tick, where Matroska rounds to 1/1000 s.
SUFFIX = ".nut"
# The same samples in another order of bytes.
_DECODED_AS = {"nv12": "yuv420p", "nv16": "yuv422p", "nv24": "yuv444p", "p010le": "yuv420p10le"}


class PieceWriter:
    """Takes the frames of a piece one after the other, on their way into ffmpeg."""

    def __init__(self, process: Process, path: Path) -> None:
        self._process, self._path = process, path

    def write(self, frame: Frame) -> None:
        """Hands a frame to the encoder.

        Raises:
            OutputError: the encoder gave up.
        """
        assert self._process.stdin
        try:
            self._process.stdin.write(memoryview(frame.data).cast("B"))
        except OSError:
            self.finish()  # which knows why
            raise _failed(self._path, "the encoder stopped") from None

    def finish(self) -> None:
        """Waits until all is written; raises OutputError if it could not be."""
        try:
            self._process.finish()
        except FfmpegError as error:
            raise _failed(self._path, error.reason) from error


@contextlib.contextmanager
def piece_writer(
    path: Path,
    *,
    size: tuple[int, int],
    pixel_aspect: Fraction,
    times: Timeline,
    source: Colours,
    encoding: Encoding,
) -> Iterator[PieceWriter]:
    """An encoder for one piece.

    Args:
        path: is written as the block goes on, and whole after `finish`.
        size: width and height of the frames.
        times: of the piece's frames, from 0 on.
        source: the colours of the clip.
    """
    width, height = size
    raw = ["-f", "rawvideo", "-pixel_format", "rgb48le" if encoding.is_deep else "rgb24"]
    filters = [
        *_timing(times),
        colours.from_rgb(encoding.pixel_format, source),
        # Without a maximum it is rounded to parts of 100.
        f"setsar=ratio={pixel_aspect}:max={2**16}",
    ]
    arguments = [
        *(*raw, "-video_size", f"{width}x{height}"),
        *("-framerate", str(times.average_rate.limit_denominator(2**16)), "-i", "pipe:0"),
        *("-vf", ",".join(filters), "-fps_mode", "passthrough"),
        *("-enc_time_base", str(times.base), *encoding.arguments(), "-f", "nut", url(path)),
    ]
    with running(arguments, feed=True) as process:
        yield PieceWriter(process, path)


def check_encoding(folder: Path, encoding: Encoding, size: tuple[int, int]) -> None:
    """Encodes two frames, to find out before the long work what the encoder refuses.

    Args:
        folder: for the trial.

    Raises:
        UsageError: this ffmpeg lacks the encoder, or that refuses its options or the size.
    """
    import numpy as np

    path = folder / f"trial{SUFFIX}"
    width, height = size
    frame = np.zeros((height, width, 3), "<u2" if encoding.is_deep else np.uint8)
    times = Timeline.regular(2, Fraction(25))
    aspect, source = Fraction(1), Colours()
    try:
        with piece_writer(
            path, size=size, pixel_aspect=aspect, times=times, source=source, encoding=encoding
        ) as writer:
            writer.write(frame)
            writer.write(frame)
            writer.finish()
    except OutputError as error:
        raise _refused(encoding, size, error.message.partition(": ")[2]) from error
    # An encoder that lacks a pixel format is silently given another.
    given, wanted = probe(path).pixel_format, encoding.pixel_format
    if given != _DECODED_AS.get(wanted, wanted):
        raise _refused(encoding, size, f"it would become {given}")


def _refused(encoding: Encoding, size: tuple[int, int], reason: str) -> UsageError:
    return UsageError(
        f"{encoding.codec} cannot encode {size[0]}x{size[1]} {encoding.pixel_format} "
        f"as asked for: {reason}",
        "choose another --codec, --pix-fmt, --preset or --crf",
    )


def _timing(times: Timeline) -> list[str]:
    """The filter that gives each frame its time; none where the rate alone does."""
    if times.rate:
        return []
    return [f"settb={times.base}", f"setpts='{_looked_up(times.ticks, 0)}'"]


def _looked_up(ticks: Sequence[int], first: int) -> str:
    """An expression for the tick of frame N: a tree, since ffmpeg's expressions have no tables."""
    if len(ticks) == 1:
        return str(ticks[0])
    middle = len(ticks) // 2
    before, after = _looked_up(ticks[:middle], first), _looked_up(ticks[middle:], first + middle)
    return f"if(lt(N,{first + middle}),{before},{after})"


def _failed(path: Path, reason: str) -> OutputError:
    full = "No space left" in reason or "File too large" in reason or "signal 25" in reason
    hint = "free some space, then give the same command again: it goes on where it stopped"
    return OutputError(f"{shown(path.parent)} cannot be written: {reason}", hint if full else "")
