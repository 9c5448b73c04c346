"""What a training run starts from: a preset, an encoder, or a whole network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylectl.errors import TrainingError, UsageError, WeightsError
from stylectl.media import shown
from stylectl.model import PRESETS, ModelConfig, StyleTransferNetwork
from stylectl.toml import meant
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
            raise UsageError(
                f"the model has no setting {name!r}{meant(name, known)}",
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
    init: Sequence[Path],
    encoder_trains: bool,
    changes: Mapping[str, Any] | None = None,
    parts: Sequence[Part] = (),
) -> StyleTransferNetwork:
    """The network before its first step.

    Args:
        preset: the model; with `init` that file's own model counts.
        encoder: weights of the encoder; preset "paper" has torchvision's ImageNet VGG-16 without.
        init: weights of a whole network; of several, their mean, tensor by tensor.
        encoder_trains: whether a random encoder is of any use.
        changes: settings of the model in place of the preset's, or of those in `init`.
        parts: what alone is taken from `init`, the rest being fresh; () takes everything.

    Raises:
        UsageError: unknown preset or setting, both `encoder` and `init`, `parts` without `init`,
            changes under which the weights taken from `init` would have other shapes, or several
            of them of different models.
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
        return _changed(_mean(init), changes, init[0], parts).train()
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


def _mean(files: Sequence[Path]) -> StyleTransferNetwork:
    networks = [load_network(file)[0] for file in files]
    for file, network in zip(files, networks, strict=True):
        if network.config != networks[0].config:
            raise UsageError(
                f"{shown(files[0])} and {shown(file)} are of different models and have no mean",
                "start from one of them",
            )
    states = [network.state_dict() for network in networks]
    mean = {key: torch.stack([state[key] for state in states]).mean(0) for key in states[0]}
    networks[0].load_state_dict(mean)
    return networks[0]


# Settings that add layers, which change nothing before they have learned.
_STARTING_AT_ZERO = {
    "detail": r"decoder\.details\.",
    "experts": r"decoder\.choice\.|decoder\..*\.expert(s|_biases)$",
    "residual_blocks": r"decoder\.residual\.",
}


def _changed(
    network: StyleTransferNetwork, changes: Mapping[str, Any], init: Path, parts: Sequence[Part]
) -> StyleTransferNetwork:
    if not changes and not parts:
        return network
    changed = StyleTransferNetwork(changed_config(network.config, changes))
    tensors, fresh = _of_parts(network, parts), _of_parts(changed, parts)
    for setting, layers in _STARTING_AT_ZERO.items():
        if changes.get(setting, 0) > getattr(network.config, setting):
            added = {k: v for k, v in fresh.items() if re.match(layers, k)}
            tensors = added | tensors
    if changed.config.experts_choice != network.config.experts_choice:  # has nothing to go on from
        chosen = {k: v for k, v in fresh.items() if k.startswith("decoder.choice.")}
        tensors = {k: v for k, v in tensors.items() if not k.startswith("decoder.choice.")} | chosen
    tensors = _grown(tensors, fresh, network.config.experts, changed.config.experts)
    if {k: v.shape for k, v in tensors.items()} != {k: v.shape for k, v in fresh.items()}:
        raise UsageError(
            f"the weights in {shown(init)} do not fit a model with "
            + ", ".join(f"{name} = {value!r}" for name, value in changes.items()),
            "change what keeps every shape, such as temperature, or add "
            "detail, residual_blocks, experts or what they see",
        )
    changed.load_state_dict(changed.state_dict() | tensors)
    return changed


def _grown(
    tensors: Mapping[str, Tensor], fresh: Mapping[str, Tensor], before: int, after: int
) -> dict[str, Tensor]:
    """The experts and what tells them, where there are more of them or where they see more.

    They go on as they were: what is added counts for nothing before it has learned.

    Args:
        tensors: with experts as many as `before`, or as many as `after` where these are fresh.
        fresh: those of the network to be, whose added experts are zeros.
    """
    grown = dict(tensors)
    for key, old in tensors.items():
        new = fresh.get(key)
        if new is None or new.shape == old.shape or not before or before > after:
            continue
        if key.startswith("decoder.choice.output."):  # (L E, ...): rows of each convolution
            old, rows = old.unflatten(0, (-1, before)), new.unflatten(0, (-1, after)).clone()
            if len(old) <= len(rows):
                rows[: len(old), :before] = old
                grown[key] = rows.flatten(0, 1)
        elif key.startswith("decoder.choice.") and old.shape[-1] < new.shape[-1]:  # what it sees
            wide = torch.zeros_like(new) if key.endswith("hidden.weight") else new.clone()
            wide[..., : old.shape[-1]] = old
            grown[key] = wide
        elif re.search(r"\.expert(s|_biases)$", key) and old.shape[1:] == new.shape[1:]:
            grown[key] = torch.cat([old, new[len(old) :]])
    return grown


def _of_parts(network: StyleTransferNetwork, parts: Sequence[Part]) -> dict[str, Tensor]:
    tensors = network.state_dict()
    return {k: v for k, v in tensors.items() if not parts or k.partition(".")[0] in parts}


def stages_before(files: Sequence[Path]) -> list[dict]:
    """What made the weights that a run starts from, the earliest stage first; [] for none."""
    stages: list[dict] = []
    for file in files:
        _, header = read_tensors(file)
        own = {k: v for k, v in header.items() if k not in ("history", "model")}
        made = [*header.get("history", []), {"file": file.name} | own]
        stages += [stage for stage in made if stage not in stages]  # what several have in common
    return stages


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
