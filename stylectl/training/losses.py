"""The terms of the training loss; each compares feature maps {layer: (B, C, H, W)} or images.

The paper names only L_adv and L_REMD [S]; the others are the field's and a choice [C].
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.model.statistics import instance_statistics

Maps = dict[str, Tensor]


def content_loss(out: Maps, content: Maps, layers: Sequence[str]) -> Tensor:
    """MSE of mean-variance-normalised features (SANet): structure without palette."""
    return torch.stack(
        [F.mse_loss(_normalised(out[n]), _normalised(content[n])) for n in layers]
    ).sum()


def style_loss(out: Maps, style: Maps) -> Tensor:
    """MSE of channel means plus MSE of channel standard deviations, summed over layers (SANet)."""
    terms = []
    for name, x in out.items():
        a, b = instance_statistics(x), instance_statistics(style[name])
        terms.append(F.mse_loss(a.mean, b.mean) + F.mse_loss(a.std, b.std))
    return torch.stack(terms).sum()


def gram_loss(out: Maps, style: Maps) -> Tensor:
    """Relative distance of Gram matrices |G(out) - G(style)| / |G(style)|, mean over layers."""
    terms = []
    for name, x in out.items():
        a, b = _gram(x), _gram(style[name])
        size = b.norm(dim=(1, 2)).clamp_min(1e-8)  # a black style has no features at all
        terms.append(((a - b).norm(dim=(1, 2)) / size).mean())
    return torch.stack(terms).mean()


def remd_loss(
    out: Maps, style: Maps, layers: Sequence[str], samples: int, generator: torch.Generator
) -> Tensor:
    """Relaxed earth mover's distance with cosine cost over sampled positions (STROTSS), L_REMD [S].

    max(mean of row minima, mean of column minima), averaged over the batch, summed over layers.
    """
    terms = []
    for name in layers:
        a = F.normalize(_sampled(out[name], samples, generator), dim=2)  # (B, N, C)
        b = F.normalize(_sampled(style[name], samples, generator), dim=2)
        cost = 1 - a @ b.transpose(1, 2)  # (B, N, N)
        rows, columns = cost.amin(2).mean(1), cost.amin(1).mean(1)
        terms.append(torch.maximum(rows, columns).mean())
    return torch.stack(terms).sum()


def total_variation(image: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels of images (B, 3, H, W)."""
    vertical = (image[:, :, 1:] - image[:, :, :-1]).abs().mean()
    horizontal = (image[:, :, :, 1:] - image[:, :, :, :-1]).abs().mean()
    return vertical + horizontal


def least_squares(scores: Sequence[Tensor], target: float) -> Tensor:
    """Least-squares GAN loss of patch scores at every scale against `target`, mean over scales."""
    return torch.stack([(s - target).square().mean() for s in scores]).mean()


def _normalised(x: Tensor) -> Tensor:
    return instance_statistics(x).normalise(x)


def _gram(x: Tensor) -> Tensor:
    v = x.flatten(2)  # (B, C, HW)
    return v @ v.transpose(1, 2) / v.shape[2]  # (B, C, C)


def _sampled(x: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    v = x.flatten(2)  # (B, C, HW)
    if v.shape[2] > samples:
        chosen = torch.randperm(v.shape[2], generator=generator)[:samples]
        v = v[:, :, chosen.to(v.device)]
    return v.transpose(1, 2)  # (B, N, C)
