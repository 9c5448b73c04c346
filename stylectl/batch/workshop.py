"""Jobs to results in one process: a loaded network, its styles, and the record of what is made.

Whatever runs a batch, be it this process or workers elsewhere, performs its jobs here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from stylectl.batch.claims import Claims
from stylectl.batch.flow import Ahead, Behind, batches
from stylectl.batch.job import Job, Result
from stylectl.batch.manifest import Manifest
from stylectl.batch.outcome import OnResult
from stylectl.batch.steps import Read, Steps, key, weight
from stylectl.checksum import sha256
from stylectl.errors import OutputError
from stylectl.media import shown
from stylectl.stylize.settings import DEFAULT_DEVICE, DEFAULT_PRECISION, DEFAULT_WEIGHTS
from stylectl.stylize.stylizer import Stylizer
from stylectl.weights.registry import resolve

GPU_BATCH = 4  # as for video; a CPU gains nothing by more than one (benchmarks/batch.py)
_READERS = _WRITERS = 2  # threads: decoding and encoding take a fraction of the network's time
_WAITING_PIXELS = 32 << 20  # in each place where pictures wait: 3 to 6 bytes each


class Workshop:
    """Performs jobs whose results lie in one folder. A context manager.

    Args:
        stylizer: the network.
        weights: the SHA-256 of its weights file, for the record.
        folder: of the results; all outputs lie in it.
        batch_size: most pictures that go through the network at once; None is 1 on a CPU, else 4.
    """

    def __init__(
        self, stylizer: Stylizer, weights: str, folder: Path, batch_size: int | None = None
    ) -> None:
        self.stylizer = stylizer
        self.batch_size = batch_size or (1 if stylizer.device.type == "cpu" else GPU_BATCH)
        self._folder = folder
        self._manifest, self._claims = Manifest(folder), Claims(folder)
        self._steps = Steps(stylizer, weights, self._manifest, self.batch_size)

    @classmethod
    def open(
        cls,
        folder: Path,
        weights: str = DEFAULT_WEIGHTS,
        *,
        device: str = DEFAULT_DEVICE,
        precision: str = DEFAULT_PRECISION,
        batch_size: int | None = None,
    ) -> Workshop:
        """Loads the network too; the arguments are as for `Stylizer.load`.

        Raises:
            WeightsError, DeviceError, UsageError: as `Stylizer.load` does.
            OutputError: the folder cannot be written to.
        """
        file = resolve(weights)
        stylizer = Stylizer.load(file, device=device, precision=precision)
        return cls(stylizer, sha256(file), folder, batch_size)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the record and gives back what is claimed."""
        self._manifest.close()
        self._claims.close()

    def perform(self, jobs: Iterable[Job], on_result: OnResult) -> None:
        """Performs jobs, and tells of each as it ends, failed ones too; in any order.

        A job that another process works on is set aside until the end; then its result is there,
        or it is done here. An interruption drops what is not painted; what is, is written and told.

        Raises:
            OutputError: the disk is full; no job could succeed.
        """
        later: list[Job] = []

        def claimed() -> Iterable[Job]:
            for job in jobs:
                if self._claims.take(job.output):
                    yield job
                else:
                    later.append(job)

        self._perform(claimed(), on_result)
        for job in later:
            # One by one, nothing else claimed: two processes never wait for each other.
            self._claims.wait(job.output)
            self._perform([job], on_result)

    def _perform(self, claimed: Iterable[Job], on_result: OnResult) -> None:
        steps = self._steps

        def tell(result: Result) -> None:
            self._claims.release(result.job.output)
            on_result(result)

        ahead = Ahead(
            steps.read,
            weight,
            most=2 * self.batch_size + _READERS,
            budget=_WAITING_PIXELS,
            threads=_READERS,
        )

        def enough(held: list[Read | Result]) -> bool:
            window = 1 if self.batch_size == 1 else 2 * self.batch_size
            return len(held) >= window or sum(map(weight, held)) >= _WAITING_PIXELS

        with (
            Behind(tell, budget=_WAITING_PIXELS, threads=_WRITERS) as behind,
            contextlib.closing(ahead.over(claimed)) as read,
        ):
            for group in batches(read, key, steps.most_at_once, enough):
                if isinstance(group[0], Result):
                    tell(group[0])
                    continue
                self._check_disk()
                for work in steps.painted([item for item in group if isinstance(item, Read)]):
                    behind.put(work, weight(group[0]))
        self._check_disk()  # the writers may have been the last to know

    def _check_disk(self) -> None:
        if self._steps.disk_is_full:
            raise OutputError(
                f"{shown(self._folder)} cannot be written: its disk is full",
                "free some space; --resume goes on where this stopped",
            )
