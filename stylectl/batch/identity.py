"""What makes a file the same file as before: its size and time, or else its content."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from stylectl.checksum import sha256
from stylectl.errors import InputError
from stylectl.media import opened_file


@dataclass(frozen=True)
class Identity:
    """A file as it was at one moment.

    Attributes:
        size: in bytes.
        mtime_ns: when it was last written, in nanoseconds.
        sha256: of its bytes, in hexadecimal.
    """

    size: int
    mtime_ns: int
    sha256: str

    def is_of(self, path: Path) -> bool:
        """Whether `path` still holds these bytes; they are read only if size or time differ.

        A file of another size is another file without being read.
        """
        try:
            now = os.stat(path)
            if now.st_size != self.size:
                return False
            return now.st_mtime_ns == self.mtime_ns or sha256(path) == self.sha256
        except (OSError, ValueError, InputError):
            return False


def read_identified(path: Path) -> tuple[bytes, Identity]:
    """A file's bytes, and the identity of just these bytes.

    Raises:
        InputError: it is missing, a folder, or cannot be read.
    """
    with opened_file(path) as file:
        before = os.stat(path)
        data = file.read()
    return data, Identity(len(data), before.st_mtime_ns, hashlib.sha256(data).hexdigest())


def identify(path: Path) -> Identity:
    """The identity of a file that is not needed otherwise.

    Raises:
        InputError: as for `read_identified`.
    """
    with opened_file(path):
        before = os.stat(path)
        return Identity(before.st_size, before.st_mtime_ns, sha256(path))
