"""Work before and after the network, in threads: ahead of it and behind it, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Ahead(Generic[T, R]):
    """Does the same to each of many items, some of them in advance; gives the results in order.

    Args:
        work: what is done to an item, in a thread; must not raise.
        weight: of a result, which waits in memory until it is taken.
        most: how many items may be in work or waiting.
        budget: of the waiting results' weight. What is in work comes on top, a result per thread.
        threads: how many work.
    """

    def __init__(
        self,
        work: Callable[[T], R],
        weight: Callable[[R], int],
        *,
        most: int,
        budget: int,
        threads: int,
    ) -> None:
        self._work, self._weight = work, weight
        self._most, self._budget, self._threads = most, budget, threads

    def over(self, items: Iterable[T]) -> Generator[R, None, None]:
        """The results, as they are needed; closing the iterator drops what has not begun."""
        waiting: deque[Future[R]] = deque()
        source = iter(items)
        left = True
        with ThreadPoolExecutor(self._threads, "stylectl-read") as pool:
            try:
                while True:
                    while left and self._has_room(waiting):
                        if (item := next(source, None)) is None:
                            left = False
                        else:
                            waiting.append(pool.submit(self._work, item))
                    if not waiting:
                        return
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _has_room(self, waiting: deque[Future[R]]) -> bool:
        done = sum(self._weight(future.result()) for future in waiting if future.done())
        return len(waiting) < self._most and (not waiting or done < self._budget)


class Behind(Generic[R]):
    """Hands work to threads and gives the results as they are finished.

    A context manager: leaving it, in whatever way, waits until all is finished and told.

    Args:
        tell: is called with each result, by the thread that uses this object.
        budget: of the weight of what waits or is in work.
        threads: how many work.
    """

    def __init__(self, tell: Callable[[R], None], *, budget: int, threads: int) -> None:
        self._tell, self._budget = tell, budget
        self._pool = ThreadPoolExecutor(threads, "stylectl-write")
        self._waiting: deque[tuple[Future[R], int]] = deque()

    def put(self, work: Callable[[], R], weight: int) -> None:
        """Adds some work; waits while there is too much of it besides."""
        self._collect(self._budget)
        self._waiting.append((self._pool.submit(work), weight))

    def __enter__(self) -> Behind[R]:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._collect(-1)
        finally:
            self._pool.shutdown(wait=True)

    def _collect(self, budget: int) -> None:
        """Tells what is finished, and waits until what is not is within the budget."""
        while self._waiting:
            future = self._waiting[0][0]
            if not future.done() and sum(weight for _, weight in self._waiting) <= budget:
                return
            result = future.result()
            # Taken off before it is told: what interrupts the telling must not tell it twice.
            self._waiting.popleft()
            self._tell(result)


def batches(
    items: Iterable[T],
    key: Callable[[T], Hashable],
    most: Callable[[T], int],
    enough: Callable[[list[T]], bool],
) -> Iterator[list[T]]:
    """Items of one key together, out of the next few.

    Args:
        most: how many like this may be together.
        enough: whether so many items are held to find such as are alike.
    """
    held: list[T] = []

    def group() -> list[T]:
        first = held[0]
        alike = [item for item in held if key(item) == key(first)][: most(first)]
        for item in alike:
            held.remove(item)
        return alike

    for item in items:
        held.append(item)
        while held and enough(held):
            yield group()
    while held:
        yield group()
