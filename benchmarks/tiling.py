"""Seconds per megapixel and peak memory of pictures as a whole and in tiles, files left out.

    python benchmarks/tiling.py [--megapixels 1 4 16 64] [--ways off auto] [--threads 2] [--json]

Every row is a process of its own, which stylises a square 8-bit picture once after a small one that
warms up. Peak memory is resident, torch included. "Bytes a pixel" is what the picture added to it,
for each of its pixels: those of "off" are the cost model of stylectl/stylize/memory.py. CPU seconds
are the process's own over all threads; a busy machine changes them less than the clock's. `--ways`
takes what `--tile` does; "off" is left out above `--most` megapixels.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time


def measure(megapixels: float, way: str, weights: str, threads: int) -> dict[str, float]:
    """CPU and clock seconds of one picture, peak memory in MB, and bytes added for each pixel."""
    import numpy as np
    import torch

    from stylectl import Stylizer
    from stylectl.stylize.settings import parse_tile

    torch.set_num_threads(threads)
    stylizer = Stylizer.load(weights, device="cpu")
    side = round((megapixels * 2**20) ** 0.5 / 8) * 8
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    before = peak_memory()
    style = stylizer.encode_style(picture[:512, :512])
    stylizer.stylize(picture[:64, :64], style)
    clock, start = time.perf_counter(), time.process_time()
    stylizer.stylize(picture, style, tile=parse_tile(way))
    return {
        "cpu s": time.process_time() - start,
        "clock s": time.perf_counter() - clock,
        "peak MB": peak_memory() / 2**20,
        "a pixel": (peak_memory() - before) / side**2,
    }


def peak_memory() -> int:
    """The most bytes that were resident in this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Run every row in a process of its own and print a table, or a JSON list."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--ways", nargs="+", default=["off", "auto"])
    parser.add_argument("--most", type=float, default=4, help="megapixels of the largest whole")
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        figures = measure(float(given.one[0]), given.one[1], given.weights, given.threads)
        sys.stdout.write(json.dumps(figures))
        return
    if not given.json:
        sys.stdout.write("megapixels  tile   cpu s/MP  clock s/MP  peak MB  bytes a pixel\n")
    rows = []
    for megapixels in given.megapixels:
        for way in given.ways:
            if way == "off" and megapixels > given.most:
                continue
            command = [sys.executable, __file__, "--one", str(megapixels), way]
            command += ["--weights", given.weights, "--threads", str(given.threads)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            row = json.loads(output)
            rows.append({"megapixels": megapixels, "tile": way, **row})
            if not given.json:
                sys.stdout.write(
                    f"{megapixels:>10g}  {way:<5}  {row['cpu s'] / megapixels:8.2f}"
                    f"  {row['clock s'] / megapixels:10.2f}  {row['peak MB']:7.0f}"
                    f"  {row['a pixel']:13.0f}\n"
                )
                sys.stdout.flush()
    if given.json:
        sys.stdout.write(json.dumps(rows) + "\n")


if __name__ == "__main__":
    main()
