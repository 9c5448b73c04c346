"""Pictures are written in 8 bits, tagged as sRGB, in the format of the suffix."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms
from skimage import data

from stylectl.errors import OutputError, UsageError
from stylectl.media import SUFFIXES, read_image, to_uint8, write_image


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """(64, 96, 3) float32."""
    return (data.chelsea()[100:164, 100:196] / 255).astype(np.float32)


def test_to_uint8_rounds_to_the_nearest_and_back() -> None:
    every = np.arange(256)
    np.testing.assert_array_equal(to_uint8((every / 255).astype(np.float32)), every)
    np.testing.assert_array_equal(to_uint8((every[1:-1] + 0.49) / 255), every[1:-1])
    np.testing.assert_array_equal(to_uint8((every[1:-1] - 0.49) / 255), every[1:-1])
    strange = np.array([-1, 2, np.nan, np.inf, -np.inf], np.float32)
    np.testing.assert_array_equal(to_uint8(strange), [0, 255, 0, 255, 0])
    np.testing.assert_array_equal(strange[:2], [-1, 2])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_comes_back(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    path = tmp_path / f"Bild von mir{suffix.upper()}"
    assert write_image(path, photo) == []
    back = read_image(path)
    assert (back.size, back.alpha, back.warnings) == ((96, 64), None, ())
    error = np.abs(back.rgb - photo)
    lossless = suffix in (".png", ".tif", ".tiff", ".bmp")
    assert error.max() < (1e-6 if lossless else 0.15)
    assert error.mean() < 0.01
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", sorted(set(SUFFIXES) - {".bmp"}))
def test_the_file_says_srgb(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    write_image(tmp_path / f"a{suffix}", photo)
    with Image.open(tmp_path / f"a{suffix}") as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_jpeg_keeps_every_colour_sample(tmp_path: Path) -> None:
    stripes = np.zeros((16, 16, 3), np.float32)
    stripes[:, ::2, 0] = 1
    stripes[:, 1::2, 2] = 1
    write_image(tmp_path / "a.jpg", stripes)
    assert np.abs(read_image(tmp_path / "a.jpg").rgb - stripes).max() < 0.1


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".tiff", ".avif"])
def test_alpha_is_kept(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    alpha = np.linspace(0.1, 1, photo.shape[0] * photo.shape[1], dtype=np.float32)
    alpha = alpha.reshape(photo.shape[:2])
    assert write_image(tmp_path / f"a{suffix}", photo, alpha=alpha) == []
    back = read_image(tmp_path / f"a{suffix}")
    assert back.alpha is not None
    assert np.abs(back.alpha - alpha).max() < 0.03
    assert np.abs(back.rgb - photo).mean() < 0.03


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_an_opaque_alpha_channel_is_kept(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    write_image(tmp_path / f"a{suffix}", photo, alpha=np.ones(photo.shape[:2], np.float32))
    back = read_image(tmp_path / f"a{suffix}")
    assert back.alpha is not None and (back.alpha == 1).all()


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_formats_without_alpha_show_it_on_white(tmp_path: Path, suffix: str) -> None:
    black = np.zeros((32, 32, 3), np.float32)
    alpha = np.zeros((32, 32), np.float32)
    alpha[:, 16:] = 1
    path = tmp_path / f"a{suffix}"
    name = {".jpg": "JPEG", ".bmp": "BMP"}[suffix]
    assert write_image(path, black, alpha=alpha) == [
        f"{path}: {name} has no transparency; what was transparent is white"
    ]
    back = read_image(path)
    assert back.alpha is None
    np.testing.assert_allclose(back.rgb[16, [4, 28]], [[1, 1, 1], [0, 0, 0]], atol=0.02)
    assert write_image(path, black, alpha=np.ones_like(alpha), overwrite=True) == []


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_quality_changes_the_size(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    sizes = []
    for quality in (20, None, 100):
        path = tmp_path / f"{quality}{suffix}"
        assert write_image(path, photo, quality=quality) == []
        sizes.append(path.stat().st_size)
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_quality_of_a_lossless_format_is_a_warning(
    tmp_path: Path, photo: np.ndarray, suffix: str
) -> None:
    (warning,) = write_image(tmp_path / f"a{suffix}", photo, quality=50)
    assert "quality does not apply" in warning


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_quality_out_of_range(tmp_path: Path, photo: np.ndarray, quality: int) -> None:
    with pytest.raises(UsageError, match=f"quality is {quality}"):
        write_image(tmp_path / "a.jpg", photo, quality=quality)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_metadata_goes_from_photo_to_painting(
    tmp_path: Path, photo: np.ndarray, suffix: str
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "me"
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "2024:05:06 07:08:09"}
    source = tmp_path / "source.jpg"
    Image.fromarray(to_uint8(photo)).save(source, exif=exif, dpi=(300, 300))
    picture = read_image(source)
    path = tmp_path / f"a{suffix}"
    write_image(path, picture.rgb, exif=picture.exif)
    with Image.open(path) as image:
        image.load()
        assert image.size == (64, 96)
        written = image.getexif()
        if suffix != ".bmp":
            assert written[ExifTags.Base.Artist] == "me"
            assert written[ExifTags.Base.XResolution] == 300
        assert written.get(ExifTags.Base.Orientation, 1) == 1
        if suffix not in (".bmp", ".tif", ".tiff"):
            exposure = written.get_ifd(ExifTags.IFD.Exif)
            assert exposure[ExifTags.Base.DateTimeOriginal] == "2024:05:06 07:08:09"
        if suffix not in (".webp", ".avif"):
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path, photo: np.ndarray) -> None:
    for suffix in SUFFIXES:
        paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
        for path in paths:
            write_image(path, photo)
        assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("overwrite", [False, True])
def test_overwriting_must_be_asked_for(tmp_path: Path, photo: np.ndarray, overwrite: bool) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    if overwrite:
        write_image(path, photo, overwrite=True)
        assert read_image(path).size == (96, 64)
    else:
        with pytest.raises(OutputError, match="exists already"):
            write_image(path, photo)
        assert path.read_bytes() == b"old"


def test_a_failing_encoder_keeps_the_old_file(
    tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise ValueError("out of ink")

    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(Image.Image, "save", failing)
    with pytest.raises(OutputError, match=r"PNG encoding failed \(out of ink\)"):
        write_image(path, photo, overwrite=True)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_unknown_suffix_writes_nothing(tmp_path: Path, photo: np.ndarray) -> None:
    with pytest.raises(OutputError, match="names no image format"):
        write_image(tmp_path / "a.gif", photo)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_too_large_for_the_format_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot hold 16384x1 pixels"):
        write_image(tmp_path / "a.webp", np.zeros((1, 16384, 3), np.float32))
    assert list(tmp_path.iterdir()) == []
