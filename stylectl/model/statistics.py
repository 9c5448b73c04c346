"""Instance statistics of a feature: the only thing in the network that sees a whole picture.

They are an argument everywhere, so tiles can share the whole picture's and video can smooth them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class InstanceStatistics:
    """Mean and standard deviation of each channel over all positions, both (B, C, 1, 1)."""

    mean: Tensor
    std: Tensor

    def normalise(self, x: Tensor) -> Tensor:
        """(x - mean) / std for x (B, C, H, W)."""
        return (x - self.mean) / self.std


def instance_statistics(
    x: Tensor, epsilon: float = 1e-5, correction: int = 0
) -> InstanceStatistics:
    """The statistics of x (B, C, H, W); the variance is the population's, plus `epsilon`.

    With a `correction` of 1 it is the sample's: squares are divided by one less than their number.
    Halves are summed in float32, where they cannot overflow.
    """
    x = x if x.dtype == torch.float64 else x.float()
    mean = x.mean((2, 3), keepdim=True)
    # Two passes; Tensor.var is several times slower on channels_last maps.
    variance = (x - mean).square().mean((2, 3), keepdim=True)
    if correction:
        positions = x.shape[2] * x.shape[3]
        variance = variance * (positions / (positions - correction))
    return InstanceStatistics(mean, (variance + epsilon).sqrt())
