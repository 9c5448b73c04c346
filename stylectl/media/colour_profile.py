"""ICC profiles: from an image's own colours to sRGB, and the profile that says sRGB."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

from stylectl.errors import printable
from stylectl.media.levels import Levels

# The profile's colour space, as ICC spells it, and the Pillow mode it is applied to.
_MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


class ProfileError(Exception):
    """A profile that cannot be used, and why."""


@functools.cache
def srgb_profile() -> bytes:
    """The ICC profile of sRGB, always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Bytes 24-35 are the time of creation, which would make every written file differ from the
    # last one. Any valid date does.
    for offset, part in zip(range(24, 36, 2), (2000, 1, 1, 0, 0, 0), strict=True):
        profile[offset : offset + 2] = part.to_bytes(2, "big")
    return bytes(profile)


def image_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Converts an image of mode RGB or CMYK from the colours of its ICC profile to RGB in sRGB.

    Raises:
        ProfileError: the profile is broken, or is for another kind of image.
    """
    return _transformed(image, _opened(profile, image.mode))


def grey_to_srgb(values: Levels, profile: bytes) -> Levels:
    """Converts (H, W) greys by a grey or an RGB profile to (H, W, 3) sRGB of as many bits.

    ImageCms computes in 8 bits; so the profile is applied to a ramp of the 256 greys and the values
    are looked up between its steps, which keeps the finer steps of 16-bit grey.

    Raises:
        ProfileError: the profile is broken, or is for another kind of image.
    """
    opened = _opened(profile, "L", "RGB")
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :])
    # Unoptimised: the shortcut that LittleCMS takes for grey loses half of the darkest steps.
    converted = _transformed(ramp.convert(_mode(opened)), opened, ImageCms.Flags.NOOPTIMIZE)
    steps = np.asarray(converted)[0] / 255  # (256, 3)
    white = np.iinfo(values.dtype).max
    greys = np.linspace(0, 1, white + 1)
    channels = [np.interp(greys, np.linspace(0, 1, 256), steps[:, i]) for i in range(3)]
    table = np.rint(np.stack(channels, axis=-1) * white).astype(values.dtype)
    return table[values]


def _opened(profile: bytes, *modes: str) -> ImageCms.ImageCmsProfile:
    """The profile, if it is for images of one of these modes."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ProfileError("it is damaged") from error
    if _mode(opened) not in modes:
        raise ProfileError(f"it is for {_space(opened)} colours, and the pixels are {modes[0]}")
    return opened


def _mode(profile: ImageCms.ImageCmsProfile) -> str | None:
    return _MODE_OF_SPACE.get(_space(profile))


def _space(profile: ImageCms.ImageCmsProfile) -> str:
    try:
        return printable(getattr(profile.profile, "xcolor_space", "unknown").strip())
    except UnicodeDecodeError:  # four bytes of anything, which Pillow takes for ASCII
        return "unknown"


def _transformed(
    image: Image.Image,
    profile: ImageCms.ImageCmsProfile,
    flags: ImageCms.Flags = ImageCms.Flags.NONE,
) -> Image.Image:
    try:
        result = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            # What image editors do: exact for colours that sRGB has, black stays black.
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=flags | ImageCms.Flags.BLACKPOINTCOMPENSATION,
            outputMode="RGB",
        )
    except ImageCms.PyCMSError as error:
        raise ProfileError("it is damaged") from error
    assert result is not None  # it is None only when converting in place
    return result
