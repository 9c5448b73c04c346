"""Tiny clips of every awkward kind, made by ffmpeg itself, and what is found in a written one."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from stylectl.video.ffmpeg import executable, run, url
from stylectl.video.file import VideoFile

RATE = Fraction(24000, 1001)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def ffmpeg(*arguments: object) -> None:
    run([str(argument) for argument in arguments])


def pattern(seconds: float = 0.5, size: str = "64x48", rate: object = 25) -> tuple[str, ...]:
    """A moving test pattern as an input."""
    return ("-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}")


def tone(seconds: float = 0.5, frequency: int = 440) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency={frequency}:duration={seconds}")


def plain(path: Path, seconds: float = 0.5, size: str = "64x48", rate: object = 25) -> Path:
    ffmpeg(*pattern(seconds, size, rate), *X264, path)
    return path


def rich(path: Path, seconds: float = 1.0) -> Path:
    """23.976 frames per second, two sounds, subtitles, a title, languages, a chapter."""
    words = path.with_suffix(".srt")
    words.write_text("1\n00:00:00,100 --> 00:00:00,700\nGood evening\n")
    chapters = path.with_suffix(".txt")
    chapters.write_text(
        ";FFMETADATA1\ntitle=Evening\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=5\ntitle=One\n"
    )
    ffmpeg(
        *(*pattern(seconds, rate=RATE), *tone(seconds), *tone(seconds, 880)),
        *("-i", words, "-i", chapters, "-map", 0, "-map", 1, "-map", 2, "-map", 3),
        *("-map_metadata", 4, "-map_chapters", 4, *X264, "-c:a", "aac", "-c:s", "mov_text"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", path),
    )
    return path


def variable(path: Path) -> Path:
    """Frames at uneven times, as phones make them: fast at first, then every third."""
    uneven = "select='lt(n,8)+not(mod(n,3))',setpts=PTS+mod(N*7\\,5)"
    ffmpeg(
        *(*pattern(1, rate=30), "-vf", f"settb=1/90000,{uneven}", "-fps_mode", "passthrough"),
        *("-enc_time_base", "1/90000", *X264, path),
    )
    return path


def rotated(path: Path) -> Path:
    """A phone's clip: stored lying, shown upright."""
    lying = plain(path.with_name("lying.mp4"))
    ffmpeg("-display_rotation", 90, "-i", lying, "-c", "copy", path)
    return path


def solid(path: Path, colour: tuple[int, int, int], pixel_format: str, *tags: str) -> Path:
    """One colour, encoded losslessly."""
    hexadecimal = "".join(f"{value:02x}" for value in colour)
    source = f"color=0x{hexadecimal}:size=64x48:rate=25:duration=0.2,format=gbrp"
    ffmpeg(
        *("-f", "lavfi", "-i", source, "-pix_fmt", pixel_format),
        *("-c:v", "libx264", "-qp", 0, "-preset", "ultrafast", *tags, path),
    )
    return path


@dataclass(frozen=True)
class Found:
    """What ffmpeg says of a file: its streams, line by line, and all that it says."""

    streams: list[str]
    text: str

    def kinds(self) -> list[tuple[str, str]]:
        """Of each stream but data, where MP4 keeps chapters."""
        kinds = [re.findall(r": (Video|Audio|Subtitle): (\w+)", line) for line in self.streams]
        return [kind[0] for kind in kinds if kind]


def look_at(path: Path) -> Found:
    command = [executable(), "-hide_banner", "-i", url(path)]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return Found([line for line in text.splitlines() if "Stream #" in line], text)


def times(path: Path) -> list[Fraction]:
    line = VideoFile(path).timeline
    return [line.origin + line.time(number) for number in range(len(line))]


def frames(path: Path) -> list[np.ndarray]:
    clip = VideoFile(path)
    with clip.frames(range(len(clip.timeline))) as decoded:
        return list(decoded)


def packets(path: Path, stream: str) -> list[str]:
    """Time and hash of every packet of a stream."""
    out, _ = run(["-i", url(path), "-map", f"0:{stream}", "-c", "copy", "-f", "framehash", "-"])
    return [line.partition(",")[2] for line in out.splitlines() if not line.startswith("#")]


# What this process starts inherits it; other runs of the tests on this machine have another.
os.environ.setdefault("STARTED_BY_TEST_RUN", str(os.getpid()))


def running_ffmpegs() -> set[int]:
    """The process ids of every ffmpeg that this process, or one it started, has running."""
    mark = f"STARTED_BY_TEST_RUN={os.environ['STARTED_BY_TEST_RUN']}".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            ours = mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if name.startswith("ffmpeg") and state != "Z" and ours:
            found.add(int(folder.name))
    return found
