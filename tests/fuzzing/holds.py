"""What must hold of whatever is read: it is read, or refused in one clear line, in time."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from stylectl.errors import StylectlError

SLOW = 10.0  # seconds of the process's own time that no small file may take
STUCK = 60  # seconds after which a file that does not end is given up
GREEDY = 2_000_000  # KB by which no small file may raise the memory of the process


Refusal = type[StylectlError] | tuple[type[StylectlError], ...]


class Broken(AssertionError):
    """A file that something else happened to than being read or refused."""


def read_or_refused(read: Callable[[Path], object], path: Path, refusal: Refusal) -> str | None:
    """Reads a file; gives None, or the message of the refusal.

    Args:
        read: raises `refusal` or one of its kinds, and nothing else.

    Raises:
        Broken: it raised something else, said something by itself, or took too long or too much.
    """
    started, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = None
    with silence(path), _not_forever(path):
        try:
            read(path)
        except refusal as error:
            message = _checked(error, path)
        except Broken:
            raise
        except Exception as error:
            raise Broken(f"{path.name}: {type(error).__name__}: {error}") from error
    took = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    if took > SLOW:
        raise Broken(f"{path.name}: it took {took:.1f} s")
    if grown > GREEDY:
        raise Broken(f"{path.name}: it took {grown >> 10} MB")
    return message


@contextlib.contextmanager
def _not_forever(path: Path) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Broken(f"{path.name}: it had not ended after {STUCK} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(STUCK)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _checked(error: StylectlError, path: Path) -> str:
    message, hint = error.message, error.hint
    for line in (message, hint):
        if not line.isprintable() or len(line) > 1100:
            raise Broken(f"{path.name}: no plain line: {line!r}")
    if path.name not in message:
        raise Broken(f"{path.name}: the message does not name it: {message}")
    return message


@contextlib.contextmanager
def silence(path: Path) -> Iterator[None]:
    """Nothing in the block may write to stdout or stderr, libraries in C included.

    Raises:
        Broken: it did.
    """
    with tempfile.TemporaryFile() as said:
        kept = [os.dup(1), os.dup(2)]
        try:
            for descriptor in (1, 2):
                os.dup2(said.fileno(), descriptor)
            yield
        finally:
            for descriptor, original in zip((1, 2), kept, strict=True):
                os.dup2(original, descriptor)
                os.close(original)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if text:
        raise Broken(f"{path.name}: something was printed: {text[:300]!r}")
