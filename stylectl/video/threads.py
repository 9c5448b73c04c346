"""Decoding ahead of the network and encoding behind it, each in a thread, a few frames apart."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL = 0.1  # seconds after which a waiting thread looks whether it is to stop


class _Stopped(Exception):
    """The other side has gone."""


class _Pipe(Generic[T]):
    """A queue of a few items that either side can close."""

    def __init__(self, depth: int) -> None:
        self._items: queue.Queue[T | None] = queue.Queue(depth)
        self._stop = threading.Event()

    def put(self, item: T | None) -> None:
        """Waits for room; raises _Stopped if there will be none."""
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                return self._items.put(item, timeout=_POLL)
        raise _Stopped

    def get(self) -> T | None:
        """Waits for an item; None if no more will come."""
        while not self._stop.is_set():
            with contextlib.suppress(queue.Empty):
                return self._items.get(timeout=_POLL)
        return None

    def stop(self) -> None:
        self._stop.set()


@contextlib.contextmanager
def ahead(items: Iterator[T], depth: int) -> Iterator[Iterator[T]]:
    """The same items, up to `depth` of them made in advance by a thread.

    What making them raises is raised where it would have been. The thread ends with the block.
    """
    pipe: _Pipe[T] = _Pipe(depth)
    failure: list[BaseException] = []

    def work() -> None:
        try:
            for item in items:
                pipe.put(item)
            pipe.put(None)
        except _Stopped:
            pass
        except BaseException as error:
            failure.append(error)
            with contextlib.suppress(_Stopped):
                pipe.put(None)

    def made() -> Iterator[T]:
        while (item := pipe.get()) is not None:
            yield item
        if failure:
            raise failure[0]

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield made()
    finally:
        pipe.stop()
        thread.join(timeout=10)


class Behind(Generic[T]):
    """Hands items to a thread that consumes them, up to `depth` of them later.

    A context manager: leaving it waits until all are consumed, or, if an error leaves it, drops
    what is not. What the consumer raises is raised by the next `put`, or on leaving.

    Args:
        consume: is called in the thread, once, with all items.
    """

    def __init__(self, consume: Callable[[Iterator[T]], None], depth: int) -> None:
        self._pipe: _Pipe[T] = _Pipe(depth)
        self._failure: BaseException | None = None
        self._consume = consume
        self._aborted = False
        self._thread = threading.Thread(target=self._work, daemon=True)

    def put(self, item: T) -> None:
        """Hands over an item; waits if the thread is too far behind."""
        try:
            self._pipe.put(item)
        except _Stopped:
            self._thread.join()
            if self._failure:
                raise self._failure from None
            raise

    def __enter__(self) -> Behind[T]:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error:
            self._abort()
            return
        try:
            with contextlib.suppress(_Stopped):
                self._pipe.put(None)
            self._thread.join()
        except BaseException:  # Ctrl-C while the last items are consumed
            self._abort()
            raise
        if self._failure:
            raise self._failure

    def _abort(self) -> None:
        self._aborted = True
        self._pipe.stop()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._consume(self._items())
        except BaseException as error:
            self._failure = error
        finally:
            self._pipe.stop()

    def _items(self) -> Iterator[T]:
        while (item := self._pipe.get()) is not None:
            yield item
        if self._aborted:
            raise _Stopped
