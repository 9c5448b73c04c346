"""One reference out of several style pictures: nothing missing, no gaps, strokes to scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stylectl.errors import UsageError
from stylectl.stylize.settings import Stitch
from stylectl.stylize.stitch import stitched

LAYOUTS: tuple[Stitch, ...] = ("row", "grid", "equal")
SHAPES = ((60, 90), (80, 40), (50, 50), (30, 120), (64, 64))


def flat(count: int) -> list[np.ndarray]:
    """Pictures of several shapes, each of one grey: 0.1, 0.2, ..."""
    return [np.full((*SHAPES[k], 3), (k + 1) / 10, np.float32) for k in range(count)]


def shares(image: torch.Tensor, count: int) -> list[float]:
    """The share of the area that each of the greys has."""
    nearest = (image[0] * 10).round()
    return [float((nearest == k + 1).float().mean()) for k in range(count)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_all_are_there_and_nothing_else(layout: Stitch, count: int) -> None:
    image = stitched(flat(count), layout, size=100)
    assert image.shape[0] == 3
    found = shares(image, count)
    assert min(found) > 0.02
    assert sum(found) == pytest.approx(1)
    assert (image * 10 - (image * 10).round()).abs().max() < 1e-3  # no gap, no seam


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [64, 128])
def test_it_has_the_pixels_that_they_have_alone(layout: Stitch, size: int) -> None:
    area = sum(h * w * (size / max(h, w)) ** 2 for h, w in SHAPES)
    image = stitched(flat(5), layout, size=size)
    assert image.shape[1] * image.shape[2] == pytest.approx(area, rel=0.03)


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_equal_areas(count: int) -> None:
    image = stitched(flat(count), "equal", size=200)
    assert image.shape[1] == image.shape[2]
    assert shares(image, count) == pytest.approx([1 / count] * count, abs=0.01)


def test_a_row_is_whole_pictures_side_by_side() -> None:
    image = stitched(flat(3), "row", size=100)
    widths = [round(share * image.shape[2]) for share in shares(image, 3)]
    for width, (h, w) in zip(widths, SHAPES, strict=False):
        assert width / image.shape[1] == pytest.approx(w / h, rel=0.03)
    assert image[0, 0].diff().min() > -1e-6  # from left to right


def test_a_grid_has_rows() -> None:
    image = (stitched(flat(4), "grid", size=100) * 10).round()
    assert image[0, 0].unique().tolist() == [1, 2]
    assert image[0, -1].unique().tolist() == [3, 4]


def test_equal_keeps_the_middle() -> None:
    wide = np.zeros((40, 120, 3), np.float32)
    wide[:, 40:80] = 1
    image = stitched([wide, wide, wide, wide], "equal", size=120)
    assert image.mean() > 0.9


@pytest.mark.parametrize("layout", LAYOUTS)
def test_extreme_shapes(layout: Stitch) -> None:
    thin = [np.ones((1, 900, 3), np.float32), np.ones((900, 1, 3), np.float32)]
    assert stitched([*thin, *flat(1)], layout, size=64).min() > 0


def test_errors() -> None:
    with pytest.raises(UsageError, match="no style"):
        stitched([])
    with pytest.raises(UsageError, match="style_size is 0"):
        stitched(flat(2), size=0)
