"""Jobs to results on the workers of a cluster, told as if they were done here."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from stylectl.batch.job import Job, Result
from stylectl.batch.outcome import OnResult, failed
from stylectl.checksum import sha256
from stylectl.cluster.connection import connected
from stylectl.cluster.crew import Crew, crew_for
from stylectl.cluster.flag import raised
from stylectl.cluster.worker import TROUBLE, Order, Worker
from stylectl.errors import DeviceError, StylectlError
from stylectl.stylize.settings import DEFAULT_DEVICE, DEFAULT_PRECISION, DEFAULT_WEIGHTS
from stylectl.weights.registry import resolve

# Jobs that travel together. Between such groups a worker's reading and writing do not overlap with
# its painting, so there should not be too few in one; and at the end workers wait for each other.
_MOST_TOGETHER = 32
_GROUPS_A_WORKER = 8
_LAST_WORDS = 10.0  # seconds in which workers may end what they paint, after Ctrl-C
_Told = tuple[int, object]  # a job's number and what is told of it


class ClusterWorkshop:
    """Performs jobs as `batch.Workshop` does, on workers of Ray. A context manager.

    The workers write the results, claim and record them; nothing but jobs and results travels.

    Args:
        ray: the package, connected.
        order: what the workers are to do.
        crew: how many there are, and what they take.
    """

    def __init__(self, ray: ModuleType, order: Order, crew: Crew) -> None:
        self.crew = crew
        self._ray, self._order = ray, order
        self._exit = contextlib.ExitStack()

    @classmethod
    def open(
        cls,
        folder: Path,
        weights: str = DEFAULT_WEIGHTS,
        *,
        device: str = DEFAULT_DEVICE,
        precision: str = DEFAULT_PRECISION,
        batch_size: int | None = None,
        address: str | None = None,
        workers: int | None = None,
        verbose: bool = False,
    ) -> ClusterWorkshop:
        """Connects to a cluster; the network is loaded by the workers, when there are jobs.

        Args:
            address: of the cluster; None starts Ray on this machine, or takes RAY_ADDRESS.
            workers: how many; None is one per GPU, or one for every four CPU cores.
            verbose: lets Ray talk on stderr.

        Raises:
            UsageError: Ray is not installed, or so many workers do not fit.
            WeightsError: there are no such weights.
            DeviceError: there is no such cluster or device.
            OutputError: the folder cannot be written to.
        """
        file = resolve(weights)
        with contextlib.ExitStack() as stack:
            flag = stack.enter_context(raised(folder))
            ray = stack.enter_context(connected(address, verbose=verbose))
            hosts = [host["Resources"] for host in ray.nodes() if host["Alive"]]
            threads = int(os.environ.get("OMP_NUM_THREADS", "0")) or None
            order = Order(
                place=Path.cwd(),
                folder=folder,
                flag=flag,
                weights=weights,
                sha256=sha256(file),
                device=device,
                precision=precision,
                batch_size=batch_size,
            )
            workshop = cls(ray, order, crew_for(hosts, device, workers, threads))
            workshop._exit = stack.pop_all()
            return workshop

    def __enter__(self) -> ClusterWorkshop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the cluster; one that was started for this ends."""
        self._exit.close()

    def perform(self, jobs: Iterable[Job], on_result: OnResult) -> None:
        """Performs jobs, and tells of each as it ends, failed ones too; in any order.

        The jobs of a worker that is lost are done by another one. If that is lost over them, too,
        each of them is tried alone, twice, so that the one that kills workers is the only one to
        fail.

        Raises:
            StylectlError: a worker cannot work at all, or the disk is full.
            DeviceError: the cluster is lost.
        """
        left = dict(enumerate(jobs))
        groups = len(left) // (self.crew.workers * _GROUPS_A_WORKER)
        together = max(1, min(_MOST_TOGETHER, groups))
        begun = time.perf_counter()
        for size in (together, 1):
            self._run(left, size, on_result)
        for job in left.values():
            lost = DeviceError(
                "the worker died over it, several times",
                "its memory may be too small: work at a smaller --size, or with fewer --workers",
            )
            on_result(failed(job, lost, begun))

    def _run(self, left: dict[int, Job], together: int, on_result: OnResult) -> None:
        """Performs what is left; takes what has ended out of it."""
        if not left:
            return

        def tell(told: _Told) -> None:
            number, result = told
            if number == TROUBLE:
                assert isinstance(result, StylectlError)
                raise result
            job = left.pop(number, None)
            if job is not None:
                assert isinstance(result, Result)
                on_result(result)

        stream = _Stream(lambda: self._rows(list(left.items()), together))
        try:
            for told in stream.over():
                tell(told)
        except BaseException:
            # What is painted is worth telling; what is not begun will not be.
            self._order.flag.unlink(missing_ok=True)
            with contextlib.suppress(StylectlError):
                for told in stream.over(_LAST_WORDS):
                    tell(told)
            raise

    def _rows(self, jobs: Sequence[tuple[int, Job]], together: int) -> Iterator[_Told]:
        """What workers tell of jobs."""
        from ray.data import ActorPoolStrategy, DataContext, from_items

        context = DataContext.get_current()
        context.target_max_block_size = 1  # each row is told at once, not with 128 MiB of others
        context.max_errored_blocks = -1  # a lost group is tried again; `perform` sees to it
        groups = [jobs[begin : begin + together] for begin in range(0, len(jobs), together)]
        rows = [{"jobs": pickle.dumps(group)} for group in groups]
        size = min(self.crew.workers, len(rows))
        told = from_items(rows, override_num_blocks=len(rows)).map_batches(
            Worker,
            fn_constructor_args=(self._order,),
            batch_size=1,
            # One more group waits at each worker, but where a single job is to be the one to blame.
            compute=ActorPoolStrategy(
                size=size, max_tasks_in_flight_per_actor=2 if together > 1 else 1
            ),
            num_cpus=self.crew.cpus,
            num_gpus=self.crew.gpus or None,
            max_restarts=-1,
            max_task_retries=1,
        )
        for batch in told.iter_batches(batch_size=None, prefetch_batches=0):
            for number, result in zip(batch["number"], batch["told"], strict=True):
                yield int(number), pickle.loads(result)


class _Stream:
    """Items that another thread waits for: so Ctrl-C reaches whoever takes them at once.

    Args:
        source: gives the items; is called and read in the thread.
    """

    def __init__(self, source: Callable[[], Iterator[_Told]]) -> None:
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._source, self._ended = source, False
        threading.Thread(target=self._fill, name="stylectl-ray", daemon=True).start()

    def over(self, seconds: float | None = None) -> Iterator[_Told]:
        """The items, or those that come within some seconds.

        Raises:
            DeviceError: the source failed.
        """
        until = None if seconds is None else time.monotonic() + seconds
        while not self._ended:
            try:
                item = self._items.get(timeout=None if until is None else until - time.monotonic())
            except (queue.Empty, ValueError):  # ValueError: the time was over before
                return
            if isinstance(item, tuple):
                yield item
                continue
            self._ended = True
            if item is not None:
                first = str(item).strip().partition("\n")[0]
                raise DeviceError(
                    f"Ray stopped: {type(item).__name__}: {first}",
                    "see `ray status`; the same command with --resume goes on",
                ) from item

    def _fill(self) -> None:
        try:
            for item in self._source():
                self._items.put(item)
            self._items.put(None)
        except BaseException as error:
            self._items.put(error)
