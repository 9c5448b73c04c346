"""The first two moments of a feature map, of which every figure of its statistics is made.

Means, deviations and Gram matrices come from one product of a map with itself, so a large map is
read once, and once more on the way back; computed term by term they took more time than the
networks (measured).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylectl.model.statistics import EPSILON


@dataclass(frozen=True, eq=False)
class Moments:
    """Of the N positions x of a map: their mean (B, C), and `gram` (B, C, C), the mean of x x^T."""

    mean: Tensor
    gram: Tensor
    positions: int

    def std(self, *, sample: bool = False) -> Tensor:
        """The standard deviation of every channel (B, C); `sample` divides squares by N - 1."""
        variance = self.gram.diagonal(dim1=1, dim2=2) - self.mean.square()
        if sample:
            variance = variance * (self.positions / (self.positions - 1))
        return (variance.clamp_min(0) + EPSILON).sqrt()  # rounding can go below 0


def moments(x: Tensor) -> Moments:
    """The moments of a map (B, C, H, W), in float32 at least whatever the map is in."""
    mean, gram = _SecondMoments.apply(x)  # type: ignore[misc]
    return Moments(mean, gram, x.shape[2] * x.shape[3])


def moments_of(maps: Mapping[str, Tensor]) -> dict[str, Moments]:
    """The moments of every map."""
    return {name: moments(x) for name, x in maps.items()}


class _SecondMoments(torch.autograd.Function):
    """(B, C, H, W) -> means (B, C) and Gram matrices (B, C, C).

    By itself autograd would multiply twice on the way back, once for each factor of x x^T.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x)
        v = _positions(x)
        wide = torch.promote_types(x.dtype, torch.float32)
        count = v.shape[1]
        mean = v.sum(1, dtype=wide) / count
        return mean, (v.transpose(1, 2) @ v).to(wide) / count

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        of_mean, of_gram = gradients
        v = _positions(x)
        count = v.shape[1]
        both = (of_gram + of_gram.transpose(1, 2)) / count  # x is either factor
        result = v @ both.to(v.dtype)  # (B, N, C)
        result += (of_mean / count)[:, None].to(v.dtype)
        return result.transpose(1, 2).view_as(x)


def _positions(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)  # (B, N, C), no copy of channels_last maps
