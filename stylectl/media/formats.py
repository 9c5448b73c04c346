"""The image formats that are read and written, and how each is recognised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PIL import features

from stylectl.errors import OutputError
from stylectl.media.paths import StrPath, shown


@dataclass(frozen=True)
class ImageFormat:
    """One format that is both read and written.

    Attributes:
        name: Pillow's name of it.
        suffixes: the file suffixes that select it for an output, in lower case.
        keeps_alpha: whether a written file can hold transparency.
        has_quality: whether it is lossy, with a quality from 1 to 100.
        max_side: the most pixels a written file can be wide or tall.
    """

    name: str
    suffixes: tuple[str, ...]
    keeps_alpha: bool
    has_quality: bool
    max_side: int

    def check_fits(self, path: StrPath, width: int, height: int) -> None:
        """Raises OutputError if this format cannot hold ``width`` x ``height`` pixels."""
        if max(width, height) > self.max_side:
            raise OutputError(
                f"{shown(path)} cannot hold {width}x{height} pixels: "
                f"{self.name} ends at {self.max_side} a side",
                "choose an output that ends in .png or .tiff",
            )


FORMATS = (
    ImageFormat("PNG", (".png",), keeps_alpha=True, has_quality=False, max_side=2**31 - 1),
    ImageFormat("JPEG", (".jpg", ".jpeg"), keeps_alpha=False, has_quality=True, max_side=65_500),
    ImageFormat("WEBP", (".webp",), keeps_alpha=True, has_quality=True, max_side=16_383),
    ImageFormat("TIFF", (".tif", ".tiff"), keeps_alpha=True, has_quality=False, max_side=2**31 - 1),
    ImageFormat("AVIF", (".avif",), keeps_alpha=True, has_quality=True, max_side=32_768),
    ImageFormat("BMP", (".bmp",), keeps_alpha=False, has_quality=False, max_side=2**31 - 1),
)
READABLE = tuple(known.name for known in FORMATS)
SUFFIXES = tuple(suffix for known in FORMATS for suffix in known.suffixes)


def names_picture(path: Path) -> bool:
    """Whether a file in a folder is a picture by its name: a known suffix, and not hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def format_for_output(path: StrPath) -> ImageFormat:
    """The format that the suffix of an output path selects; touches no file.

    Raises:
        OutputError: no supported format has this suffix, or this Pillow was built without it.
    """
    suffix = Path(path).suffix.lower()
    for known in FORMATS:
        if suffix in known.suffixes:
            if known.name in ("AVIF", "WEBP") and not features.check(known.name.lower()):
                raise OutputError(
                    f"{shown(path)} cannot be written: this Pillow was built without {known.name}",
                    "choose an output that ends in .png, or install Pillow from PyPI",
                )
            return known
    ending = f"ends in {suffix}" if suffix else "has no suffix"
    raise OutputError(
        f"{shown(path)} {ending}, which names no image format that can be written",
        "choose an output that ends in " + ", ".join(SUFFIXES),
    )


# What a file is by its first bytes. Suffixes lie, and trying Pillow's plugins one after another
# would hand the file to decoders that nobody asked for; so the file is named here first and only
# the plugin of its own format ever sees it. The formats that are not read are here to be named.
_SIGNATURES = (
    ("PNG", rb"\x89PNG\r\n\x1a\n"),
    ("JPEG", rb"\xff\xd8\xff"),
    ("WEBP", rb"RIFF....WEBP"),
    ("camera raw", rb"II\*\x00....CR|FUJIFILMCCD-RAW|IIU\x00|IIR[OS]|MMOR"),
    ("TIFF", rb"II[*+]\x00|MM\x00[*+]"),
    ("BMP", rb"BM"),
    ("GIF", rb"GIF8[79]a"),
    ("JPEG XL", rb"\xff\x0a|\x00\x00\x00\x0cJXL "),
    ("JPEG 2000", rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51"),
    ("Photoshop", rb"8BPS"),
    ("OpenEXR", rb"\x76\x2f\x31\x01"),
    ("Radiance HDR", rb"#\?RADIANCE|#\?RGBE"),
    ("QOI", rb"qoif"),
    ("icon", rb"\x00\x00[\x01\x02]\x00[^\x00]"),
    ("PostScript", rb"%!PS|\xc5\xd0\xd3\xc6"),
    ("PDF", rb"%PDF-"),
    ("SVG", rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?xml|!--|!DOCTYPE svg)[^\x00]*)?<svg[\s>]"),
    ("video", rb"RIFF....AVI |\x1aE\xdf\xa3"),
)
_SIGNATURE_PATTERNS = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _SIGNATURES)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}

SNIFFED_BYTES = 1024


def detect_format(head: bytes) -> str | None:
    """Names the format of a file from its first ``SNIFFED_BYTES`` bytes.

    Returns:
        one of ``READABLE``; else the name of another known format ("HEIC", "GIF", …); else None.
    """
    if head[4:8] == b"ftyp" and len(head) >= 12:
        return _detect_iso_media(head)
    for name, pattern in _SIGNATURE_PATTERNS:
        if pattern.match(head):
            return name
    return None


def _detect_iso_media(head: bytes) -> str:
    """AVIF, HEIC, camera raw and video share one container; its brands tell them apart."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[start : start + 4] for start in range(16, end, 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & _HEIC_BRANDS:
        return "HEIC"
    if brands & {b"mif1", b"msf1", b"heif"}:
        return "HEIF"
    return "camera raw" if b"crx " in brands else "video"
