"""The whole method in one module, figure 2: image in, image out, every stage callable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor, nn

from stylectl.model.alignment import StyleAlignment, StyleFeatures
from stylectl.model.conditioning import Conditioning
from stylectl.model.config import ModelConfig
from stylectl.model.decoder import Decoder
from stylectl.model.encoder import STRIDE, VGG
from stylectl.model.experts import Mixture
from stylectl.model.kernels import StyleKernels, apply_kernels
from stylectl.model.receptive_field import Size, Stage
from stylectl.model.shuffle import shuffle_groups
from stylectl.model.statistics import InstanceStatistics, instance_statistics, widened

Adjust = Callable[[InstanceStatistics], InstanceStatistics]
MINIMUM_SIDE = 16  # two feature positions, the least that can be padded by reflection


class StyleTransferNetwork(nn.Module):
    """Encoder, alignment (SAE + CGM), style kernels (SK), shuffle (GS), decoder.

    Images are RGB (B, 3, H, W) in [0, 1] with H and W multiples of 8 and at least 16; features are
    (B, C, H/8, W/8). The encoder is frozen, as in the paper, until `encoder.requires_grad_(True)`.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = VGG.from_config(config).requires_grad_(False)
        self.alignment = StyleAlignment(config)
        self.kernels = StyleKernels(config) if config.style_kernels else None
        self.decoder = Decoder(config)

    def encode(self, image: Tensor) -> Tensor:
        """Zc or Zs (B, C, H/8, W/8) of an image (B, 3, H, W); never in half precision.

        Under autocast the encoder's result is widened: sums over halves would overflow unseen.
        """
        return widened(self.encoder(image))

    def encoding(self) -> list[Stage]:
        """`encode` as a chain, to compute a part of Zc."""
        return [stage for _, stage in self.encoder.stages()] + [Stage(widened)]

    def encode_style(self, image: Tensor) -> StyleFeatures:
        """All that is needed of a style image (B, 3, H, W); encode once, stylise many."""
        return self.style_features(*self.look(image))

    def look(self, image: Tensor) -> list[Tensor]:
        """The maps of a style image (B, 3, H, W) that count: Zs, and what the experts see beside.

        Each is (B, C', H', W'), Zs as `encode` gives it, the others of `config.seen_layers`.
        """
        layers = [self.config.feature, *self.config.seen_layers]
        zs, *others = self.encoder.features(image, layers)
        return [widened(zs), *others]

    def style_features(self, zs: Tensor, *others: Tensor) -> StyleFeatures:
        """All that is needed of a style of which `look` has given these maps."""
        features = self.alignment.encode_style(zs)
        if self.decoder.choice is None:
            return features
        return replace(features, mixture=self.decoder.choice([zs, *others]))

    def align(
        self, zc: Tensor, statistics: InstanceStatistics, style: StyleFeatures | Conditioning
    ) -> Tensor:
        """Zcs (B, C, H, W): the style, or the blend of styles, arranged as the content Zc."""
        if isinstance(style, StyleFeatures):
            return self.alignment(zc, statistics, style)
        queries = self.alignment.queries(zc, statistics)
        return style.blend(lambda features: self.alignment.attend(queries, features))

    def modulate(self, zc: Tensor, zcs: Tensor, permutation: Tensor | None = None) -> Tensor:
        """The modulated feature (B, C, H, W): (shuffled) Zc under the kernels of Zcs."""
        if self.kernels is None:
            return zcs
        source = zc if permutation is None else shuffle_groups(zc, permutation)
        return apply_kernels(source, self.kernels(zcs), self.config.kernel_size)

    def decode(
        self, feature: Tensor, content: Tensor | None = None, mixture: Mixture | None = None
    ) -> Tensor:
        """RGB image (B, 3, 8H, 8W) in [0, 1] of a modulated feature (B, C, H, W).

        Args:
            content: the image that is painted over; needed with `config.detail` only.
            mixture: what the experts are told, with `config.experts`.
        """
        return self.decoder(feature, content, mixture)

    def paint(
        self, zc: Tensor, statistics: InstanceStatistics, conditioning: Conditioning
    ) -> Tensor:
        """The feature to decode (B, C, H, W) of a content feature Zc: align, modulate."""
        zcs = self.align(zc, statistics, conditioning)
        return self.modulate(zc, zcs, conditioning.permutation)

    @property
    def paint_reach(self) -> Size:
        """The rows and columns of Zc that a painted position reads to each side."""
        rows, columns = (0, 0) if self.kernels is None else self.kernels.reach
        return self.alignment.reach + rows, self.alignment.reach + columns

    def forward(
        self,
        content: Tensor,
        style: Tensor | StyleFeatures | Conditioning,
        *,
        statistics: InstanceStatistics | Adjust | None = None,
    ) -> Tensor:
        """Stylise a content image (B, 3, H, W); the result has its shape.

        Args:
            style: an image (B, 3, H', W'), its features, or all that can be chosen.
            statistics: instance statistics of the whole content's Zc, or what makes them of
                `content`'s own; default: those themselves.

        Raises:
            ValueError: the content's sides are below 16 or no multiples of 8.
        """
        height, width = content.shape[2:]
        if min(height, width) < MINIMUM_SIDE or height % STRIDE or width % STRIDE:
            raise ValueError(
                f"sides must be multiples of {STRIDE}, at least {MINIMUM_SIDE}; "
                f"got {height}x{width}"
            )
        if isinstance(style, Tensor):
            style = self.encode_style(style)
        if isinstance(style, StyleFeatures):
            style = Conditioning((style,))
        zc = self.encode(content)
        if not isinstance(statistics, InstanceStatistics):
            own = instance_statistics(zc)
            statistics = own if statistics is None else statistics(own)
        return self.decode(self.paint(zc, statistics, style), content, style.mixture())
