"""What the training loop trains, and all of its state that a checkpoint must hold."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn


class Task(Protocol):
    """Modules, their optimisers, one source of randomness, and the losses."""

    modules: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]
    generator: torch.Generator

    def compile(self) -> None:
        """Run what takes the time through torch.compile from now on."""
        ...

    def losses(self) -> dict[str, Tensor]:
        """The terms of one batch; "total", and "discriminator" if any, are minimised."""
        ...


def task_state(task: Task) -> dict[str, Any]:
    """Everything that the next steps depend on, as torch.save takes it."""
    return {
        "modules": {name: module.state_dict() for name, module in task.modules.items()},
        "optimizers": {name: o.state_dict() for name, o in task.optimizers.items()},
        "generator": task.generator.get_state(),
        "torch_rng": torch.get_rng_state(),
    }


def restore_task(task: Task, state: dict[str, Any]) -> None:
    """The inverse of `task_state`.

    Raises:
        KeyError, TypeError, ValueError, RuntimeError: `state` is not of such a task.
    """
    for name, module in task.modules.items():
        module.load_state_dict(state["modules"][name])
    for name, optimizer in task.optimizers.items():
        optimizer.load_state_dict(state["optimizers"][name])
    task.generator.set_state(state["generator"])
    torch.set_rng_state(state["torch_rng"])
