"""Temporary files and folders: their names, and what a killed process left of them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import threading
import time
from pathlib import Path

from stylectl.media.lock import lock

_OURS = re.compile(r"\.stylectl-[0-9a-f]{16}(\.\w+)?")
# Seconds for which one must have been left alone: between its making and its locking, and while an
# encoder replaces it, a living one is not locked.
_LEFT_ALONE = 60

_looked_at: set[str] = set()
_looking = threading.Lock()


def temporary_beside(target: Path) -> Path:
    """A new name in the folder of `target`, with its suffix."""
    return target.with_name(f".stylectl-{secrets.token_hex(8)}{target.suffix}")


def remove_leftovers(folder: Path) -> None:
    """Removes what killed processes left in a folder; once for each folder, as it may be large.

    What a living process writes is locked by it, and kept.
    """
    with _looking:
        key = os.path.realpath(folder)
        if key in _looked_at:
            return
        _looked_at.add(key)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    _remove(Path(entry.path))


def _remove(path: Path) -> None:
    if time.time() - path.lstat().st_mtime < _LEFT_ALONE or path.is_symlink():
        return
    held = lock(path)
    if held is None:
        return
    try:
        if not held.is_sure:
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    finally:
        held.release()
