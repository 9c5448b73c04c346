"""A run's folder: what is found out about it before training begins.

It holds `checkpoint.pt` (to resume), `NAME.safetensors` (the weights so far), `log.jsonl` (a line
per logged step), `curves.png` and, for stylisation, `preview_*.png`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stylectl.errors import TrainingError
from stylectl.media import check_output, make_folder, shown
from stylectl.training.checkpoint import CHECKPOINT, check_same, read_checkpoint
from stylectl.training.data import ImagePool
from stylectl.training.distributed import ALONE, Processes
from stylectl.training.events import DataReady, OnEvent, ReadingImages, TrainingEvent
from stylectl.training.records import check_tensorboard
from stylectl.training.settings import CHECKPOINT_MINUTES, Budget
from stylectl.weights.files import read_tensors


@dataclass(frozen=True)
class RunFolder:
    """Where a run lives and how often it saves.

    Attributes:
        path: the folder; made when missing.
        budget: when to stop.
        resume: go on from the folder's checkpoint instead of starting.
        checkpoint_minutes: time between checkpoints.
        device: where to train.
        note: free text about the data, kept in the weights' header (sources, licence).
        processes: those that train together; the first alone writes.
        compile: whether networks run through torch.compile.
        tensorboard: whether to write for TensorBoard too.
    """

    path: Path
    budget: Budget
    resume: bool = False
    checkpoint_minutes: float = CHECKPOINT_MINUTES
    device: str = "cpu"
    note: str = ""
    processes: Processes = ALONE
    compile: bool = False
    tensorboard: bool = False

    def check(self) -> None:
        """Refuse to start over a checkpoint that is already there, or without any budget.

        Raises:
            TrainingError: in either case, or without the package that `tensorboard` needs.
        """
        if self.tensorboard:
            check_tensorboard()
        self.check_budget()
        if self.has_checkpoint and not self.resume:
            raise TrainingError(
                f"{shown(self.path)} holds a checkpoint already",
                "go on from it with --resume, or choose another --out folder",
            )

    def check_budget(self) -> None:
        """Raises TrainingError when training would never end."""
        if not self.budget.steps and not self.budget.minutes:
            raise TrainingError("no end of training was given", "give --steps or --minutes")

    @property
    def has_checkpoint(self) -> bool:
        """Whether a run has begun here."""
        return (self.path / CHECKPOINT).exists()

    def finished(self, weights: Path, expected: Callable[[], dict[str, Any]]) -> bool:
        """Whether `weights` were made here, as their header is `expected` to say, to their end.

        Raises:
            TrainingError: they were made with other settings.
            WeightsError: they are damaged.
        """
        if not self.resume or not weights.is_file():
            return False
        _, header = read_tensors(weights)
        check_same(weights, header, expected())
        return bool(header.get("finished")) and header.get("budget") == asdict(self.budget)

    def prepare(self, described: dict[str, Any]) -> None:
        """Find out what would fail at the first checkpoint before images are read for minutes.

        Raises:
            TrainingError: the checkpoint to resume is missing, damaged or of other settings.
            OutputError: the folder cannot be made or written.
        """
        checkpoint = self.path / CHECKPOINT
        if self.resume:
            read_checkpoint(checkpoint, described)
        make_folder(self.path, "choose another --out")
        check_output(checkpoint, overwrite=True)

    def read_images(
        self, files: Sequence[Sequence[Sequence[Path]]], on_event: OnEvent
    ) -> list[ImagePool]:
        """A pool for each list of folders' files.

        Raises:
            TrainingError: when one has no readable image.
        """
        if not self.processes.first:
            on_event = _silent
        on_event(ReadingImages(sum(len(folder) for group in files for folder in group)))
        # Processes of one host read all images each, at the same time.
        sharing = self.processes.on_this_host if self.device == "cpu" else 1
        pools = [ImagePool(group, device=self.device, sharing=sharing) for group in files]
        on_event(
            DataReady(
                sum(len(pool) for pool in pools),
                [(u.path, u.reason) for pool in pools for u in pool.unreadable],
                sum(pool.on_demand for pool in pools),
            )
        )
        return pools


def _silent(event: TrainingEvent) -> None:
    """What the other processes have to say is what the first one says."""
