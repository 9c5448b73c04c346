"""What the tests of clusters share: one small Ray for all of them, and a worker that dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from batch_parts import ROOT, results

from stylectl.cluster.worker import Row, Worker

RAY = ("--engine", "ray", "--workers", "2")
DEADLY = "p3.jpg"


@pytest.fixture(scope="session")
def ray_address() -> Iterator[str]:
    """Ray in this process, with two CPUs: what runs here uses it, and others by its address."""
    ray: Any = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    path = os.pathsep.join((ROOT, str(Path(ROOT, "tests")), os.environ.get("PYTHONPATH", "")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)  # of the workers
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        began = ray.init(
            "local",
            num_cpus=2,
            include_dashboard=False,
            logging_level="CRITICAL",
            log_to_driver=False,
            object_store_memory=128 << 20,
        )
        yield began.address_info["gcs_address"]
        ray.shutdown()


class DeadlyWorker(Worker):
    """Dies over one content, again and again."""

    def __call__(self, rows: Mapping[str, Sequence[bytes]]) -> Iterator[Row]:
        for sealed in rows["jobs"]:
            if DEADLY.encode() in sealed:
                os.kill(os.getpid(), signal.SIGKILL)
        yield from super().__call__(rows)


class Killer(threading.Thread):
    """Kills the worker that is the first to have written some results to a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__(daemon=True)
        self.killed: int | None = None
        self._folder, self._count = folder, count

    def run(self) -> None:
        until = time.monotonic() + 300
        while self.killed is None and time.monotonic() < until:
            for manifest in (self._folder / ".stylectl").glob("*.jsonl"):
                if manifest.read_bytes().count(b"\n") > self._count:
                    self.killed = int(manifest.name.split("-")[-2])
                    os.kill(self.killed, signal.SIGKILL)
                    return
            time.sleep(0.002)


def pictures(folder: Path) -> dict[str, bytes]:
    """The results in a folder, without what a killed process was just writing."""
    found = results(folder)
    return {name: data for name, data in found.items() if not name.startswith(".")}
