"""Where in a picture each style counts: masks of any size, or gradients across it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import UsageError
from stylectl.stylize.mask_checks import check_mask_aspect, check_mask_values
from stylectl.stylize.settings import DEFAULT_FEATHER, Layout

_BLUR = 8.0  # pixels: a mask that is blurred more widely is made smaller first, and loses nothing


@dataclass(frozen=True)
class Frame:
    """Where a map of a content is to be known.

    Attributes:
        size: height and width of the content.
        grid: rows and columns of the map.
        covered: height and width that the grid covers: the content's or, with the padding that the
            network needs at the right and below, a little more.
    """

    size: tuple[int, int]
    grid: tuple[int, int]
    covered: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Masks:
    """A soft mask (1, 1, h, w) in [0, 1] for each style; None for one that has what others leave.

    Make them with `soft_masks`.
    """

    maps: tuple[Tensor | None, ...]
    aspects: tuple[tuple[int, int] | None, ...]

    @property
    def count(self) -> int:
        """How many styles they are for."""
        return len(self.maps)

    def presence(self, frame: Frame) -> Tensor:
        """How much of each style is asked for, (K, rows, columns) in [0, 1].

        Raises:
            UsageError: a mask is of another shape than the content.
        """
        for number, aspect in enumerate(self.aspects, 1):
            if aspect is not None:
                check_mask_aspect(f"mask {number}", aspect, frame.size)
        maps = [None if m is None else _sampled(m, frame) for m in self.maps]
        covered = sum((m for m in maps if m is not None), torch.zeros(frame.grid))
        left = (1 - covered).clamp(min=0)
        return torch.stack([left if m is None else m for m in maps])  # (K, rows, columns)


@dataclass(frozen=True)
class Gradient:
    """`count` styles one after the other across the picture, each fading into the next."""

    layout: Layout
    count: int

    def presence(self, frame: Frame) -> Tensor:
        """As `Masks.presence`; sums to 1 everywhere."""
        down, across = (
            ((torch.arange(n) + 0.5) / n * covered / size).clamp(max=1)
            for n, covered, size in zip(frame.grid, frame.covered, frame.size, strict=True)
        )
        if self.layout == "left-right":
            place = across.expand(*frame.grid)
        elif self.layout == "top-bottom":
            place = down[:, None].expand(*frame.grid)
        else:  # radial: the first style in the middle, the last at the nearest edges
            tall, wide = (side / min(frame.size) for side in frame.size)
            place = torch.hypot((2 * down[:, None] - 1) * tall, (2 * across - 1) * wide)
            place = place.clamp(max=1)
        steps = place * (self.count - 1)  # style k stands alone where this is k
        styles = torch.arange(self.count)[:, None, None]
        return (1 - (steps - styles).abs()).clamp(min=0)  # (K, rows, columns)


Regions = Masks | Gradient


def soft_masks(
    masks: Sequence[NDArray[Any] | Tensor | None], feather: float = DEFAULT_FEATHER
) -> Masks:
    """Masks with soft edges.

    Args:
        masks: (h, w) float in [0, 1], of any size and the content's aspect ratio; None for a style
            that only fills what the others leave.
        feather: how far edges are blurred, as a share of the mask's long edge.

    Raises:
        UsageError: a mask is no such array, or black everywhere.
    """
    soft, aspects = [], []
    for number, mask in enumerate(masks, 1):
        if mask is None:
            soft.append(None)
            aspects.append(None)
            continue
        values = torch.as_tensor(mask, dtype=torch.float32)
        if values.ndim != 2 or 0 in values.shape:
            raise UsageError(
                f"mask {number} has the shape {tuple(values.shape)}", "give rows and columns"
            )
        low, high = (float(value) for value in torch.aminmax(values))
        check_mask_values(f"mask {number}", low, high)
        soft.append(_blurred(values[None, None], feather * max(values.shape)))
        aspects.append((values.shape[0], values.shape[1]))
    return Masks(tuple(soft), tuple(aspects))


def _blurred(mask: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of a mask (1, 1, h, w), cut off at three sigma; maybe at a smaller size."""
    if sigma > _BLUR:
        size = [max(1, round(side * _BLUR / sigma)) for side in mask.shape[2:]]
        mask, sigma = F.interpolate(mask, size, mode="bilinear", antialias=True), _BLUR
    reach = math.ceil(3 * sigma)
    if reach == 0:
        return mask
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum())[None, None]  # (1, 1, 2 reach + 1)
    mask = F.pad(mask, (reach, reach, reach, reach), mode="replicate")
    mask = F.conv2d(mask, weights[:, :, None])
    return F.conv2d(mask, weights[..., None]).clamp(0, 1)  # (1, 1, h, w)


def _sampled(mask: Tensor, frame: Frame) -> Tensor:
    """A mask (1, 1, h, w) over the content at the points of the frame's grid."""
    sides = zip(mask.shape[2:], frame.covered, frame.size, strict=True)
    below, right = (round(side * (covered / size - 1)) for side, covered, size in sides)
    mask = F.pad(mask, (0, right, 0, below), mode="replicate")
    return F.interpolate(mask, frame.grid, mode="bilinear", antialias=True)[0, 0].clamp(0, 1)
