"""Points of a picture, as they are typed: pixels such as 120,80, or shares such as 50%,30%."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stylectl.errors import UsageError

_NUMBER = r"\s*(-?\d+(?:\.\d+)?)(%?)\s*"
_POINT = re.compile(f"{_NUMBER},{_NUMBER}")

Pixel = tuple[float, float]  # x to the right and y down, from the middle of the top left pixel


@dataclass(frozen=True)
class Point:
    """A point whose coordinates are pixels or percentages, each by itself.

    Attributes:
        text: as it was typed.
        values: x and y.
        percent: which of the two are percentages, from 0 at the first pixel to 100 at the last.
    """

    text: str
    values: tuple[float, float]
    percent: tuple[bool, bool]

    @classmethod
    def parse(cls, text: str) -> Point:
        """Reads such as "120,80" and "50%,30%".

        Raises:
            UsageError: it is no such text.
        """
        found = _POINT.fullmatch(text)
        if not found:
            raise UsageError(
                f"point {text!r} cannot be read", "give X,Y in pixels, or shares such as 50%,30%"
            )
        x, x_percent, y, y_percent = found.groups()
        return cls(text, (float(x), float(y)), (x_percent == "%", y_percent == "%"))

    def on(self, width: int, height: int) -> Pixel:
        """The pixel in a picture of this size.

        Raises:
            UsageError: it lies outside of the picture.
        """
        x, y = (
            value / 100 * (side - 1) if percent else value
            for value, percent, side in zip(self.values, self.percent, (width, height), strict=True)
        )
        check_points([(x, y)], width, height, self.text)
        return x, y


def check_points(points: Sequence[Pixel], width: int, height: int, text: str = "") -> None:
    """Raises UsageError unless there are points and all lie in a picture of this size.

    Args:
        text: how to name a point in the message; its coordinates by default.
    """
    if not points:
        raise UsageError("there is no point", "give at least one, such as 50%,50%")
    for x, y in points:
        if not (0 <= x <= width - 1 and 0 <= y <= height - 1):  # also for NaN
            raise UsageError(
                f"point {text or f'{x:g},{y:g}'} lies outside of the picture",
                f"x goes from 0 to {width - 1} and y from 0 to {height - 1} here; "
                "or both from 0% to 100%",
            )
