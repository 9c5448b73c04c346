"""A campaign of kills at random moments: `python tests/kills.py --seconds 120 --seed 1`.

Exits with 1, and keeps the folder, at the first run that lost or left something.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from killing import SCENARIOS, SIGNALS, Server, Trial


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each scenario")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenarios", nargs="*", default=list(SCENARIOS), choices=list(SCENARIOS))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="stylectl-kills-"))
    with Server(folder) as server:
        for name in given.scenarios:
            (folder / name).mkdir()
            trial, random = Trial(name, server, folder / name), Random(f"{name}/{given.seed}")
            ends: Counter[str] = Counter()
            until = time.monotonic() + given.seconds
            while time.monotonic() < until:
                kill = random.choice(SIGNALS)
                try:
                    ends[trial.end_once(kill, random)] += 1
                except AssertionError as error:
                    print(f"{name}, {kill.name}: {error}\nsee {folder}")  # noqa: T201
                    sys.exit(1)
            told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
            print(f"{name}: {told}; nothing lost, nothing left", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
