"""Reading an image: upright, in sRGB, and what its result needs to be written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image

from stylectl.media.alpha import bleed_colour
from stylectl.media.levels import FloatArray, Levels, to_unit
from stylectl.media.metadata import kept_exif
from stylectl.media.opening import DEFAULT_MAX_PIXELS, opened_image
from stylectl.media.paths import StrPath, shown
from stylectl.media.pixels import to_rgb_and_alpha

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded image, in as many bits as its file had, since a float picture is large.

    Attributes:
        pixels: (H, W, 3) sRGB levels, upright: uint16 for grey of more than 8 bits, else uint8.
        opacity: (H, W) levels of uint8, or None if the image has no transparency. The colour under
            fully transparent pixels is filled in from the visible ones around them.
        path: the file it was read from; None for an image that came from memory.
        exif: the EXIF block for a picture made from it: description, camera, date, author and
            resolution; no place, no thumbnail, no orientation. May be empty.
        warnings: what in the file could not be honoured, a line each, with the name of the file.
    """

    pixels: Levels
    opacity: Levels | None = None
    path: Path | None = None
    exif: bytes = b""
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height

    @property
    def rgb(self) -> FloatArray:
        """The pixels as float32 in [0, 1]: four times the memory, or twice, anew each time."""
        return to_unit(self.pixels)

    @property
    def alpha(self) -> FloatArray | None:
        """The opacity as float32 in [0, 1], anew each time."""
        return None if self.opacity is None else to_unit(self.opacity)


def read_image(
    path: StrPath, *, max_pixels: int = DEFAULT_MAX_PIXELS, data: bytes | None = None
) -> Picture:
    """Reads an image file: the first frame or page, upright by EXIF, converted to sRGB.

    Args:
        path: a PNG, JPEG, WebP, TIFF, AVIF or BMP file.
        max_pixels: the most pixels it may have; the header is enough to refuse more.
        data: the file's bytes, if they are read already; ``path`` then only names them.

    Raises:
        InputError: it is missing, not readable, not an image, of another format, damaged, larger
            than ``max_pixels``, or too large for the memory.
    """
    with opened_image(path, max_pixels, data) as image:
        return picture_from_pil(image, path=Path(path))


def picture_from_pil(image: Image.Image, *, path: Path | None = None) -> Picture:
    """Makes a Picture of a Pillow image of any mode, by its EXIF orientation and ICC profile."""
    warnings: list[str] = []
    if getattr(image, "is_animated", False) and image.format != "MPO":
        # An MPO is a still photo whose further frames are previews.
        warnings.append("only the first of its frames or pages is used")
    image.load()
    upright, exif = _upright_and_exif(image, warnings)
    pixels, opacity = to_rgb_and_alpha(upright, warnings)
    if opacity is not None:
        pixels = bleed_colour(pixels, opacity)
    name = f"{shown(path)}: " if path else ""
    return Picture(pixels, opacity, path, exif, tuple(name + warning for warning in warnings))


def _upright_and_exif(image: Image.Image, warnings: list[str]) -> tuple[Image.Image, bytes]:
    # Not ImageOps.exif_transpose: it writes the EXIF block anew, which a broken tag anywhere in it
    # makes impossible.
    exif = b""
    orientation: object = 1
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        exif = kept_exif(image)
    except Exception:  # nothing in a block from anywhere is certain to be of its type
        warnings.append("the EXIF data is damaged; what could not be read of it is left out")
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return (image if turn is None else image.transpose(turn)), exif
