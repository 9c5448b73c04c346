"""The part of a run that all kinds of training share: from a prepared folder to the last step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from stylectl.errors import DeviceError, StylectlError
from stylectl.training.events import HeldOut, OnEvent, Saved, StepEvent
from stylectl.training.loop import TrainingLoop
from stylectl.training.precision import tune
from stylectl.training.records import Records
from stylectl.training.run_folder import RunFolder
from stylectl.training.task import Task


def train(
    task: Task,
    folder: RunFolder,
    described: dict[str, Any],
    batch_size: int,
    on_event: OnEvent,
    export: Callable[[TrainingLoop], None],
    after_step: Callable[[StepEvent], None] = lambda _: None,
    held_out: Callable[[], dict[str, float]] | None = None,
) -> None:
    """Run the loop on a prepared folder: resume, log, checkpoints, weights.

    Of several processes the first alone reports, logs and exports.

    Args:
        export: called whenever a checkpoint was saved.
        after_step: called after every step.
        held_out: the losses of images that are not trained on, for every checkpoint.

    Raises:
        TrainingError: as `TrainingLoop.run` and `TrainingLoop.resume` do.
        OutputError: a file cannot be written.
        DeviceError: the batches do not fit into memory, or torch.compile does not work here.
        KeyboardInterrupt: after Ctrl-C.
    """
    tune(torch.device(folder.device))
    loop = TrainingLoop(
        task,
        folder.budget,
        folder.path,
        describe=described,
        checkpoint_minutes=folder.checkpoint_minutes,
        images_per_step=batch_size,
        processes=folder.processes,
    )
    if folder.resume:
        loop.resume()
    if folder.compile:
        task.compile()
    with _errors_named(folder):
        if not folder.processes.first:
            loop.run(lambda _: None, lambda: None)
            return
        with Records(folder.path, loop.step, folder.tensorboard, on_event) as records:

            def on_step(event: StepEvent) -> None:
                records.write(event)
                after_step(event)
                on_event(event)

            def on_save() -> None:
                export(loop)
                if held_out and (losses := held_out()):
                    event = HeldOut(loop.step, losses)
                    records.write_held_out(event)
                    on_event(event)
                records.draw()
                on_event(Saved(folder.path, loop.step))

            loop.run(on_step, on_save)


@contextlib.contextmanager
def _errors_named(folder: RunFolder) -> Iterator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise DeviceError(
            f"the memory of {folder.device} is too small for these batches",
            "lower --batch-size or --crop",
        ) from error
    except (StylectlError, OSError):
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        reason = str(error).strip().splitlines()[0]
        raise DeviceError(
            f"torch.compile does not work here: {reason}", "leave out --compile"
        ) from error
