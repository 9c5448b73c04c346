"""Files in, arrays out, and back."""

from stylectl.media.atomic import atomic_output, check_output, is_same_file
from stylectl.media.folders import make_folder
from stylectl.media.formats import (
    FORMATS,
    SUFFIXES,
    ImageFormat,
    detect_format,
    format_for_output,
    names_picture,
)
from stylectl.media.images import Picture, picture_from_pil, read_image
from stylectl.media.levels import Levels, to_uint8, to_unit
from stylectl.media.masks import LUMA, mask_of
from stylectl.media.opening import DEFAULT_MAX_PIXELS, opened_file
from stylectl.media.paths import shown
from stylectl.media.writing import encode_image, write_image

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "FORMATS",
    "LUMA",
    "SUFFIXES",
    "ImageFormat",
    "Levels",
    "Picture",
    "atomic_output",
    "check_output",
    "detect_format",
    "encode_image",
    "format_for_output",
    "is_same_file",
    "make_folder",
    "mask_of",
    "names_picture",
    "opened_file",
    "picture_from_pil",
    "read_image",
    "shown",
    "to_uint8",
    "to_unit",
    "write_image",
]
