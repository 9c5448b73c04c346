"""Which ffmpeg there is, and whether it has the encoders that `stylectl video` asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stylectl.errors import StylectlError
from stylectl.findings import Finding
from stylectl.video.assembly import WEBP_ENCODER
from stylectl.video.encoding import ENCODERS, LOSSLESS
from stylectl.video.ffmpeg import FfmpegError, executable, run
from stylectl.video.targets import CONTAINERS

_ENCODER = re.compile(r"^ [VAS][.A-Z]{5} (\S+)", re.MULTILINE)  # as `ffmpeg -encoders` lists it
_USUAL = ".mp4"  # without what this needs, hardly a clip can be painted
_HINT = "unset IMAGEIO_FFMPEG_EXE and run: pip install --force-reinstall imageio-ffmpeg"


def ffmpeg() -> Iterator[Finding]:
    """Its version and its encoders, by its own account."""
    try:
        path = executable()
        version = run(["-version"])[0].splitlines()[0]
        there = set(_ENCODER.findall(run(["-encoders"])[0]))
    except StylectlError as error:
        yield Finding.of_error("ffmpeg", error)
        return
    except (FfmpegError, OSError, IndexError) as error:
        yield Finding("ffmpeg", "problem", f"does not run: {error}", _HINT)
        return
    found = re.match(r"ffmpeg version (\S+)", version)
    data = {"path": path, "version": found[1] if found else version}
    yield Finding("ffmpeg", "ok", f"{data['version']}, {path}", data=data)
    yield from _encoders(there)


def _encoders(there: set[str]) -> Iterator[Finding]:
    uses = encoder_uses()
    have = [name for name in uses if name in there]
    if have:
        yield Finding("encoders", "ok", ", ".join(have), data={"encoders": have})
    for name, purposes in uses.items():
        if name not in there:
            state = "problem" if _USUAL in purposes else "warning"
            message = f"this ffmpeg has no such encoder: needed for {', '.join(purposes)}"
            yield Finding(name, state, message, _HINT)


def encoder_uses() -> dict[str, list[str]]:
    """For each encoder, the outputs and options of `stylectl video` that need it."""
    uses: dict[str, list[str]] = {}
    for container in CONTAINERS:
        for encoder in (container.codec, container.audio, container.subtitles):
            uses.setdefault(encoder, []).append(container.suffix)
    for encoder in ENCODERS:
        uses.setdefault(encoder, [f"--codec {encoder}"])
    uses[LOSSLESS.codec] = [".gif", ".webp", "folders of frames"]
    uses |= {"gif": [".gif"], WEBP_ENCODER: [".webp"], "png": ["folders of frames"]}
    return uses
