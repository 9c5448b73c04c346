"""What the machine failed at, for an error that the library does not foresee: no bug of ours."""

from __future__ import annotations

import errno
import re

from stylectl.errors import DeviceError, OutputError, StylectlError, printable

_NO_MEMORY = re.compile(r"failed to map segment|[Cc]annot allocate memory")
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def explained(error: Exception) -> StylectlError | None:
    """The error in words; None if it must be a bug."""
    # A library that does not fit any more is "failed to map" to Python, at whichever import.
    if isinstance(error, (MemoryError, ImportError, OSError)) and (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == errno.ENOMEM
        or _NO_MEMORY.search(str(error))
    ):
        return DeviceError("out of memory", "work at a smaller --size, or raise `ulimit -v`")
    if isinstance(error, OSError) and error.errno in _DISK:
        what = (
            printable(error.filename) if isinstance(error.filename, str) else "the standard output"
        )
        return OutputError(
            f"{what} cannot be written: {error.strerror}", "check the space on its disk"
        )
    return None
