"""torchvision's ImageNet VGG-16, downloaded once or from a file: preset `paper`'s encoder."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.media import shown
from stylectl.model.config import ModelConfig
from stylectl.model.encoder import VGG
from stylectl.stylize.events import OnEvent, Stage, ignore
from stylectl.weights.download import download
from stylectl.weights.files import read_tensors, sha256
from stylectl.weights.vgg import vgg_from_tensors

# torchvision's VGG16_Weights.IMAGENET1K_V1, of which torchvision itself knows the first 8 digits.
FILE = "vgg16-397923af.pth"
SHA256 = "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"

_log = logging.getLogger("stylectl")


def imagenet_vgg16_encoder(config: ModelConfig, file: Path | None = None) -> VGG:
    """VGG-16 up to the feature of `config`, with ImageNet weights, frozen, on the CPU.

    Args:
        config: a model whose channels are those of the weights (64-128-256-512 for torchvision's).
        file: a local copy (torchvision's .pth, or a .safetensors); without it 528 MB are
            downloaded into torch hub's cache, or found there.

    Raises:
        WeightsError: the download failed, or the file is missing, damaged, or of other channels.
        OutputError: the cache cannot be written.
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
                f"use torchvision's {FILE} for preset paper",
            )
    encoder.load_state_dict({key: whole[key] for key in encoder.state_dict()})
    return encoder.requires_grad_(False).eval()


def imagenet_vgg16() -> VGG:
    """The whole of VGG-16's convolutions with ImageNet weights, downloaded or from the cache.

    Raises:
        WeightsError: the download failed, or the cached file is damaged.
        OutputError: the cache cannot be written.
    """
    tensors, source = _downloaded()
    return vgg_from_tensors(tensors, shown(source))


def cached_vgg16() -> Path:
    """Where VGG-16 lies once it is downloaded: torch hub's cache, which other programs share."""
    return Path(torch.hub.get_dir()) / "checkpoints" / FILE


def url_of_vgg16() -> str:
    """Where torchvision has it from."""
    # Imported here: torchvision takes two seconds and is needed for nothing else.
    from torchvision.models import VGG16_Weights

    return VGG16_Weights.IMAGENET1K_V1.url


def fetch_vgg16(source: str | None = None, on_event: OnEvent = ignore) -> bool:
    """Downloads VGG-16 into the cache, unless it is there and whole.

    Args:
        source: URL or path of a copy; None is torchvision's own URL.
        on_event: is told how far it is.

    Returns:
        whether it was downloaded.

    Raises:
        WeightsError: it cannot be had, or is another file.
        OutputError: the cache cannot be written.
    """
    cached = cached_vgg16()
    if cached.is_file() and sha256(cached) == SHA256:
        return False
    url = source or url_of_vgg16()
    if "://" not in url:
        url = Path(url).resolve().as_uri()
    on_event(Stage("download"))
    instead = f"download it elsewhere, then run `stylectl weights fetch vgg16 --from {FILE}`"
    download(url, cached, SHA256, instead, on_event)
    return True


def _downloaded() -> tuple[dict[str, Tensor], Path]:
    cached = cached_vgg16()
    if not cached.exists():
        # A library's way to say a line: half a gigabyte takes a while.
        _log.warning("downloading %s to %s", FILE, cached)
        fetch_vgg16()
    elif sha256(cached) != SHA256:
        raise WeightsError(
            f"{shown(cached)} is damaged: its checksum does not match",
            "delete it to download it again, or run `stylectl weights fetch vgg16`",
        )
    return read_tensors(cached)[0], cached
