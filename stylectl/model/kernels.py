"""Style kernels (SK): the style as a small filter of its own for every position and channel [S]."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import ModelConfig
from stylectl.model.convolution import ReflectConv2d
from stylectl.model.receptive_field import Size, reach_of


class StyleKernels(nn.Module):
    """phi: two 3x3 conv blocks, Zcs (B, C, H, W) -> kernels F (B, (2k+1) C, H, W) [S].

    Starts at the delta kernel, which returns Zc as it is [C]: training begins as an autoencoder.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, taps = config.width, config.kernel_size
        self.taps = taps
        hidden, outputs = config.kernel_channels, width * (2 * taps + 1)
        self.hidden = ReflectConv2d(width, hidden)
        self.output = ReflectConv2d(hidden, outputs)
        nn.init.zeros_(self.output.weight)
        with torch.no_grad():
            self.output.bias.copy_(delta_kernel(width, taps))  # type: ignore[union-attr]

    def forward(self, zcs: Tensor) -> Tensor:
        return self.output(F.relu(self.hidden(zcs), inplace=True))

    @property
    def reach(self) -> Size:
        """The rows and columns that a modulated position reads to each side, of Zc or of Zcs.

        The horizontal pass reads vertical results of its neighbours, made by kernels of theirs.
        """
        kernels, taps = reach_of(self.hidden, self.output), self.taps // 2
        return max(kernels, taps), kernels + taps


def delta_kernel(width: int, taps: int) -> Tensor:
    """The kernel channels ((2k+1) C,) that leave a feature unchanged."""
    kernel = torch.zeros(2 * taps + 1, width)
    kernel[taps // 2] = 1  # the middle vertical tap
    kernel[taps + taps // 2] = 1  # the middle horizontal tap
    return kernel.flatten()


def apply_kernels(zc: Tensor, kernels: Tensor, taps: int) -> Tensor:
    """Convolve each position and channel of Zc (B, C, H, W) with kernels of its own.

    `kernels` (B, (2k+1) C, H, W) holds k vertical taps, k horizontal taps and a bias, C channels
    each, top to bottom and left to right. Depthwise, replicate padding; vertical pass, then
    horizontal pass, then + bias; no activation (the layer of IFAN, CVPR 2021) [C]. The horizontal
    pass reads its neighbours' vertical results, each made with the neighbour's own taps.
    """
    height, width = zc.shape[2:]
    parts = kernels.chunk(2 * taps + 1, 1)
    reach = taps // 2
    padded = F.pad(zc, (0, 0, reach, reach), mode="replicate")  # (B, C, H+2r, W)
    x = sum(parts[i] * padded[:, :, i : i + height] for i in range(taps))
    assert isinstance(x, Tensor)
    padded = F.pad(x, (reach, reach, 0, 0), mode="replicate")  # (B, C, H, W+2r)
    x = sum(parts[taps + i] * padded[..., i : i + width] for i in range(taps))
    return x + parts[-1]
