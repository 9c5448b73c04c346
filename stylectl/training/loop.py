"""The training loop: steps, schedule, checkpoints, exact resume, the guard against non-finite loss."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from stylectl.errors import TrainingError
from stylectl.training.checkpoint import read_checkpoint, write_checkpoint
from stylectl.training.settings import Budget

WARMUP = 0.01  # share of the run over which the learning rate rises
MAX_NON_FINITE = 5  # steps in a row with a non-finite loss before training stops


class Task(Protocol):
    """What the loop trains: modules, their optimisers, one source of randomness, and the losses."""

    modules: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]
    generator: torch.Generator

    def losses(self) -> dict[str, Tensor]:
        """The terms of one batch; "total", and "discriminator" if any, are minimised."""
        ...


@dataclass(frozen=True)
class StepEvent:
    """One finished step: its losses, the pace and what is left, in seconds (None if unknown)."""

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


def learning_rate_factor(progress: float) -> float:
    """Linear warm-up, then cosine decay to 1 % of the base rate."""
    if progress < WARMUP:
        return 0.1 + 0.9 * progress / WARMUP
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))


class TrainingLoop:
    """Runs a task to the end of its budget.

    Args:
        task: what to train.
        budget: when to stop.
        folder: where `checkpoint.pt` is kept.
        describe: settings stored in the checkpoint; a resumed run must have the same.
        checkpoint_minutes: time between checkpoints.
        images_per_step: for the pace that events report.

    Raises:
        TrainingError: when the loss is not finite for several steps in a row.
    """

    def __init__(
        self,
        task: Task,
        budget: Budget,
        folder: Path,
        *,
        describe: dict[str, Any],
        checkpoint_minutes: float = 3.0,
        images_per_step: int = 1,
    ) -> None:
        self.task, self.budget, self.folder, self.describe = task, budget, folder, describe
        self.checkpoint_minutes, self.images_per_step = checkpoint_minutes, images_per_step
        self.step, self.seconds, self.skipped = 0, 0.0, 0
        self.schedulers = {
            name: LambdaLR(optimizer, lambda _: learning_rate_factor(self.progress))
            for name, optimizer in task.optimizers.items()
        }

    @property
    def progress(self) -> float:
        """The share of the budget that is used, 0 to 1."""
        return self.budget.progress(self.step, self.seconds)

    @property
    def checkpoint(self) -> Path:
        """The one resumable file of this run."""
        return self.folder / "checkpoint.pt"

    def run(self, on_step: Callable[[StepEvent], None], on_save: Callable[[], None]) -> None:
        """Train to the end; Ctrl-C saves a checkpoint and goes on as KeyboardInterrupt."""
        last_save, bad_in_a_row = self.seconds, 0
        try:
            while self.progress < 1:
                started = time.perf_counter()
                losses = self._one_step()
                elapsed = time.perf_counter() - started
                self.step, self.seconds = self.step + 1, self.seconds + elapsed
                bad_in_a_row = 0 if losses else bad_in_a_row + 1
                if bad_in_a_row >= MAX_NON_FINITE:
                    raise TrainingError(
                        f"the loss was not finite for {bad_in_a_row} steps in a row, at step {self.step}",
                        f"lower the learning rate; the last good state is {self.checkpoint}",
                    )
                rate = next(iter(self.schedulers.values())).get_last_lr()[0]
                pace = self.images_per_step / elapsed
                on_step(
                    StepEvent(
                        self.step, losses, rate, pace, self.progress, self.seconds, self.skipped
                    )
                )
                if self.seconds - last_save > 60 * self.checkpoint_minutes and not bad_in_a_row:
                    self.save()
                    on_save()
                    last_save = self.seconds
        except KeyboardInterrupt:
            self.save()
            raise
        self.save()
        on_save()

    def _one_step(self) -> dict[str, float]:
        """Losses of one optimiser step, or {} when they are not finite and the step was skipped."""
        terms = self.task.losses()
        values = {name: float(value.detach()) for name, value in terms.items()}
        if not all(math.isfinite(v) for v in values.values()):
            self.skipped += 1
            return {}
        for optimizer in self.task.optimizers.values():
            optimizer.zero_grad(set_to_none=True)
        sum(terms[n] for n in ("total", "discriminator") if n in terms).backward()  # type: ignore[union-attr]
        for name, optimizer in self.task.optimizers.items():
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            nn.utils.clip_grad_norm_(parameters, 10.0)
            optimizer.step()
            self.schedulers[name].step()
        return values

    def save(self) -> None:
        """Write the checkpoint, atomically."""
        task = self.task
        write_checkpoint(
            self.checkpoint,
            {
                "describe": self.describe,
                "step": self.step,
                "seconds": self.seconds,
                "skipped": self.skipped,
                "modules": {k: m.state_dict() for k, m in task.modules.items()},
                "optimizers": {k: o.state_dict() for k, o in task.optimizers.items()},
                "schedulers": {k: {"last_epoch": s.last_epoch} for k, s in self.schedulers.items()},
                "generator": task.generator.get_state(),
                "torch_rng": torch.get_rng_state(),
            },
        )

    def resume(self) -> None:
        """Go on exactly where the folder's checkpoint stopped.

        Raises:
            TrainingError: without a checkpoint, or with one of other settings.
        """
        state = read_checkpoint(self.checkpoint, self.describe)
        task = self.task
        for name, module in task.modules.items():
            module.load_state_dict(state["modules"][name])
        for name, optimizer in task.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        for name, scheduler in self.schedulers.items():
            scheduler.last_epoch = state["schedulers"][name]["last_epoch"]
        self.step, self.seconds = state["step"], state["seconds"]
        self.skipped = state["skipped"]
        task.generator.set_state(state["generator"].cpu())
        torch.set_rng_state(state["torch_rng"].cpu())
