"""torchvision's ImageNet VGG-16, downloaded once or from a file: preset `paper`'s encoder."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import torch
from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.media import shown
from stylectl.model.config import ModelConfig
from stylectl.model.encoder import VGG
from stylectl.weights.files import read_tensors
from stylectl.weights.vgg import vgg_from_tensors


def imagenet_vgg16_encoder(config: ModelConfig, file: Path | None = None) -> VGG:
    """VGG-16 up to the feature of `config`, with ImageNet weights, frozen, on the CPU.

    Args:
        config: a model whose channels are those of the weights (64-128-256-512 for torchvision's).
        file: a local copy (torchvision's .pth, or a .safetensors); without it torchvision downloads
            528 MB into torch hub's cache, or finds them there.

    Raises:
        WeightsError: the download failed, or the file is missing, damaged, or of other channels.
    """
    if file is None:
        tensors, source = _downloaded()
    else:
        (tensors, _), source = read_tensors(file), file
    whole = vgg_from_tensors(tensors, shown(source)).state_dict()
    encoder = VGG.from_config(config)
    for key, value in encoder.state_dict().items():
        if key not in whole or whole[key].shape != value.shape:
            raise WeightsError(
                f"{shown(source)} does not fit the model: its {key} "
                + (f"has shape {tuple(whole[key].shape)}" if key in whole else "is missing")
                + f", needed is {tuple(value.shape)}",
                "use torchvision's vgg16-397923af.pth for preset paper",
            )
    encoder.load_state_dict({key: whole[key] for key in encoder.state_dict()})
    return encoder.requires_grad_(False).eval()


def imagenet_vgg16() -> VGG:
    """The whole of VGG-16's convolutions with ImageNet weights, downloaded or from the cache.

    Raises:
        WeightsError: the download failed, or the cached file is damaged.
    """
    tensors, source = _downloaded()
    return vgg_from_tensors(tensors, shown(source))


def _downloaded() -> tuple[dict[str, Tensor], Path]:
    # Imported here: torchvision takes a second and is needed for nothing else.
    from torchvision.models import VGG16_Weights

    weights = VGG16_Weights.IMAGENET1K_V1
    cached = Path(torch.hub.get_dir()) / "checkpoints" / os.path.basename(weights.url)
    was_there = cached.exists()
    try:
        # torch announces the download on stdout, which is for data. It writes to a temporary file
        # and removes it again unless the checksum in the file's name is right.
        with contextlib.redirect_stdout(sys.stderr):
            state = weights.get_state_dict(
                progress=False, check_hash=True, map_location="cpu", weights_only=True
            )
    except Exception as error:  # sockets, HTTP, checksum, disk and pickle each have their own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if was_there:
            raise WeightsError(
                f"{shown(cached)} is damaged: {reason}", "delete it to download it again"
            ) from None
        raise WeightsError(
            f"cannot download {weights.url} to {shown(cached)}: {reason}",
            f"download it elsewhere and put it there, or give it as a file ({cached.name})",
        ) from None
    return dict(state), cached
