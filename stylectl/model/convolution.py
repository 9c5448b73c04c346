"""Convolutions that keep the size of a map and mirror it at its borders."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LARGE = 128 * 128  # positions from which copying a map costs more than four strips (measured)


class ReflectConv2d(nn.Conv2d):
    """A convolution (B, C, H, W) -> (B, C', H, W) of odd size, padded by reflection.

    Zeros would draw a frame around every picture. Torch pads by making a larger copy of the map;
    without gradients and from a certain size on, the copy is saved: convolved with zeros around it,
    which costs nothing, only the outermost rows and columns are wrong, and are computed anew.
    """

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(inputs, outputs, size, stride, padding=size // 2, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        large = x.shape[2] * x.shape[3] >= _LARGE
        if self.kernel_size != (3, 3) or self.stride != (1, 1) or torch.is_grad_enabled():
            return super().forward(x)
        return self._mirrored_strips(x) if large else super().forward(x)

    def _mirrored_strips(self, x: Tensor) -> Tensor:
        result = F.conv2d(x, self.weight, self.bias, padding=1)
        for side in (2, 3):
            end = x.shape[side] - 1
            for border, strip in ((0, x.narrow(side, 0, 2)), (end, x.narrow(side, end - 1, 2))):
                mirrored = F.pad(strip, (1, 1, 1, 1), mode="reflect")
                outer = F.conv2d(mirrored, self.weight, self.bias)  # two rows (or columns)
                result.narrow(side, border, 1).copy_(outer.narrow(side, 1 if border else 0, 1))
        return result
