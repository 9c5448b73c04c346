"""What the repository ships: weights that paint, and examples to paint with."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from stylectl import Stylizer
from stylectl.resources import bundled_folder
from stylectl.weights.registry import known_names

GOLDEN = Path(__file__).parent / "golden" / "astronaut_swirls.png"
# Convolution libraries differ in the last bits; a changed network or file differs by far more.
MEAN_TOLERANCE, SHARE_OVER_4_LEVELS = 0.5, 0.005
EXAMPLES = bundled_folder("examples")


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer.load("lean", device="cpu")


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(skimage.data.astronaut()).crop((130, 0, 330, 200))


def levels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(float)


def test_the_default_weights_are_bundled_and_say_what_made_them(stylizer: Stylizer) -> None:
    assert "lean" in known_names()
    assert "lean-encoder" not in known_names()
    header = stylizer.header
    assert {"model", "settings", "weights", "steps", "images", "paintings"} <= set(header)
    assert "MIT" in header["note"]


def test_the_picture_is_the_golden_one(stylizer: Stylizer, photo: Image.Image) -> None:
    style = Image.open(EXAMPLES / "style" / "swirls.jpg")
    result = stylizer.stylize(photo, style, style_size=256)
    if os.environ.get("STYLECTL_UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        result.save(GOLDEN)
    difference = np.abs(levels(result) - levels(Image.open(GOLDEN)))
    histogram = np.bincount(difference.astype(int).ravel(), minlength=8)[:8]
    message = f"differences of 0, 1, 2 ... levels: {histogram.tolist()}, max {difference.max()}"
    assert difference.mean() <= MEAN_TOLERANCE, message
    assert (difference > 4).mean() <= SHARE_OVER_4_LEVELS, message


@pytest.mark.parametrize("name", ["swirls", "mosaic"])
def test_the_palette_comes_from_the_style(
    stylizer: Stylizer, photo: Image.Image, name: str
) -> None:
    style = Image.open(EXAMPLES / "style" / f"{name}.jpg")
    result = stylizer.stylize(photo, style, style_size=256)

    def distance(a: Image.Image, b: Image.Image) -> float:
        x, y = levels(a).reshape(-1, 3), levels(b).reshape(-1, 3)
        return float(np.abs(x.mean(0) - y.mean(0)).sum() + np.abs(x.std(0) - y.std(0)).sum())

    assert distance(result, style) < 0.5 * distance(photo, style)


@pytest.mark.parametrize(("kind", "least"), [("content", 4), ("style", 6)])
def test_the_examples_are_small_pictures(kind: str, least: int) -> None:
    files = sorted((EXAMPLES / kind).glob("*.jpg"))
    assert len(files) >= least
    for file in files:
        assert file.stat().st_size < 300_000
        with Image.open(file) as image:
            assert min(image.size) >= 512
            assert levels(image).std() > 30  # no flat picture
