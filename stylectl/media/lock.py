"""Locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class Lock:
    """A file or folder that this process holds; made by `lock`.

    Attributes:
        is_sure: whether no other process can hold it too. False where the system, or the network
            folder, knows no locks.
    """

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor, self.is_sure = descriptor, descriptor is not None

    def release(self) -> None:
        """Lets others have it; may be called again."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


def lock(path: Path) -> Lock | None:
    """Takes the lock of an existing file or folder; None if another process, or thread, has it.

    Raises:
        OSError: it cannot be opened.
    """
    if fcntl is None:
        return Lock(None)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        return Lock(None)
    return Lock(descriptor)
