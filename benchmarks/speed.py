"""Network time and peak memory of the bundled model on this machine; decoding files is left out.

    python benchmarks/speed.py [--weights NAME|FILE] [--threads 2] [--rounds 9] [--json]

Times are medians over interleaved rounds after a warm-up, in seconds and in units. A unit is one
3x3 convolution, 64 to 64 channels, on a 512x512 map, fp32, channels_last, timed in the same rounds:
seconds drift from hour to hour, ratios less. Each size runs in a process of its own, so that its
peak resident memory (torch included) is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

SIZES = (256, 512, 1024)
STYLE_SIZE = 512  # the style's largest side; a content below it meets a style of its own size


def measure(size: int, weights: str, threads: int, rounds: int) -> dict[str, float]:
    """Medians in seconds of one unit and of both paths, and the peak memory in MB."""
    import torch

    from stylectl import Stylizer

    torch.set_num_threads(threads)
    network = Stylizer.load(weights, device="cpu").network
    style_size = min(size, STYLE_SIZE)
    layout = torch.channels_last
    content = torch.rand(1, 3, size, size).contiguous(memory_format=layout)
    style = torch.rand(1, 3, style_size, style_size).contiguous(memory_format=layout)
    with torch.inference_mode():
        features = network.encode_style(style)
        jobs: dict[str, Callable[[], object]] = {
            "style encoded": lambda: network(content, style),
            "style cached": lambda: network(content, features),
        }
        for job in jobs.values():
            job()
        # Read before the unit's own 128 MB are allocated.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        unit = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=layout)  # type: ignore[call-overload]
        maps = torch.rand(1, 64, 512, 512).contiguous(memory_format=layout)
        jobs["unit"] = lambda: unit(maps)
        times: dict[str, list[float]] = {name: [] for name in jobs}
        for number in range(rounds + 1):
            for name, job in jobs.items():
                start = time.perf_counter()
                job()
                if number:  # round 0 warms up
                    times[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in times.items()} | {"peak MB": peak}


def main() -> None:
    """Run every size in a process of its own and print one table, or one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one-size", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_size:
        figures = measure(given.one_size, given.weights, given.threads, given.rounds)
        sys.stdout.write(json.dumps(figures))
        return
    results = {}
    for size in SIZES:
        command = [sys.executable, __file__, "--one-size", str(size), "--weights", given.weights]
        command += ["--threads", str(given.threads), "--rounds", str(given.rounds)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        results[size] = json.loads(output)
    if given.json:
        sys.stdout.write(json.dumps(results) + "\n")
        return
    sys.stdout.write(f"{given.weights}, {given.threads} threads, fp32, median of {given.rounds}\n")
    sys.stdout.write(
        "content      style   encoded: s  units   cached: s  units   unit s  peak MB\n"
    )
    for size, row in results.items():
        encoded, cached, unit = row["style encoded"], row["style cached"], row["unit"]
        sys.stdout.write(
            f"{size:>4}x{size:<6} {min(size, STYLE_SIZE):>5}"
            f"   {encoded:10.3f} {encoded / unit:6.2f}   {cached:9.3f} {cached / unit:6.2f}"
            f"   {unit:6.3f} {row['peak MB']:8.0f}\n"
        )


if __name__ == "__main__":
    main()
