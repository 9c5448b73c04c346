"""Paths: their type, and how they stand in a message."""

from __future__ import annotations

import os

StrPath = str | os.PathLike[str]


def shown(path: StrPath) -> str:
    """The path as one printable line: control characters and undecodable bytes are escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in os.fspath(path))
