"""From any mode of a decoded Pillow image to RGB and alpha, as levels of 8 or of 16 bits."""

from __future__ import annotations

import numpy as np
from PIL import Image

from stylectl.media.colour_profile import ProfileError, grey_to_srgb, image_to_srgb
from stylectl.media.levels import Levels, decoded, to_uint16

_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # TIFF tags
_WHITE_IS_ZERO = 0


def to_rgb_and_alpha(image: Image.Image, warnings: list[str]) -> tuple[Levels, Levels | None]:
    """Converts an image of any mode to sRGB by its ICC profile, or as sRGB if it has none.

    Args:
        image: the decoded image.
        warnings: gets a line for everything that could not be honoured.

    Returns:
        RGB (H, W, 3) and alpha (H, W) or None: 16 bits if the image is grey of more than 8, else 8.
    """
    profile: bytes | None = image.info.get("icc_profile")
    if image.mode in ("1", "L", "LA", "La", "I", "F") or image.mode.startswith("I;16"):
        values, alpha = _grey_and_alpha(image, warnings)
        if profile:
            try:
                return grey_to_srgb(values, profile), alpha
            except ProfileError as error:
                warnings.append(_ignored(error))
        return np.repeat(values[..., None], 3, axis=-1), alpha
    if image.mode == "LAB":
        profile = None  # the mode says it all, and Pillow converts by it
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = decoded(image.getchannel("A"))
    if image.mode not in ("RGB", "CMYK"):
        image = image.convert("RGB")
    if profile:
        try:
            image = image_to_srgb(image, profile)
        except ProfileError as error:
            warnings.append(_ignored(error))
    return decoded(image if image.mode == "RGB" else image.convert("RGB")), alpha


def _ignored(error: ProfileError) -> str:
    return f"the colour profile is ignored: {error}"


def _grey_and_alpha(image: Image.Image, warnings: list[str]) -> tuple[Levels, Levels | None]:
    """(H, W) greys and alpha."""
    if image.mode not in ("1", "L", "LA", "La"):
        return _wide_grey_and_alpha(image, warnings)
    if image.mode == "La":  # multiplied by alpha; Pillow converts it to nothing but LA
        image = image.convert("LA")
    if not image.has_transparency_data:
        return decoded(image.convert("L")), None
    image = image.convert("LA")
    return decoded(image.getchannel("L")), decoded(image.getchannel("A"))


def _wide_grey_and_alpha(image: Image.Image, warnings: list[str]) -> tuple[Levels, Levels | None]:
    """Grey of more than 8 bits, which Pillow's own conversion to 8 would cut off at 255."""
    raw = np.asarray(image)
    hidden = image.info.get("transparency")  # PNG: the one grey that is transparent
    alpha = (raw != hidden).astype(np.uint8) * np.uint8(255) if isinstance(hidden, int) else None
    values = np.nan_to_num(raw.astype(np.float32), nan=0, posinf=0, neginf=0).clip(min=0)
    white = _white_of(image)
    if values.max() > white:
        white = float(values.max())
        warnings.append(f"the range of grey is unusual: its largest value, {white:g}, is white")
    values /= white
    inverted = _tiff_tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO
    return to_uint16(1 - values if inverted else values), alpha


def _white_of(image: Image.Image) -> float:
    if image.mode == "F":
        return 1
    return 4095 if _tiff_tag(image, _BITS_PER_SAMPLE) == 12 else 65535


def _tiff_tag(image: Image.Image, tag: int) -> object:
    """The (first) value of a TIFF tag; None if there is none, as in other formats."""
    value = getattr(image, "tag_v2", {}).get(tag)
    return value[0] if isinstance(value, tuple) and value else value
