"""Whose colours the result has."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import random_network
from PIL import Image
from torch import Tensor

from stylectl.errors import UsageError
from stylectl.stylize.colour import LUMA, keep_colours, match_colours
from stylectl.stylize.stylizer import Stylizer


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer(random_network(), device="cpu")


def tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].float() / 255


def luma(image: Tensor) -> Tensor:
    return (image * torch.tensor(LUMA)[:, None, None]).sum(1)


def test_kept_colours_have_the_luma_of_the_painting_and_the_hue_of_the_photo(photo) -> None:
    content = tensor(photo)
    painted = torch.rand(content.shape, generator=torch.Generator().manual_seed(0))
    kept = keep_colours(painted, content)
    torch.testing.assert_close(luma(kept), luma(painted), atol=1e-5, rtol=0)
    chroma, expected = kept - luma(kept)[:, None], content - luma(content)[:, None]
    cosine = torch.cosine_similarity(chroma, expected, 1)
    visible = (chroma.norm(dim=1) > 0.02) & (expected.norm(dim=1) > 0.02)
    assert visible.float().mean() > 0.3
    assert cosine[visible].min() > 0.999  # the same hue: nothing was clipped
    assert kept.min() >= 0
    assert kept.max() <= 1


def test_kept_colours_of_the_content_itself_are_the_content(photo) -> None:
    content = tensor(photo)
    torch.testing.assert_close(keep_colours(content, content), content, atol=1e-6, rtol=0)


def test_matched_colours_have_the_palette_of_the_content(photo, painting) -> None:
    content, style = tensor(photo), tensor(painting)
    matched = match_colours(style, content)
    assert matched.shape == style.shape

    def palette(image: Tensor) -> tuple[Tensor, Tensor]:
        return image.mean((2, 3)), torch.cov(image[0].flatten(1))

    for found, wanted, before in zip(
        palette(matched), palette(content), palette(style), strict=True
    ):
        # Clipping to [0, 1] and the curve between Oklab and sRGB leave a difference.
        assert (found - wanted).abs().max() < 0.35 * (before - wanted).abs().max()


def test_matching_an_image_with_itself_changes_nothing(painting) -> None:
    style = tensor(painting)
    torch.testing.assert_close(match_colours(style, style), style, atol=1e-4, rtol=0)


def test_a_style_without_colour_can_be_matched(photo) -> None:
    flat = torch.full((1, 3, 16, 16), 0.5)
    assert match_colours(flat, tensor(photo)).isfinite().all()
    assert match_colours(tensor(photo), flat).isfinite().all()


def test_color_changes_the_picture(stylizer, photo, painting) -> None:
    style, content, match = (
        np.asarray(stylizer.stylize(photo, painting, color=color)).astype(int)
        for color in ("style", "content", "match")
    )
    assert np.abs(style - content).mean() > 1
    assert np.abs(style - match).mean() > 1
    assert np.abs(content - match).mean() > 1
    weights = np.array(LUMA)
    assert np.abs((style - content) @ weights).max() <= 2  # only the chroma is the photo's


def test_codes_are_matched_when_they_are_made(stylizer, photo, painting) -> None:
    code = stylizer.encode_style(painting, colors_of=photo)
    expected = stylizer.stylize(photo, painting, color="match")
    assert np.array_equal(np.asarray(stylizer.stylize(photo, code)), np.asarray(expected))
    with pytest.raises(UsageError, match="encoded already"):
        stylizer.stylize(photo, code, color="match")


def test_an_unknown_color_is_refused(stylizer, photo, painting) -> None:
    with pytest.raises(UsageError, match="'keep'"):
        stylizer.stylize(photo, painting, color="keep")
