"""The decoder of the supplement's table 1: no normalisation layers, so nothing looks far [S]."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import ModelConfig
from stylectl.model.detail import DetailConv, detail_stages
from stylectl.model.experts import ExpertChoice, ExpertConv2d, Mixture, Told
from stylectl.model.receptive_field import Stage, reach_of, run

_UPSAMPLING = {  # of the three doublings
    "nearest": ("nearest", "nearest", "nearest"),
    "bilinear": ("bilinear", "bilinear", "bilinear"),
    "bilinear_first": ("bilinear", "nearest", "nearest"),
}


class ResBlock(nn.Module):
    """Pre-activation ReLU-Conv-ReLU-Conv plus Conv shortcut, (B, C, H, W) -> (B, C', H, W)."""

    convolutions = 3

    def __init__(self, inputs: int, outputs: int, shortcut_size: int, experts: int = 0) -> None:
        super().__init__()
        self.first = ExpertConv2d(inputs, outputs, experts=experts)
        self.second = ExpertConv2d(outputs, outputs, experts=experts)
        self.shortcut = ExpertConv2d(inputs, outputs, shortcut_size, experts=experts)
        nn.init.zeros_(self.second.weight)  # starts as its shortcut

    def forward(
        self, x: Tensor, told: Sequence[Told] = ((),) * convolutions, maps: Tensor | None = None
    ) -> Tensor:
        """See the class; `told` and `maps` are for its three convolutions' experts."""
        first, second, shortcut = told
        inner = F.relu(self.first(F.relu(x), first, maps), inplace=True)
        return self.second(inner, second, maps) + self.shortcut(x, shortcut, maps)

    @property
    def reach(self) -> int:
        """How many positions an output position reads to each side."""
        return max(reach_of(self.first, self.second), reach_of(self.shortcut))


class ResidualBlock(nn.Module):
    """ReLU-Conv-ReLU-Conv added to its input, (B, C, H, W) -> (B, C, H, W) [C: Johnson et al.]."""

    convolutions = 2

    def __init__(self, channels: int, experts: int = 0) -> None:
        super().__init__()
        self.first = ExpertConv2d(channels, channels, experts=experts)
        self.second = ExpertConv2d(channels, channels, experts=experts)
        # Starts as nothing: weights that were trained without go on where they were.
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(
        self, x: Tensor, told: Sequence[Told] = ((),) * convolutions, maps: Tensor | None = None
    ) -> Tensor:
        """See the class; `told` and `maps` are for its two convolutions' experts."""
        first, second = told
        inner = F.relu(self.first(F.relu(x), first, maps), inplace=True)
        return x + self.second(inner, second, maps)


class Decoder(nn.Module):
    """Modulated feature (B, C, H, W) -> RGB image (B, 3, 8H, 8W) in [0, 1]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.upsampling = _UPSAMPLING[config.upsampling]
        widths = [config.width // 2**i for i in range(4)]  # C, C/2, C/4, C/8
        self.blocks = nn.ModuleList(
            ResBlock(a, b, config.shortcut_size, config.experts)
            for a, b in itertools.pairwise(widths)
        )
        self.refine = nn.ModuleList(
            ExpertConv2d(widths[-1], widths[-1], experts=config.experts)
            for _ in range(config.full_resolution_convs)
        )
        self.details = nn.ModuleList(DetailConv(width) for width in widths[1:] if config.detail)
        self.output = ExpertConv2d(widths[-1], 3, experts=config.experts)
        self.residual = nn.ModuleList(
            ResidualBlock(widths[1], config.experts) for _ in range(config.residual_blocks)
        )
        within = len(self.blocks) * ResBlock.convolutions
        within += len(self.residual) * ResidualBlock.convolutions
        self._convolutions = within + len(self.refine) + 1
        self.choice = (
            ExpertChoice(
                _seen_channels(config), self._convolutions, config.experts, config.experts_choice
            )
            if config.experts
            else None
        )
        # Starts near grey: without normalisation layers a larger start saturates Tanh for good.
        nn.init.normal_(self.output.weight, std=0.02)

    def forward(
        self, x: Tensor, image: Tensor | None = None, mixture: Mixture | None = None
    ) -> Tensor:
        """See the class.

        Args:
            image: the content (B, 3, 8H, 8W), read only if there is `detail`.
            mixture: what its experts are told; None adds none.
        """
        return run(self.stages(mixture), with_maps(x, mixture), image)

    @property
    def convolutions(self) -> list[ExpertConv2d]:
        """Those with experts, in the order in which a mixture tells them."""
        of_blocks = [c for b in self.blocks for c in (b.first, b.second, b.shortcut)]
        of_residual = [c for b in self.residual for c in (b.first, b.second)]
        return [*of_blocks, *self.refine, self.output, *of_residual]  # type: ignore[list-item]

    def stages(self, mixture: Mixture | None = None) -> list[Stage]:
        """The decoder as a chain from `with_maps`, for the whole feature or region by region."""
        told = [mixture.of(i) if mixture else () for i in range(self._convolutions)]
        maps = 0 if mixture is None or mixture.maps is None else len(mixture.told)
        stages, each = [], iter(told)
        for index, block in enumerate(self.blocks):
            own = list(itertools.islice(each, ResBlock.convolutions))
            stages.append(Stage(_styled(block, own, maps), reach_of(block)))
            stages.append(self._upsample(index, maps))
        for conv, own in zip([*self.refine, self.output], each, strict=False):
            stages.append(Stage(_styled(_after_relu(conv), own, maps), reach_of(conv)))
        residual = []  # last in the mixture: the others keep their places where these are added
        for block in self.residual:
            own = list(itertools.islice(each, ResidualBlock.convolutions))
            residual.append(Stage(_styled(block, own, maps), reach_of(block)))
        # At a quarter of the resolution: behind the first block and its doubling.
        return [*stages[:2], *residual, *stages[2:], Stage(_to_image)]

    def _upsample(self, index: int, maps: int) -> Stage:
        mode = self.upsampling[index]
        smooth = mode == "bilinear"

        def double(x: Tensor) -> Tensor:
            if not maps or smooth:
                return F.interpolate(x, scale_factor=2.0, mode=mode)  # (B, C, 2H, 2W)
            # Shares in squares would show in the picture.
            feature = F.interpolate(x[:, :-maps], scale_factor=2.0, mode=mode)
            shares = F.interpolate(x[:, -maps:], scale_factor=2.0, mode="bilinear")
            return torch.cat([feature, shares], 1)

        added = detail_stages(self.details[index], 4 >> index) if self.details else ()  # type: ignore[arg-type]
        return Stage(double, reach=1 if smooth or maps else 0, up=2, added=added)


def _seen_channels(config: ModelConfig) -> list[int]:
    """The channels of what the experts' choice is given of a style."""
    return [config.width, *(config.channels[int(name[4]) - 1] for name in config.seen_layers)]


def with_maps(feature: Tensor, mixture: Mixture | None) -> Tensor:
    """What the decoder's chain reads: the feature and, behind its channels, the mixture's maps."""
    if mixture is None or mixture.maps is None:
        return feature
    maps = mixture.maps.to(feature).expand(len(feature), -1, -1, -1)
    return torch.cat([feature, maps], 1)  # (B, C + len(told), H, W)


def _styled(layer: Callable[..., Tensor], told: Sequence, maps: int) -> Callable[[Tensor], Tensor]:
    """A layer for a map behind whose channels come as many of shares, which it passes on."""

    def compute(x: Tensor) -> Tensor:
        if not maps:
            return layer(x, told)
        shares = x[:, -maps:]
        return torch.cat([layer(x[:, :-maps], told, shares), shares], 1)

    return compute


def _after_relu(conv: nn.Module) -> Callable[..., Tensor]:
    return lambda x, *told: conv(F.relu(x, inplace=True), *told)


def _to_image(x: Tensor) -> Tensor:
    return (x[:, :3].tanh() + 1) / 2  # Tanh [S], from [-1, 1] to image values
