"""Hidden colour never reaches the visible edge, and visible colour is never touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from stylectl.media import read_image
from stylectl.media.alpha import bleed_colour, composite_over_white


def disc(side: int = 65) -> np.ndarray:
    """(side, side) alpha of a disc with a soft edge."""
    y, x = np.mgrid[:side, :side] - side // 2
    return np.clip(side / 3 - np.hypot(x, y), 0, 1).astype(np.float32)


@pytest.mark.parametrize("garbage", [0.0, 1.0, "noise"])
def test_a_disc_of_one_colour_spreads_it_everywhere(garbage: float | str) -> None:
    alpha = disc()
    colour = np.array([0.8, 0.4, 0.1], np.float32)
    noise = np.random.default_rng(0).random((*alpha.shape, 3), np.float32)
    hidden = noise if garbage == "noise" else np.full_like(noise, garbage)
    rgb = np.where((alpha > 0)[..., None], colour, hidden)
    np.testing.assert_allclose(
        bleed_colour(rgb, alpha), np.broadcast_to(colour, rgb.shape), atol=1e-5
    )


def test_visible_pixels_are_untouched_and_hidden_ones_lie_between_them() -> None:
    rgb = (data.astronaut()[:201, :150] / 255).astype(np.float32)
    alpha = np.zeros(rgb.shape[:2], np.float32)
    alpha[40:90, 20:70] = 1
    alpha[150:160, 100:149] = 0.01
    before = rgb.copy()
    bled = bleed_colour(rgb, alpha)
    np.testing.assert_array_equal(rgb, before)
    visible = alpha > 0
    np.testing.assert_array_equal(bled[visible], rgb[visible])
    assert bled.dtype == np.float32
    for channel in range(3):
        shown = rgb[..., channel][visible]
        assert bled[..., channel].min() >= shown.min() - 1e-6
        assert bled[..., channel].max() <= shown.max() + 1e-6
    scrambled = rgb.copy()
    scrambled[~visible] = 1 - scrambled[~visible]
    np.testing.assert_array_equal(bleed_colour(scrambled, alpha), bled)


def test_the_nearest_colour_wins() -> None:
    rgb = np.zeros((64, 64, 3), np.float32)
    alpha = np.zeros((64, 64), np.float32)
    rgb[:, :8], alpha[:, :8] = (1, 0, 0), 1
    rgb[:, -8:], alpha[:, -8:] = (0, 0, 1), 1
    bled = bleed_colour(rgb, alpha)
    assert (bled[:, 8, 0] > 0.9).all() and (bled[:, 8, 2] < 0.1).all()
    assert (bled[:, -9, 2] > 0.9).all() and (bled[:, -9, 0] < 0.1).all()


@pytest.mark.parametrize("value", [0, 1])
def test_nothing_to_bleed_changes_nothing(value: float) -> None:
    rgb = np.random.default_rng(0).random((9, 7, 3), np.float32)
    alpha = np.full((9, 7), value, np.float32)
    np.testing.assert_array_equal(bleed_colour(rgb, alpha), rgb)


@pytest.mark.parametrize("size", [(1, 2), (2, 1), (1, 17), (5, 3), (31, 64)])
def test_any_size(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).random((*size, 3), np.float32)
    alpha = np.zeros(size, np.float32)
    alpha.flat[0] = 1
    expected = np.broadcast_to(rgb[0, 0], rgb.shape)
    np.testing.assert_allclose(bleed_colour(rgb, alpha), expected, atol=1e-5)


def test_reading_bleeds(tmp_path: Path) -> None:
    rgba = np.zeros((32, 32, 4), np.uint8)
    rgba[:, :16] = (200, 100, 50, 255)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    picture = read_image(tmp_path / "a.png")
    expected = np.broadcast_to(np.array([200, 100, 50]) / 255, picture.rgb.shape)
    np.testing.assert_allclose(picture.rgb, expected, atol=1e-5)
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, rgba[..., 3] / 255)


def test_composite_over_white() -> None:
    rgb = np.array([[[0, 0.5, 1]] * 3], np.float32)
    alpha = np.array([[0, 0.5, 1]], np.float32)
    expected = [[[1, 1, 1], [0.5, 0.75, 1], [0, 0.5, 1]]]
    np.testing.assert_allclose(composite_over_white(rgb, alpha), expected)
