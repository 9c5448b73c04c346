"""A run's folder, and the part of a run that all kinds of training share.

The folder holds `checkpoint.pt` (to resume), `NAME.safetensors` (the weights so far), `log.jsonl`
(a line per logged step) and, for stylisation, `preview_*.png`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import torch

from stylectl.errors import DeviceError, OutputError, TrainingError
from stylectl.media import check_output, shown
from stylectl.training.checkpoint import damaged, read_checkpoint
from stylectl.training.data import ImagePool
from stylectl.training.events import DataReady, OnEvent, ReadingImages, Saved, StepEvent
from stylectl.training.loop import TrainingLoop
from stylectl.training.settings import CHECKPOINT_MINUTES, Budget
from stylectl.training.task import Task

LOG_EVERY = 10  # steps between lines of log.jsonl
CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"


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
    """

    path: Path
    budget: Budget
    resume: bool = False
    checkpoint_minutes: float = CHECKPOINT_MINUTES
    device: str = "cpu"
    note: str = ""

    def check(self) -> None:
        """Refuse to start over a checkpoint that is already there, or without any budget.

        Raises:
            TrainingError: in either case.
        """
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

    def finished(self, decided: dict[str, Any]) -> bool:
        """Whether a run to resume, of the settings `decided`, has used its budget.

        Raises:
            TrainingError: the checkpoint is damaged or of other settings.
        """
        if not self.resume or not self.has_checkpoint:
            return False
        checkpoint = self.path / CHECKPOINT
        state = read_checkpoint(checkpoint, decided)
        try:
            return self.budget.progress(state["step"], state["seconds"]) >= 1
        except (KeyError, TypeError) as error:
            raise damaged(checkpoint, error) from error

    def prepare(self, described: dict[str, Any]) -> None:
        """Find out what would fail at the first checkpoint before images are read for minutes.

        Raises:
            TrainingError: the checkpoint to resume is missing, damaged or of other settings.
            OutputError: the folder cannot be made or written.
        """
        checkpoint = self.path / CHECKPOINT
        if self.resume:
            read_checkpoint(checkpoint, described)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the folder {shown(self.path)} cannot be made: {error.strerror or error}",
                "choose another --out",
            ) from error
        check_output(checkpoint, overwrite=True)

    def read_images(
        self, files: Sequence[Sequence[Sequence[Path]]], on_event: OnEvent
    ) -> list[ImagePool]:
        """A pool for each list of folders' files.

        Raises:
            TrainingError: when one has no readable image.
        """
        on_event(ReadingImages(sum(len(folder) for group in files for folder in group)))
        pools = [ImagePool(group, device=self.device) for group in files]
        on_event(
            DataReady(
                sum(len(pool) for pool in pools),
                [(u.path, u.reason) for pool in pools for u in pool.unreadable],
                sum(pool.on_demand for pool in pools),
            )
        )
        return pools


def train(
    task: Task,
    folder: RunFolder,
    described: dict[str, Any],
    batch_size: int,
    on_event: OnEvent,
    export: Callable[[TrainingLoop], None],
    after_step: Callable[[StepEvent], None] = lambda _: None,
) -> None:
    """Run the loop on a prepared folder: resume, log, checkpoints, weights.

    Raises:
        TrainingError: as `TrainingLoop.run` and `TrainingLoop.resume` do.
        DeviceError: the batches do not fit into memory.
        KeyboardInterrupt: after Ctrl-C.
    """
    loop = TrainingLoop(
        task,
        folder.budget,
        folder.path,
        describe=described,
        checkpoint_minutes=folder.checkpoint_minutes,
        images_per_step=batch_size,
    )
    if folder.resume:
        loop.resume()
    with _open_log(folder.path / LOG, loop.step) as log:

        def on_step(event: StepEvent) -> None:
            if event.step % LOG_EVERY == 0 or event.progress == 1 or not event.losses:
                log.write(json.dumps(asdict(event)) + "\n")
                log.flush()
            after_step(event)
            on_event(event)

        def on_save() -> None:
            export(loop)
            on_event(Saved(folder.path, loop.step))

        try:
            loop.run(on_step, on_save)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise DeviceError(
                f"the memory of {folder.device} is too small for these batches",
                "lower --batch-size or --crop",
            ) from error
        except OSError as error:  # of the log; other files have errors of their own
            raise OutputError(
                f"{shown(folder.path / LOG)} cannot be written: {error.strerror or error}",
                "free some space on its disk; --resume goes on from the last checkpoint",
            ) from error


def _open_log(path: Path, step: int) -> TextIO:
    """The log up to `step`: lines that came after the checkpoint will be written again."""
    kept = []
    if step and path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
            except (ValueError, KeyError, TypeError):
                continue  # a line that a crash cut short
    log = path.open("w", encoding="utf-8")
    log.writelines(kept)
    return log
