"""Colours are converted by the image's ICC profile; one that cannot be used is a warning."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from stylectl.media import read_image
from stylectl.media.colour_profile import srgb_profile


def icc(space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A minimal ICC profile, version 2."""
    directory, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for signature, content in tags.items():
        content += bytes(-len(content) % 4)
        directory += struct.pack(">4sII", signature, start + len(body), len(content))
        body += content
    white = struct.pack(">3i", 63190, 65536, 54061)  # D50
    header = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"", 0x02400000, b"prtr", space, connection
    )
    header += bytes(12) + b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + directory + body


WHITE = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)


def grey_profile(gamma: float) -> bytes:
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    return icc(b"GRAY", b"XYZ ", {b"wtpt": WHITE, b"kTRC": curve})


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and blue exchanged."""
    return (
        srgb_profile().replace(b"rXYZ", b"temp").replace(b"bXYZ", b"rXYZ").replace(b"temp", b"bXYZ")
    )


def black_ink_profile() -> bytes:
    """CMYK in which only the black ink prints."""
    corners = b"".join(
        bytes((0 if corner % 2 else 255, 128, 128)) for corner in range(16)
    )  # Lab; K varies fastest
    identity = struct.pack(">9i", *(65536 if index % 4 == 0 else 0 for index in range(9)))
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + ramp * 4 + corners + ramp * 3
    return icc(b"CMYK", b"Lab ", {b"wtpt": WHITE, b"A2B0": table})


def levels_of(path: Path) -> np.ndarray[Any, Any]:
    picture = read_image(path)
    assert picture.warnings == ()
    return picture.rgb * 255


def test_rgb_is_converted(tmp_path: Path) -> None:
    photo = data.astronaut()[:40, :50]
    Image.fromarray(photo).save(tmp_path / "a.png", icc_profile=swapped_profile())
    np.testing.assert_allclose(levels_of(tmp_path / "a.png"), photo[..., ::-1], atol=1.5)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".avif"])
def test_every_format_hands_its_profile_over(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (16, 16), (255, 0, 0)).save(path, icc_profile=swapped_profile(), quality=95)
    np.testing.assert_allclose(levels_of(path)[8, 8], [0, 0, 255], atol=6)


def test_palette_and_alpha_are_converted(tmp_path: Path) -> None:
    red = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    red.save(tmp_path / "a.png", icc_profile=swapped_profile())
    picture = read_image(tmp_path / "a.png")
    assert picture.alpha is not None
    np.testing.assert_allclose(picture.alpha, 128 / 255)
    np.testing.assert_allclose(picture.rgb[0, 0] * 255, [0, 0, 255], atol=1)
    red.convert("RGB").quantize(2).save(tmp_path / "p.png", icc_profile=swapped_profile())
    np.testing.assert_allclose(levels_of(tmp_path / "p.png")[0, 0], [0, 0, 255], atol=1)


def test_srgb_leaves_the_pixels_alone(tmp_path: Path) -> None:
    photo = data.coffee()[:40, :50]
    Image.fromarray(photo).save(tmp_path / "a.png", icc_profile=srgb_profile())
    np.testing.assert_allclose(levels_of(tmp_path / "a.png"), photo, atol=1e-4)


def srgb_encoded(linear: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_is_converted(tmp_path: Path, dtype: type) -> None:
    values = np.linspace(0, np.iinfo(dtype).max, 1000).astype(dtype)[None, :]
    image = Image.fromarray(values)
    image.save(tmp_path / "a.png", icc_profile=grey_profile(gamma=1))
    expected = srgb_encoded(values / np.iinfo(dtype).max)
    rgb = levels_of(tmp_path / "a.png") / 255
    np.testing.assert_allclose(rgb, np.dstack([expected] * 3), atol=1.5 / 255)
    if dtype is np.uint16:
        assert len(np.unique(rgb[..., 0])) > 600  # 8 bits have 256


def test_grey_with_alpha_is_converted(tmp_path: Path) -> None:
    image = Image.new("LA", (4, 4), (128, 51))
    image.save(tmp_path / "a.png", icc_profile=grey_profile(gamma=1))
    picture = read_image(tmp_path / "a.png")
    assert picture.alpha is not None
    np.testing.assert_allclose(picture.alpha, 0.2)
    expected = srgb_encoded(np.array(128 / 255))
    np.testing.assert_allclose(picture.rgb, expected, atol=1.5 / 255)


def test_grey_may_have_an_rgb_profile(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :]
    Image.fromarray(ramp).save(tmp_path / "a.png", icc_profile=srgb_profile())
    np.testing.assert_allclose(levels_of(tmp_path / "a.png")[..., 0], ramp, atol=1e-4)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_is_converted_as_imagecms_does(tmp_path: Path, suffix: str) -> None:
    inks = np.zeros((16, 64, 4), np.uint8)
    inks[:, :16] = (255, 0, 0, 0)  # cyan, which this profile says prints nothing
    inks[:, 16:32] = (0, 0, 0, 128)
    inks[:, 32:48] = (0, 0, 0, 255)
    image = Image.fromarray(inks, "CMYK")
    path = tmp_path / f"a{suffix}"
    image.save(path, icc_profile=black_ink_profile(), quality=100)
    middle = levels_of(path)[8, 8::16]
    grey = 119  # sRGB of L* = 50
    np.testing.assert_allclose(middle[:, 0], [255, grey, 0, 255], atol=4)
    np.testing.assert_allclose(middle[:, 1:], middle[:, :1].repeat(2, axis=1), atol=3)
    by_hand = ImageCms.profileToProfile(
        Image.open(path),
        ImageCms.ImageCmsProfile(io.BytesIO(black_ink_profile())),
        ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert by_hand is not None
    np.testing.assert_allclose(levels_of(path), np.asarray(by_hand), atol=1e-4)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_without_a_profile(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new("CMYK", (16, 16), (255, 0, 0, 0)).save(path, quality=100)
    np.testing.assert_allclose(levels_of(path)[8, 8], [0, 255, 255], atol=4)


def test_lab_tiff(tmp_path: Path) -> None:
    Image.new("LAB", (4, 4), (136, 208, 195)).save(tmp_path / "a.tif")  # L* 53, a* 80, b* 67: red
    np.testing.assert_allclose(levels_of(tmp_path / "a.tif")[0, 0], [255, 0, 0], atol=12)


@pytest.mark.parametrize(
    ("mode", "profile", "reason"),
    [
        ("RGB", b"no profile", "it is damaged"),
        ("L", b"no profile", "it is damaged"),
        ("RGB", srgb_profile()[:300], "it is damaged"),
        ("RGB", grey_profile(1), "it is for GRAY colours, and the pixels are RGB"),
        ("CMYK", srgb_profile(), "it is for RGB colours, and the pixels are CMYK"),
        ("L", black_ink_profile(), "it is for CMYK colours, and the pixels are L"),
    ],
)
def test_an_unusable_profile_is_a_warning(
    tmp_path: Path, mode: str, profile: bytes, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    colour = {"RGB": (255, 255, 255), "L": 255, "CMYK": (0, 0, 0, 0)}[mode]
    path = tmp_path / "a.tif"
    Image.new(mode, (4, 4), colour).save(path, icc_profile=profile)
    picture = read_image(path)
    np.testing.assert_allclose(picture.rgb, 1)
    assert picture.warnings == (f"{path}: the colour profile is ignored: {reason}",)
    assert capfd.readouterr() == ("", "")


def test_our_profile_is_srgb_and_has_no_date() -> None:
    opened = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert "sRGB" in ImageCms.getProfileDescription(opened)
    date = getattr(opened.profile, "creation_date", None)
    assert date is not None and date.year == 2000
