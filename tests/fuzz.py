"""A campaign of random damage, for as long as wanted: `python tests/fuzz.py --seconds 300`.

What the tests do with a few hundred fixed examples, with as many as the time allows. Every case
runs in a process that may die: the file at fault is kept. Exits with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzzing.damage import truncations
from fuzzing.holds import Broken, read_or_refused
from fuzzing.targets import TARGETS, Case, Target

_MEMORY = 8 << 30  # bytes that a process may address
_BATCH = 500  # cases of one process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=list(TARGETS))
    parser.add_argument("--keep", type=Path, help="where to put the files at fault")
    given = parser.parse_args()
    keep = given.keep or Path(tempfile.mkdtemp(prefix="stylectl-fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    broken = 0
    for name in given.targets:
        with tempfile.TemporaryDirectory() as folder:
            campaign = Campaign(name, TARGETS[name](Path(folder)), Path(folder), keep)
            campaign.run_all(given.seconds, given.seed)
            broken += campaign.counts["broken"]
    sys.exit(1 if broken else 0)


class Campaign:
    """All cases of one target: those made by hand, cut off ones, and random ones."""

    def __init__(self, name: str, target: Target, folder: Path, keep: Path) -> None:
        self.name, self.target, self.folder, self.keep = name, target, folder, keep
        self.counts: Counter[str] = Counter()

    def run_all(self, seconds: float, seed: int) -> None:
        self._batch("as they are", self.target.cases)
        cut = [
            case.with_data(part) for case in self.target.seeds for part in truncations(case.data)
        ]
        self._batch("cut off", cut)
        end, number = time.monotonic() + seconds, 0
        before = self.counts.copy()
        while time.monotonic() < end:
            random = Random(f"{seed}/{number}")
            self._run([self._random(random) for _ in range(_BATCH)], end)
            number += 1
        self._tell("at random", before)

    def _random(self, random: Random) -> Callable[[], Case]:
        case, state = random.choice(self.target.seeds), random.getrandbits(64)
        return lambda: case.with_data(self.target.damage(case.data, Random(state)))

    def _batch(self, what: str, cases: list[Case]) -> None:
        before = self.counts.copy()
        for start in range(0, len(cases), _BATCH):
            self._run([lambda case=case: case for case in cases[start : start + _BATCH]])
        self._tell(what, before)

    def _tell(self, what: str, before: Counter[str]) -> None:
        new = self.counts - before
        told = ", ".join(f"{new[kind]} {kind}" for kind in ("read", "refused", "broken"))
        print(f"{self.name}, {what}: {new.total()} files: {told}", flush=True)  # noqa: T201

    def _run(self, cases: list[Callable[[], Case]], end: float = float("inf")) -> None:
        """Runs them in a child, and goes on after the one that a child dies of."""
        done = 0
        while done < len(cases) and time.monotonic() < end:
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(read)
                self._work(cases[done:], write, end)
            os.close(write)
            with os.fdopen(read) as results:
                verdicts = results.read().splitlines()
            _, status = os.waitpid(child, 0)
            for offset, verdict in enumerate(verdicts):
                self._count(verdict, cases[done + offset])
            done += len(verdicts)
            if status:
                self._count(f"broken the process died ({status})", cases[done])
                done += 1
            elif time.monotonic() >= end:
                return

    def _count(self, verdict: str, case: Callable[[], Case]) -> None:
        kind, _, why = verdict.partition(" ")
        self.counts[kind] += 1
        if kind == "broken":
            kept = self.keep / f"{self.name}_{self.counts['broken']}_{case().name}"
            kept.write_bytes(case().data)
            print(f"BROKEN {kept}: {why}", flush=True)  # noqa: T201

    def _work(self, cases: list[Callable[[], Case]], write: int, end: float) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(write, "w") as results:
            for make in cases:
                if time.monotonic() >= end:
                    break
                case = make()
                path = self.folder / case.name
                path.write_bytes(case.data)
                try:
                    refused = read_or_refused(case.read, path, case.refusal)
                    verdict = "refused" if refused else "read"
                except Broken as error:
                    verdict = f"broken {' '.join(str(error).splitlines())[:300]}"
                results.write(verdict + "\n")
                results.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
