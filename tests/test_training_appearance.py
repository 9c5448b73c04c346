"""Paintings shown stronger or calmer than they are: what each range does, and to which crop."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.media import LUMA
from stylectl.training.appearance import vary
from stylectl.training.settings import Range, StylizationSettings

SIZE = 4


def crops() -> Tensor:
    """Colourful, and far enough from black and white for no factor here to reach them."""
    return 0.5 + 0.08 * torch.rand(SIZE, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def varied(
    images: Tensor,
    rows: range = range(SIZE),
    /,
    *,
    contrast: Range = (1.0, 1.0),
    saturation: Range = (1.0, 1.0),
    sharpness: Range = (0.0, 0.0),
) -> Tensor:
    settings = StylizationSettings(
        batch_size=SIZE,
        crop=32,
        style_contrast=contrast,
        style_saturation=saturation,
        style_sharpness=sharpness,
    )
    return vary(images[rows.start : rows.stop], settings, torch.Generator().manual_seed(5), rows)


def luma(images: Tensor) -> Tensor:
    return (images * torch.tensor(LUMA)[:, None, None]).sum(1, keepdim=True)


def test_ranges_that_change_nothing_draw_nothing() -> None:
    images, generator = crops(), torch.Generator().manual_seed(5)
    before = generator.get_state()
    assert vary(images, StylizationSettings(), generator, range(SIZE)) is images
    assert torch.equal(generator.get_state(), before)


def test_contrast_spreads_a_crop_around_its_mean() -> None:
    images = crops()
    middle = images.mean((1, 2, 3), keepdim=True)
    expected = middle + 2 * (images - middle)
    torch.testing.assert_close(varied(images, contrast=(2.0, 2.0)), expected)


def test_saturation_keeps_the_luma() -> None:
    images = crops()
    result = varied(images, saturation=(0.5, 0.5))
    torch.testing.assert_close(luma(result), luma(images))
    torch.testing.assert_close(result - luma(result), 0.5 * (images - luma(images)))


def test_sharpness_adds_what_is_beyond_the_blur() -> None:
    images = crops()
    result = varied(images, sharpness=(1.5, 1.5))
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    blurred = torch.nn.functional.avg_pool2d(images, 3, 1)
    torch.testing.assert_close(result[inner], images[inner] + 1.5 * (images[inner] - blurred))
    flat = torch.full((SIZE, 3, 32, 32), 0.4)
    torch.testing.assert_close(varied(flat, sharpness=(1.5, 1.5)), flat)


def test_results_are_images() -> None:
    images = torch.rand(SIZE, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    result = varied(images, contrast=(3.0, 3.0), saturation=(3.0, 3.0), sharpness=(3.0, 3.0))
    assert result.min() == 0 and result.max() == 1


def test_every_crop_has_its_own_draw_within_the_range() -> None:
    images = crops()[:1].expand(SIZE, -1, -1, -1)
    middle = images.mean((1, 2, 3), keepdim=True)
    result = varied(images, contrast=(0.5, 2.0))
    factors = (result - middle).flatten(1).norm(dim=1) / (images - middle).flatten(1).norm(dim=1)
    assert len({round(float(f), 4) for f in factors}) == SIZE
    assert ((factors > 0.499) & (factors < 2.001)).all()


def test_processes_that_share_a_batch_show_it_as_one_does() -> None:
    images = crops()
    ranges = {"contrast": (0.5, 2.0), "saturation": (0.5, 2.0), "sharpness": (0.0, 2.0)}
    whole = varied(images, **ranges)
    shares = [varied(images, rows, **ranges) for rows in (range(2), range(2, SIZE))]
    torch.testing.assert_close(torch.cat(shares), whole)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("style_contrast", (2.0, 1.0)),
        ("style_contrast", (0.0, 1.0)),
        ("style_saturation", (1.0, float("inf"))),
        ("style_saturation", (float("nan"), 1.0)),
        ("style_sharpness", (-1.0, 1.0)),
        ("ema", 1.0),  # an average that stays where it began
    ],
)
def test_settings_that_cannot_work(name: str, bad: Range | float) -> None:
    with pytest.raises(UsageError, match=name):
        StylizationSettings(**{name: bad})  # type: ignore[arg-type]
