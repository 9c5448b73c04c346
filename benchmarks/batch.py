"""What a batch costs beyond its pictures: a folder against a loop of single calls, in one process.

    python benchmarks/batch.py [--count 24] [--size 512] [--rounds 5] [--batch-sizes 1 2 4] [--json]

Both read the same JPEG files, paint them in the same style, encoded once, and write PNG files. The
loop does one after the other; the batch also hashes, claims and records, and decodes and encodes
beside the network. Rounds are interleaved, and each way's figures are medians. CPU time is the
process's own over all threads: a busy machine changes it less than the clock's, and what it is more
than the loop's is what a batch costs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from operator import truediv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylectl import Stylizer


def prepare(folder: Path, count: int, size: int) -> tuple[list[Path], Path]:
    """Photos with the detail of real ones, and a style."""
    from PIL import Image
    from skimage import data

    folder.mkdir()
    files = [folder / f"{number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        photo = Image.fromarray(data.astronaut()).rotate(3 * number)
        photo.resize((size, size)).save(file, quality=95)
    style = folder.with_name("style.png")
    Image.fromarray(data.coffee()[:400, :400]).save(style)
    return files, style


def loop(stylizer: Stylizer, files: list[Path], style: Path, out: Path) -> None:
    """What one would write in Python: a call for each file."""
    from stylectl.media import read_image, write_image

    out.mkdir()
    code = stylizer.encode_style(read_image(style).pixels)
    for file in files:
        painted = stylizer.stylize(read_image(file).pixels, code)
        write_image(out / f"{file.stem}.png", painted)


def batch(stylizer: Stylizer, files: list[Path], style: Path, out: Path, size: int) -> None:
    """The same as a batch."""
    from stylectl.batch.job import Job, Result, Settings
    from stylectl.batch.workshop import Workshop

    jobs = [Job(file, (style,), out / f"{file.stem}.png", Settings()) for file in files]
    done: list[Result] = []
    with Workshop(stylizer, "0" * 64, out, size) as workshop:
        workshop.perform(jobs, done.append)
    assert [result.status for result in done] == ["done"] * len(jobs)


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=512, help="side of the photos in pixels")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()

    from stylectl import Stylizer

    stylizer = Stylizer.load(given.weights, device=given.device)
    with tempfile.TemporaryDirectory() as name:
        files, style = prepare(Path(name, "photos"), given.count, given.size)
        out = Path(name, "out")
        ways: dict[str, Callable[[], None]] = {"loop": lambda: loop(stylizer, files, style, out)}
        for size in given.batch_sizes:
            ways[f"batch {size}"] = lambda size=size: batch(stylizer, files, style, out, size)
        clock: dict[str, list[float]] = {way: [] for way in ways}
        cpu: dict[str, list[float]] = {way: [] for way in ways}
        for round_ in range(given.rounds + 1):  # the first one warms up
            for way, run in ways.items():
                begun = time.perf_counter(), time.process_time()
                run()
                if round_:
                    clock[way].append(time.perf_counter() - begun[0])
                    cpu[way].append(time.process_time() - begun[1])
                shutil.rmtree(out)
    each = 1000 / given.count
    rows = [
        {
            "way": way,
            "ms": each * statistics.median(clock[way]),
            "cpu ms": each * statistics.median(cpu[way]),
            "of the loop": statistics.median(map(truediv, clock[way], clock["loop"])),
            "cpu of the loop": statistics.median(map(truediv, cpu[way], cpu["loop"])),
        }
        for way in ways
    ]
    if given.json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    sys.stdout.write("      way        ms    CPU ms   of the loop   CPU of the loop\n")
    for row in rows:
        numbers = "{ms:9.1f} {cpu ms:9.1f} {of the loop:13.3f} {cpu of the loop:17.3f}"
        sys.stdout.write(f"{row['way']:>9}{numbers.format(**row)}\n")


if __name__ == "__main__":
    main()
