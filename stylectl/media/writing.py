"""Writing a picture: 8 bits, tagged as sRGB, in the format of the output's suffix."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from stylectl.errors import OutputError, UsageError
from stylectl.media.alpha import composite_over_white
from stylectl.media.atomic import atomic_output
from stylectl.media.colour_profile import srgb_profile
from stylectl.media.formats import ImageFormat, format_for_output
from stylectl.media.levels import FloatArray, Levels, bands, to_uint8, to_unit
from stylectl.media.metadata import dots_per_inch, first_block_only
from stylectl.media.paths import StrPath, shown

# Paint is all fine colour detail, which 4:2:0 would smear: hence 4:4:4 and a high quality.
_OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"quality": 95, "method": 4},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "AVIF": {"quality": 90, "subsampling": "4:4:4", "speed": 6},
    "BMP": {},
}


def write_image(
    path: StrPath,
    rgb: FloatArray | Levels,
    *,
    alpha: FloatArray | Levels | None = None,
    overwrite: bool = False,
    quality: int | None = None,
    exif: bytes | None = None,
) -> list[str]:
    """Writes an image file; it appears whole or not at all.

    Args:
        path: the output; its suffix decides the format.
        rgb: (H, W, 3), sRGB: values in [0, 1], or levels of 8 or 16 bits.
        alpha: (H, W), likewise, or None for an opaque picture. A format without transparency gets
            the picture as it looks on white, and a warning.
        overwrite: whether an existing file may be replaced.
        quality: 1..100 for JPEG, WebP (95 unless given) and AVIF (90); the others are lossless.
        exif: an EXIF block such as ``Picture.exif``.

    Returns:
        warnings, a line each.

    Raises:
        OutputError: the suffix names no format, the format cannot hold a picture of this size, or
            the file exists without ``overwrite`` or cannot be written.
        UsageError: ``quality`` is out of range.
    """
    encoded, warnings = encode_image(path, rgb, alpha=alpha, quality=quality, exif=exif)
    with atomic_output(path, overwrite) as temporary:
        temporary.write_bytes(encoded)
    return warnings


def encode_image(
    path: StrPath,
    rgb: FloatArray | Levels,
    *,
    alpha: FloatArray | Levels | None = None,
    quality: int | None = None,
    exif: bytes | None = None,
) -> tuple[memoryview, list[str]]:
    """The bytes that ``write_image`` writes, and its warnings; touches no file.

    Raises:
        OutputError, UsageError: as ``write_image`` does, but for what has to do with the file.
    """
    if quality is not None and not 1 <= quality <= 100:
        raise UsageError(f"quality is {quality}", "give a number from 1 to 100")
    format_ = format_for_output(path)
    height, width = rgb.shape[:2]
    format_.check_fits(path, width, height)
    warnings: list[str] = []
    if alpha is not None and not format_.keeps_alpha:
        if to_unit(alpha.min()) < 1:
            warnings.append(
                f"{shown(path)}: {format_.name} has no transparency; what was transparent is white"
            )
        rgb, alpha = _on_white(rgb, alpha), None
    if quality is not None and not format_.has_quality:
        warnings.append(f"{shown(path)}: quality does not apply, {format_.name} is lossless")
        quality = None
    pixels = to_uint8(rgb)
    if alpha is not None:
        pixels = np.dstack((pixels, to_uint8(alpha)))
    encoded = _encoded(path, Image.fromarray(pixels), format_, _options(format_, quality, exif))
    return encoded.getbuffer(), warnings


def _options(format_: ImageFormat, quality: int | None, exif: bytes | None) -> dict[str, Any]:
    options = {**_OPTIONS[format_.name], "icc_profile": srgb_profile()}
    if quality is not None:
        options["quality"] = quality
    if exif:
        options["exif"] = first_block_only(exif) if format_.name == "TIFF" else exif
        dpi = dots_per_inch(exif)
        if dpi:
            options["dpi"] = dpi
    return options


def _encoded(
    path: StrPath, image: Image.Image, format_: ImageFormat, options: dict[str, Any]
) -> io.BytesIO:
    # In memory, so that the encoders never see the disk: a full one would make some of them print
    # to stderr and report "encoder error -2".
    buffer = io.BytesIO()
    try:
        image.save(buffer, format_.name, **options)
    except MemoryError:
        raise
    except Exception as error:  # an encoder that refuses raises what it likes
        raise OutputError(
            f"{shown(path)} cannot be written: {format_.name} encoding failed ({error})",
            "choose an output that ends in .png",
        ) from error
    return buffer


def _on_white(rgb: FloatArray | Levels, alpha: FloatArray | Levels) -> Levels:
    result = np.empty(rgb.shape, np.uint8)
    for rows in bands(*alpha.shape):
        result[rows] = to_uint8(composite_over_white(to_unit(rgb[rows]), to_unit(alpha[rows])))
    return result
