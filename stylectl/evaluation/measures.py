"""How far two images are apart: measures of feature maps {layer: (B, C, H, W)} and of pixels.

Training minimises some of them, `stylectl evaluate` reports them: one definition for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.evaluation.moments import Moments
from stylectl.model.statistics import instance_statistics, widened

Maps = dict[str, Tensor]

_GREY = (0.299, 0.587, 0.114)  # luma of BT.601
_SSIM_WINDOW, _SSIM_SIGMA = 11, 1.5  # pixels
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2


def content_loss(
    out: Maps, content: Maps, layers: Sequence[str], *, sample_variance: bool = False
) -> Tensor:
    """MSE of mean-variance-normalised features (SANet): structure without palette.

    `sample_variance` divides by N - 1 rather than N, which tells only on small maps.
    """
    terms = []
    for name in layers:
        a, b = (_normalised(x[name], sample_variance) for x in (out, content))
        terms.append(F.mse_loss(a, b))
    return torch.stack(terms).sum()


def style_loss(
    out: Mapping[str, Moments], style: Mapping[str, Moments], *, sample_variance: bool = False
) -> Tensor:
    """MSE of channel means plus MSE of channel standard deviations, summed over layers (SANet)."""
    terms = []
    for name, a in out.items():
        b = style[name]
        deviations = a.std(sample=sample_variance), b.std(sample=sample_variance)
        terms.append(F.mse_loss(a.mean, b.mean) + F.mse_loss(*deviations))
    return torch.stack(terms).sum()


def gram_loss(out: Mapping[str, Moments], style: Mapping[str, Moments]) -> Tensor:
    """Relative distance of Gram matrices |G(out) - G(style)| / |G(style)|, mean over layers."""
    terms = []
    for name, a in out.items():
        b = style[name]
        size = b.gram.norm(dim=(1, 2)).clamp_min(1e-8)  # a black style has no features at all
        terms.append(((a.gram - b.gram).norm(dim=(1, 2)) / size).mean())
    return torch.stack(terms).mean()


def relaxed_earth_mover(a: Tensor, b: Tensor) -> Tensor:
    """Relaxed earth mover's distance of points (B, N, C) and (B, M, C), cosine cost (STROTSS).

    max(mean of row minima, mean of column minima), averaged over the batch.
    """
    cost = 1 - F.normalize(a, dim=2) @ F.normalize(b, dim=2).transpose(1, 2)  # (B, N, M)
    rows, columns = cost.amin(2).mean(1), cost.amin(1).mean(1)
    return torch.maximum(rows, columns).mean()


def self_similarity(points: Tensor) -> Tensor:
    """Cosine distances between points (B, N, C), each row of (B, N, N) divided by its sum."""
    unit = F.normalize(points, dim=2)
    distances = 1 - unit @ unit.transpose(1, 2)  # (B, N, N)
    return distances / distances.sum(2, keepdim=True).clamp_min(1e-8)


def self_similarity_loss(out: Tensor, content: Tensor) -> Tensor:
    """Sum of absolute differences of `self_similarity` matrices (B, N, N), mean over the rows."""
    return (out - content).abs().sum(2).mean()


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (Wang 2004) of images (B, 3, H, W) in [0, 1], as grey; 1 is equal.

    Sides must be at least 11: the Gaussian window stays inside the image.
    """
    weights = a.new_tensor(_GREY)[:, None, None]
    x, y = ((image * weights).sum(1, keepdim=True) for image in (a, b))  # (B, 1, H, W)
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variance_x = _window_mean(x * x) - mean_x**2
    variance_y = _window_mean(y * y) - mean_y**2
    covariance = _window_mean(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + _SSIM_C1) / (mean_x**2 + mean_y**2 + _SSIM_C1)
    structure = (2 * covariance + _SSIM_C2) / (variance_x + variance_y + _SSIM_C2)
    return (luminance * structure).mean()


def sampled_points(x: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """At most `samples` positions of a map (B, C, H, W), drawn at random, as (B, N, C).

    In float32 at least: distances between halves would be mostly rounding.
    """
    v = x.flatten(2)  # (B, C, HW)
    if v.shape[2] > samples:
        chosen = torch.randperm(v.shape[2], generator=generator)[:samples]
        v = v[:, :, chosen.to(v.device)]
    return widened(v.transpose(1, 2))  # (B, N, C)


def _normalised(x: Tensor, sample_variance: bool) -> Tensor:
    return instance_statistics(x, correction=1 if sample_variance else 0).normalise(widened(x))


def _window_mean(x: Tensor) -> Tensor:
    distance = torch.arange(_SSIM_WINDOW, dtype=x.dtype, device=x.device) - _SSIM_WINDOW // 2
    window = torch.exp(-(distance**2) / (2 * _SSIM_SIGMA**2))
    window = window / window.sum()
    rows = F.conv2d(x, window[None, None, :, None])  # (B, 1, H - 10, W)
    return F.conv2d(rows, window[None, None, None, :])  # (B, 1, H - 10, W - 10)
