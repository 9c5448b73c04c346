"""Every kind of image file is read upright, as RGB in [0, 1], or refused in one line."""

from __future__ import annotations

import concurrent.futures
import os
import struct
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageFile

from stylectl.errors import InputError
from stylectl.media import Picture, picture_from_pil, read_image

# Four blocks of 16 pixels: large enough to be told apart after lossy compression.
CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
BLOCKS = CORNERS.repeat(16, axis=0).repeat(32, axis=1)  # (32, 64, 3)


def saved(path: Path, image: Image.Image | np.ndarray[Any, Any], **options: Any) -> Path:
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(path, **options)
    return path


def levels(picture: Picture) -> np.ndarray[Any, Any]:
    """RGB in 0..255, to compare with what was written."""
    assert picture.rgb.dtype == np.float32
    assert picture.rgb.min() >= 0 and picture.rgb.max() <= 1
    return picture.rgb * 255


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_lossless_formats_are_read_exactly(tmp_path: Path, suffix: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (13, 17, 3), np.uint8)
    picture = read_image(saved(tmp_path / f"Grüße aus Köln{suffix}", pixels))
    np.testing.assert_allclose(levels(picture), pixels, atol=1e-4)
    assert picture.size == (17, 13)
    assert picture.alpha is None
    assert picture.warnings == ()
    assert picture.path == tmp_path / f"Grüße aus Köln{suffix}"


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_formats_are_read(tmp_path: Path, suffix: str) -> None:
    picture = read_image(saved(tmp_path / f"a{suffix}", BLOCKS, quality=95))
    np.testing.assert_allclose(levels(picture)[8::16, 16::32], CORNERS, atol=6)


def test_the_content_and_not_the_suffix_decides(tmp_path: Path) -> None:
    saved(tmp_path / "a.png", BLOCKS).rename(tmp_path / "a.jpg")
    np.testing.assert_allclose(levels(read_image(tmp_path / "a.jpg")), BLOCKS, atol=1e-4)


# --- orientation

# How the stored pixels come from upright ones, for EXIF orientations 1 to 8.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: upright.transpose(1, 0, 2)[::-1],
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: upright.transpose(1, 0, 2)[:, ::-1],
}


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = "me"
    stored = np.ascontiguousarray(STORED[orientation](BLOCKS))
    path = saved(tmp_path / f"a{suffix}", stored, exif=exif.tobytes(), quality=95)
    picture = read_image(path)
    assert picture.size == (64, 32)
    np.testing.assert_allclose(levels(picture)[8::16, 16::32], CORNERS, atol=6)
    kept = Image.Exif()
    kept.load(picture.exif)
    assert kept[ExifTags.Base.Artist] == "me"
    assert ExifTags.Base.Orientation not in kept


def test_avif_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = np.ascontiguousarray(STORED[6](BLOCKS))
    picture = read_image(saved(tmp_path / "a.avif", stored, exif=exif.tobytes(), quality=95))
    np.testing.assert_allclose(levels(picture)[8::16, 16::32], CORNERS, atol=6)


def test_an_orientation_that_means_nothing_is_ignored() -> None:
    for value in (0, 9, 200):
        image = Image.fromarray(BLOCKS)
        image.getexif()[ExifTags.Base.Orientation] = value
        np.testing.assert_allclose(levels(picture_from_pil(image)), BLOCKS, atol=1e-4)


# --- metadata


def test_exif_keeps_who_and_when_but_not_where(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = "© é".encode()
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "2024:05:06 07:08:09"}
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitudeRef: "N"}
    picture = read_image(saved(tmp_path / "a.jpg", BLOCKS, exif=exif, dpi=(240, 120)))
    kept = Image.Exif()
    kept.load(picture.exif)
    assert kept[ExifTags.Base.Copyright].encode("latin-1").decode() == "© é"
    assert (kept[ExifTags.Base.XResolution], kept[ExifTags.Base.YResolution]) == (240, 120)
    exposure = kept.get_ifd(ExifTags.IFD.Exif)
    assert exposure[ExifTags.Base.DateTimeOriginal] == "2024:05:06 07:08:09"
    assert not kept.get_ifd(ExifTags.IFD.GPSInfo)


def test_an_image_without_metadata_gets_none(tmp_path: Path) -> None:
    assert read_image(saved(tmp_path / "a.png", BLOCKS)).exif == b""


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_damaged_exif_is_a_warning(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01\x03\0\xff\xff"
    path = saved(tmp_path / f"a{suffix}", BLOCKS, exif=broken, quality=95)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        picture = read_image(path)
    np.testing.assert_allclose(levels(picture)[8::16, 16::32], CORNERS, atol=6)
    assert all(warning.startswith(f"{path}: the EXIF data") for warning in picture.warnings)
    assert not leaked
    assert capfd.readouterr() == ("", "")


# --- modes


def test_grey_and_one_bit(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = read_image(saved(tmp_path / "grey.png", ramp))
    np.testing.assert_allclose(levels(picture), np.dstack([ramp] * 3), atol=1e-4)
    bits = read_image(saved(tmp_path / "bits.png", Image.fromarray(ramp > 127)))
    np.testing.assert_array_equal(bits.rgb[..., 0], ramp > 127)


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_is_scaled_not_saturated(tmp_path: Path, suffix: str, byte_order: str) -> None:
    values = np.linspace(0, 65535, 64 * 64).astype(byte_order + "u2").reshape(64, 64)
    picture = read_image(saved(tmp_path / f"a{suffix}", values))
    np.testing.assert_allclose(picture.rgb[..., 0], values / 65535, atol=1e-6)
    assert picture.rgb.mean() == pytest.approx(0.5, abs=1e-3)
    assert picture.warnings == ()


def test_32_bit_grey_is_16_bit_unless_it_is_larger(tmp_path: Path) -> None:
    values = np.array([[0, 32768, 65535]], np.int32)
    picture = read_image(saved(tmp_path / "a.tif", values))
    np.testing.assert_allclose(picture.rgb[0, :, 1], values[0] / 65535, atol=1e-6)
    assert picture.warnings == ()
    large = read_image(saved(tmp_path / "b.tif", values * 10))
    np.testing.assert_allclose(large.rgb[0, :, 1], values[0] / 65535, atol=1e-6)
    assert len(large.warnings) == 1
    assert "655350" in large.warnings[0]


def test_float_grey(tmp_path: Path) -> None:
    values = np.array([[0, 0.25, 1], [-1, np.nan, 0.5]], np.float32)
    picture = read_image(saved(tmp_path / "a.tif", values))
    np.testing.assert_allclose(picture.rgb[..., 2], [[0, 0.25, 1], [0, 0, 0.5]], atol=1e-5)
    bright = read_image(saved(tmp_path / "b.tif", values * 200))
    np.testing.assert_allclose(bright.rgb[..., 2], [[0, 0.25, 1], [0, 0, 0.5]], atol=1e-5)
    assert "its largest value, 200, is white" in bright.warnings[0]


@pytest.mark.parametrize(
    ("bits", "photometric", "data", "expected"),
    [
        (12, 1, b"\xff\xf8\x00", [1, 2048 / 4095]),
        (16, 1, b"\xff\xff\x00\x80", [1, 32768 / 65535]),
        (16, 0, b"\xff\xff\x00\x80", [0, 32767 / 65535]),
    ],
)
def test_tiff_says_how_grey_is_meant(
    tmp_path: Path, bits: int, photometric: int, data: bytes, expected: list[float]
) -> None:
    tags = [(256, 2), (257, 1), (258, bits), (259, 1), (262, photometric)]
    tags += [(273, 8 + 2 + 9 * 12 + 4), (277, 1), (278, 1), (279, len(data))]
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags)
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0\x08\0\0\0" + struct.pack("<H", 9) + entries + bytes(4) + data)
    np.testing.assert_allclose(read_image(path).rgb[0, :, 0], expected, atol=1e-5)


def test_transparency_in_every_form(tmp_path: Path) -> None:
    grey = np.array([[10, 200]], np.uint8)
    opacity = np.array([[255, 51]], np.uint8)
    rgba = np.dstack([grey, grey, grey, opacity])
    files = {
        "rgba": saved(tmp_path / "rgba.png", rgba),
        "la": saved(tmp_path / "la.png", Image.fromarray(rgba).convert("LA")),
        "webp": saved(tmp_path / "a.webp", rgba, lossless=True),
        "tiff": saved(tmp_path / "a.tif", rgba),
        "la tiff": saved(tmp_path / "la.tif", Image.fromarray(rgba).convert("LA")),
    }
    palette = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    palette.putpalette([10, 10, 10, 200, 200, 200])
    files["palette"] = saved(tmp_path / "p.png", palette, transparency=bytes([255, 51]))
    for name, path in files.items():
        picture = read_image(path)
        assert picture.alpha is not None, name
        np.testing.assert_allclose(picture.alpha, [[1, 0.2]], atol=1e-6, err_msg=name)
        np.testing.assert_allclose(levels(picture)[..., 0], grey, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("mode", ["PA", "La", "RGBa", "RGBX", "YCbCr", "HSV"])
def test_rare_modes_from_memory(mode: str) -> None:
    rgba = Image.new("RGBA", (3, 2), (255, 255, 255, 255))
    image = rgba.convert("LA").convert("La") if mode == "La" else None
    if image is None:
        image = rgba.convert("RGB").convert(mode) if mode in ("YCbCr", "HSV", "RGBX") else None
    if image is None:
        image = rgba.convert("P").convert("PA") if mode == "PA" else rgba.convert(mode)
    assert image.mode == mode
    picture = picture_from_pil(image)
    np.testing.assert_allclose(picture.rgb, 1, atol=1e-6)
    assert (picture.alpha is not None) == (mode in ("PA", "La", "RGBa"))


@pytest.mark.parametrize(
    ("image", "transparency"),
    [
        (Image.fromarray(np.array([[0, 40000]], np.uint16)), 40000),
        (Image.fromarray(np.array([[0, 200]], np.uint8)), 200),
        (Image.fromarray(np.array([[[0, 0, 0], [1, 2, 3]]], np.uint8)), (1, 2, 3)),
    ],
    ids=["16-bit grey", "grey", "RGB"],
)
def test_one_transparent_colour(tmp_path: Path, image: Image.Image, transparency: Any) -> None:
    picture = read_image(saved(tmp_path / "a.png", image, transparency=transparency))
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, [[1, 0]])


def test_an_opaque_alpha_channel_stays(tmp_path: Path) -> None:
    rgba = np.dstack([BLOCKS, np.full(BLOCKS.shape[:2], 255, np.uint8)])
    picture = read_image(saved(tmp_path / "a.png", rgba))
    assert picture.alpha is not None and (picture.alpha == 1).all()
    np.testing.assert_allclose(levels(picture), BLOCKS, atol=1e-4)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".avif"])
def test_only_the_first_frame_is_read_and_said_so(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    path = saved(tmp_path / f"a{suffix}", frames[0], save_all=True, append_images=frames[1:])
    picture = read_image(path)
    np.testing.assert_allclose(levels(picture)[8, 8], [255, 0, 0], atol=6)
    assert picture.warnings == (f"{path}: only the first of its frames or pages is used",)


def test_the_previews_of_a_phone_photo_are_no_matter(tmp_path: Path) -> None:
    preview = Image.new("RGB", (8, 8))
    photo = Image.fromarray(BLOCKS)
    path = saved(tmp_path / "a.jpg", photo, format="MPO", save_all=True, append_images=[preview])
    picture = read_image(path)
    assert (picture.size, picture.warnings) == ((64, 32), ())


# --- errors


def refusal(path: Path, **options: Any) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        read_image(path, **options)
    error = caught.value
    assert str(path) in error.message
    assert "\n" not in error.message and "\n" not in error.hint
    return error.message.replace(str(path), "FILE"), error.hint


GET_AGAIN = "it may be incompletely downloaded or copied: get it again"


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.png") == ("FILE does not exist", "check the path")


def test_a_folder(tmp_path: Path) -> None:
    expected = ("FILE is a folder, not an image", "name one image file in it")
    assert refusal(tmp_path) == expected


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert refusal(tmp_path / "a.png") == ("FILE is empty (0 bytes)", GET_AGAIN)


def test_not_an_image(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello")
    expected = ("FILE is not an image", "readable are PNG, JPEG, WEBP, TIFF, AVIF, BMP")
    assert refusal(tmp_path / "a.png") == expected


def test_heic_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    expected = ("FILE is a HEIC photo, which Pillow cannot read", "convert it to JPEG first")
    assert refusal(tmp_path / "a.jpg") == expected


def test_other_formats_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gif", BLOCKS)
    expected = ("FILE is of an unsupported format: GIF", "convert it to PNG or JPEG first")
    assert refusal(path) == expected


def test_postscript_never_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert refusal(tmp_path / "a.png")[0] == "FILE is of an unsupported format: PostScript"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = saved(tmp_path / "a.png", BLOCKS)
    monkeypatch.setattr("builtins.open", denied)  # root may read anything
    expected = ("FILE cannot be read: permission denied", "check the file's permissions")
    assert refusal(path) == expected


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".avif", ".bmp"])
@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.95])
def test_a_truncated_image(tmp_path: Path, suffix: str, part: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = saved(tmp_path / f"a{suffix}", pixels)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    message, hint = refusal(path)
    assert message.startswith("FILE is truncated or damaged")
    assert "get it again" in hint


def test_random_damage_never_ends_otherwise(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for suffix in (".png", ".jpg", ".webp", ".bmp"):
        path = saved(tmp_path / f"a{suffix}", BLOCKS, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
        data = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(60):
            damaged = data.copy()
            damaged[rng.integers(0, len(data), 3)] = rng.integers(0, 256, 3)
            path.write_bytes(damaged.tobytes())
            try:
                read_image(path, max_pixels=1_000_000)
            except InputError as error:
                assert str(path) in error.message


def huge_png(path: Path, side: int) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body)
    return path


@pytest.mark.parametrize("side", [16_385, 25_000, 1_000_000])
def test_a_decompression_bomb_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    message, hint = refusal(huge_png(tmp_path / "a.png", side))
    assert message == f"FILE has {side * side:,} pixels, more than the limit of 268,435,456"
    assert hint == f"if you trust the file, raise the limit with --max-pixels {side * side}"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".avif", ".bmp"])
def test_max_pixels_is_exact(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a{suffix}", BLOCKS)
    assert read_image(path, max_pixels=64 * 32).size == (64, 32)
    assert refusal(path, max_pixels=64 * 32 - 1)[0].startswith("FILE has 2,048 pixels")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".avif", ".bmp"])
@pytest.mark.parametrize("limit", [10, 1500, None])
def test_pillows_own_limit_is_overruled_and_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, limit: int | None
) -> None:
    path = saved(tmp_path / f"a{suffix}", BLOCKS)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filters = list(warnings.filters)
        assert read_image(path).size == (64, 32)
        assert refusal(path, max_pixels=2000)[0].startswith("FILE has 2,048 pixels")
        assert list(warnings.filters) == filters
    assert limit == Image.MAX_IMAGE_PIXELS


def test_the_limit_is_restored_after_many_threads(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", BLOCKS)
    before, filters = Image.MAX_IMAGE_PIXELS, list(warnings.filters)
    start = threading.Barrier(8)

    def read(worker: int) -> int:
        start.wait()
        for _ in range(10):
            read_image(path, max_pixels=10**9 + worker)
        return worker

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == list(range(8))
    assert before == Image.MAX_IMAGE_PIXELS
    assert list(warnings.filters) == filters


def test_out_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_: object) -> None:
        raise MemoryError

    path = saved(tmp_path / "a.png", BLOCKS)
    monkeypatch.setattr(ImageFile.ImageFile, "load", exhausted)
    expected = ("FILE does not fit into the memory", "make the image smaller first")
    assert refusal(path) == expected


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    data = saved(tmp_path / "a.png", BLOCKS).read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
    writer.start()
    picture = read_image(tmp_path / "pipe")
    writer.join()
    np.testing.assert_allclose(levels(picture), BLOCKS, atol=1e-4)
