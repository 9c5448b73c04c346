"""One process of a run of several, for test_training_distributed.py: OUT STEPS WORLD EVENT...

An EVENT happens in process 1 alone: nan=STEP spoils the loss, ctrl-c=STEP, die=STEP; `slow` makes
its clock run ahead. With `resume` both go on; `pixels` and `features` leave
terms out, and with `pixels` an autoencoder is trained, so that most of the network is left out.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from training_parts import World, small_run

from stylectl.errors import StylectlError
from stylectl.training.distributed import joined
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget, LossWeights
from stylectl.training.stylization import StylizationTask
from stylectl.training.stylization_run import train_stylization


def arrange(events: dict[str, int]) -> None:
    """Make the events happen at their steps."""
    losses, calls = StylizationTask.losses, iter(range(1, 1000))

    def eventful(self: StylizationTask) -> dict[str, torch.Tensor]:
        step = next(calls)
        if events.get("die") == step:
            os._exit(9)
        if events.get("ctrl-c") == step:
            signal.raise_signal(signal.SIGINT)
        if "slow" in events:
            time.sleep(0.05)
        factor = torch.nan if events.get("nan") == step else 1.0
        return {name: value * factor for name, value in losses(self).items()}

    StylizationTask.losses = eventful  # type: ignore[method-assign]


def main() -> None:
    torch.set_num_threads(1)
    out, amount, root, *given = sys.argv[1:]
    events = {name: int(step or 0) for name, _, step in (g.partition("=") for g in given)}
    if os.environ["RANK"] == "1":
        arrange(events)
    budget = Budget(minutes=float(amount)) if "slow" in events else Budget(int(amount))
    with joined(torch.device("cpu")) as (processes, device):
        folder = RunFolder(
            Path(out), budget, "resume" in events, device=str(device), processes=processes
        )
        run = small_run(World.at(Path(root)))
        if "pixels" in events:
            run = replace(run, weights=LossWeights(content=0, style=0, remd=0, identity=0))
        if "features" in events:
            run = replace(run, weights=LossWeights(identity=0, reconstruction=0))
        train_stylization(run, folder, print)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except StylectlError as error:
        print(error.message, error.hint, sep="\n", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
