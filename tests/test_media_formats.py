"""Formats are recognised by what is in the file, and chosen by the output's suffix."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylectl.errors import OutputError
from stylectl.media import detect_format, format_for_output


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WEBP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"BM\x00\x00", "BMP"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "HEIF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "camera raw"),
        (b"II*\0\x10\0\0\0CR\x02\0", "camera raw"),
        (b"\0\0\0\x14ftypisom\0\0\0\0mp41", "video"),
        (b"GIF89a\x01\0", "GIF"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\xff\x0a\xfa", "JPEG XL"),
        (b"<svg xmlns=", "SVG"),
        (b'<?xml version="1.0"?>\n<svg xmlns=', "SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"<html><svg ", None),
        (b"hello, world", None),
        (b"\0" * 64, None),
        (b"\0\0\0\x18ftyp", None),
        (b"", None),
    ],
)
def test_detect_format(head: bytes, name: str | None) -> None:
    assert detect_format(head) == name


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("a.png", "PNG"),
        ("a.jpg", "JPEG"),
        ("a.JPEG", "JPEG"),
        ("a.webp", "WEBP"),
        ("a.tif", "TIFF"),
        ("a.tiff", "TIFF"),
        ("a.avif", "AVIF"),
        ("a.b.Bmp", "BMP"),
    ],
)
def test_the_suffix_selects_the_format(name: str, format_name: str) -> None:
    assert format_for_output(Path("no/such folder") / name).name == format_name


@pytest.mark.parametrize(
    ("name", "ending"), [("a.gif", "ends in .gif"), ("a", "has no suffix"), (".png", "has no")]
)
def test_an_unknown_suffix_is_refused_with_the_known_ones(name: str, ending: str) -> None:
    with pytest.raises(OutputError) as caught:
        format_for_output(name)
    assert caught.value.message.startswith(f"{name} {ending}")
    expected = ".png, .jpg, .jpeg, .webp, .tif, .tiff, .avif, .bmp"
    assert caught.value.hint == f"choose an output that ends in {expected}"


def test_a_format_missing_from_pillow_is_known_before_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("PIL.features.check", lambda _: False)
    assert format_for_output("a.png").name == "PNG"
    with pytest.raises(OutputError, match="built without AVIF"):
        format_for_output("a.avif")


def test_a_picture_too_large_for_the_format_is_refused() -> None:
    webp = format_for_output("a.webp")
    webp.check_fits("a.webp", 16383, 16383)
    with pytest.raises(OutputError) as caught:
        webp.check_fits("a.webp", 16384, 1)
    assert caught.value.message == "a.webp cannot hold 16384x1 pixels: WEBP ends at 16383 a side"
