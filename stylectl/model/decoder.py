"""The decoder of the supplement's table 1: no normalisation layers, so nothing looks far [S]."""

from __future__ import annotations

import itertools

from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import ModelConfig
from stylectl.model.convolution import ReflectConv2d
from stylectl.model.detail import DetailConv, detail_stages
from stylectl.model.receptive_field import Stage, reach_of, run


class ResBlock(nn.Module):
    """Pre-activation ReLU-Conv-ReLU-Conv plus Conv shortcut, (B, C, H, W) -> (B, C', H, W)."""

    def __init__(self, inputs: int, outputs: int, shortcut_size: int) -> None:
        super().__init__()
        self.first = _conv(inputs, outputs)
        self.second = _conv(outputs, outputs)
        self.shortcut = _conv(inputs, outputs, shortcut_size)
        nn.init.zeros_(self.second.weight)  # starts as its shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.relu(self.first(F.relu(x)), inplace=True)) + self.shortcut(x)

    @property
    def reach(self) -> int:
        """How many positions an output position reads to each side."""
        return max(reach_of(self.first, self.second), reach_of(self.shortcut))


class Decoder(nn.Module):
    """Modulated feature (B, C, H, W) -> RGB image (B, 3, 8H, 8W) in [0, 1]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.upsampling = config.upsampling
        widths = [config.width // 2**i for i in range(4)]  # C, C/2, C/4, C/8
        self.blocks = nn.ModuleList(
            ResBlock(a, b, config.shortcut_size) for a, b in itertools.pairwise(widths)
        )
        self.refine = nn.ModuleList(
            _conv(widths[-1], widths[-1]) for _ in range(config.full_resolution_convs)
        )
        self.details = nn.ModuleList(DetailConv(width) for width in widths[1:] if config.detail)
        self.output = _conv(widths[-1], 3)
        # Starts near grey: without normalisation layers a larger start saturates Tanh for good.
        nn.init.normal_(self.output.weight, std=0.02)

    def forward(self, x: Tensor, image: Tensor | None = None) -> Tensor:
        """See the class; `image` (B, 3, 8H, 8W) is the content, read only if there is `detail`."""
        return run(self.stages(), x, image)

    def stages(self) -> list[Stage]:
        """The decoder as a chain, for the whole feature or region by region."""
        stages = []
        for index, block in enumerate(self.blocks):
            stages += [Stage(block, reach_of(block)), self._upsample(index)]
        for conv in self.refine:
            stages.append(Stage(lambda x, f=conv: f(F.relu(x, inplace=True)), reach_of(conv)))
        return [*stages, Stage(self._to_image, reach_of(self.output))]

    def _upsample(self, index: int) -> Stage:
        def double(x: Tensor) -> Tensor:
            return F.interpolate(x, scale_factor=2.0, mode=self.upsampling)  # (B, C, 2H, 2W)

        added = detail_stages(self.details[index], 4 >> index) if self.details else ()  # type: ignore[arg-type]
        return Stage(double, reach=1 if self.upsampling == "bilinear" else 0, up=2, added=added)

    def _to_image(self, x: Tensor) -> Tensor:
        x = self.output(F.relu(x, inplace=True))  # (B, 3, H, W)
        return (x.tanh() + 1) / 2  # Tanh [S], from [-1, 1] to image values


def _conv(inputs: int, outputs: int, size: int = 3) -> ReflectConv2d:
    conv = ReflectConv2d(inputs, outputs, size)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return conv
