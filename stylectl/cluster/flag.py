"""A file beside the results that stands as long as a run goes on: workers look for it.

A worker that does not see it writes elsewhere than the driver thinks, and one that sees it no more
is to stop.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from stylectl.batch.claims import Claims
from stylectl.batch.manifest import RECORDS

_PREFIX = "running-"
_PATIENCE = 10.0  # seconds: a network file system may show a new file late


@contextlib.contextmanager
def raised(folder: Path) -> Iterator[Path]:
    """A flag in a folder of results; taken down at the end, unless that is done before.

    Those that killed runs left are removed.

    Raises:
        OutputError: the folder cannot be written to.
    """
    claims = Claims(folder)
    flag = folder / RECORDS / f"{_PREFIX}{secrets.token_hex(8)}"
    try:
        for other in flag.parent.glob(f"{_PREFIX}*"):
            if claims.take(other) and claims.work:  # the run that claimed it is dead
                other.unlink(missing_ok=True)
                claims.release(other)
        claims.take(flag)
        flag.touch()
        yield flag
    finally:
        flag.unlink(missing_ok=True)
        claims.close()


def is_seen(flag: Path) -> bool:
    """Whether it stands here, too; waits a while for it."""
    until = time.monotonic() + _PATIENCE
    while not flag.exists():
        if time.monotonic() > until:
            return False
        with contextlib.suppress(OSError):
            os.listdir(flag.parent)  # makes NFS look again
        time.sleep(0.2)
    return True
