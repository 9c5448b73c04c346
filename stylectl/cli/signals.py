"""What ends a run from outside."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType


def terminate_as_interrupt() -> None:
    """Lets SIGTERM do what Ctrl-C does: schedulers and containers send it, and then wait a while.

    Not among several processes, whose launcher sends it when one of them has died: the others
    would wait for that one.
    """
    alone = os.environ.get("WORLD_SIZE", "1") == "1"
    untouched = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if alone and untouched and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Whatever Ctrl-C means just now, also where a shell has switched it off for a process behind
    # "&", which SIGTERM is to end all the same.
    meaning = signal.getsignal(signal.SIGINT)
    (meaning if callable(meaning) else signal.default_int_handler)(signal.SIGINT, frame)
