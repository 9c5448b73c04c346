"""Sizes: a long edge to work at, what the network can take, and back to exactly what was given."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.model.encoder import STRIDE
from stylectl.model.network import MINIMUM_SIDE
from stylectl.stylize.levels import bands, empty_image, from_unit, to_unit
from stylectl.stylize.regions import Frame

MULTIPLE, MINIMUM = STRIDE, MINIMUM_SIDE  # sides that the network takes, in pixels


def fit_long_edge(size: tuple[int, int], long_edge: int | None) -> tuple[int, int]:
    """Height and width of the same shape whose longer one is `long_edge`; None changes nothing."""
    if long_edge is None:
        return size
    height, width = (max(1, round(side * long_edge / max(size))) for side in size)
    return height, width


def resize(image: Tensor, size: tuple[int, int], dtype: torch.dtype = torch.float32) -> Tensor:
    """An image (B, 3, H, W), levels or floats, resampled to `size`; itself if it is so already.

    Args:
        image: the image.
        size: height and width.
        dtype: of the result: float32, or levels.
    """
    if image.shape[2:] == size and image.dtype == dtype:
        return image
    # First across in bands of rows, then down in bands of columns, so that no more than one image
    # is ever held in floats.
    height = image.shape[2]
    across = empty_image(image, (height, size[1]), torch.float32)
    for rows in bands(height, max(size[1], image.shape[3])):
        part = to_unit(image[..., rows, :])
        across[..., rows, :] = _resampled(part, (part.shape[2], size[1]))
    result = empty_image(image, size, dtype)
    for columns in bands(size[1], max(height, size[0])):
        part = across[..., columns]
        part = _resampled(part, (size[0], part.shape[3])).clamp(0, 1)
        result[..., columns] = from_unit(part, dtype)
    return result


def padded_size(size: tuple[int, int]) -> tuple[int, int]:
    """The least size of at least `size` that the network takes."""
    height, width = (max(MINIMUM, -(-side // MULTIPLE) * MULTIPLE) for side in size)
    return height, width


def window(image: Tensor, rows: slice, columns: slice) -> Tensor:
    """A part of an image (B, 3, H, W) padded to `padded_size`, as float32 in [0, 1].

    The padding, at the right and below, is mirrored, which the network's own padding is too, as far
    as the image reaches; what is still missing repeats the last row or column.
    """
    down, across = (
        _sources(span, side) for span, side in ((rows, image.shape[2]), (columns, image.shape[3]))
    )
    top, left = int(down.min()), int(across.min())
    part = to_unit(image[..., top : int(down.max()) + 1, left : int(across.max()) + 1])
    if rows.stop > image.shape[2]:
        part = part[..., (down - top).to(part.device), :]
    if columns.stop > image.shape[3]:
        part = part[..., (across - left).to(part.device)]
    return part


def pad(image: Tensor) -> Tensor:
    """The whole of an image (B, 3, H, W) padded to `padded_size`, as float32 in [0, 1]."""
    height, width = padded_size((image.shape[2], image.shape[3]))
    return window(image, slice(0, height), slice(0, width))


def feature_frame(size: tuple[int, int]) -> Frame:
    """Where the features of a content of `size` lie."""
    height, width = padded_size(size)
    return Frame(size, (height // MULTIPLE, width // MULTIPLE), (height, width))


def _sources(span: slice, side: int) -> Tensor:
    """Which of an image's `side` rows (or columns) stand at the rows `span` of the padded one."""
    places = torch.arange(span.start, span.stop)
    return torch.where(places < side, places, (2 * (side - 1) - places).clamp(min=0))


def _resampled(image: Tensor, size: tuple[int, int]) -> Tensor:
    if image.shape[2:] == size:
        return image
    # Antialiased, or a large photo would lose its fine detail to noise; bicubic overshoots.
    return F.interpolate(image, size, mode="bicubic", antialias=True)
