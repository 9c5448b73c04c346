"""What a training run tells its listener, as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StageStarted:
    """A stage of a recipe begins; or is left as it is, `finished` by an earlier run."""

    name: str
    number: int
    count: int
    finished: bool


@dataclass(frozen=True)
class ReadingImages:
    """The images of the folders are about to be read, which can take minutes."""

    files: int


@dataclass(frozen=True)
class DataReady:
    """The images are in memory; `unreadable` names the files left out and why.

    `on_demand` of the images did not fit into memory and are read again whenever they are drawn.
    """

    images: int
    unreadable: list[tuple[Path, str]]
    on_demand: int = 0


@dataclass(frozen=True)
class StepEvent:
    """One finished step.

    Attributes:
        step: its number, from 1.
        losses: every term's value; empty when one was not finite and the step was skipped.
        learning_rate: that of this step.
        images_per_second: the pace of this step.
        progress: the share of the budget that is used, 0 to 1.
        seconds: of training so far, what came before a resume included.
        skipped: steps that were skipped so far.
    """

    step: int
    losses: dict[str, float]
    learning_rate: float
    images_per_second: float
    progress: float
    seconds: float
    skipped: int

    @property
    def remaining(self) -> float | None:
        """Seconds left at the average pace so far."""
        return self.seconds * (1 - self.progress) / self.progress if self.progress > 0 else None


@dataclass(frozen=True)
class HeldOut:
    """The losses of images that are not trained on, when a checkpoint was saved."""

    step: int
    held_out: dict[str, float]


@dataclass(frozen=True)
class Notice:
    """Something about the run that its user should know; training goes on."""

    message: str


@dataclass(frozen=True)
class Saved:
    """A checkpoint and the weights so far were written."""

    folder: Path
    step: int


TrainingEvent = StageStarted | ReadingImages | DataReady | StepEvent | HeldOut | Notice | Saved
OnEvent = Callable[[TrainingEvent], None]
