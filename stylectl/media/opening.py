"""Opening image files that nobody vouches for: every way to fail becomes an InputError."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from PIL import (  # a plugin is registered by its import; asked for one that is not,
    AvifImagePlugin,  # noqa: F401  # Pillow would import all of its forty
    BmpImagePlugin,  # noqa: F401
    Image,
    ImageFile,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from stylectl.errors import InputError
from stylectl.media.formats import READABLE, SNIFFED_BYTES, detect_format
from stylectl.media.paths import StrPath, shown
from stylectl.media.pillow_watch import pillow_under_watch

DEFAULT_MAX_PIXELS = 16_384 * 16_384

_GET_AGAIN = "it may be incompletely downloaded or copied: get it again"


@contextlib.contextmanager
def opened_image(
    path: StrPath, max_pixels: int, data: bytes | None = None
) -> Iterator[ImageFile.ImageFile]:
    """Opens an image file and decodes its first frame.

    Args:
        path: a file in one of the formats ``READABLE``, whatever its suffix.
        max_pixels: the most pixels its header may claim; nothing larger is decoded.
        data: the file's bytes, if they are read already; ``path`` then only names them.

    Yields:
        the decoded image, neither turned upright nor converted, its file still open.

    Raises:
        InputError: it is missing, not readable, not an image, of another format, damaged, larger
            than ``max_pixels``, or too large for the memory (of the block as well).
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_input_errors(path))
        file = io.BytesIO(data) if data is not None else stack.enter_context(_opened(path))
        name = _check_format(path, file)
        stack.enter_context(pillow_under_watch(max_pixels))
        with _decoding_errors(path, name, max_pixels):
            image = stack.enter_context(Image.open(file, formats=[name]))
            width, height = image.size
            if width * height > max_pixels:
                raise _too_large(path, width * height, max_pixels)
            image.load()
        yield image


@contextlib.contextmanager
def opened_file(path: StrPath) -> Iterator[BinaryIO]:
    """Opens a file that is to be an image, to read its bytes.

    Raises:
        InputError: it is missing, a folder, or cannot be read (in the block as well).
    """
    with _input_errors(path), _opened(path) as file:
        yield file


@contextlib.contextmanager
def _opened(path: StrPath) -> Iterator[BinaryIO]:
    if os.path.isdir(path):
        raise InputError(f"{shown(path)} is a folder, not an image", "name one image file in it")
    with open(path, "rb") as file:
        yield file if file.seekable() else io.BytesIO(file.read())  # a pipe is not


def _check_format(path: StrPath, file: BinaryIO) -> str:
    head = file.read(SNIFFED_BYTES)
    file.seek(0)
    if not head:
        raise InputError(f"{shown(path)} is empty (0 bytes)", _GET_AGAIN)
    name = detect_format(head)
    if name is None:
        raise InputError(f"{shown(path)} is not an image", "readable are " + ", ".join(READABLE))
    if name in ("HEIC", "HEIF"):
        raise InputError(
            f"{shown(path)} is a {name} photo, which Pillow cannot read",
            "convert it to JPEG first",
        )
    if name not in READABLE:
        raise InputError(
            f"{shown(path)} is of an unsupported format: {name}", "convert it to PNG or JPEG first"
        )
    return name


@contextlib.contextmanager
def _input_errors(path: StrPath) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{shown(path)} does not exist", "check the path") from error
    except PermissionError as error:
        raise InputError(
            f"{shown(path)} cannot be read: permission denied", "check the file's permissions"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{shown(path)} cannot be read: {reason}", "check the path") from error
    except MemoryError as error:
        raise InputError(
            f"{shown(path)} does not fit into the memory", "make the image smaller first"
        ) from error


@contextlib.contextmanager
def _decoding_errors(path: StrPath, name: str, max_pixels: int) -> Iterator[None]:
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        # Pillow tells the size only in its message.
        pixels = re.search(r"\d+", str(error))
        raise _too_large(path, int(pixels[0]) if pixels else None, max_pixels) from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{shown(path)} is truncated or damaged, or a kind of {name} that Pillow cannot read",
            "get it again, or convert it to PNG first",
        ) from error
    except Exception as error:  # a decoder fed with damaged data raises nearly anything
        if isinstance(error, OSError) and error.errno:  # the disk, not the data
            raise
        raise InputError(f"{shown(path)} is truncated or damaged", _GET_AGAIN) from error


def _too_large(path: StrPath, pixels: int | None, max_pixels: int) -> InputError:
    claimed = f"{pixels:,}" if pixels else "too many"
    raised = f" {pixels}" if pixels else ""
    return InputError(
        f"{shown(path)} has {claimed} pixels, more than the limit of {max_pixels:,}",
        f"if you trust the file, raise the limit with --max-pixels{raised}",
    )
