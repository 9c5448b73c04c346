"""The one facade: encode a style once, stylise any number of contents with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.model import Conditioning, StyleFeatures, StyleTransferNetwork
from stylectl.model.shuffle import random_permutation
from stylectl.stylize import sizes
from stylectl.stylize.devices import choose_device, memory_errors
from stylectl.stylize.events import Notice, OnEvent, Stage, ignore
from stylectl.stylize.images import AnyImage, ImageT, import_image
from stylectl.stylize.precision import choose_precision, finite_result
from stylectl.stylize.settings import (
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_WEIGHTS,
    check_seed,
    check_size,
    check_strength,
)
from stylectl.stylize.style import StyleCode
from stylectl.weights.registry import load_network, resolve


class Stylizer:
    """A network on a device, ready to stylise.

    Images, content and style alike, are PIL images of any mode; tensors (3, H, W) or
    (B, 3, H, W); or arrays (H, W, 3). Tensors and arrays hold sRGB as float in [0, 1] or as uint8.

    Args:
        network: is moved to the device and put into evaluation mode.
        header: what is known about the weights, as in their file.
        device: "auto" (the fastest here), "cpu", "cuda", "cuda:1", "mps" or a torch.device.
        precision: "fp32", "fp16" or "bf16" (both mixed, by autocast), or "auto": fp16 on CUDA,
            else fp32. What overflows in half precision is computed again in fp32.

    Raises:
        DeviceError: this machine does not have the device.
        UsageError: no device or precision has this name, or they do not go together.
    """

    def __init__(
        self,
        network: StyleTransferNetwork,
        header: Mapping[str, Any] | None = None,
        device: str | torch.device = DEFAULT_DEVICE,
        precision: str = DEFAULT_PRECISION,
    ) -> None:
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        self.header = dict(header or {})
        with memory_errors(self.device):
            self.network = network.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def load(
        cls,
        weights: str | os.PathLike[str] = DEFAULT_WEIGHTS,
        *,
        device: str | torch.device = DEFAULT_DEVICE,
        precision: str = DEFAULT_PRECISION,
    ) -> Stylizer:
        """The stylizer of bundled weights such as "lean", or of a weights file.

        Raises:
            WeightsError: no such weights, or the file is damaged or not one of stylectl's.
            DeviceError, UsageError: as for `Stylizer` itself.
        """
        network, header = load_network(resolve(weights))
        return cls(network, header, device, precision)

    def encode_style(
        self,
        image: AnyImage,
        *,
        size: int | None = DEFAULT_STYLE_SIZE,
        on_event: OnEvent | None = None,
    ) -> StyleCode:
        """Encodes a style image, for any number of calls of `stylize`.

        Args:
            image: the style; what is transparent in it counts as its surroundings.
            size: long edge in pixels to which it is resized first, up or down; None leaves it. The
                larger, the larger its strokes stand in the result.
            on_event: is told about stages and notices.

        Raises:
            UsageError: it is no image, or `size` is not positive.
            DeviceError: memory ran out.
        """
        notify = on_event or ignore
        check_size("style_size", size)
        notify(Stage("encode style"))
        style = import_image(image, "style")
        for warning in style.warnings:
            notify(Notice(warning))
        fitted = sizes.fit_long_edge(style.size, size)

        with memory_errors(self.device):
            pixels = self._prepared(style.pixels, fitted)
            features = finite_result(
                lambda: self._style_features(pixels), self.device, self.precision, notify
            )
        return StyleCode(features, fitted)

    def stylize(
        self,
        content: ImageT,
        style: AnyImage | StyleCode,
        *,
        strength: float = DEFAULT_STRENGTH,
        size: int | None = None,
        style_size: int | None = DEFAULT_STYLE_SIZE,
        seed: int | None = None,
        on_event: OnEvent | None = None,
    ) -> ImageT:
        """Stylises a content image.

        Args:
            content: what is shown. A PIL image is turned upright by its EXIF orientation and
                converted from its colour profile to sRGB; its alpha is kept.
            style: an image, or its code from `encode_style`. Its batch is 1 or the content's.
            strength: 0 decodes the content's own feature, 1 is the style in full.
            size: long edge in pixels to work at; None works at the content's own size. The result
                has the content's size in any case.
            style_size: as `size` of `encode_style`; unused if `style` is a code.
            seed: None keeps the channel groups in order. A number draws the random order of the
                paper's grouped shuffling: another painting for every number.
            on_event: is told about stages and notices.

        Returns:
            an image of the same kind and size as `content` (as the upright one, for a PIL image).

        Raises:
            UsageError: a value is out of range, an image is none, or a code is of another network.
            DeviceError: memory ran out.
            WeightsError: the weights give numbers that are not finite.
        """
        check_strength(strength)
        check_size("size", size)
        check_seed(seed)
        notify = on_event or ignore
        imported = import_image(content, "content")
        for warning in imported.warnings:
            notify(Notice(warning))
        if not isinstance(style, StyleCode):
            style = self.encode_style(style, size=style_size, on_event=on_event)
        self._check_code(style, imported.pixels.shape[0])
        notify(Stage("stylise"))
        fitted = sizes.fit_long_edge(imported.size, size)
        with memory_errors(self.device):
            code = style.to(self.device)
            pixels = self._prepared(imported.pixels, fitted)
            conditioning = Conditioning(
                (code.features,), strength=strength, permutation=self._permutation(seed)
            )
            painted = finite_result(
                lambda: self.network(pixels, conditioning).float(),
                self.device,
                self.precision,
                notify,
            )
            painted = sizes.crop(painted, fitted).to(imported.pixels.device)
            return imported.restore(sizes.resize(painted, imported.size))

    def _style_features(self, style: Tensor) -> StyleFeatures:
        features = self.network.encode_style(style)
        # Float: a content that is computed again in fp32 needs them so.
        keys, values, mean_key = features.keys, features.values, features.mean_key
        return replace(
            features, keys=keys.float(), values=values.float(), mean_key=mean_key.float()
        )

    def _prepared(self, pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Resized, padded, on the device and channels_last, in which convolutions are fastest."""
        padded = sizes.pad(sizes.resize(pixels, size))
        return padded.to(self.device).contiguous(memory_format=torch.channels_last)

    def _permutation(self, seed: int | None) -> Tensor | None:
        if seed is None:
            return None
        generator = torch.Generator().manual_seed(seed)
        return random_permutation(self.network.config.groups, generator)

    def _check_code(self, code: StyleCode, batch: int) -> None:
        config = self.network.config
        _, heads, _, channels = code.features.values.shape
        if (heads, heads * channels) != (config.heads, config.width):
            raise UsageError(
                "the style code was made by another network", "encode the style with this one"
            )
        if code.batch not in (1, batch):
            raise UsageError(
                f"there are {code.batch} styles for {batch} contents",
                "give one style, or one for each content",
            )
