"""The one facade: encode a style once, stylise any number of contents with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.model import (
    Conditioning,
    StyleFeatures,
    StyleTransferNetwork,
    instance_statistics,
)
from stylectl.model.network import Adjust
from stylectl.model.shuffle import random_permutation
from stylectl.stylize import sizes
from stylectl.stylize.attention import AttentionMaps, feature_positions
from stylectl.stylize.colour import match_colours
from stylectl.stylize.devices import choose_device, memory_errors
from stylectl.stylize.events import Notice, OnEvent, Stage, ignore
from stylectl.stylize.finish import finished
from stylectl.stylize.images import AnyImage, ImageT, import_image
from stylectl.stylize.levels import between_steps
from stylectl.stylize.memory import choose_tile
from stylectl.stylize.mix import StyleMix, as_mix
from stylectl.stylize.painting import Painting
from stylectl.stylize.points import Pixel, check_points
from stylectl.stylize.precision import check_finite, choose_precision, finite_result
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    DEFAULT_WEIGHTS,
    ColorName,
    TileSize,
    check_color,
    check_seed,
    check_size,
    check_strength,
    check_stroke_size,
    check_tile,
)
from stylectl.stylize.strokes import DETAIL, paintable, with_coarse, working_sizes
from stylectl.stylize.style import StyleCode
from stylectl.weights.registry import load_network, resolve

PALETTE_SIZE = 512  # long edge at which an image is asked for its colours


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
        colors_of: AnyImage | None = None,
        on_event: OnEvent | None = None,
    ) -> StyleCode:
        """Encodes a style image, for any number of calls of `stylize`.

        Args:
            image: the style; what is transparent in it counts as its surroundings.
            size: long edge in pixels to which it is resized first, up or down; None leaves it. The
                larger, the larger its strokes stand in the result.
            colors_of: an image, usually the content, whose colours the style takes on first.
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
            pixels = sizes.resize(style.pixels, fitted)
            if colors_of is not None:
                palette = import_image(colors_of, "content")
                small = sizes.fit_long_edge(palette.size, PALETTE_SIZE)
                colours = sizes.resize(palette.pixels, small).to(pixels.device)
                pixels = match_colours(pixels, colours)
            pixels = self._prepared(pixels)
            features = finite_result(
                lambda: self._features(pixels), self.device, self.precision, notify
            )
        return StyleCode(features, fitted)

    def stylize(
        self,
        content: ImageT,
        style: AnyImage | StyleCode | StyleMix,
        *,
        strength: float = DEFAULT_STRENGTH,
        color: ColorName = DEFAULT_COLOR,
        size: int | None = None,
        stroke_size: float | None = None,
        style_size: int | None = DEFAULT_STYLE_SIZE,
        seed: int | None = None,
        tile: TileSize = DEFAULT_TILE,
        statistics: Adjust | None = None,
        on_event: OnEvent | None = None,
    ) -> ImageT:
        """Stylises a content image.

        Args:
            content: what is shown. A PIL image is turned upright by its EXIF orientation and
                converted from its colour profile to sRGB; its alpha is kept.
            style: an image, its code from `encode_style`, or a mix of several codes. The batch of
                each is 1 or the content's.
            strength: how much of the painted picture is laid over the content: 0 is the content
                itself, 1 is the style in full.
            color: "style" paints with the style's colours, "content" keeps the photo's chroma,
                "match" moves the style's palette to the content's before it is encoded. For codes
                that is too late: give `colors_of` to `encode_style`.
            size: long edge in pixels to work at; None works at the content's own size. The result
                has the content's size in any case.
            stroke_size: width of the strokes as a share of the long edge, the same at any
                resolution that can show them; None takes what comes, about 10 pixels.
            style_size: as `size` of `encode_style`; unused if `style` is encoded already.
            seed: None keeps the channel groups in order. A number draws the random order of the
                paper's grouped shuffling.
            tile: side in pixels of the parts that the picture is computed in, rounded down to a
                multiple of 8; "auto" cuts it only if it is large for the memory that is free,
                "off" never. The result is the same; when memory runs out, all but "off" go on in
                smaller tiles.
            statistics: changes the instance statistics of the content's features before they are
                used, such as by what came before in a clip. Called once or, where half precision
                overflows or memory runs out, again; not at all if the size of the strokes needs
                several steps.
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
        check_stroke_size(stroke_size)
        check_seed(seed)
        check_color(color)
        check_tile(tile)
        notify = on_event or ignore
        imported = import_image(content, "content")
        for warning in imported.warnings:
            notify(Notice(warning))
        mix = self._as_mix(style, style_size, imported.pixels if color == "match" else None, notify)
        for code in mix.codes:
            self._check_code(code, imported.pixels.shape[0])
        fitted = sizes.fit_long_edge(imported.size, size)
        with memory_errors(self.device):
            held = between_steps(imported.pixels.dtype)
            steps = working_sizes(fitted, paintable(stroke_size, fitted, notify))
            keeps = color == "content" or strength < 1 or mix.keeps_some_content
            unfinished = keeps or steps != [imported.size]
            dtype = held if unfinished else imported.result_dtype
            painted: Tensor | None = None
            for working in steps:
                pixels = imported.pixels
                if working != imported.size:
                    pixels = sizes.resize(pixels, working, held)
                if painted is not None:
                    pixels = with_coarse(pixels, painted, held)
                frame = sizes.feature_frame(working)
                conditioning = mix.conditioning(frame, self._permutation(seed))
                adjust = statistics if len(steps) == 1 else None
                finer = self._painted(pixels, conditioning, dtype, tile, adjust, notify)
                del pixels  # as large as the result
                painted = finer if painted is None else with_coarse(finer, painted, dtype, DETAIL)
            assert painted is not None
            painted = sizes.resize(painted, imported.size, dtype)
            result = finished(painted, imported.pixels, mix, color, strength, imported.result_dtype)
            return imported.restore(result)

    def _painted(
        self,
        content: Tensor,
        conditioning: Conditioning,
        dtype: torch.dtype,
        tile: TileSize,
        adjust: Adjust | None,
        notify: OnEvent,
    ) -> Tensor:
        """The network's picture of a content (B, 3, H, W), levels or floats; it is of `dtype`."""
        conditioning = conditioning.to(self.device)
        painting = Painting(self.network, self.device, content, conditioning, dtype, notify, adjust)
        side = choose_tile(tile, painting.size, len(content), self.network.config, self.device)
        return finite_result(
            lambda: painting.paint(side, may_cut=tile != "off"),
            self.device,
            self.precision,
            notify,
        )

    def attention(
        self,
        content: AnyImage,
        style: AnyImage | StyleCode,
        points: Sequence[Pixel],
        *,
        size: int | None = None,
        style_size: int | None = DEFAULT_STYLE_SIZE,
        on_event: OnEvent | None = None,
    ) -> AttentionMaps:
        """What `stylize` takes from where in the style: the paper's focused regions.

        Args:
            content, style, size, style_size, on_event: as for `stylize`; one picture each.
            points: x and y in pixels of the upright content.

        Raises:
            UsageError: as for `stylize`; or there is no point, or one outside of the content.
            DeviceError: memory ran out.
            WeightsError: the weights give numbers that are not finite.
        """
        check_size("size", size)
        notify = on_event or ignore
        imported = import_image(content, "content")
        check_points(points, imported.size[1], imported.size[0])
        for warning in imported.warnings:
            notify(Notice(warning))
        (code,) = self._as_mix(style, style_size, None, notify).codes
        self._check_code(code, 1)
        if imported.pixels.shape[0] > 1:
            raise UsageError("there are several contents", "look into one at a time")
        notify(Stage("attend"))
        fitted = sizes.fit_long_edge(imported.size, size)
        positions = feature_positions(points, imported.size, fitted)
        alignment = self.network.alignment

        def attend() -> Tensor:
            zc = self.network.encode(pixels)
            queries = alignment.queries(zc, instance_statistics(zc))
            chosen = torch.tensor([row * zc.shape[3] + column for row, column in positions])
            both = (alignment.attention(queries, chosen, features, gated=g) for g in (True, False))
            weights = torch.cat([weights.float() for weights in both])  # (2, G, P, N)
            check_finite(weights)
            return weights

        with memory_errors(self.device):
            pixels = self._prepared(sizes.resize(imported.pixels, fitted))
            features = code.features.to(self.device)
            weights = finite_result(attend, self.device, self.precision, notify).cpu()
        gated, ungated = weights.transpose(1, 2).unflatten(
            3, features.grid
        )  # (P, G, rows, columns)
        return AttentionMaps(
            tuple(points),
            positions,
            None if alignment.gating is None else gated,
            ungated,
            code.size,
            alignment.config.style_stride * sizes.MULTIPLE,
        )

    def _as_mix(
        self,
        style: AnyImage | StyleCode | StyleMix,
        style_size: int | None,
        colors_of: Tensor | None,
        notify: OnEvent,
    ) -> StyleMix:
        if not isinstance(style, (StyleCode, StyleMix)):
            style = self.encode_style(style, size=style_size, colors_of=colors_of, on_event=notify)
        elif colors_of is not None:
            raise UsageError(
                "the style is encoded already, too late to match its colours",
                "give colors_of to encode_style",
            )
        return as_mix(style)

    def _features(self, pixels: Tensor) -> StyleFeatures:
        # Float: a content that is computed again in fp32 needs it so.
        features = self.network.encode_style(pixels).to(torch.float32)
        check_finite(features.keys, features.values)
        return features

    def _prepared(self, pixels: Tensor) -> Tensor:
        """Padded, on the device and channels_last, in which convolutions are fastest."""
        return sizes.pad(pixels).to(self.device).contiguous(memory_format=torch.channels_last)

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
