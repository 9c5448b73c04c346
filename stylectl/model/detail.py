"""The content's finest detail, straight into the decoder: [C], after LapStyle's revision network.

A feature of stride 8 and few channels cannot hold what is finer than about four pixels, and a
decoder that must invent it draws hatching. What a picture has beyond its own blur goes around the
feature: no colours or areas, which are the style's to choose.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.convolution import ReflectConv2d
from stylectl.model.receptive_field import Stage, reach_of

_GAIN = 4.0  # brings residuals, of a few per cent, to the size of other activations
_BINOMIAL = (1.0, 2.0, 1.0)


class DetailConv(ReflectConv2d):
    """Residual (B, 3, H, W) -> what is added to the decoder's feature (B, C, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__(3, channels)
        # Starts as nothing: weights that were trained without go on where they were.
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)  # type: ignore[arg-type]


def detail_stages(conv: DetailConv, scale: int) -> list[Stage]:
    """From a picture (B, 3, H, W) in [0, 1] to (B, C, H/scale, W/scale); scale 1, 2 or 4."""
    halvings = [Stage(_halve, down=2)] * (scale.bit_length() - 1)
    return [*halvings, Stage(_residual, reach=1), Stage(conv, reach_of(conv))]


def _halve(image: Tensor) -> Tensor:
    return F.avg_pool2d(image, 2)  # (B, 3, H/2, W/2)


def _residual(image: Tensor) -> Tensor:
    taps = image.new_tensor(_BINOMIAL) / sum(_BINOMIAL)
    kernel = torch.outer(taps, taps).expand(3, 1, 3, 3)
    blurred = F.conv2d(F.pad(image, (1, 1, 1, 1), mode="reflect"), kernel, groups=3)
    return (image - blurred) * _GAIN
