"""Small parts that the tests of training are made of: images, networks and runs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model import PRESETS, ModelConfig, StyleTransferNetwork
from stylectl.model.encoder import VGG, vgg16_layers
from stylectl.training.data import ImagePool
from stylectl.training.images import image_files
from stylectl.training.settings import LossWeights, StylizationSettings
from stylectl.training.stylization import StylizationTask
from stylectl.training.stylization_run import StylizationRun
from stylectl.weights.files import write_tensors

TINY = ModelConfig(
    channels=(8, 8, 16, 32),
    style_stride=2,
    gate_channels=8,
    kernel_channels=8,
    shortcut_size=1,
    experts=2,
)
SMALL: dict[str, Any] = {"crop": 32, "batch_size": 2}


def save_images(folder: Path, count: int, seed: int, size: tuple[int, int] = (60, 48)) -> Path:
    """A folder of coloured patches, (width, height) pixels each; names sort by number."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    for index in range(count):
        coarse = Image.fromarray(generator.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        coarse.resize(size, Image.Resampling.NEAREST).save(folder / f"{index:02d}.png")
    return folder


def tiny_vgg(seed: int, channels: Sequence[int] = (4, 6, 8, 10, 12), last: str = "conv5_1") -> VGG:
    """A VGG stack of random weights."""
    torch.manual_seed(seed)
    return VGG(vgg16_layers(channels, last))


def save_vgg(path: Path, vgg: VGG) -> Path:
    write_tensors(path, vgg.state_dict(), {})
    return path


def tiny_network(seed: int = 0) -> StyleTransferNetwork:
    torch.manual_seed(seed)
    return StyleTransferNetwork(TINY)


def pool(folder: Path, **options: Any) -> ImagePool:
    return ImagePool(image_files([folder]), **options)


@dataclass(frozen=True)
class World:
    """All that a run of training reads."""

    content: Path
    style: Path
    perceptual: Path
    encoder: Path

    @classmethod
    def make(cls, root: Path) -> World:
        save_images(root / "photos", 3, seed=1)
        save_images(root / "paintings", 3, seed=2)
        save_vgg(root / "vgg.safetensors", tiny_vgg(3))
        save_vgg(root / "encoder.safetensors", tiny_network(5).encoder)
        return cls.at(root)

    @classmethod
    def at(cls, root: Path) -> World:
        """The world that was made there."""
        names = ("photos", "paintings", "vgg.safetensors", "encoder.safetensors")
        return cls(*(root / name for name in names))

    def task(
        self,
        settings: dict[str, Any] | None = None,
        rows: range | None = None,
        /,
        **weights: float,
    ) -> StylizationTask:
        """A stylisation task; every term has a weight of 0 but those given."""
        zero = dict.fromkeys(LossWeights.__dataclass_fields__, 0.0)
        return StylizationTask(
            tiny_network(),
            PerceptualNetwork([tiny_vgg(3)]),
            pool(self.content),
            pool(self.style),
            StylizationSettings(**(SMALL | (settings or {}))),
            LossWeights(**(zero | weights)),
            rows=rows,
        )


def tiny_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset "tiny", and previews of its size."""
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    for name, value in (("SIDE", 32), ("CONTENTS", 2), ("STYLES", 2)):
        monkeypatch.setattr(f"stylectl.training.preview.{name}", value)


def small_run(world: World) -> StylizationRun:
    """A run of many kinds of terms; so slow that rounding is not amplified to other pictures."""
    PRESETS.setdefault("tiny", TINY)
    return StylizationRun(
        [world.content],
        [world.style],
        [world.perceptual],
        world.encoder,
        preset="tiny",
        settings=StylizationSettings(
            **SMALL, shuffle=0.5, encoder_rate=0.5, ema=0.5, learning_rate=1e-6
        ),
        weights=LossWeights(adversarial=1.0, gram=1.0),
    )
