"""How fast stylisation training is here: images per second, and where each step's time goes.

    python benchmarks/training_speed.py [--batch-size 4] [--crop 160] [--device auto]
        [--precision fp32] [--compile] [--recipe lean-gpu] [--perceptual FILE]... [--steps 20]
        [--threads 2] [--json]

The terms of the loss are those of a recipe's last stage, its other settings are not read. Images
are noise in memory and the networks random; without --perceptual the loss runs a VGG-19 of a
quarter of its channels. Medians over the steps after a warm-up. With every part timed apart a GPU
waits after each one, so images per second are taken from other steps, without that.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn

from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model import PRESETS, StyleTransferNetwork
from stylectl.model.encoder import VGG, vgg16_layers
from stylectl.stylize.devices import choose_device
from stylectl.training.data import ImagePool
from stylectl.training.limits import fields_from
from stylectl.training.precision import tune
from stylectl.training.recipe import read_recipe
from stylectl.training.settings import LossWeights, StylizationSettings
from stylectl.training.stylization import StylizationTask
from stylectl.weights.vgg import load_vgg

WARM_UP = 3
QUARTER_VGG = (16, 32, 64, 128, 128)


class Clock:
    """Seconds of each part of the steps so far."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.steps = device, list[dict[str, float]]()

    def now(self) -> float:
        """The time, when all that the device was given is done."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time of the block for a part of the present step."""
        start = self.now()
        yield
        self.steps[-1][name] = self.steps[-1].get(name, 0.0) + self.now() - start

    def timed(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, whose calls are counted as a part."""

        def call(*arguments: object) -> object:
            with self.part(name):
                return function(*arguments)

        return call

    def watch(self, module: nn.Module, name: str) -> None:
        """Count a module's forward passes as a part."""
        starts: list[float] = []
        module.register_forward_pre_hook(lambda *_: starts.append(self.now()))

        def after(*_: object) -> None:
            step = self.steps[-1]
            step[name] = step.get(name, 0.0) + self.now() - starts.pop()

        module.register_forward_hook(after)


class NoisePool(ImagePool):
    """Noise for images, on the device as real ones would be."""

    def __init__(self, device: torch.device, side: int) -> None:
        noise = [torch.randint(0, 256, (3, side, side), dtype=torch.uint8) for _ in range(32)]
        self.groups = [[image.to(device) for image in noise]]
        self.device = device


def make_task(given: argparse.Namespace, device: torch.device) -> StylizationTask:
    """The task of the bundled model, on noise."""
    torch.manual_seed(0)
    stacks = [load_vgg(file) for file in given.perceptual]
    perceptual = PerceptualNetwork(stacks or [VGG(vgg16_layers(QUARTER_VGG, "conv5_1"))])
    settings = fields_from(StylizationSettings, {**vars(given), "encoder_rate": 0.5})
    network = StyleTransferNetwork(PRESETS[given.preset])
    pool = NoisePool(device, 2 * given.crop)
    weights = fields_from(LossWeights, read_recipe(given.recipe)[-1].values, "_weight")
    return StylizationTask(network, perceptual, pool, pool, settings, weights, device)


def step(task: StylizationTask, clock: Clock | None) -> None:
    """One step of training, its parts timed by `clock` if given."""
    optimizer = task.optimizers["network"]
    optimizer.zero_grad(set_to_none=True)
    if clock is None:
        task.losses()["total"].backward()
        optimizer.step()
        return
    clock.steps.append({})
    with clock.part("all losses"):
        total = task.losses()["total"]
    with clock.part("backward"):
        total.backward()
    with clock.part("optimiser"):
        optimizer.step()


def repeat(job: Callable[[], object], steps: int, clock: Clock) -> float:
    """Median seconds of a job."""
    times = []
    for _ in range(steps):
        start = clock.now()
        job()
        times.append(clock.now() - start)
    return median(times)


def watch(task: StylizationTask, clock: Clock) -> None:
    """Have the clock count every part of the task apart."""
    network = task.network
    for module in (network.alignment, network.kernels, network.decoder):
        if module is not None:
            clock.watch(module, "rest of the network")
    clock.watch(task.perceptual.network, "perceptual network")
    network.look = clock.timed(network.look, "encoder")  # type: ignore[method-assign]
    task.contents.batch = clock.timed(task.contents.batch, "crops")  # type: ignore[method-assign]


def measure(given: argparse.Namespace) -> dict[str, float | str]:
    """Images per second, and the milliseconds of each part of a step."""
    device = choose_device(given.device)
    tune(device)
    torch.set_num_threads(given.threads or torch.get_num_threads())
    task = make_task(given, device)
    if given.compile:
        task.compile()
    clock = Clock(device)
    for _ in range(WARM_UP):
        step(task, None)
    whole = repeat(lambda: step(task, None), given.steps, clock)
    watch(task, clock)
    for _ in range(given.steps + 1):
        step(task, clock)
    parts = {
        name: 1000 * median(each.get(name, 0.0) for each in clock.steps[1:])
        for name in clock.steps[-1]
    }
    inner = ("crops", "encoder", "rest of the network", "perceptual network")
    parts["loss terms and the rest"] = parts.pop("all losses") - sum(parts[n] for n in inner)
    memory = torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0.0
    return {"device": str(device), "images/s": given.batch_size / whole, "GiB": memory, **parts}


def main() -> None:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--crop", type=int, default=160)
    parser.add_argument("--preset", default="lean")
    parser.add_argument("--recipe", default="lean-gpu")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "bf16"))
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--perceptual", type=Path, action="append", default=[])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = measure(given)
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    sys.stdout.write(
        f"{figures.pop('device')}, batch {given.batch_size}, crops of {given.crop}, "
        f"{given.precision}{', compiled' if given.compile else ''}\n"
        f"{figures.pop('images/s'):10.1f}  images per second\n"
    )
    if memory := figures.pop("GiB"):
        sys.stdout.write(f"{memory:10.1f}  GiB of GPU memory at most\n")
    for name, milliseconds in figures.items():
        sys.stdout.write(f"{milliseconds:10.1f}  ms {name}\n")


if __name__ == "__main__":
    main()
