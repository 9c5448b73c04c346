"""VGG stacks from files: published perceptual networks, and torchvision's ImageNet VGG-16."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.model.encoder import VGG
from stylectl.weights.files import read_tensors

# Positions of the convolutions in torchvision's vgg16().features, by the field's names.
_TORCHVISION_VGG16 = {
    0: "conv1_1", 2: "conv1_2", 5: "conv2_1", 7: "conv2_2", 10: "conv3_1", 12: "conv3_2",
    14: "conv3_3", 17: "conv4_1", 19: "conv4_2", 21: "conv4_3", 24: "conv5_1", 26: "conv5_2",
    28: "conv5_3",
}  # fmt: skip
_LAYER = re.compile(r"conv(\d)_(\d)(?=\.)")


def load_vgg(path: Path) -> VGG:
    """A VGG stack of any widths and depths, its layers deduced from the file's tensors.

    The file is a `.safetensors` (or a `.pth`, read with weights_only) that names its layers
    "conv1_1.weight" and so on, with an optional 1x1 input transform "color"; or torchvision's
    VGG-16 state ("features.0.weight" and so on).

    Raises:
        WeightsError: when the file is missing, corrupt, or holds no VGG stack.
    """
    tensors, _ = read_tensors(path)
    return vgg_from_tensors(tensors, path.name)


def vgg_from_tensors(tensors: dict[str, Tensor], name: str) -> VGG:
    """Build the VGG stack that `tensors` describe; `name` stands in the error message."""
    tensors = _canonical_names(tensors)
    names = sorted({key.split(".")[0] for key in tensors if _LAYER.match(key)})
    try:
        layers = {n: _widths(tensors[f"{n}.weight"], tensors[f"{n}.bias"]) for n in names}
        chained = all(
            a[1] == b[0] for a, b in zip(layers.values(), list(layers.values())[1:], strict=False)
        )
        if not _without_gaps(names) or layers["conv1_1"][0] != 3 or not chained:
            raise ValueError("its convolutions do not form a chain from RGB without gaps")
        if ("color.weight" in tensors) != ("color.bias" in tensors):
            raise ValueError("its input transform is half there")
        vgg = VGG(layers)
        missing, unexpected = vgg.load_state_dict(
            {k: v.float() for k, v in tensors.items()}, strict=False
        )
        if unexpected or any(not key.startswith("color") for key in missing):
            raise ValueError(f"unexpected tensors {unexpected}, missing {missing}")
    except (KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"{name} holds no VGG stack: {str(error).splitlines()[-1].strip()}",
            "it needs conv1_1.weight, conv1_1.bias, ... or torchvision's features.0.weight, ...",
        ) from None
    return vgg.requires_grad_(False).eval()


def _canonical_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for key, value in tensors.items():
        match = re.fullmatch(r"features\.(\d+)\.(weight|bias)", key)
        if match and int(match[1]) in _TORCHVISION_VGG16:
            renamed[f"{_TORCHVISION_VGG16[int(match[1])]}.{match[2]}"] = value
        elif not key.startswith("classifier."):
            renamed[key] = value
    return renamed


def _without_gaps(names: list[str]) -> bool:
    """Whether the sorted names are conv1_1 ... conv1_n, conv2_1 ... and so on."""
    depths: dict[int, int] = {}
    for name in names:
        block, index = int(name[4]), int(name[6])
        if index != depths.get(block, 0) + 1:
            return False
        depths[block] = index
    return bool(depths) and list(depths) == list(range(1, len(depths) + 1))


def _widths(weight: Tensor, bias: Tensor) -> tuple[int, int]:
    outputs, inputs, *size = weight.shape
    if size != [3, 3] or bias.shape != torch.Size([outputs]):
        raise ValueError(f"a layer of shape {tuple(weight.shape)} is no 3x3 convolution")
    return inputs, outputs
