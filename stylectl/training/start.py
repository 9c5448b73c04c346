"""What a training run starts from: a preset, an encoder, or a whole network."""

from __future__ import annotations

from pathlib import Path

from stylectl.errors import TrainingError, UsageError, WeightsError
from stylectl.media import shown
from stylectl.model import PRESETS, ModelConfig, StyleTransferNetwork
from stylectl.weights.files import read_tensors
from stylectl.weights.imagenet import imagenet_vgg16_encoder
from stylectl.weights.registry import load_network


def preset_config(preset: str) -> ModelConfig:
    """The model of a preset.

    Raises:
        UsageError: there is none of this name.
    """
    if preset not in PRESETS:
        raise UsageError(f"there is no preset {preset!r}", f"presets: {', '.join(PRESETS)}")
    return PRESETS[preset]


def starting_network(
    preset: str, encoder: Path | None, init: Path | None, encoder_trains: bool
) -> StyleTransferNetwork:
    """The network before its first step.

    Args:
        preset: the model; with `init` that file's own model counts.
        encoder: weights of the encoder; preset "paper" has torchvision's ImageNet VGG-16 without.
        init: weights of a whole network.
        encoder_trains: whether a random encoder is of any use.

    Raises:
        UsageError: unknown preset, or both `encoder` and `init`.
        WeightsError: on unusable files.
        TrainingError: the encoder would be random, and stay so.
    """
    config = preset_config(preset)
    if init and encoder:
        raise UsageError(
            "--encoder and --init exclude each other", "--init has an encoder of its own"
        )
    if init:
        return load_network(init)[0].train()
    network = StyleTransferNetwork(config)
    if encoder or config == PRESETS["paper"]:
        network.encoder.load_state_dict(_encoder_weights(config, encoder, preset))
    elif not encoder_trains:
        raise TrainingError(
            "a frozen encoder needs weights",
            "give --encoder FILE, or --encoder-rate above 0 to train it along",
        )
    return network


def stages_before(file: Path | None) -> list[dict]:
    """What made the weights that a run starts from, the earliest stage first; [] for none."""
    if file is None:
        return []
    _, header = read_tensors(file)
    stage = {"file": file.name} | {k: v for k, v in header.items() if k not in ("history", "model")}
    return [*header.get("history", []), stage]


def _encoder_weights(config: ModelConfig, file: Path | None, preset: str) -> dict:
    try:
        return imagenet_vgg16_encoder(config, file).state_dict()
    except WeightsError as error:
        if file is None or config == PRESETS["paper"] or not file.is_file():
            raise
        raise WeightsError(
            f"{shown(file)} is no encoder of preset {preset}: {error.message}",
            "train one with `stylectl train encoder`",
        ) from None
