"""Several processes that train one network, as torchrun starts them: PyTorch's own DDP.

Every process draws the same batch and computes its own rows of it; the gradients are averaged. So
the step is that of one process with the whole batch, but for rounding.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from stylectl.errors import DeviceError, TrainingError, UsageError
from stylectl.training.task import Task

_ANOTHER_FAILED = ("peer", "gloo", "nccl", "socket")  # in the messages of torch


@dataclass(frozen=True)
class Processes:
    """This process among the `count` of one run; alone by default.

    But for `rows` and `parallel`, every method is called by all processes at the same time.
    """

    rank: int = 0
    count: int = 1
    on_this_host: int = 1  # of `count`

    @property
    def first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def rows(self, batch_size: int) -> range:
        """This process's share of a batch.

        Raises:
            UsageError: the batch cannot be divided evenly.
        """
        if batch_size % self.count:
            raise UsageError(
                f"a batch of {batch_size} cannot be divided among {self.count} processes",
                f"--batch-size is that of all together: give a multiple of {self.count}",
            )
        share = batch_size // self.count
        return range(self.rank * share, (self.rank + 1) * share)

    def parallel(self, task: Task) -> Callable[[], dict[str, Tensor]]:
        """The task's losses, whose gradients will be the mean over all processes."""
        if self.count == 1:
            return task.losses
        # Some terms leave parts of the network out, but then of every batch.
        return DistributedDataParallel(_Losses(task), static_graph=True)

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes, on the CPU."""
        values = values.cpu()
        if self.count > 1:
            dist.all_reduce(values)
        return values / self.count

    def any(self, flag: bool) -> bool:
        """Whether it holds for any process."""
        return bool(self.mean(torch.tensor(float(flag))) > 0)

    def from_first(self, number: float) -> float:
        """The first process's number, for all: clocks differ, and the end must not."""
        value = torch.tensor(number, dtype=torch.float64)
        if self.count > 1:
            dist.broadcast(value, 0)
        return float(value)

    def wait(self) -> None:
        """Go on when all have come here: torchrun stops the others when one has ended."""
        self.any(False)


ALONE = Processes()


class _Losses(nn.Module):
    """What DDP wraps: all that is trained, computing the task's losses."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.trained = nn.ModuleDict(task.modules)
        self.task = task

    def forward(self) -> dict[str, Tensor]:
        return self.task.losses()


@contextlib.contextmanager
def joined(device: torch.device) -> Iterator[tuple[Processes, torch.device]]:
    """Joins the processes that torchrun has started, if it has; gives them and this one's device.

    Args:
        device: where to train; of several GPUs each process of a host takes its own.

    Raises:
        DeviceError: there are not as many GPUs as processes, or the device is for one alone.
        TrainingError: another process has failed.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(), device
        return
    own = _own_device(device)
    try:
        # Scalars always go by the CPU's; gradients go where they are.
        dist.init_process_group("cpu:gloo,cuda:nccl" if own.type == "cuda" else "gloo")
        here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        with warnings.catch_warnings():
            # The gradients of 1x1 kernels are copied by DDP, which warns: they are few.
            warnings.filterwarnings("ignore", "Grad strides do not match")
            yield Processes(dist.get_rank(), count, here), own
    except (RuntimeError, ValueError) as error:
        failed = isinstance(error, dist.DistError)
        if not failed and not any(word in str(error).lower() for word in _ANOTHER_FAILED):
            raise
        if dist.group.WORLD is not None:
            # What still waits for a process that is gone ends now, not while Python shuts down.
            dist.group.WORLD.abort()
        raise TrainingError(
            "another process of this run has failed or cannot be reached",
            "see what it said; the same command with --resume goes on from the last checkpoint",
        ) from error
    # Not after an error: what waits for a process that is gone would wait here again.
    dist.destroy_process_group()


def _own_device(device: torch.device) -> torch.device:
    if device.type == "mps":
        raise DeviceError("an Apple GPU trains with one process", "leave out torchrun")
    if device.type != "cuda":
        return device
    local, gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if local >= gpus:
        raise DeviceError(
            f"process {local + 1} of this host has no GPU of its own: there are {gpus}",
            f"use --nproc-per-node {gpus}",
        )
    torch.cuda.set_device(local)
    return torch.device("cuda", local)
