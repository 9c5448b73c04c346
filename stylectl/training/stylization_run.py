"""A whole run of `stylectl train`: data, network and task together, weights and previews out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.training.events import Notice, OnEvent, StepEvent
from stylectl.training.header import names, plain, provenance, sizes, sources
from stylectl.training.held_out import HeldOutImages
from stylectl.training.images import image_files
from stylectl.training.limits import fields_from
from stylectl.training.loop import TrainingLoop
from stylectl.training.preview import Preview, middle_squares
from stylectl.training.run import train
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import (
    DEFAULT_PRESET,
    PREVIEW_EVERY,
    LossWeights,
    Part,
    StylizationSettings,
)
from stylectl.training.start import (
    changed_config,
    preset_config,
    stages_before,
    starting_network,
)
from stylectl.training.stylization import StylizationTask
from stylectl.weights.files import halves, read_tensors, write_tensors
from stylectl.weights.network import model_config
from stylectl.weights.vgg import load_vgg

_NOTEWORTHY_DEAD = 0.2  # share of the units; a few never live


@dataclass(frozen=True)
class StylizationRun:
    """`stylectl train`: where the images, the networks and the starting weights come from."""

    content: Sequence[Path]
    style: Sequence[Path]
    perceptual: Sequence[Path]
    encoder: Path | None = None
    init: Sequence[Path] = ()
    init_part: Sequence[Part] = ()  # what alone is taken from it; () is everything
    preset: str = DEFAULT_PRESET
    settings: StylizationSettings = field(default_factory=StylizationSettings)
    weights: LossWeights = field(default_factory=LossWeights)
    preview_every: int = PREVIEW_EVERY
    preview_content: Sequence[Path] = ()
    preview_style: Sequence[Path] = ()
    model: Mapping[str, Any] = field(default_factory=dict)  # changes of the model's settings

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> StylizationRun:
        """The run of settings by the names of their options.

        Raises:
            UsageError: on values that cannot work.
        """
        decided = {
            "settings": fields_from(StylizationSettings, values),
            "weights": fields_from(LossWeights, values, "_weight"),
        }
        return fields_from(cls, {**values, **decided})

    @property
    def weights_name(self) -> str:
        """The file name of the weights that the run makes."""
        return f"{self.preset}.safetensors"

    def decided(self) -> dict[str, Any]:
        """The settings that a resumed run must have too, as they come back from JSON."""
        decided = {"settings": plain(asdict(self.settings)), "weights": asdict(self.weights)}
        return decided | (
            {"init_part": [part.value for part in self.init_part]} if self.init_part else {}
        )

    def expected(self) -> dict[str, Any]:
        """What the header of the run's weights will say of how they are made.

        Raises:
            UsageError, WeightsError: on a model that cannot be.
        """
        base = preset_config(self.preset)
        if self.init:
            base = model_config(self.init[0], read_tensors(self.init[0])[1])
        model = changed_config(base, self.model).to_dict()
        return {"model": model, **self.decided(), **self.made_from}

    @property
    def made_from(self) -> dict[str, Any]:
        """The images and networks, as the header names them."""
        return sources(self.content, self.style, self.perceptual)

    def check_sources(self) -> None:
        """Find out without training whether the model, images and networks can be had.

        Raises:
            UsageError, TrainingError, WeightsError: as `train_stylization` does.
        """
        changed_config(preset_config(self.preset), self.model)
        image_files([*self.content, *self.style])
        for file in self.perceptual:
            load_vgg(file)


def train_stylization(run: StylizationRun, folder: RunFolder, on_event: OnEvent) -> Path:
    """Train the stylisation network; returns the weights file.

    Raises:
        TrainingError: on data or checkpoints that cannot be used, or a loss that stays non-finite.
        UsageError: on settings that exclude each other.
        WeightsError: on unusable networks.
        InputError: on unreadable images for the preview.
        OutputError: on a folder that cannot be written.
        DeviceError: when memory runs out.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint was saved.
    """
    folder.check()
    files = [image_files(run.content), image_files(run.style)]
    torch.manual_seed(run.settings.seed)
    trains = run.settings.encoder_rate > 0
    network = starting_network(run.preset, run.encoder, run.init, trains, run.model, run.init_part)
    perceptual = PerceptualNetwork([load_vgg(file) for file in run.perceptual])
    history = stages_before([*run.init, *([run.encoder] if run.encoder else [])])
    previewed = middle_squares(run.preview_content), middle_squares(run.preview_style)
    described = {"model": network.config.to_dict(), **run.decided()}
    rows = folder.processes.rows(run.settings.batch_size)
    folder.prepare(described)
    contents, styles = folder.read_images(files, on_event)
    held_out = None
    if share := run.settings.hold_out:
        held_out = HeldOutImages.taken_from(contents, styles, share)
        if folder.processes.first:
            on_event(Notice(f"{len(held_out)} of them are held out"))
    task = StylizationTask(
        network, perceptual, contents, styles, run.settings, run.weights, folder.device, rows
    )
    if task.revived and folder.processes.first and not folder.resume:
        on_event(Notice(f"{task.revived} units that no image reached are begun anew"))
    preview = Preview.fixed_pairs(contents, styles, *previewed)
    weights_file = folder.path / run.weights_name

    def export(loop: TrainingLoop) -> None:
        header = described | run.made_from | provenance(folder.note, loop)
        write_tensors(weights_file, halves(task.result.state_dict()), header | {"history": history})

    def after_step(event: StepEvent) -> None:
        if event.step % run.preview_every == 0:
            preview.write(task.result, folder.path / f"preview_{event.step:06d}.png")

    data = {
        "content_images": sizes(contents),
        "style_images": sizes(styles),
        "perceptual": names(run.perceptual),
    }
    compared = described | {"data": data}
    size, watched = run.settings.batch_size, partial(held_out.losses, task) if held_out else None
    train(task, folder, compared, size, on_event, export, after_step, watched)
    if folder.processes.first:
        preview.write(task.result, folder.path / "preview_last.png")
        dead, units = task.dead_units()
        if dead > units * _NOTEWORTHY_DEAD:
            on_event(Notice(f"no image reaches {dead} of {units} units: go on with --revive"))
    return weights_file
