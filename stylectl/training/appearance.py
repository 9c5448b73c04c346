"""Paintings stronger than those at hand: contrast, saturation and sharpness of crops, varied.

Training paintings are mostly calmer than those that people choose as a style, and a network paints
no colours or textures stronger than any that it has seen [C].
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.stylize.colour import luma
from stylectl.training.settings import StylizationSettings

UNCHANGED = ((1.0, 1.0), (1.0, 1.0), (0.0, 0.0))


def vary(
    styles: Tensor, settings: StylizationSettings, generator: torch.Generator, rows: range
) -> Tensor:
    """Crops of paintings (len(rows), 3, H, W) in [0, 1], each looking differently.

    Args:
        styles: the rows of a batch that this process computes.
        settings: `style_contrast`, `style_saturation`, `style_sharpness` and the batch's size.
        generator: draws for the whole batch, so that processes sharing it stay in step.
        rows: which of the batch the crops are.
    """
    ranges = (settings.style_contrast, settings.style_saturation, settings.style_sharpness)
    if ranges == UNCHANGED:
        return styles
    draws = torch.rand(settings.batch_size, 3, generator=generator)[rows.start : rows.stop]
    draws = draws.to(styles.device)[:, :, None, None, None]  # (B, 3, 1, 1, 1)
    contrast, saturation = (_log_uniform(draws[:, i], ranges[i]) for i in (0, 1))  # (B, 1, 1, 1)
    low, high = settings.style_sharpness
    sharpness = low + (high - low) * draws[:, 2]
    styles = _spread(styles, luma(styles), saturation)
    styles = _spread(styles, styles.mean((1, 2, 3), keepdim=True), contrast)
    blurred = F.avg_pool2d(F.pad(styles, (1, 1, 1, 1), mode="reflect"), 3, 1)
    return _spread(styles, blurred, 1 + sharpness).clamp(0, 1)


def _spread(images: Tensor, middle: Tensor, factor: Tensor) -> Tensor:
    return middle + (images - middle) * factor


def _log_uniform(draw: Tensor, limits: tuple[float, float]) -> Tensor:
    low, high = limits
    return low * (high / low) ** draw
