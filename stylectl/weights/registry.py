"""Names and paths to weights files, and a weights file to its network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylectl.errors import WeightsError
from stylectl.resources import bundled_folder

if TYPE_CHECKING:  # names are resolved, and found wrong, before torch is imported
    from torch import Tensor

    from stylectl.model import ModelConfig, StyleTransferNetwork

_SUFFIXES = (".safetensors", ".pth", ".pt")


def known_names() -> list[str]:
    """The names of the bundled stylisation weights."""
    stems = (file.stem for file in bundled_folder("weights").glob("*.safetensors"))
    # NAME-encoder.safetensors is a part of NAME, kept to train others from.
    return sorted(stem for stem in stems if not stem.endswith("-encoder"))


def resolve(weights: str | os.PathLike[str]) -> Path:
    """The file of a bundled name such as "lean", or of a path to a file.

    What has a folder or a weights file's suffix in it is a path.

    Raises:
        WeightsError: no such name, or no such file.
    """
    text = os.fspath(weights)
    path = Path(text)
    if path.name != text or path.suffix.lower() in _SUFFIXES:
        if not path.is_file():
            kind = "is a folder, no weights file" if path.is_dir() else "does not exist"
            raise WeightsError(f"weights {text} {kind}", _known())
        return path
    named = bundled_folder("weights") / f"{text}.safetensors"
    if not named.is_file():
        raise WeightsError(f"no weights are named {text!r}", _known())
    return named


def load_network(path: Path) -> tuple[StyleTransferNetwork, dict[str, Any]]:
    """The stylisation network of a weights file, in float32 on the CPU, and the file's header.

    The header's "model" is the network's configuration; the rest says how it was made.

    Raises:
        WeightsError: the file is missing or damaged, was not made by stylectl, or its tensors are
            not those of the model that it says it is.
    """
    from stylectl.weights.files import read_tensors

    tensors, header = read_tensors(path)
    config = _config(path, header)
    return _network(path, config, tensors), header


def _known() -> str:
    names = known_names()
    known = f"bundled weights: {', '.join(names)}" if names else "no weights are bundled here"
    return f"{known}; or give the path of a .safetensors file"


def _config(path: Path, header: dict[str, Any]) -> ModelConfig:
    from stylectl.model import ModelConfig

    described = header.get("model")
    if not isinstance(described, dict):
        part = " but an encoder alone" if "encoder" in header else ""
        raise WeightsError(
            f"{path} holds no stylisation network of stylectl{part}",
            "give weights made by `stylectl train`, or a bundled name",
        )
    try:
        return ModelConfig.from_dict(described)
    except (ValueError, TypeError) as error:
        raise WeightsError(
            f"{path} describes a model that this version does not know: {error}",
            "update stylectl, or use other weights",
        ) from None


def _network(path: Path, config: ModelConfig, tensors: dict[str, Tensor]) -> StyleTransferNetwork:
    import torch

    from stylectl.model import StyleTransferNetwork

    try:
        # Not on device "meta", for which torch imports sympy: seconds, where this takes none.
        with torch.random.fork_rng(devices=()):
            network = StyleTransferNetwork(config)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise WeightsError(
            f"{path} describes an impossible model: {str(error).splitlines()[0]}",
            "use other weights",
        ) from None
    wrong = _mismatch(network.state_dict(), tensors)
    if wrong:
        raise WeightsError(
            f"{path} does not fit the model in its own header: {wrong}",
            "use another copy, or train it again",
        )
    # Cloned, since what safetensors gives may be the file itself, mapped into memory.
    loaded = {key: value.clone().float() for key, value in tensors.items()}
    network.load_state_dict(loaded, assign=True)
    return network.eval()


def _mismatch(expected: dict[str, Tensor], tensors: dict[str, Tensor]) -> str | None:
    for key, value in expected.items():
        if key not in tensors:
            return f"{key} is missing"
        if tensors[key].shape != value.shape:
            return f"{key} has shape {tuple(tensors[key].shape)}, not {tuple(value.shape)}"
    surplus = sorted(set(tensors) - set(expected))
    return f"{surplus[0]} is not part of it" if surplus else None
