"""Masks out of pictures: luma, and nothing where they are transparent."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from stylectl.media import LUMA, mask_of, picture_from_pil


def test_grey_is_itself() -> None:
    grey = Image.linear_gradient("L")
    expected = np.asarray(grey) / 255
    for mode in ("L", "RGB", "RGBA"):
        mask = mask_of(picture_from_pil(grey.convert(mode)))
        assert mask.dtype == np.float32 and mask.max() <= 1
        np.testing.assert_allclose(mask, expected, atol=1e-6)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_colour_counts_by_its_luma(channel: int) -> None:
    colour = [0, 0, 0]
    colour[channel] = 255
    mask = mask_of(picture_from_pil(Image.new("RGB", (3, 2), tuple(colour))))
    assert mask.shape == (2, 3)
    np.testing.assert_allclose(mask, LUMA[channel], atol=1e-6)


def test_what_is_transparent_is_black() -> None:
    shape = Image.new("RGBA", (4, 2), (255, 255, 255, 0))
    shape.paste((255, 255, 255, 255), (0, 0, 2, 2))
    shape.paste((255, 255, 255, 51), (2, 0, 3, 2))
    np.testing.assert_allclose(
        mask_of(picture_from_pil(shape)), [[1, 1, 0.2, 0], [1, 1, 0.2, 0]], atol=1e-6
    )
