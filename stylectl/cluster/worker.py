"""A worker: one process somewhere in a cluster, which holds the network and the encoded styles."""

from __future__ import annotations

import os
import pickle
import queue
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stylectl
from stylectl.batch.job import Job, Result
from stylectl.checksum import sha256
from stylectl.cluster.flag import is_seen
from stylectl.errors import InputError, OutputError, StylectlError, WeightsError
from stylectl.media import shown
from stylectl.weights.registry import resolve

if TYPE_CHECKING:
    from stylectl.batch.workshop import Workshop

TROUBLE = -1  # instead of a job's number: a worker, and so the run, cannot go on
Row = dict[str, list[Any]]


@dataclass(frozen=True)
class Order:
    """What a worker needs to know but for the jobs.

    Attributes:
        place: the working directory that relative paths start in.
        folder: of the results.
        flag: stands as long as the run goes on.
        weights, device, precision, batch_size: as for `Workshop.open`.
        sha256: of the weights.
        version: of stylectl.
    """

    place: Path
    folder: Path
    flag: Path
    weights: str
    sha256: str
    device: str
    precision: str
    batch_size: int | None
    version: str = stylectl.__version__


class Worker:
    """What Ray Data makes an actor of: rows of jobs in, rows of results out.

    A row comes in for a few jobs, and a row goes out for each as soon as it and those before it
    have ended. That order is always the same: Ray repeats the row of a worker that was lost, and
    drops as many of the results as it has already.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._thread = ThreadPoolExecutor(1, "stylectl-perform")  # torch's threads belong to one
        self._workshop: Workshop | None = None
        self._trouble: StylectlError | None = None
        try:
            self._workshop = self._thread.submit(_opened, order).result()
        except Exception as error:
            self._trouble = _told(error)

    def __call__(self, rows: Mapping[str, Sequence[bytes]]) -> Iterator[Row]:
        """Performs the jobs of rows; they travel pickled, as names of files need not be text."""
        for sealed in rows["jobs"]:
            yield from self._rows(pickle.loads(sealed))

    def _rows(self, numbered: Sequence[tuple[int, Job]]) -> Iterator[Row]:
        if self._workshop is None:
            yield _row(TROUBLE, self._trouble)
            return
        ended: queue.SimpleQueue[Result | StylectlError | None] = queue.SimpleQueue()
        self._thread.submit(self._perform, [job for _, job in numbered], ended.put)
        numbers = {job.output: number for number, job in numbered}
        waiting: dict[int, Result] = {}
        upcoming = iter(numbers.values())
        expected = next(upcoming)
        while (result := ended.get()) is not None:
            if isinstance(result, StylectlError):
                yield _row(TROUBLE, result)
                continue
            waiting[numbers[result.job.output]] = result
            while expected in waiting:
                yield _row(expected, waiting.pop(expected))
                expected = next(upcoming, TROUBLE)
        for number, result in waiting.items():  # only if some were dropped
            yield _row(number, result)

    def _perform(
        self, jobs: Sequence[Job], put: Callable[[Result | StylectlError | None], None]
    ) -> None:
        """Performs jobs until the flag is down; puts None at the end."""
        assert self._workshop
        flag, stopping = self._order.flag, False

        def on_result(result: Result) -> None:
            nonlocal stopping
            put(result)
            if not stopping and not flag.exists():
                stopping = True  # once: what is being written meanwhile is told, too
                raise _Stop

        try:
            if flag.exists():
                self._workshop.perform(jobs, on_result)
        except _Stop:
            pass
        except Exception as error:
            put(_told(error))
        finally:
            put(None)


class _Stop(Exception):
    """The run has ended."""


def _opened(order: Order) -> Workshop:
    """The worker's part in the run, if it sees the same files and computes the same.

    Raises:
        StylectlError: it does not.
    """
    host = socket.gethostname()
    if stylectl.__version__ != order.version:
        raise WeightsError(
            f"{host} has stylectl {stylectl.__version__}, and the run is of {order.version}",
            "install the same version on every host",
        )
    try:
        os.chdir(order.place)
    except OSError as error:
        raise InputError(
            f"{host} has no folder {shown(order.place)}",
            "run it in a folder that every host has under this path",
        ) from error
    if not is_seen(order.flag):
        raise OutputError(
            f"{host} does not see what is written to {shown(order.folder)}",
            "results must lie on a file system that all hosts share, under one path",
        )
    if sha256(resolve(order.weights)) != order.sha256:
        raise WeightsError(
            f"{host} has other weights {order.weights}",
            "give a file that all hosts share, or install the same version on each",
        )
    from stylectl.batch.workshop import Workshop

    return Workshop.open(
        order.folder,
        order.weights,
        device=order.device,
        precision=order.precision,
        batch_size=order.batch_size,
    )


def _told(error: Exception) -> StylectlError:
    """An error that another process can read and show."""
    if isinstance(error, StylectlError):
        return error
    host, kind = socket.gethostname(), type(error).__name__
    return StylectlError(f"unexpected {kind} on {host}: {error}", "this is a bug: please report it")


def _row(number: int, told: object) -> Row:
    return {"number": [number], "told": [pickle.dumps(told)]}
