"""Running ffmpeg: as an argument list and never a shell, drained, and never left behind."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import IO, Any

from stylectl.errors import StylectlError
from stylectl.media.paths import StrPath

_KEPT_LINES = 1000  # of what ffmpeg says, from its start: the first complaint tells the cause
_LINE = re.compile(r"(?:\[[^\]]* @ 0x[0-9a-f]+\] )?\[(\w+)\] (.*)")  # "[h264 @ 0x55c2] [error] "
_COMPLAINTS = ("error", "fatal", "panic")


class FfmpegError(Exception):
    """ffmpeg ended with an error.

    Args:
        complaints: what it had to say about it, line by line; the first tells the cause.
    """

    def __init__(self, complaints: Sequence[str]) -> None:
        super().__init__(complaints[0])
        self.reason, self.complaints = complaints[0], complaints


def executable() -> str:
    """The ffmpeg of imageio-ffmpeg, or the one that IMAGEIO_FFMPEG_EXE names.

    Raises:
        StylectlError: there is none.
    """
    import imageio_ffmpeg

    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise StylectlError(
            "there is no ffmpeg on this machine",
            "install one and name it in the environment variable IMAGEIO_FFMPEG_EXE",
        ) from error


def url(path: StrPath) -> str:
    """A path such that ffmpeg reads neither an option nor a protocol out of it."""
    return f"file:{os.fspath(path)}"


class Process:
    """A running ffmpeg; what it says on stderr is collected beside it.

    Attributes:
        stdin: takes what ffmpeg reads; None unless it was asked for.
        stdout: what ffmpeg writes; None unless it was asked for.
        lines: what it said, from the start, without the names of its parts.
        complaints: those of the lines that tell of errors.
    """

    def __init__(self, arguments: Sequence[str], *, feed: bool, read: bool, level: str) -> None:
        command = [executable(), "-hide_banner", "-nostdin", "-v", f"level+{level}", "-y"]
        self._process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE if read else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **_apart_from_the_terminal(),
        )
        self.stdin: IO[bytes] | None = self._process.stdin
        self.stdout: IO[bytes] | None = self._process.stdout
        self.lines: list[str] = []
        self.complaints: list[str] = []
        self._drain = threading.Thread(target=self._collect, daemon=True)
        self._drain.start()

    def finish(self) -> None:
        """Closes its input and waits for its end.

        Raises:
            FfmpegError: it failed.
        """
        if self.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.close()
        code = self._process.wait()
        self._drain.join()
        if code:
            died = (
                f"ffmpeg was ended by signal {-code}" if code < 0 else f"ffmpeg ended with {code}"
            )
            raise FfmpegError(self.complaints or [died])

    def kill(self) -> None:
        """Ends it now, whatever it is doing; does nothing to one that has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self.stdin, self.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # flushes what no one reads any more
                    pipe.close()
        self._drain.join()

    def _collect(self) -> None:
        assert self._process.stderr
        with self._process.stderr as stream:
            for raw in stream:
                found = _LINE.match(raw.decode(errors="replace").rstrip())
                # What has no level comes from encoders that write to stderr by themselves.
                if found and len(self.lines) < _KEPT_LINES:
                    self.lines.append(found[2])
                    if found[1] in _COMPLAINTS:
                        self.complaints.append(found[2])


@contextlib.contextmanager
def running(
    arguments: Sequence[str], *, feed: bool = False, read: bool = False, level: str = "error"
) -> Iterator[Process]:
    """An ffmpeg that does not outlive the block, however the block ends."""
    process = Process(arguments, feed=feed, read=read, level=level)
    try:
        yield process
    finally:
        process.kill()


def run(arguments: Sequence[str], *, level: str = "error") -> tuple[str, list[str]]:
    """Runs ffmpeg to its end; gives its stdout, as text, and the lines of its stderr.

    Raises:
        FfmpegError: it failed.
    """
    with running(arguments, read=True, level=level) as process:
        assert process.stdout
        out = process.stdout.read().decode(errors="replace")
        process.finish()
        return out, process.lines


def _apart_from_the_terminal() -> dict[str, Any]:
    # Ctrl-C reaches all processes of a terminal; this one is ended by its owner, in order.
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
