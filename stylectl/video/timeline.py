"""When each frame of a clip is shown: exact times, and whether they follow one rate."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from stylectl.errors import InputError

_NTSC = [Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)]
_COMMON = [*_NTSC, *map(Fraction, (24, 25, 30, 48, 50, 60, 120, 12, 15, 10))]


@dataclass(frozen=True)
class Timeline:
    """The times of all frames.

    Attributes:
        ticks: when each frame begins, in units of `base` after the first, strictly rising.
        base: seconds per tick.
        rate: frames per second if the times follow one, to the tick; else None.
        origin: when the first frame begins, in seconds of the clip: sound may come before it.
    """

    ticks: tuple[int, ...]
    base: Fraction
    rate: Fraction | None
    origin: Fraction = Fraction(0)

    @classmethod
    def of(cls, ticks: Sequence[int | None], base: Fraction, claimed: Fraction | None) -> Timeline:
        """The timeline of decoded frames.

        Args:
            ticks: when each begins; what is None, or not after the one before, is nonsense, for
                which the claimed rate stands in.
            claimed: frames per second as the header has it.
        """
        known = [tick for tick in ticks if tick is not None]
        rising = all(first < second for first, second in itertools.pairwise(known))
        if len(known) < len(ticks) or not rising:
            return cls.regular(len(ticks), claimed or Fraction(25))
        origin = known[0] * base
        exact = tuple(tick - known[0] for tick in known)
        rate = _rate(exact, base, claimed)
        if rate is None:
            return cls(exact, base, None, origin)
        # Containers round: the times of a constant rate are known better than they are told.
        return cls(tuple(range(len(exact))), 1 / rate, rate, origin)

    @classmethod
    def regular(cls, count: int, rate: Fraction) -> Timeline:
        """`count` frames at one rate, from 0 on."""
        return cls(tuple(range(count)), 1 / rate, rate)

    def __len__(self) -> int:
        return len(self.ticks)

    def time(self, frame: int) -> Fraction:
        """When a frame begins, in seconds after the first; after the last frame, when it ends."""
        if frame < len(self.ticks):
            return self.ticks[frame] * self.base
        return self.ticks[-1] * self.base + self.last_duration

    @property
    def last_duration(self) -> Fraction:
        """Of the last frame, in seconds: as long as the one before, since no time says its end."""
        if self.rate:
            return 1 / self.rate
        step = self.ticks[-1] - self.ticks[-2] if len(self.ticks) > 1 else 0
        return step * self.base or Fraction(1, 25)

    @property
    def average_rate(self) -> Fraction:
        """Frames per second, over all."""
        return self.rate or len(self) / self.time(len(self))

    def cut(self, frames: range) -> Timeline:
        """The timeline of some of the frames, one after the other."""
        first = self.ticks[frames.start]
        ticks = tuple(tick - first for tick in self.ticks[frames.start : frames.stop])
        return Timeline(ticks, self.base, self.rate, self.origin + first * self.base)

    def between(self, start: float | None, end: float | None) -> range:
        """The frames that begin `start` seconds after the first or later, and before `end`.

        Raises:
            InputError: there are none.
        """

        def frame_at(seconds: float) -> int:
            # Half a microsecond: 0.04 in binary must not come after a frame at 1/25.
            wanted = Fraction(seconds) - Fraction(1, 2_000_000)
            return bisect_left(self.ticks, wanted / self.base)

        chosen = range(
            0 if start is None else frame_at(start), len(self) if end is None else frame_at(end)
        )
        if not chosen:
            length = float(self.time(len(self)))
            raise InputError(
                f"no frame lies between --start and --end: the clip is {length:.2f} s long",
                "choose an earlier --start or a later --end",
            )
        return chosen


def _rate(ticks: Sequence[int], base: Fraction, claimed: Fraction | None) -> Fraction | None:
    """The rate that explains all times to a tick, the most likely one if several do."""
    if len(ticks) < 2:
        return claimed
    average = (len(ticks) - 1) / (ticks[-1] * base)
    steps = {second - first for first, second in itertools.pairwise(ticks)}
    candidates = [*([claimed] if claimed else []), *_COMMON]
    if len(steps) == 1:
        # A fine clock tells the rate itself; a coarse one may have rounded it.
        candidates = [average, *candidates] if base < Fraction(1, 5000) else [*candidates, average]
    for rate in candidates:
        if abs(average / rate - 1) < Fraction(1, 50) and _explains(rate, ticks, base):
            return rate
    return None


def _explains(rate: Fraction, ticks: Sequence[int], base: Fraction) -> bool:
    step = 1 / (rate * base)  # ticks per frame
    return all(abs(tick - n * step) <= 1 for n, tick in enumerate(ticks))
