"""Which image formats this Pillow reads and writes: found out by doing so."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, features

from stylectl.findings import Finding
from stylectl.media import FORMATS
from stylectl.media.formats import ImageFormat

_ESSENTIAL = ("PNG", "JPEG")  # the others are a matter of taste
_PIXELS = (24, 16)


def formats() -> Iterator[Finding]:
    """A small picture through each format, and whether colour profiles can be converted."""
    for known in FORMATS:
        yield _format(known)
    version = features.version("littlecms2")
    if version is None:
        yield Finding(
            "colour profiles",
            "warning",
            "this Pillow cannot convert them: colours of wide-gamut photos will be off",
            "install Pillow from PyPI",
        )
    else:
        yield Finding("colour profiles", "ok", f"LittleCMS {version}", data={"version": version})


def _format(known: ImageFormat) -> Finding:
    suffixes = ", ".join(known.suffixes)
    data = {"suffixes": list(known.suffixes)}
    file = io.BytesIO()
    try:
        Image.new("RGB", _PIXELS, "teal").save(file, known.name)
        with Image.open(file, formats=[known.name]) as image:
            image.load()
            intact = image.size == _PIXELS
        reason = "" if intact else "what was written is read back differently"
    except Exception as error:  # a missing codec is a KeyError or an OSError
        reason = str(error) or type(error).__name__
    if not reason:
        return Finding(known.name, "ok", f"read and written, {suffixes}", data=data)
    state = "problem" if known.name in _ESSENTIAL else "warning"
    message = f"cannot be read and written: {reason}"
    return Finding(known.name, state, message, "install Pillow from PyPI", data)
