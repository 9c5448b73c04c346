"""What can be chosen for a painted clip, its defaults and its limits; imports nothing heavy."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Literal, get_args

from stylectl.errors import UsageError
from stylectl.stylize.settings import check_alpha

Stabilize = Literal["off", "light", "strong"]

DEFAULT_STABILIZE: Stabilize = "light"  # half the flicker for a little sharpness: docs/video.md
DEFAULT_FOLDER_RATE = Fraction(25)  # of frames in a folder, which have no times
LARGEST_PREVIEW = 24  # frames: more would not be seen in one picture

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?|\.\d+)")


def parse_rate(text: str) -> Fraction:
    """Frames per second of "25", "29.97" or "24000/1001".

    Raises:
        UsageError: it is no such number.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise UsageError(
            f"fps is {text!r}", "give frames per second, such as 25, 29.97 or 24000/1001"
        )
    return rate.limit_denominator(100_000)


def parse_time(name: str, text: str) -> float:
    """Seconds of "12.5", "1:30" or "1:02:03.5".

    Raises:
        UsageError: it is no such time.
    """
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{name} is {text!r}", "give seconds, or minutes and seconds: 90 or 1:30")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def check_range(start: float | None, end: float | None) -> None:
    """Raises UsageError unless there is time between the two."""
    if end is not None and end <= (start or 0):
        raise UsageError(
            f"the end, {end:g} s, is not after the start, {start or 0:g} s",
            "give an --end after --start",
        )


def check_stabilize(stabilize: str) -> None:
    """Raises UsageError unless it says how much to hold a picture still."""
    if stabilize not in get_args(Stabilize):
        known = ", ".join(get_args(Stabilize))
        raise UsageError(f"there is no stabilize {stabilize!r}", f"use {known}")


def check_preview(frames: int | None) -> None:
    """Raises UsageError unless it is None or a number of frames that a strip can show."""
    if frames is not None and not 1 <= frames <= LARGEST_PREVIEW:
        raise UsageError(
            f"preview is {frames}", f"give a number of frames from 1 to {LARGEST_PREVIEW}"
        )


def check_crf(crf: float | None) -> None:
    """Raises UsageError unless it is None or a quality that some encoder knows."""
    if crf is not None and not 0 <= crf <= 63:  # also for NaN
        shown = "not a number" if math.isnan(crf) else f"{crf:g}"
        raise UsageError(f"crf is {shown}", "give 0 (best) to 51 (63 for vp9 and av1)")


def check_alphas(alpha: tuple[float, float] | None, styles: int) -> None:
    """Raises UsageError unless there is an alpha for two styles, in [0, 1], or none."""
    if alpha is None:
        return
    if styles != 2:
        raise UsageError(
            f"alpha goes between two styles, not {styles}", "give two styles, or leave alpha out"
        )
    for value in alpha:
        check_alpha(value)
