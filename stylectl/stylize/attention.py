"""What the network looks at: for points of a content, the attention over the style's positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylectl.model.encoder import STRIDE
from stylectl.stylize.points import Pixel


@dataclass(frozen=True, eq=False)
class AttentionMaps:
    """What `Stylizer.attention` gives: P points, G heads, the grid of the style's positions.

    Attributes:
        points: x and y in pixels of the upright content.
        positions: row and column of the content's feature that each point lies in.
        gated: (P, G, rows, columns), the weights with which the network sums the style's values.
            Each head's sum to at most 1. None for a network without a gate.
        ungated: of the same shape, the softmax that the gate starts from; it sums to 1. For a
            network without a gate these are the weights.
        style_size: height and width in pixels at which the style was encoded.
        spacing: pixels of it from one position to the next; the first stands on the middle of the
            first 8 x 8.
    """

    points: tuple[Pixel, ...]
    positions: tuple[tuple[int, int], ...]
    gated: Tensor | None
    ungated: Tensor
    style_size: tuple[int, int]
    spacing: int

    @property
    def used(self) -> Tensor:
        """The weights that the network sums with, (P, G, rows, columns)."""
        return self.ungated if self.gated is None else self.gated

    @property
    def kept(self) -> Tensor:
        """The share of style positions whose weight is above 0, (P, G).

        It is 1 where the threshold gate closes everywhere, and plain attention stands in for it.
        """
        return (self.used > 0).flatten(2).float().mean(2)

    def cells(self, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """For an image of the style of any `size`: the position nearest to each of its pixels.

        Returns:
            the grid's row for each row (height,), and its column for each column (width,).
        """
        grid = self.ungated.shape[2:]
        down, across = (
            _nearest(encoded, shown, self.spacing, count)
            for encoded, shown, count in zip(self.style_size, size, grid, strict=True)
        )
        return down, across


def feature_positions(
    points: Sequence[Pixel], size: tuple[int, int], fitted: tuple[int, int]
) -> tuple[tuple[int, int], ...]:
    """Row and column of the feature over each point of a content of `size`, encoded at `fitted`."""
    scale = [worked / given for worked, given in zip(fitted, size, strict=True)]
    return tuple(
        (int((y + 0.5) * scale[0] // STRIDE), int((x + 0.5) * scale[1] // STRIDE))
        for x, y in points
    )


def _nearest(encoded: int, shown: int, spacing: int, count: int) -> Tensor:
    middles = (torch.arange(shown) + 0.5) * encoded / shown  # in pixels of the encoded style
    return ((middles - STRIDE / 2) / spacing).round().long().clamp(0, count - 1)
