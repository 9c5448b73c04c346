"""What a clip is, read off its header and its first frame: imageio-ffmpeg brings no ffprobe."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from fractions import Fraction

from stylectl.errors import InputError
from stylectl.media.paths import StrPath, shown
from stylectl.video.ffmpeg import FfmpegError, run, url

_STREAM = re.compile(r"^\s*Stream #0:(\d+)\S*: (Video|Audio|Subtitle|Attachment): (\S+)")
_INPUT = re.compile(r"^Input #0, (.*), from ")
_DURATION = re.compile(r"^\s*Duration: (\d+):(\d\d):(\d\d\.\d+)")
_RATE = re.compile(r", ([\d.]+)(k?) fps")
_FRAME = re.compile(r"\bfmt:(\S+).*\bsar:(\d+)/(\d+) s:(\d+)x(\d+)")
_COLOUR = re.compile(r"color_(range|space|primaries|trc):(\S+)")
_DEEP = re.compile(r"(9|10|12|14|16|32|48|64|f16)(le|be)$")
_NO_CLIPS = re.compile(r"_pipe$|^image2|^tty$|^lavfi$")
_NTSC = {"23.98": 24, "29.97": 30, "47.95": 48, "59.94": 60, "119.88": 120}
_UNKNOWN = ("unknown", "unspecified", "reserved")


@dataclass(frozen=True)
class Stream:
    """A stream beside the painted one: its number in the file, its kind and its codec."""

    number: int
    kind: str
    codec: str


@dataclass(frozen=True)
class Colours:
    """How YCbCr is to be read: ffmpeg's names, None where the clip does not say."""

    range: str | None = None
    space: str | None = None
    primaries: str | None = None
    trc: str | None = None

    @property
    def is_hdr(self) -> bool:
        """Whether brightness goes beyond paper white: PQ or HLG."""
        return self.trc in ("smpte2084", "arib-std-b67")


@dataclass(frozen=True)
class ClipHeader:
    """What is known of a clip before it is decoded.

    Attributes:
        size: width and height of the frames as they are shown: upright.
        pixel_aspect: width of a pixel over its height.
        pixel_format: ffmpeg's name.
        rate: frames per second as the header claims, None if it does not.
        seconds: duration of the longest stream as the header claims, None if it does not.
        streams: audio, subtitles and attachments.
    """

    size: tuple[int, int]
    pixel_aspect: Fraction
    pixel_format: str
    colours: Colours
    rate: Fraction | None
    seconds: float | None
    streams: tuple[Stream, ...]

    @property
    def is_deep(self) -> bool:
        """Whether the samples have more than 8 bits."""
        return is_deep(self.pixel_format)


def is_deep(pixel_format: str) -> bool:
    """Whether the samples of ffmpeg's pixel format have more than 8 bits."""
    return _DEEP.search(pixel_format) is not None


def probe(path: StrPath) -> ClipHeader:
    """Reads a clip's header and decodes its first frame.

    Raises:
        InputError: the file is missing or unreadable, no video, or no frame of it can be decoded.
    """
    _check_readable(path)
    first_frame = ["-map", "0:V:0", "-frames:v", "1", "-vf", "showinfo=checksum=0", "-f", "null"]
    arguments = ["-protocol_whitelist", "file", "-i", url(path), *first_frame, "-"]
    try:
        _, lines = run(arguments, level="info")
    except FfmpegError as error:
        raise _unreadable(path, error) from error
    return _parsed(path, lines)


def _check_readable(path: StrPath) -> None:
    if stat.S_ISFIFO(_mode(path)):
        # ffmpeg would wait for ever for what the first reader has taken.
        raise InputError(
            f"{shown(path)} is a pipe, and a clip is read several times",
            "save it to a file first",
        )
    try:
        with open(path, "rb") as file:
            if not file.read(1):
                raise InputError(f"{shown(path)} is empty (0 bytes)", "get it again")
    except FileNotFoundError as error:
        raise InputError(f"{shown(path)} does not exist", "check the path") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{shown(path)} cannot be read: {reason}", "check the path") from error


def _mode(path: StrPath) -> int:
    with contextlib.suppress(OSError, ValueError):
        return os.stat(path).st_mode
    return 0


def _parsed(path: StrPath, lines: list[str]) -> ClipHeader:
    container, rate, seconds, frame = "", None, None, None
    streams, colours = [], {}
    for line in lines:
        if found := _INPUT.match(line):
            container = found[1]
        elif found := _DURATION.match(line):
            seconds = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
        elif found := _STREAM.match(line):
            if found[2] != "Video":
                streams.append(Stream(int(found[1]), found[2], found[3].rstrip(",")))
            elif rate is None and "(attached pic)" not in line:
                rate = _rate(line)
        elif not frame and (found := _FRAME.search(line)):
            frame = found
        elif frame and (pairs := _COLOUR.findall(line)):
            colours = {key: value for key, value in pairs if value not in _UNKNOWN}
            break  # all is known, and the output's streams are not to be counted
    if _NO_CLIPS.search(container):
        raise InputError(
            f"{shown(path)} is a picture or a text, not a clip",
            "paint a picture with `stylectl stylize`",
        )
    if frame is None:
        raise InputError(
            f"no frame of {shown(path)} can be decoded", "check whether it plays, or get it again"
        )
    across, down, width, height = (int(frame[group]) for group in (2, 3, 4, 5))
    aspect = Fraction(across, down) if across and down else Fraction(1)
    known = Colours(**colours)
    return ClipHeader((width, height), aspect, frame[1], known, rate, seconds, tuple(streams))


def _rate(line: str) -> Fraction | None:
    """ffmpeg shows two decimals; of those, the rates of American television are meant exactly."""
    found = _RATE.search(line)
    if not found:
        return None
    if found[1] in _NTSC:
        return Fraction(_NTSC[found[1]] * 1000, 1001)
    rate = Fraction(found[1]) * (1000 if found[2] else 1)
    return rate or None


def _is_iso_media(path: StrPath) -> bool:
    """By the file itself: ffmpeg takes the suffix's word for it."""
    with open(path, "rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"mdat", b"free", b"wide", b"skip")


def _unreadable(path: StrPath, error: FfmpegError) -> InputError:
    said = " ".join(error.complaints)
    if "matches no streams" in said:
        return InputError(
            f"{shown(path)} has no video in it", "give a file that has moving pictures"
        )
    if "moov atom not found" in said and _is_iso_media(path):
        return InputError(
            f"{shown(path)} is cut off: the table of its frames, at its end, is missing",
            "it may be incompletely downloaded or copied: get it again",
        )
    return InputError(
        f"{shown(path)} is not a video, or a damaged one", f"ffmpeg says: {error.reason}"
    )
