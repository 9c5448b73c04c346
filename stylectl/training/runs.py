"""A whole training run: data, network and task put together, the loop, and what it leaves behind.

A run's folder holds `checkpoint.pt` (to resume), `NAME.safetensors` (the weights so far),
`log.jsonl` (a line per logged step) and, for stylisation, `preview_*.png`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from stylectl.errors import InputError, TrainingError
from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model import PRESETS, ModelConfig, StyleTransferNetwork
from stylectl.model.encoder import VGG
from stylectl.training.data import ImagePool, image_files
from stylectl.training.encoder import EncoderDistillation
from stylectl.training.loop import StepEvent, Task, TrainingLoop
from stylectl.training.preview import Preview
from stylectl.training.settings import (
    Budget,
    DistillationSettings,
    LossWeights,
    StylizationSettings,
)
from stylectl.training.stylization import StylizationTask
from stylectl.weights.files import read_tensors, write_tensors
from stylectl.weights.registry import load_network
from stylectl.weights.vgg import load_vgg

LOG_EVERY = 10  # steps between lines of log.jsonl


@dataclass(frozen=True)
class Saved:
    """A checkpoint and the weights so far were written."""

    folder: Path
    step: int


@dataclass(frozen=True)
class DataReady:
    """The images are in memory; `unreadable` names the files left out and why."""

    images: int
    unreadable: list[tuple[Path, str]]


TrainingEvent = StepEvent | Saved | DataReady
OnEvent = Callable[[TrainingEvent], None]


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
    checkpoint_minutes: float = 3.0
    device: str = "cpu"
    note: str = ""

    def check(self) -> None:
        """Refuse to start over a checkpoint that is already there, or without any budget.

        Raises:
            TrainingError: in either case.
        """
        if not self.budget.steps and not self.budget.minutes:
            raise TrainingError("no end of training was given", "give --steps or --minutes")
        if (self.path / "checkpoint.pt").exists() and not self.resume:
            raise TrainingError(
                f"{self.path} holds a checkpoint already",
                "go on from it with --resume, or choose another --out folder",
            )


@dataclass(frozen=True)
class StylizationRun:
    """`stylectl train`: where the images, the networks and the starting weights come from."""

    content: Sequence[Path]
    style: Sequence[Path]
    perceptual: Sequence[Path]
    encoder: Path | None = None
    init: Path | None = None
    preset: str = "lean"
    settings: StylizationSettings = field(default_factory=StylizationSettings)
    weights: LossWeights = field(default_factory=LossWeights)
    preview_every: int = 500
    preview_content: Sequence[Path] = ()
    preview_style: Sequence[Path] = ()


def train_stylization(run: StylizationRun, folder: RunFolder, on_event: OnEvent) -> Path:
    """Train the stylisation network; returns the weights file.

    Raises:
        TrainingError: on data or checkpoints that cannot be used, or a loss that stays non-finite.
        WeightsError: on unusable networks.
    """
    folder.check()
    torch.manual_seed(run.settings.seed)
    network = _starting_network(run)
    perceptual = PerceptualNetwork([load_vgg(file) for file in run.perceptual])
    contents = ImagePool(image_files(run.content), device=folder.device)
    styles = ImagePool(image_files(run.style), device=folder.device)
    _report_data(on_event, contents, styles)
    task = StylizationTask(
        network, perceptual, contents, styles, run.settings, run.weights, folder.device
    )
    preview = Preview.fixed_pairs(contents, styles, run.preview_content, run.preview_style)
    described = {
        "model": network.config.to_dict(),
        "settings": _plain(asdict(run.settings)),
        "weights": asdict(run.weights),
    }
    weights_file = folder.path / f"{run.preset}.safetensors"

    def export(loop: TrainingLoop) -> None:
        header = described | _provenance(run.content, run.style, run.perceptual, folder, loop)
        write_tensors(weights_file, network.state_dict(), header)

    def after_step(event: StepEvent) -> None:
        if event.step % run.preview_every == 0:
            preview.write(network, folder.path / f"preview_{event.step:06d}.png")

    _train(task, folder, described, run.settings.batch_size, on_event, export, after_step)
    preview.write(network, folder.path / "preview_last.png")
    return weights_file


@dataclass(frozen=True)
class EncoderRun:
    """`stylectl train encoder`: the images and the perceptual networks that teach."""

    images: Sequence[Path]
    teachers: Sequence[Path]
    preset: str = "lean"
    settings: DistillationSettings = field(default_factory=DistillationSettings)


def train_encoder(run: EncoderRun, folder: RunFolder, on_event: OnEvent) -> Path:
    """Distil the teachers into the preset's encoder; returns the encoder's weights file.

    Raises:
        TrainingError, WeightsError: as `train_stylization`.
    """
    folder.check()
    torch.manual_seed(run.settings.seed)
    config = PRESETS[run.preset]
    student = VGG.from_config(config)
    teacher = PerceptualNetwork([load_vgg(file) for file in run.teachers])
    pool = ImagePool(image_files(run.images), device=folder.device)
    _report_data(on_event, pool)
    task = EncoderDistillation(student, teacher, pool, run.settings, folder.device)
    described = {"encoder": config.to_dict(), "settings": _plain(asdict(run.settings))}
    weights_file = folder.path / f"{run.preset}-encoder.safetensors"

    def export(loop: TrainingLoop) -> None:
        header = described | _provenance(run.images, (), run.teachers, folder, loop)
        write_tensors(weights_file, student.state_dict(), header)

    _train(task, folder, described, run.settings.batch_size, on_event, export, lambda _: None)
    return weights_file


def _train(
    task: Task,
    folder: RunFolder,
    described: dict[str, Any],
    batch_size: int,
    on_event: OnEvent,
    export: Callable[[TrainingLoop], None],
    after_step: Callable[[StepEvent], None],
) -> None:
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
    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder.path / "log.jsonl").open("a", encoding="utf-8") as log:

        def on_step(event: StepEvent) -> None:
            if event.step % LOG_EVERY == 0 or not event.losses:
                log.write(json.dumps(asdict(event)) + "\n")
                log.flush()
            after_step(event)
            on_event(event)

        def on_save() -> None:
            export(loop)
            on_event(Saved(folder.path, loop.step))

        loop.run(on_step, on_save)


def _starting_network(run: StylizationRun) -> StyleTransferNetwork:
    if run.init:
        return load_network(run.init)[0]
    config: ModelConfig = PRESETS[run.preset]
    network = StyleTransferNetwork(config)
    if run.encoder:
        tensors, _ = read_tensors(run.encoder)
        try:
            network.encoder.load_state_dict(tensors)
        except RuntimeError as error:
            raise InputError(
                f"{run.encoder} is no encoder of preset {run.preset}: {str(error).splitlines()[-1]}",
                "train one with `stylectl train encoder`",
            ) from None
    elif not run.settings.encoder_rate:
        raise TrainingError(
            "a frozen encoder needs weights",
            "give --encoder FILE, or --encoder-rate above 0 to train it along",
        )
    return network


def _report_data(on_event: OnEvent, *pools: ImagePool) -> None:
    unreadable = [(u.path, u.reason) for pool in pools for u in pool.unreadable]
    on_event(DataReady(sum(len(pool) for pool in pools), unreadable))


def _provenance(
    content: Sequence[Path],
    style: Sequence[Path],
    networks: Sequence[Path],
    folder: RunFolder,
    loop: TrainingLoop,
) -> dict[str, Any]:
    """What made the weights; names of folders only, no paths of this machine."""
    return {
        "steps": loop.step,
        "minutes": round(loop.seconds / 60, 1),
        "images": [path.name for path in content],
        "paintings": [path.name for path in style],
        "perceptual": [path.name for path in networks],
        "note": folder.note,
    }


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(settings))
