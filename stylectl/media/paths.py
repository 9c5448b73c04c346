"""Paths: their type, and how they stand in a message."""

from __future__ import annotations

import os

from stylectl.errors import printable

StrPath = str | os.PathLike[str]


def shown(path: StrPath) -> str:
    """The path as one printable line: control characters and undecodable bytes are escaped."""
    return printable(os.fspath(path))
