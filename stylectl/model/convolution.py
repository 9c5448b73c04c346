"""Convolutions that keep the size of a map and mirror it at its borders."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LARGE = 512 * 512  # positions from which copying a map costs more than four strips (measured)


class ReflectConv2d(nn.Conv2d):
    """A convolution (B, C, H, W) -> (B, C', H, W) of odd size, padded by reflection.

    Zeros would draw a frame around every picture. Torch pads by making a larger copy of the map;
    without gradients and from a certain size on, the copy is saved: convolved with zeros around it,
    which costs nothing, only the outermost rows and columns are wrong, and are computed anew.
    """

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(inputs, outputs, size, stride, padding=size // 2, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        return self.convolve(x, self.weight, self.bias)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The same with other weights than its own."""
        large = x.shape[2] * x.shape[3] >= _LARGE
        plain = self.kernel_size == (3, 3) and self.stride == (1, 1)
        if large and plain and not torch.is_grad_enabled():
            return _mirrored_strips(x, weight, bias)
        return F.conv2d(self._mirrored(x), weight, bias, self.stride)

    def _mirrored(self, x: Tensor) -> Tensor:
        reach = self.kernel_size[0] // 2
        if not reach:
            return x
        # Autocast on a CPU widens what is to be padded, of no use before a convolution in bf16.
        with torch.autocast(x.device.type, enabled=False):
            return F.pad(x, (reach,) * 4, mode="reflect")


def _mirrored_strips(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    result = F.conv2d(x, weight, bias, padding=1)
    for side in (2, 3):
        end = x.shape[side] - 1
        for border, strip in ((0, x.narrow(side, 0, 2)), (end, x.narrow(side, end - 1, 2))):
            mirrored = F.pad(strip, (1, 1, 1, 1), mode="reflect")
            outer = F.conv2d(mirrored, weight, bias)  # two rows (or columns)
            result.narrow(side, border, 1).copy_(outer.narrow(side, 1 if border else 0, 1))
    return result
