"""Who paints what, where several processes write to one folder: locks that die with their owner.

A result is claimed by locking the byte of one file that a hash of its name points to. The system
releases the lock when the process ends, however it does: no claim is ever stale, and nothing has
to be cleaned up. It works between hosts where the file system has locks (NFS, Lustre with `flock`,
SMB). Where it has none, two processes may paint the same picture twice, and the later one is told
that it exists already: files are moved into place whole in any case.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from pathlib import Path

from stylectl.batch.manifest import RECORDS
from stylectl.errors import OutputError
from stylectl.media import shown

_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_POLL = 0.2  # seconds


class Claims:
    """The claims of this process on results in a folder.

    There should be one for a folder in a process: closing another would release its claims too.

    Args:
        folder: of the results; a hidden folder in it is made.

    Attributes:
        work: whether the file system has locks.

    Raises:
        OutputError: the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.work = True
        self._folder, self._lock = folder, threading.Lock()
        home = folder / RECORDS
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._file = os.open(home / "claims", os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OutputError(
                f"{shown(folder)} cannot be written: {error.strerror or error}",
                "choose another output folder",
            ) from error

    def take(self, output: Path) -> bool:
        """Claims a result; False if another process has it."""
        if not self.work:
            return True
        try:
            with self._lock:
                _lock(self._file, self._place(output))
        except OSError as error:
            if error.errno in _HELD:
                return False
            self.work = False
        return True

    def wait(self, output: Path) -> None:
        """Claims a result as soon as another process lets it go."""
        while not self.take(output):
            time.sleep(_POLL)

    def release(self, output: Path) -> None:
        """Lets others have it."""
        if self.work:
            with self._lock:
                _unlock(self._file, self._place(output))

    def close(self) -> None:
        """Releases all."""
        os.close(self._file)

    def _place(self, output: Path) -> int:
        """A number below 2^62, which every file system takes for a position in a file."""
        name = output.relative_to(self._folder).as_posix()  # hosts may mount it elsewhere
        digest = hashlib.sha256(os.fsencode(name)).digest()
        return int.from_bytes(digest[:8], "big") >> 2


if os.name == "nt":
    import msvcrt

    def _lock(file: int, place: int) -> None:
        os.lseek(file, place, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

    def _unlock(file: int, place: int) -> None:
        os.lseek(file, place, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]

else:
    import fcntl

    def _lock(file: int, place: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)

    def _unlock(file: int, place: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN, 1, place)
