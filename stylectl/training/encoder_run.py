"""A whole run of `stylectl train encoder`: teachers and images in, an encoder's weights out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model.encoder import VGG
from stylectl.training.encoder import EncoderDistillation
from stylectl.training.events import OnEvent
from stylectl.training.header import names, plain, provenance, sizes, sources
from stylectl.training.images import image_files
from stylectl.training.limits import fields_from
from stylectl.training.loop import TrainingLoop
from stylectl.training.run import train
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import DEFAULT_PRESET, DistillationSettings
from stylectl.training.start import changed_config, preset_config
from stylectl.weights.files import halves, write_tensors
from stylectl.weights.vgg import load_vgg


@dataclass(frozen=True)
class EncoderRun:
    """`stylectl train encoder`: the images and the perceptual networks that teach."""

    images: Sequence[Path]
    teachers: Sequence[Path]
    preset: str = DEFAULT_PRESET
    settings: DistillationSettings = field(default_factory=DistillationSettings)
    model: Mapping[str, Any] = field(default_factory=dict)  # changes of the preset's settings

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> EncoderRun:
        """The run of settings by the names of their options.

        Raises:
            UsageError: on values that cannot work.
        """
        settings = fields_from(DistillationSettings, values)
        return fields_from(cls, {**values, "teachers": values["teacher"], "settings": settings})

    @property
    def weights_name(self) -> str:
        """The file name of the weights that the run makes."""
        return f"{self.preset}-encoder.safetensors"

    def decided(self) -> dict[str, Any]:
        """The settings that a resumed run must have too, as they come back from JSON."""
        return {"settings": plain(asdict(self.settings))}

    def expected(self) -> dict[str, Any]:
        """What the header of the run's weights will say of how they are made.

        Raises:
            UsageError: on a model that cannot be.
        """
        model = changed_config(preset_config(self.preset), self.model).to_dict()
        return {"encoder": model, **self.decided(), **self.made_from}

    @property
    def made_from(self) -> dict[str, Any]:
        """The images and networks, as the header names them."""
        return sources(self.images, (), self.teachers)

    def check_sources(self) -> None:
        """Find out without training whether the images and networks can be had.

        Raises:
            UsageError, TrainingError, WeightsError: as `train_encoder` does.
        """
        changed_config(preset_config(self.preset), self.model)
        image_files(self.images)
        for file in self.teachers:
            load_vgg(file)


def train_encoder(run: EncoderRun, folder: RunFolder, on_event: OnEvent) -> Path:
    """Distil the teachers into the preset's encoder; returns the encoder's weights file.

    Raises:
        TrainingError, UsageError, WeightsError, OutputError, DeviceError, KeyboardInterrupt: as
            `train_stylization`.
    """
    folder.check()
    files = image_files(run.images)
    torch.manual_seed(run.settings.seed)
    config = changed_config(preset_config(run.preset), run.model)
    student = VGG.from_config(config)
    teacher = PerceptualNetwork([load_vgg(file) for file in run.teachers])
    described = {"encoder": config.to_dict(), **run.decided()}
    rows = folder.processes.rows(run.settings.batch_size)
    folder.prepare(described)
    (pool,) = folder.read_images([files], on_event)
    task = EncoderDistillation(student, teacher, pool, run.settings, folder.device, rows)
    weights_file = folder.path / run.weights_name

    def export(loop: TrainingLoop) -> None:
        header = described | run.made_from | provenance(folder.note, loop)
        write_tensors(weights_file, halves(student.state_dict()), header)

    data = {"images": sizes(pool), "teachers": names(run.teachers)}
    compared = described | {"data": data}
    train(task, folder, compared, run.settings.batch_size, on_event, export)
    return weights_file
