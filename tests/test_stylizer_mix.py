"""Several styles through the facade: weights, masks, gradients, and the content that is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import random_network
from PIL import Image
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.stylize.mix import StyleMix, between
from stylectl.stylize.regions import Frame, Gradient, soft_masks
from stylectl.stylize.style import StyleCode
from stylectl.stylize.stylizer import Stylizer


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer(random_network(), device="cpu")


@pytest.fixture(scope="module")
def content(photo: Image.Image) -> Tensor:
    """(3, 64, 96)"""
    return torch.from_numpy(np.asarray(photo).copy()).permute(2, 0, 1).float() / 255


@pytest.fixture(scope="module")
def codes(stylizer: Stylizer, painting: Image.Image) -> tuple[StyleCode, StyleCode]:
    other = painting.transpose(Image.Transpose.ROTATE_90).convert("L")
    return stylizer.encode_style(painting, size=96), stylizer.encode_style(other, size=64)


def halves(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A mask of the left half, and one of the right half."""
    left = np.zeros((height, width))
    left[:, : width // 2] = 1
    return left, 1 - left


def test_alpha_is_the_share_of_the_first_style(
    stylizer, content, codes: tuple[StyleCode, StyleCode]
) -> None:
    a, b = (stylizer.stylize(content, code) for code in codes)
    assert torch.equal(stylizer.stylize(content, between(*codes, 1.0)), a)
    assert torch.equal(stylizer.stylize(content, between(*codes, 0.0)), b)
    near, far = (stylizer.stylize(content, between(*codes, alpha)) for alpha in (0.9, 0.1))
    assert (near - a).abs().mean() < (far - a).abs().mean()
    assert not torch.equal(near, a)


def test_weights_are_relative(stylizer, content, codes) -> None:
    pictures = [
        stylizer.stylize(content, StyleMix(codes, weights))
        for weights in ((2.0, 6.0), (0.25, 0.75), (6.0, 2.0))
    ]
    assert torch.equal(pictures[0], pictures[1])
    assert not torch.equal(pictures[0], pictures[2])


def test_a_style_twice_is_that_style(stylizer, content, codes) -> None:
    once = stylizer.stylize(content, codes[0])
    assert torch.equal(stylizer.stylize(content, StyleMix((codes[0], codes[0]))), once)
    thrice = stylizer.stylize(content, StyleMix((codes[0],) * 3, (2.0, 1.0, 4.0)))
    torch.testing.assert_close(thrice, once, atol=1e-4, rtol=0)


def test_strength_zero_is_the_content_with_any_mix(stylizer, content, codes) -> None:
    mixes = (
        StyleMix(codes, (1.0, 3.0)),
        StyleMix.masked(codes, halves(8, 12)),
        StyleMix(codes, None, Gradient("radial", 2)),
    )
    for mix in mixes:
        assert torch.equal(stylizer.stylize(content, mix, strength=0), content)


def test_masks_put_each_style_in_its_place(stylizer, photo, codes) -> None:
    wide = photo.resize((384, 64))
    mix = StyleMix.masked(codes, halves(64, 384), feather=0)
    both = np.asarray(stylizer.stylize(wide, mix)).astype(int)
    a, b = (np.asarray(stylizer.stylize(wide, code)).astype(int) for code in codes)
    reach = 80  # pixels: more than the kernels and the decoder look
    assert np.abs(both - a)[:, : 192 - reach].max() <= 1
    assert np.abs(both - b)[:, 192 + reach :].max() <= 1
    assert np.abs(a - b).mean() > 1


def test_feather_softens_the_border(stylizer, content, codes) -> None:
    pictures = [
        stylizer.stylize(content, StyleMix.masked(codes, halves(64, 96), feather=feather))
        for feather in (0.0, 0.1)
    ]
    assert not torch.equal(*pictures)


@pytest.mark.parametrize("size", [(64, 96), (21, 32), (600, 900)])
def test_masks_may_have_any_size(stylizer, content, codes, size: tuple[int, int]) -> None:
    expected = stylizer.stylize(content, StyleMix.masked(codes, halves(64, 96)))
    result = stylizer.stylize(content, StyleMix.masked(codes, halves(*size)))
    assert (result - expected).abs().mean() < 0.01


def test_one_mask_fewer_leaves_the_rest_to_the_first_style(stylizer, content, codes) -> None:
    left, right = halves(64, 96)
    expected = stylizer.stylize(content, StyleMix.masked(codes, [left, right], feather=0))
    result = stylizer.stylize(content, StyleMix.masked(codes, [right], feather=0))
    torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


def test_rest_decides_what_no_mask_covers(stylizer, photo, codes) -> None:
    wide = photo.resize((384, 64))
    original = np.asarray(wide)
    left, _ = halves(64, 384)
    first, kept = (
        np.asarray(stylizer.stylize(wide, StyleMix.masked(codes[:1], [left], rest=rest)))
        for rest in ("first", "content")
    )
    assert np.array_equal(first, np.asarray(stylizer.stylize(wide, codes[0])))
    assert np.array_equal(kept[:, 192 + 40 :], original[:, 192 + 40 :])  # to the level
    assert np.abs(kept[:, :100].astype(int) - first[:, :100]).max() <= 1
    assert not np.array_equal(first[:, 250:], original[:, 250:])


def test_weights_decide_where_masks_meet(stylizer, content, codes) -> None:
    everywhere = np.ones((64, 96))
    masked = StyleMix.masked(codes, [everywhere, everywhere], weights=(1.0, 3.0))
    expected = stylizer.stylize(content, StyleMix(codes, (1.0, 3.0)))
    torch.testing.assert_close(stylizer.stylize(content, masked), expected, atol=1e-4, rtol=0)


def test_a_style_of_no_weight_covers_nothing(stylizer, content, codes) -> None:
    masks = halves(64, 96)
    mix = StyleMix.masked(codes, masks, weights=(1.0, 0.0), feather=0, rest="content")
    assert torch.equal(stylizer.stylize(content, mix)[..., -8:], content[..., -8:])


@pytest.mark.parametrize(
    ("layout", "first", "last"),
    [
        ("left-right", (0.5, 0.0), (0.5, 1.0)),
        ("top-bottom", (0.0, 0.5), (1.0, 0.5)),
        ("radial", (0.5, 0.5), (0.5, 0.0)),
    ],
)
def test_gradients_go_from_style_to_style(layout, first, last) -> None:
    size = (30, 50)
    shares = Gradient(layout, 3).presence(Frame(size, size, size))
    torch.testing.assert_close(shares.sum(0), torch.ones(size))
    for style, (y, x) in ((0, first), (2, last)):
        place = shares[style, round(y * 29), round(x * 49)]
        assert place > 0.9
    assert shares[1].max() > 0.9


def test_gradients_change_the_picture(stylizer, content, codes) -> None:
    pictures = [
        stylizer.stylize(content, StyleMix(codes, None, Gradient(layout, 2)))
        for layout in ("left-right", "top-bottom", "radial")
    ]
    pictures.append(stylizer.stylize(content, StyleMix(codes)))
    for i, picture in enumerate(pictures):
        assert all(not torch.equal(picture, other) for other in pictures[:i])


def test_masks_lie_where_they_belong_in_a_padded_content() -> None:
    """The grid covers 24 pixels of which 20 are the content: the border stays at pixel 10."""
    left, right = halves(20, 20)
    frame = Frame((20, 20), (24, 24), (24, 24))
    presence = soft_masks([left, right], 0).presence(frame)
    assert presence[0, :, :9].min() == 1
    assert presence[1, :, 11:].min() == 1


def grey(height: int = 64, width: int = 96, value: float = 0.5) -> np.ndarray:
    return np.full((height, width), value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda c: StyleMix(()), "no style"),
        (lambda c: StyleMix(c, (1.0,)), "1 weights for 2 styles"),
        (lambda c: StyleMix(c, (1.0, -2.0)), "-2"),
        (lambda c: StyleMix(c, (1.0, float("nan"))), "nan"),
        (lambda c: StyleMix(c, (0.0, 0.0)), "sum to 0"),
        (lambda c: StyleMix(c, None, Gradient("radial", 3)), "3 styles"),
        (lambda c: StyleMix.masked(c, [grey()] * 3), "3 masks for 2 styles"),
        (lambda c: StyleMix.masked(c, [grey(), grey(value=0)]), "mask 2 is black everywhere"),
        (lambda c: StyleMix.masked(c, [grey(value=1.5)] * 2), "values from 1.5"),
        (lambda c: StyleMix.masked(c, [np.ones((4, 4, 3))] * 2), "shape"),
        (lambda c: StyleMix.masked(c, [grey()], rest="content"), "rest"),
        (lambda c: StyleMix.masked(c, [grey()] * 2, feather=0.9), "0.9"),
    ],
)
def test_what_cannot_be_mixed_is_named(codes, make, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make(codes)


def test_a_mask_of_another_shape_is_named(stylizer, content, codes) -> None:
    mix = StyleMix.masked(codes, [grey(), grey(96, 64)])
    with pytest.raises(UsageError, match=r"mask 2 is 64x96, the content 96x64"):
        stylizer.stylize(content, mix)


def test_each_code_of_a_mix_is_checked(stylizer, content, codes) -> None:
    features = codes[1].features
    wrong = replace(features, values=features.values.repeat(3, 1, 1, 1))
    with pytest.raises(UsageError, match="3 styles for 1 contents"):
        stylizer.stylize(content, StyleMix((codes[0], replace(codes[1], features=wrong))))
