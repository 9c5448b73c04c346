"""Whose colours a picture has: those of the style, of the content, or of both, matched.

All values are sRGB in [0, 1]. `keep_colours` works pixel by pixel, so tiles may use it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.media import LUMA

_SMALLEST_VARIANCE = 1e-4  # below it a grey style's noise would be blown up into colours

# Björn Ottosson's Oklab (2020): a space in which equal distances look equal.
_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def luma(image: Tensor) -> Tensor:
    """(B, 1, H, W) of images (B, 3, H, W)."""
    weights = image.new_tensor(LUMA)[:, None, None]
    return (image * weights).sum(1, keepdim=True)


def keep_colours(painted: Tensor, content: Tensor) -> Tensor:
    """The luma of `painted` with the chroma of `content`, both (B, 3, H, W).

    Where the content's chroma does not fit a luma it fades just as far as it must, which keeps
    hue and luma where clipping would shift both.
    """
    grey = luma(painted)
    chroma = content - luma(content)  # (B, 3, H, W)
    room = torch.where(chroma > 0, 1 - grey, grey)
    fits = room / chroma.abs().clamp(min=1e-6)  # how many times the chroma fits, channel by channel
    return (grey + chroma * fits.amin(1, keepdim=True).clamp(max=1)).clamp(0, 1)


def match_colours(style: Tensor, content: Tensor) -> Tensor:
    """`style` (B, 3, H, W) with the mean and the covariance of `content`'s colours in Oklab.

    The map is the linear one that moves colours least (optimal transport between Gaussians), so
    what was red in the style becomes the nearest that the content has to offer. `content` is
    (B or 1, 3, H', W').
    """
    source, target = (to_oklab(image.double()).flatten(2) for image in (style, content))
    source_mean, target_mean = (x.mean(2, keepdim=True) for x in (source, target))  # (B, 3, 1)
    root = _power(_covariance(source - source_mean), 0.5, _SMALLEST_VARIANCE)
    inverse = _power(_covariance(source - source_mean), -0.5, _SMALLEST_VARIANCE)
    middle = _power(root @ _covariance(target - target_mean) @ root, 0.5, 0.0)
    transport = inverse @ middle @ inverse  # (B, 3, 3)
    moved = transport @ (source - source_mean) + target_mean  # (B, 3, H W)
    return from_oklab(moved.reshape(-1, *style.shape[1:])).to(style.dtype).clamp(0, 1)


def _covariance(centred: Tensor) -> Tensor:
    return centred @ centred.mT / centred.shape[2]  # (B, 3, 3)


def _power(matrix: Tensor, exponent: float, smallest: float) -> Tensor:
    """A symmetric matrix (B, 3, 3) to a power, its eigenvalues no smaller than `smallest`."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=smallest)[:, None] ** exponent) @ vectors.mT


def to_oklab(image: Tensor) -> Tensor:
    """Oklab colours (B, 3, H, W) of an image in sRGB."""
    linear = torch.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    return _mix(_mix(linear, _TO_LMS).clamp(min=0) ** (1 / 3), _TO_OKLAB)


def from_oklab(lab: Tensor) -> Tensor:
    """sRGB in [0, 1] of Oklab colours (B, 3, H, W)."""
    linear = _mix(_mix(lab, _inverse(_TO_OKLAB)) ** 3, _inverse(_TO_LMS)).clamp(0, 1)
    return torch.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp(min=1e-9) ** (1 / 2.4) - 0.055
    )


def _mix(image: Tensor, matrix: tuple[tuple[float, ...], ...] | Tensor) -> Tensor:
    """Each pixel of (B, 3, H, W) times a 3 x 3 matrix."""
    matrix = torch.as_tensor(matrix, dtype=image.dtype, device=image.device)
    return torch.einsum("ij,bjhw->bihw", matrix, image)


def _inverse(matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    return torch.tensor(matrix, dtype=torch.float64).inverse()
