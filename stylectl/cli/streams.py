"""Standard input and output as pictures: raw bytes in, raw bytes out, under the name "-"."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from stylectl.errors import InputError, OutputError, UsageError

STREAM = Path("-")
INPUT, OUTPUT = "standard input", "standard output"


def read_stdin() -> bytes:
    """All of standard input.

    Raises:
        InputError: it is a terminal, closed, or cannot be read.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise InputError(f"{INPUT} is closed", "pipe a picture into it")
    if sys.stdin.isatty():
        raise InputError(
            f"{INPUT} is a terminal", "pipe a picture into it: cat photo.jpg | stylectl …"
        )
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(
            f"{INPUT} cannot be read: {error.strerror}", "pipe a picture into it"
        ) from error


def check_stdout(*, as_json: bool) -> None:
    """Raises an error if a picture cannot go to standard output."""
    if as_json:
        raise UsageError(
            f"--json and the picture would both go to {OUTPUT}", "write the picture to a file: -o"
        )
    if _stdout().isatty():
        raise OutputError(
            f"{OUTPUT} is a terminal, which shows no pictures",
            "redirect it: > painted.png; or name a file: -o painted.png",
        )


def write_stdout(data: memoryview) -> None:
    """Writes a whole picture.

    Raises:
        OutputError: it cannot be written.
        BrokenPipeError: nobody reads it any more.
    """
    try:
        _stdout().write(data)
        _stdout().flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"{OUTPUT} cannot be written: {error.strerror}", "check where it goes"
        ) from error


def _stdout() -> BinaryIO:
    if sys.stdout is None or sys.stdout.closed:
        raise OutputError(f"{OUTPUT} is closed", "name a file: -o painted.png")
    return sys.stdout.buffer
