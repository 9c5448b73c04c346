"""Damaged and hostile image files: read as they are, or refused in one clear line."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from fuzzing import images
from fuzzing.damage import damaged, truncations
from fuzzing.holds import read_or_refused, silence
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from stylectl.errors import InputError
from stylectl.media import Picture, read_image

MAX_PIXELS = 2**22
WHOLE = images.whole_images()


def read(path: Path) -> None:
    picture = read_image(path, max_pixels=MAX_PIXELS)
    check(picture)


def check(picture: Picture) -> None:
    """What holds of every picture that is read."""
    width, height = picture.size
    assert 0 < width * height <= MAX_PIXELS
    assert picture.pixels.shape == (height, width, 3)
    assert picture.pixels.dtype in (np.uint8, np.uint16)
    assert picture.opacity is None or picture.opacity.shape == (height, width)
    assert all(warning.isprintable() for warning in picture.warnings)


def verdict(folder: Path, name: str, data: bytes) -> str | None:
    path = folder / name
    path.write_bytes(data)
    return read_or_refused(read, path, InputError)


@pytest.mark.parametrize("name", WHOLE)
def test_every_whole_image_is_read(tmp_path: Path, name: str) -> None:
    assert verdict(tmp_path, name, WHOLE[name]) is None


def test_headers_that_claim_any_size(tmp_path: Path) -> None:
    for name, data in images.liars().items():
        refused = verdict(tmp_path, name, data)
        assert refused or "1x1." in name, name


def test_bad_colour_profiles_cost_no_image(tmp_path: Path) -> None:
    for name, data in images.with_bad_profiles().items():
        assert verdict(tmp_path, name, data) is None, name


def test_a_profile_of_a_space_that_is_no_text_is_ignored(tmp_path: Path) -> None:
    profile = images.srgb()
    for space in (b"\xc2\x80\xff\x8c", b"RGB\x7f"):
        nonsense = profile[:16] + space + profile[20:]
        images.texture().save(tmp_path / "a.png", icc_profile=nonsense)
        picture = read_image(tmp_path / "a.png")
        check(picture)
        assert "the colour profile is ignored" in picture.warnings[0]


def test_bad_metadata_costs_no_image(tmp_path: Path) -> None:
    for name, data in images.with_bad_exif().items():
        assert verdict(tmp_path, name, data) is None, name


def test_long_texts_cost_no_image(tmp_path: Path) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("workflow", "nodes and links " * 100_000, zip=True)
    images.texture().save(tmp_path / "a.png", pnginfo=note)
    before = PngImagePlugin.MAX_TEXT_CHUNK
    check(read_image(tmp_path / "a.png"))
    assert before == PngImagePlugin.MAX_TEXT_CHUNK


def test_what_is_no_image_under_an_images_name(tmp_path: Path) -> None:
    readable = {"jpeg.png", "png.jpg", "webp.tif", "no_suffix"}
    for name, data in images.strangers().items():
        assert (verdict(tmp_path, name, data) is None) == (name in readable), name


def test_cut_off_at_every_kilobyte_is_refused_or_the_same_picture(tmp_path: Path) -> None:
    for name, data in images.whole_images(144, 96).items():
        path = tmp_path / name
        path.write_bytes(data)
        whole = read_image(path)
        for part in truncations(data):
            if verdict(tmp_path, name, part) is None:  # what was lost is no part of the picture
                assert np.array_equal(read_image(path).pixels, whole.pixels), (name, len(part))


@given(name=st.sampled_from(sorted(WHOLE)), random=st.randoms(use_true_random=False))
def test_random_damage(tmp_path_factory: pytest.TempPathFactory, name: str, random: Random) -> None:
    verdict(tmp_path_factory.getbasetemp(), name, damaged(WHOLE[name], random))


def test_libtiff_does_not_print_and_gets_its_voice_back(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(images.tiff_of(1, 1, compression=5))
    with silence(path), pytest.raises(InputError):
        read_image(path)
    with (
        pytest.raises(AssertionError, match="Using code not yet in table"),
        silence(path),
        pytest.raises(OSError),
        Image.open(path) as image,
    ):
        image.load()
