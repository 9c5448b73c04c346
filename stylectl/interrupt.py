"""Ctrl-C in the middle of what has to be whole: that is finished first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass
class Interrupt:
    """Whether Ctrl-C was pressed since the block began."""

    requested: bool = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.requested:  # pressed again: the user will not wait for the step to end
            raise KeyboardInterrupt
        self.requested = True


@contextlib.contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Within the block the first Ctrl-C only sets `requested`; the second is a KeyboardInterrupt.

    An exception could come between two parameters of an optimiser's step, and the checkpoint that
    it causes would hold a network that never existed. Outside the main thread, and where Ctrl-C
    has been given another meaning, nothing is changed.
    """
    interrupt = Interrupt()
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt._on_signal)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C within the block is a KeyboardInterrupt after it.

    For calls into libraries that take an exception of Python, in the middle of their work, for a
    failure of their own.
    """
    with deferred_interrupt() as interrupt:
        yield
    if interrupt.requested:
        raise KeyboardInterrupt
