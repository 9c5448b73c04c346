"""The terms of the training loss that are no measures of `stylectl evaluate` as they stand.

The paper names only L_adv and L_REMD [S]; the others are the field's and a choice [C].
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stylectl.evaluation import measures
from stylectl.evaluation.measures import Maps, relaxed_earth_mover, sampled_points


def remd_loss(
    out: Maps, style: Maps, layers: Sequence[str], samples: int, generator: torch.Generator
) -> Tensor:
    """Relaxed earth mover's distance over sampled positions, summed over layers: L_REMD [S]."""
    terms = []
    for name in layers:
        a = sampled_points(out[name], samples, generator)  # (B, N, C)
        b = sampled_points(style[name], samples, generator)
        terms.append(relaxed_earth_mover(a, b))
    return torch.stack(terms).sum()


def self_similarity_loss(
    out: Tensor, content: Tensor, samples: int, generator: torch.Generator
) -> Tensor:
    """How the distances between sampled positions differ from the content's, the same positions.

    Maps (B, C, H, W) of one layer; the content loss of STROTSS.
    """
    both = torch.cat([out, content], 1)  # one draw of positions for the two
    points = sampled_points(both, samples, generator)  # (B, N, 2C)
    a, b = points.chunk(2, -1)
    return measures.self_similarity_loss(measures.self_similarity(a), measures.self_similarity(b))


def total_variation(image: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels of images (B, 3, H, W)."""
    vertical = (image[:, :, 1:] - image[:, :, :-1]).abs().mean()
    horizontal = (image[:, :, :, 1:] - image[:, :, :, :-1]).abs().mean()
    return vertical + horizontal


def least_squares(scores: Sequence[Tensor], target: float) -> Tensor:
    """Least-squares GAN loss of patch scores at every scale against `target`, mean over scales."""
    return torch.stack([(s - target).square().mean() for s in scores]).mean()
