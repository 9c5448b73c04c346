"""What a training run starts from: a preset, an encoder, or a whole network."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from torch import Tensor

from stylectl.errors import TrainingError, UsageError, WeightsError
from stylectl.media import shown
from stylectl.model import PRESETS, ModelConfig, StyleTransferNetwork
from stylectl.training.settings import Part
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


def changed_config(config: ModelConfig, changes: Mapping[str, Any]) -> ModelConfig:
    """The configuration with some settings changed, as {"style_stride": 4}.

    Raises:
        UsageError: on an unknown setting, or one that cannot be.
    """
    known = [field.name for field in fields(ModelConfig)]
    for name in changes:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            raise UsageError(
                f"the model has no setting {name!r}" + (f"; did you mean {near[0]}?" * bool(near)),
                f"settings: {', '.join(known)}",
            )
    try:
        return ModelConfig.from_dict({**config.to_dict(), **changes})
    except (ValueError, TypeError) as error:
        described = ", ".join(f"{name} = {value!r}" for name, value in changes.items())
        raise UsageError(f"the model cannot have {described}: {error}") from None


def starting_network(
    preset: str,
    encoder: Path | None,
    init: Path | None,
    encoder_trains: bool,
    changes: Mapping[str, Any] | None = None,
    parts: Sequence[Part] = (),
) -> StyleTransferNetwork:
    """The network before its first step.

    Args:
        preset: the model; with `init` that file's own model counts.
        encoder: weights of the encoder; preset "paper" has torchvision's ImageNet VGG-16 without.
        init: weights of a whole network.
        encoder_trains: whether a random encoder is of any use.
        changes: settings of the model in place of the preset's, or of those in `init`.
        parts: what alone is taken from `init`, the rest being fresh; () takes everything.

    Raises:
        UsageError: unknown preset or setting, both `encoder` and `init`, `parts` without `init`,
            or changes under which the weights taken from `init` would have other shapes.
        WeightsError: on unusable files.
        TrainingError: the encoder would be random, and stay so.
    """
    base, changes = preset_config(preset), changes or {}
    if init and encoder:
        raise UsageError(
            "--encoder and --init exclude each other", "--init has an encoder of its own"
        )
    if parts and not init:
        raise UsageError("--init-part has nothing to take parts of", "give --init FILE too")
    if init:
        return _changed(load_network(init)[0], changes, init, parts).train()
    config = changed_config(base, changes)
    network = StyleTransferNetwork(config)
    if encoder or base == PRESETS["paper"]:
        network.encoder.load_state_dict(_encoder_weights(config, encoder, preset))
    elif not encoder_trains:
        raise TrainingError(
            "a frozen encoder needs weights",
            "give --encoder FILE, or --encoder-rate above 0 to train it along",
        )
    return network


# Settings that add layers, which change nothing before they have learned.
_STARTING_AT_ZERO = {
    "detail": r"decoder\.details\.",
    "experts": r"decoder\.choice\.|decoder\..*\.expert(s|_biases)$",
}


def _changed(
    network: StyleTransferNetwork, changes: Mapping[str, Any], init: Path, parts: Sequence[Part]
) -> StyleTransferNetwork:
    if not changes and not parts:
        return network
    changed = StyleTransferNetwork(changed_config(network.config, changes))
    tensors, fresh = _of_parts(network, parts), _of_parts(changed, parts)
    for setting, layers in _STARTING_AT_ZERO.items():
        if changes.get(setting) and not getattr(network.config, setting):
            tensors |= {k: v for k, v in fresh.items() if re.match(layers, k)}
    if {k: v.shape for k, v in tensors.items()} != {k: v.shape for k, v in fresh.items()}:
        raise UsageError(
            f"the weights in {shown(init)} do not fit a model with "
            + ", ".join(f"{name} = {value!r}" for name, value in changes.items()),
            "change what keeps every shape, such as temperature, or add detail or experts",
        )
    changed.load_state_dict(changed.state_dict() | tensors)
    return changed


def _of_parts(network: StyleTransferNetwork, parts: Sequence[Part]) -> dict[str, Tensor]:
    tensors = network.state_dict()
    return {k: v for k, v in tensors.items() if not parts or k.partition(".")[0] in parts}


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
