"""The little of a photo's metadata that its painting keeps."""

from __future__ import annotations

import math

from PIL import ExifTags, Image

# Who, what and when. Left out on purpose: the place (a painting is made to be shown around), the
# thumbnail (of another picture now), maker notes (which do not survive copying), and everything
# about pixels, which is the written file's own.
_KEPT = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
_KEPT_OF_EXPOSURE = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal)
_INCH, _SRGB = 2, 1


def kept_exif(image: Image.Image) -> bytes:
    """The EXIF block to write with a picture made from ``image``; empty if there is nothing to say.

    It has no orientation, since the picture is upright, and says that the colours are sRGB. It
    raises whatever Pillow does on broken EXIF data.
    """
    source, kept = image.getexif(), Image.Exif()
    for tag in _KEPT:
        if tag in source:
            kept[tag] = _as_read(source[tag])
    exposure = source.get_ifd(ExifTags.IFD.Exif)
    moment = {tag: exposure[tag] for tag in _KEPT_OF_EXPOSURE if tag in exposure}
    dpi = _plausible(image.info.get("dpi"))
    if dpi:
        kept[ExifTags.Base.XResolution], kept[ExifTags.Base.YResolution] = dpi
        kept[ExifTags.Base.ResolutionUnit] = _INCH
    if not kept and not moment:
        return b""
    kept[ExifTags.IFD.Exif] = {**moment, ExifTags.Base.ColorSpace: _SRGB}
    return kept.tobytes()


def dots_per_inch(exif: bytes) -> tuple[float, float] | None:
    """The resolution, across and down, that ``kept_exif`` put into a block."""
    block = _parsed(exif)
    tags = ExifTags.Base.XResolution, ExifTags.Base.YResolution
    return _plausible(tuple(block.get(tag) for tag in tags))


def first_block_only(exif: bytes) -> bytes:
    """A block without the blocks nested in it, which Pillow cannot write into a compressed TIFF."""
    block = _parsed(exif)
    for nested in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
        if nested in block:
            del block[nested]
    return block.tobytes()


def _as_read(value: object) -> object:
    # Pillow reads text as Latin-1, whatever it is (often UTF-8), and writes it as ASCII with
    # question marks; taken back to bytes it stays as it was.
    return value.encode("latin-1", "replace") if isinstance(value, str) else value


def _parsed(exif: bytes) -> Image.Exif:
    block = Image.Exif()
    block.load(exif)
    return block


def _plausible(dpi: object) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if all(map(math.isfinite, (across, down))) and across > 0 < down else None
