"""The training loop: steps, schedule, checkpoints, exact resume, a guard against NaN."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stylectl.errors import TrainingError
from stylectl.interrupt import deferred_interrupt
from stylectl.media import shown
from stylectl.training.checkpoint import CHECKPOINT, damaged, read_checkpoint, write_checkpoint
from stylectl.training.distributed import ALONE, Processes
from stylectl.training.events import StepEvent
from stylectl.training.settings import CHECKPOINT_MINUTES, Budget
from stylectl.training.task import Task, restore_task, task_state

WARMUP = 0.01  # share of the run over which the learning rate rises
MAX_NON_FINITE = 5  # steps in a row with a non-finite loss before training stops
MAX_GRADIENT_NORM = 10.0
MINIMISED = ("total", "discriminator")


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
        processes: those that train together; the first one's clock counts, and it alone saves.
    """

    def __init__(
        self,
        task: Task,
        budget: Budget,
        folder: Path,
        *,
        describe: dict[str, Any],
        checkpoint_minutes: float = CHECKPOINT_MINUTES,
        images_per_step: int = 1,
        processes: Processes = ALONE,
    ) -> None:
        self.task, self.budget, self.folder, self.describe = task, budget, folder, describe
        self.checkpoint_minutes, self.images_per_step = checkpoint_minutes, images_per_step
        self.processes, self._losses = processes, task.losses
        self.step, self.seconds, self.skipped = 0, 0.0, 0
        self._non_finite = 0  # steps in a row
        for group in self._groups():
            group["initial_lr"] = group["lr"]

    @property
    def progress(self) -> float:
        """The share of the budget that is used, 0 to 1."""
        return self.budget.progress(self.step, self.seconds)

    @property
    def checkpoint(self) -> Path:
        """The one resumable file of this run."""
        return self.folder / CHECKPOINT

    def run(self, on_step: Callable[[StepEvent], None], on_save: Callable[[], None]) -> None:
        """Train to the end of the budget, or until Ctrl-C; a checkpoint is saved at either.

        Ctrl-C in any process stops them all after the same step.

        Args:
            on_step: called after every step.
            on_save: called after every checkpoint, on Ctrl-C before it goes on.

        Raises:
            KeyboardInterrupt: Ctrl-C; pressed twice, it does not wait for the step nor save.
            TrainingError: when the loss is not finite for several steps in a row.
        """
        last_save = self.seconds
        self._losses = self.processes.parallel(self.task)
        with deferred_interrupt() as interrupt:
            while self.progress < 1 and not self.processes.any(interrupt.requested):
                on_step(self._advance())
                due = self.seconds - last_save > 60 * self.checkpoint_minutes
                if due and not self._non_finite and self.progress < 1:
                    self.save()
                    on_save()
                    last_save = self.seconds
            self.save()
            on_save()
            self.processes.wait()
        if self.progress < 1:
            raise KeyboardInterrupt

    def _advance(self) -> StepEvent:
        """One step and its bookkeeping."""
        factor = learning_rate_factor(self.progress)
        for group in self._groups():
            group["lr"] = group["initial_lr"] * factor
        started = time.perf_counter()
        losses, causes = self._one_step()
        elapsed = max(time.perf_counter() - started, 1e-9)
        self.step, self.seconds = self.step + 1, self.processes.from_first(self.seconds + elapsed)
        self.skipped += bool(causes)
        self._non_finite = self._non_finite + 1 if causes else 0
        if self._non_finite >= MAX_NON_FINITE:
            raise self._diverged(causes)
        return StepEvent(
            self.step,
            losses,
            next(iter(self._groups()))["lr"],
            self.images_per_step / elapsed,
            self.progress,
            self.seconds,
            self.skipped,
        )

    def _one_step(self) -> tuple[dict[str, float], list[str]]:
        """The losses of an optimiser step; or {} and what was not finite, and nothing changed.

        The losses are those of the whole batch, and so all processes agree on what is not finite.
        """
        terms = self._losses()
        values = torch.stack([value.detach().float() for value in terms.values()])
        losses = dict(zip(terms, self.processes.mean(values).tolist(), strict=True))
        if causes := [name for name, value in losses.items() if not math.isfinite(value)]:
            return {}, causes
        optimizers = self.task.optimizers.values()
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        torch.stack([terms[name] for name in MINIMISED if name in terms]).sum().backward()
        norms = [
            nn.utils.clip_grad_norm_(
                [p for group in optimizer.param_groups for p in group["params"]], MAX_GRADIENT_NORM
            )
            for optimizer in optimizers
        ]
        # A finite loss can have a gradient that is not, and one step of it ruins the network.
        if not all(math.isfinite(norm) for norm in norms):
            return {}, ["gradients"]
        for optimizer in optimizers:
            optimizer.step()
        return losses, []

    def _groups(self) -> list[dict[str, Any]]:
        return [g for o in self.task.optimizers.values() for g in o.param_groups]

    def _diverged(self, causes: list[str]) -> TrainingError:
        kept = self.checkpoint.exists()
        state = f"the last good state is {shown(self.checkpoint)}" if kept else "nothing was saved"
        named = ", ".join(name for name in causes if name not in MINIMISED) or causes[0]
        return TrainingError(
            f"the loss was not finite ({named}) for {self._non_finite} steps in a row, "
            f"at step {self.step}",
            f"lower --learning-rate, or use --precision fp32; {state}",
        )

    def save(self) -> None:
        """Write the checkpoint, atomically; the first process alone."""
        if not self.processes.first:
            return
        progress = {"step": self.step, "seconds": self.seconds, "skipped": self.skipped}
        state = {"describe": self.describe} | progress | task_state(self.task)
        write_checkpoint(self.checkpoint, state)

    def resume(self) -> None:
        """Go on exactly where the folder's checkpoint stopped.

        Raises:
            TrainingError: without a checkpoint, or with a damaged one, or one of other settings.
        """
        state = read_checkpoint(self.checkpoint, self.describe)
        try:
            restore_task(self.task, state)
            self.step, self.seconds = int(state["step"]), float(state["seconds"])
            self.skipped = int(state["skipped"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise damaged(self.checkpoint, error) from error
