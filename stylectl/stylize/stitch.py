"""The paper's way to several styles: one reference picture, stitched from theirs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.stylize.images import AnyImage, import_image
from stylectl.stylize.settings import (
    DEFAULT_STITCH,
    DEFAULT_STYLE_SIZE,
    Stitch,
    check_size,
)
from stylectl.stylize.sizes import fit_long_edge, resize


def stitched(
    styles: Sequence[AnyImage],
    layout: Stitch = DEFAULT_STITCH,
    size: int = DEFAULT_STYLE_SIZE,
) -> Tensor:
    """One image (3, H, W) in [0, 1] without gaps, for `Stylizer.encode_style(..., size=None)`.

    It has as many pixels as the styles have together at `size`, so their strokes keep the scale
    that they have alone.

    Args:
        layout: "row" sets them side by side; "grid" in rows of about as many as there are rows;
            "equal" too, but cut to the middle so that each fills the same area.
        size: long edge in pixels at which each style would be looked at alone.

    Raises:
        UsageError: there is no style, one is no image, or `size` is not positive.
    """
    check_size("style_size", size)
    if not styles:
        raise UsageError("there is no style to stitch", "give at least one")
    images = [import_image(style, "style").pixels[:1] for style in styles]  # (1, 3, H, W) each
    plain = [fit_long_edge((image.shape[2], image.shape[3]), size) for image in images]
    area = sum(height * width for height, width in plain)
    rows = [images] if layout == "row" else _rows(images)
    bands = _equal(rows, area) if layout == "equal" else _justified(rows, area)
    width = bands[0].shape[3]
    # A picture of next to no width still gets a pixel, for which its row may be wider.
    bands = [resize(band, (band.shape[2], width)) for band in bands]
    return torch.cat(bands, 2)[0]  # (3, H, W)


def _rows(images: list[Tensor]) -> list[list[Tensor]]:
    """In reading order, the fuller rows first."""
    count = round(math.sqrt(len(images)))
    rest, rows = images, []
    for left in range(count, 0, -1):
        length = math.ceil(len(rest) / left)
        rows.append(rest[:length])
        rest = rest[length:]
    return rows


def _equal(rows: list[list[Tensor]], area: int) -> list[Tensor]:
    """A square of parts of equal area; (1, 3, h, W) each."""
    side = max(1, round(math.sqrt(area)))
    heights = _parts(side, [len(row) for row in rows])  # fuller rows are higher
    bands = []
    for row, height in zip(rows, heights, strict=True):
        widths = _parts(side, [1] * len(row))
        bands.append(torch.cat([_cut(x, (height, w)) for x, w in zip(row, widths, strict=True)], 3))
    return bands


def _justified(rows: list[list[Tensor]], area: int) -> list[Tensor]:
    """Whole images, those of a row of one height, all rows of one width; (1, 3, h, W) each."""
    aspects = [[image.shape[3] / image.shape[2] for image in row] for row in rows]
    # A row that is 1 wide is 1 / sum(aspects) tall.
    width = math.sqrt(area / sum(1 / sum(row) for row in aspects))
    whole = max(1, round(width))
    bands = []
    for row, shapes in zip(rows, aspects, strict=True):
        height = max(1, round(width / sum(shapes)))
        widths = _parts(whole, shapes)
        bands.append(
            torch.cat([resize(x, (height, w)) for x, w in zip(row, widths, strict=True)], 3)
        )
    return bands


def _parts(whole: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in these proportions, each at least 1; they sum to `whole` if it suffices."""
    ends = [round(whole * sum(shares[:n]) / sum(shares)) for n in range(len(shares) + 1)]
    return [max(1, end - start) for start, end in itertools.pairwise(ends)]


def _cut(image: Tensor, size: tuple[int, int]) -> Tensor:
    """The middle of an image (1, 3, H, W), as large as it can be, at `size`."""
    scale = max(size[0] / image.shape[2], size[1] / image.shape[3])
    height, width = (
        max(side, math.ceil(edge * scale - 1e-6))
        for side, edge in zip(size, image.shape[2:], strict=True)
    )
    image = resize(image, (height, width))
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    return image[..., top : top + size[0], left : left + size[1]]
