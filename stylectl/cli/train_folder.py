"""The run that the options of training describe, shared by its commands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stylectl.training.limits import fields_from
from stylectl.training.settings import Budget

if TYPE_CHECKING:
    from stylectl.training.run_folder import RunFolder


@contextlib.contextmanager
def run_folder(given: dict[str, Any]) -> Iterator[RunFolder]:
    """The run that the shared options describe, with the processes that torchrun has started.

    Also sets the number of threads.

    Raises:
        DeviceError: this machine has no such device.
        TrainingError: another process has failed.
    """
    import torch

    from stylectl.stylize.devices import choose_device
    from stylectl.training.distributed import joined
    from stylectl.training.run_folder import RunFolder

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    with joined(choose_device(given["device"])) as (processes, device):
        decided = {
            "path": given["out"],
            "budget": fields_from(Budget, given),
            "device": str(device),
            "processes": processes,
        }
        yield fields_from(RunFolder, given | decided)
