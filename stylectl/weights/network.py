"""From what a weights file holds to its network; whatever does not fit is named."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.media import shown
from stylectl.model import ModelConfig, StyleTransferNetwork
from stylectl.model.encoder import VGG


def model_config(path: Path, header: Mapping[str, Any], key: str = "model") -> ModelConfig:
    """The configuration that stands in a file's header: of a network, or of its "encoder".

    Raises:
        WeightsError: there is none, or it is unknown to this version, or contradicts itself.
    """
    described = header.get(key)
    if not isinstance(described, dict):
        part = " but an encoder alone" if "encoder" in header else ""
        raise WeightsError(
            f"{shown(path)} holds no stylisation network of stylectl{part}",
            "give weights made by `stylectl train`, or a bundled name",
        )
    try:
        return ModelConfig.from_dict(described)
    except (ValueError, TypeError) as error:
        raise WeightsError(
            f"{shown(path)} describes a model that this version does not know: {error}",
            "update stylectl, or use other weights",
        ) from None


def network_of(
    path: Path, config: ModelConfig, tensors: Mapping[str, Tensor]
) -> StyleTransferNetwork:
    """The network of a configuration with these tensors, in float32.

    Args:
        path: where they are from, for the error.

    Raises:
        WeightsError: no network can be so, or its tensors have other names or shapes.
    """
    with _impossible(path):
        _check_plausible(config, tensors)
        # Not on device "meta", for which torch imports sympy: seconds, where this takes none.
        with torch.random.fork_rng(devices=()):
            network = StyleTransferNetwork(config)
    _check_same(path, network.state_dict(), tensors)
    # Cloned, since what safetensors gives may be the file itself, mapped into memory.
    loaded = {key: value.clone().float() for key, value in tensors.items()}
    network.load_state_dict(loaded, assign=True)
    return network.eval()


def check_encoder(path: Path, config: ModelConfig, tensors: Mapping[str, Tensor]) -> None:
    """Raises WeightsError unless the tensors are those of a configuration's encoder alone."""
    with _impossible(path), torch.random.fork_rng(devices=()):
        _check_sides({f"channels[{i}]": n for i, n in enumerate(config.channels)}, tensors)
        encoder = VGG.from_config(config)
    _check_same(path, encoder.state_dict(), tensors)


@contextlib.contextmanager
def _impossible(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise WeightsError(
            f"{shown(path)} describes an impossible model: {str(error).splitlines()[0]}",
            "use other weights",
        ) from None


def _check_same(path: Path, expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    wrong = _mismatch(expected, tensors)
    if wrong:
        raise WeightsError(
            f"{shown(path)} does not fit the model in its own header: {wrong}",
            "use another copy, or train it again",
        )


def _check_sides(sizes: Mapping[str, int], tensors: Mapping[str, Tensor]) -> None:
    """Raises ValueError for sizes that no tensor here has: building them could take all memory."""
    largest = max((side for value in tensors.values() for side in value.shape), default=0)
    for name, value in sizes.items():
        if value > largest:
            raise ValueError(f"{name} is {value}, and no tensor has more than {largest} a side")


def _check_plausible(config: ModelConfig, tensors: Mapping[str, Tensor]) -> None:
    sizes = {f"channels[{i}]": value for i, value in enumerate(config.channels)}
    if config.gate != "none":
        sizes["gate_channels"] = config.gate_channels
    if config.style_kernels:
        sizes |= {"kernel_channels": config.kernel_channels, "kernel_size": config.kernel_size}
    if config.experts:
        sizes["experts"] = config.experts
    _check_sides(sizes, tensors)
    taps = max((value.shape[-1] for value in tensors.values() if value.dim() == 4), default=0)
    if config.shortcut_size > taps:
        raise ValueError(f"shortcut_size is {config.shortcut_size}, and no convolution is so large")
    if (convolutions := config.full_resolution_convs + config.residual_blocks) > len(tensors):
        raise ValueError(f"{convolutions} convolutions in {len(tensors)} tensors")


def _mismatch(expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> str | None:
    missing = [key for key in expected if key not in tensors]
    if missing:
        return f"{_named(missing)} missing"
    for key, value in expected.items():
        if tensors[key].shape != value.shape:
            return f"{key} has shape {tuple(tensors[key].shape)}, not {tuple(value.shape)}"
        if not tensors[key].is_floating_point():
            return f"{key} is of {tensors[key].dtype}"
    surplus = sorted(set(tensors) - set(expected))
    return f"{_named(surplus)} not part of it" if surplus else None


def _named(keys: list[str]) -> str:
    more = len(keys) - 1
    return keys[0] + (f" and {more} more are" if more else " is")
