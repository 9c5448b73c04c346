"""What a running stylisation tells whoever listens; the library itself never prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stage of the work begins, and with it the last one has ended."""

    name: str


@dataclass(frozen=True)
class Notice:
    """Something the user should know about the result, in one line."""

    message: str


@dataclass(frozen=True)
class Detail:
    """How the work is done, in one line: for who asks, not of interest to everyone."""

    message: str


@dataclass(frozen=True)
class Progress:
    """So many of the present stage's parts are done, of so many in all."""

    done: int
    total: int
    unit: str = "tiles"


Event = Stage | Notice | Detail | Progress
OnEvent = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener where there is none."""
