"""Folders for outputs."""

from __future__ import annotations

from pathlib import Path

from stylectl.errors import OutputError
from stylectl.media.paths import shown


def make_folder(folder: Path, hint: str) -> None:
    """Makes a folder and those above it, where they are not there.

    Args:
        hint: what to do when it cannot be made.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder {shown(folder)} cannot be made: {error.strerror or error}", hint
        ) from error
