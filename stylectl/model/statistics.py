"""Instance statistics of a feature: the only thing in the network that sees a whole picture.

They are an argument everywhere, so tiles can share the whole picture's and video can smooth them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

EPSILON = 1e-5  # added to variances


def widened(x: Tensor) -> Tensor:
    """x in float32, or in float64 if it is: sums over halves overflow and are mostly rounding."""
    return x if x.dtype == torch.float64 else x.float()


@dataclass(frozen=True)
class InstanceStatistics:
    """Mean and standard deviation of each channel over all positions, both (B, C, 1, 1)."""

    mean: Tensor
    std: Tensor

    def normalise(self, x: Tensor) -> Tensor:
        """(x - mean) / std for x (B, C, H, W)."""
        return (x - self.mean) / self.std


def instance_statistics(
    x: Tensor, epsilon: float = EPSILON, correction: int = 0
) -> InstanceStatistics:
    """The statistics of x (B, C, H, W); the variance is the population's, plus `epsilon`.

    With a `correction` of 1 it is the sample's: squares are divided by one less than their number.
    Halves are summed in float32, where they cannot overflow.
    """
    x = widened(x)
    mean = x.mean((2, 3), keepdim=True)
    # Two passes; Tensor.var is several times slower on channels_last maps.
    variance = (x - mean).square().mean((2, 3), keepdim=True)
    if correction:
        positions = x.shape[2] * x.shape[3]
        variance = variance * (positions / (positions - correction))
    return InstanceStatistics(mean, (variance + epsilon).sqrt())


class StreamedStatistics:
    """The instance statistics of a feature that is seen part by part, each position once.

    Counts, means and squared deviations are combined in float64 by Chan's formula: neither the
    number of the parts nor their order matters to more than float32 shows.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = torch.zeros(())
        self.deviation = torch.zeros(())

    def add(self, x: Tensor) -> None:
        """Takes a part x (B, C, h, w)."""
        wide = widened(x)
        mean = wide.mean((2, 3), keepdim=True)
        deviation = (wide - mean).square().sum((2, 3), keepdim=True)
        # On the CPU, since Apple's GPUs know no float64; these are few numbers.
        mean, deviation = mean.cpu().double(), deviation.cpu().double()  # (B, C, 1, 1) each
        count = x.shape[2] * x.shape[3]
        if not self.count:
            self.count, self.mean, self.deviation = count, mean, deviation
            return
        total, delta = self.count + count, mean - self.mean
        self.mean = self.mean + delta * (count / total)
        self.deviation = self.deviation + deviation + delta.square() * (self.count * count / total)
        self.count = total

    def result(self, like: Tensor, epsilon: float = EPSILON) -> InstanceStatistics:
        """As `instance_statistics` of the whole, on the device and in the type of `like`."""
        std = (self.deviation / self.count + epsilon).sqrt()
        return InstanceStatistics(self.mean.to(like), std.to(like))
