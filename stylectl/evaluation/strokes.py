"""How wide the strokes of a picture are, measured on the picture."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.stylize.colour import LUMA

MOTIF = 1 / 16  # of the long edge: what is wider belongs to what is shown, not to how


def stroke_width(image: Tensor) -> float:
    """The width of the strokes of an image (3, H, W) in [0, 1], as a share of its long edge.

    Of the luma without what is wider than `MOTIF`, the autocorrelation is taken, averaged over all
    directions; strokes are three times as wide as the distance at which it falls to a half. Of
    stripes, it is the width of a stripe.
    """
    luma = (image * image.new_tensor(LUMA)[:, None, None]).sum(0)  # (H, W)
    edge = max(luma.shape)
    fine = luma - _blurred(luma, MOTIF * edge / 2)
    fine = fine - fine.mean()
    power = torch.fft.rfft2(fine, s=[2 * side for side in luma.shape]).abs().square()
    correlation = torch.fft.irfft2(power)  # (2H, 2W); the padding keeps the ends apart
    radial = _radial_mean(correlation, luma.shape, math.ceil(MOTIF * edge) + 2)
    radial = radial / radial[0]
    lag = int((radial < 0.5).nonzero()[0])
    before, after = float(radial[lag - 1]), float(radial[lag])
    return 3 * (lag - (0.5 - after) / (before - after)) / edge


def _blurred(luma: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur, done small: what is left of the picture has no more detail."""
    small = [max(1, round(4 * side / sigma)) for side in luma.shape]
    x = F.interpolate(luma[None, None], small, mode="bilinear", antialias=True)
    reach = 8
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / 4).square()).to(luma)
    weights = (weights / weights.sum())[None, None]  # (1, 1, 17)
    x = F.pad(x, (reach,) * 4, mode="replicate")
    x = F.conv2d(F.conv2d(x, weights[..., None]), weights[:, :, None])
    return F.interpolate(x, luma.shape, mode="bicubic")[0, 0]  # (H, W)


def _radial_mean(correlation: Tensor, size: torch.Size, length: int) -> Tensor:
    """The mean over all directions at each whole distance from 0 on, (length,)."""
    height, width = size
    down, across = (torch.arange(-length, length + 1) for _ in range(2))
    part = correlation[down[:, None], across]  # negative indices wrap as lags do
    # Fewer places overlap at a larger lag.
    overlap = (height - down.abs())[:, None] * (width - across.abs())
    distance = torch.hypot(down[:, None].float(), across.float()).round().long()
    inside = distance < length
    sums = torch.zeros(length).index_add_(0, distance[inside], (part / overlap)[inside])
    return sums / torch.bincount(distance[inside], minlength=length)
