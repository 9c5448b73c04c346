"""Keeps Pillow's process-wide settings out of the way while an image is read, and only then."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator

from PIL import Image, PngImagePlugin

# Without any handler, Pillow's log would go to stderr wherever logging is not set up.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Bytes that a chunk of text or a colour profile in a PNG may unpack to. Pillow's 1 MB is less than
# profiles of printers and notes of image generators have, and refuses the whole image for it.
_TEXT_CHUNK = 16 << 20

_lock = threading.Lock()
_active_limits: list[int] = []
_restore = contextlib.ExitStack()


@contextlib.contextmanager
def pillow_under_watch(max_pixels: int) -> Iterator[None]:
    """Lets Pillow open images of up to ``max_pixels`` and be silent, for the block.

    Pillow has one limit on an image's pixels for the whole process and no argument for it: it
    warns above ``Image.MAX_IMAGE_PIXELS``, refuses above twice that, and does so at several places
    while it opens and decodes. Setting it to None once and for all would take the protection from
    every other user of Pillow in the process. So it is only raised, never lowered or removed, only
    while at least one image is being read, to the largest limit that a reader asked for; each
    reader holds the header against its own limit. The last one out restores the former value.

    The warnings are treated alike: their filters are as global as the limit, and readers in several
    threads that each saved and restored them would restore each other's. And so is libtiff, which
    prints what it finds wrong with a file to stderr, beside the error that Pillow raises.
    """
    with _lock:
        if not _active_limits:
            _enter()
        _active_limits.append(max_pixels)
        _raise_limit(max_pixels)
    try:
        yield
    finally:
        with _lock:
            _active_limits.remove(max_pixels)
            if not _active_limits:
                _restore.close()


def _enter() -> None:
    _restore.callback(setattr, Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    _restore.enter_context(warnings.catch_warnings())
    warnings.filterwarnings("ignore", module=r"PIL\.")
    text_chunk = PngImagePlugin.MAX_TEXT_CHUNK
    _restore.callback(setattr, PngImagePlugin, "MAX_TEXT_CHUNK", text_chunk)
    PngImagePlugin.MAX_TEXT_CHUNK = max(text_chunk, _TEXT_CHUNK)
    _silence_libtiff()


def _silence_libtiff() -> None:
    with contextlib.suppress(OSError, AttributeError):  # a Pillow that exports no libtiff
        # Pillow's own copy, which another library's would not reach: dlsym looks in what it links.
        set_handler = ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler
        set_handler.argtypes = [ctypes.c_void_p]
        set_handler.restype = ctypes.c_void_p
        _restore.callback(set_handler, set_handler(None))


def _raise_limit(max_pixels: int) -> None:
    if Image.MAX_IMAGE_PIXELS is not None:  # None: the application has no limit at all
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, max_pixels)
