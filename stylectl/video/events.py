"""What painting a clip tells whoever listens, beside what any painting tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FramesPainted:
    """How far it is.

    Attributes:
        done: frames painted, those of earlier runs included.
        total: frames of the clip.
        earlier: frames that earlier runs had finished.
    """

    done: int
    total: int
    earlier: int


@dataclass(frozen=True)
class WorkKept:
    """Painting ends early: so many of all frames are finished, and the next run goes on there."""

    done: int
    total: int


VideoEvent = FramesPainted | WorkKept
