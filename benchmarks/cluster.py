"""What Ray costs beyond the pictures: one worker of Ray against the plain engine, and the start.

    python benchmarks/cluster.py [--count 32] [--size 512] [--rounds 3] [--workers 1] [--json]

Both perform the same jobs with the same number of threads a process. "start" is the time to the
first result: for the plain engine, with its network loaded, that is one picture; for Ray, with a
cluster that runs already, it is a worker's process, torch, the weights and one picture. "ms an
image" is the time from the first result to the last, over the results in between, so that it is the
pace of a long run. Rounds are interleaved; figures are medians, and "of plain" is the median of the
rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def prepare(folder: Path, count: int, size: int) -> tuple[list[Path], Path]:
    """Photos with the detail of real ones, and a style."""
    from PIL import Image
    from skimage import data

    folder.mkdir()
    style, photo = folder.with_name("style.png"), Image.fromarray(data.astronaut())
    Image.fromarray(data.coffee()).save(style)
    files = [folder / f"{number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        photo.rotate(3 * number).resize((size, size)).save(file, quality=95)
    return files, style


def timed(perform: Callable[..., None], jobs: list[Any]) -> tuple[float, float]:
    """Seconds to the first result, and for each of the others."""
    times: list[float] = []

    def on_result(result: Any) -> None:
        assert result.status == "done", result.failure
        times.append(time.perf_counter())

    begun = time.perf_counter()
    perform(jobs, on_result)
    assert len(times) == len(jobs)
    return times[0] - begun, (times[-1] - times[0]) / (len(times) - 1)


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--size", type=int, default=512, help="side of the photos in pixels")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)  # read by torch, here and in workers
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    sys.path.insert(0, str(ROOT))

    from stylectl.batch.job import Job, Settings
    from stylectl.batch.workshop import Workshop
    from stylectl.cluster.connection import connected
    from stylectl.cluster.workshop import ClusterWorkshop

    with tempfile.TemporaryDirectory() as name:
        files, style = prepare(Path(name, "photos"), given.count, given.size)
        out = Path(name, "out")
        jobs = [Job(file, (style,), out / f"{file.stem}.png", Settings()) for file in files]

        def plain() -> tuple[float, float]:
            with Workshop.open(out, given.weights, device="cpu") as workshop:
                return timed(workshop.perform, jobs)

        def ray() -> tuple[float, float]:
            with ClusterWorkshop.open(
                out, given.weights, device="cpu", workers=given.workers
            ) as workshop:
                return timed(workshop.perform, jobs)

        begun = time.perf_counter()
        with connected(None, verbose=False):
            cluster = time.perf_counter() - begun
            rounds: dict[str, list[tuple[float, float]]] = {"plain": [], "ray": []}
            for _ in range(given.rounds):
                for way, run in (("plain", plain), ("ray", ray)):
                    rounds[way].append(run())
                    shutil.rmtree(out)
    rows = [
        {
            "way": way,
            "start": statistics.median(start for start, _ in found),
            "ms an image": 1000 * statistics.median(each for _, each in found),
            "of plain": statistics.median(
                own / other for (_, own), (_, other) in zip(found, rounds["plain"], strict=True)
            ),
        }
        for way, found in rounds.items()
    ]
    if given.json:
        print(json.dumps({"start of Ray": cluster, "rows": rows, "rounds": rounds}))  # noqa: T201
        return
    print(f"Ray itself: {cluster:.1f} s")  # noqa: T201
    for row in rows:
        print(  # noqa: T201
            "{way:>5}  start {start:6.2f} s  {ms an image:8.1f} ms an image  "
            "{of plain:.3f} of plain".format(**row)
        )


if __name__ == "__main__":
    main()
