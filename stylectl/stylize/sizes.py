"""Sizes: a long edge to work at, what the network can take, and back to exactly what was given."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from stylectl.model.encoder import STRIDE
from stylectl.model.network import MINIMUM_SIDE
from stylectl.stylize.regions import Frame

MULTIPLE, MINIMUM = STRIDE, MINIMUM_SIDE  # sides that the network takes, in pixels


def fit_long_edge(size: tuple[int, int], long_edge: int | None) -> tuple[int, int]:
    """Height and width of the same shape whose longer one is `long_edge`; None changes nothing."""
    if long_edge is None:
        return size
    height, width = (max(1, round(side * long_edge / max(size))) for side in size)
    return height, width


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """An image (B, 3, H, W) in [0, 1] resampled to `size`; itself if it has that size."""
    if image.shape[2:] == size:
        return image
    # Antialiased, or a large photo would lose its fine detail to noise; bicubic overshoots.
    return F.interpolate(image, size, mode="bicubic", antialias=True).clamp(0, 1)


def pad(image: Tensor) -> Tensor:
    """An image (B, 3, H, W) continued at the right and below to a size the network takes.

    Mirrored, which the network's own padding does too, as far as the image reaches; what is still
    missing repeats the last row or column.
    """
    height, width = image.shape[2:]
    below, right = _missing(height), _missing(width)
    mirrored = min(right, width - 1), min(below, height - 1)
    image = F.pad(image, (0, mirrored[0], 0, mirrored[1]), mode="reflect")
    rest = right - mirrored[0], below - mirrored[1]
    return F.pad(image, (0, rest[0], 0, rest[1]), mode="replicate") if any(rest) else image


def feature_frame(size: tuple[int, int], padded: Tensor) -> Frame:
    """Where the features of a content of `size` lie, whose image is now `padded`."""
    height, width = padded.shape[2:]
    return Frame(size, (height // MULTIPLE, width // MULTIPLE), (height, width))


def crop(image: Tensor, size: tuple[int, int]) -> Tensor:
    """The inverse of `pad` for an image that had `size`."""
    return image[..., : size[0], : size[1]]


def _missing(side: int) -> int:
    return max(MINIMUM, -(-side // MULTIPLE) * MULTIPLE) - side
