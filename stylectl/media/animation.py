"""Writing looping animations: GIF and WebP by Pillow, MP4 by ffmpeg."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import GifImagePlugin, Image, features  # noqa: F401  # imported, a plugin is registered

from stylectl.errors import OutputError, UsageError
from stylectl.media.atomic import atomic_output
from stylectl.media.colour_profile import srgb_profile
from stylectl.media.mp4 import write_mp4
from stylectl.media.paths import StrPath, shown

_LARGEST = {".gif": 65_535, ".webp": 16_383, ".mp4": 16_384}  # pixels a side
ANIMATIONS = tuple(_LARGEST)
FASTEST = 50  # frames per second: the next step that a GIF can say, 100, browsers play at 10


def check_fps(fps: float) -> None:
    """Raises UsageError unless all formats can hold this many frames per second."""
    if not 1 <= fps <= FASTEST:
        raise UsageError(f"fps is {fps:g}, not in 1 to {FASTEST}", "12 to 25 look smooth")


def check_animation(path: StrPath, size: tuple[int, int] = (1, 1)) -> None:
    """Raises OutputError if an animation of this name cannot hold frames of this size."""
    suffix = Path(path).suffix.lower()
    if suffix == ".webp" and not features.check("webp"):
        raise OutputError(
            f"{shown(path)} cannot be written: this Pillow was built without WEBP",
            "choose an output that ends in .gif or .mp4",
        )
    if max(size) > _LARGEST[suffix]:
        raise OutputError(
            f"{shown(path)} cannot hold {size[0]}x{size[1]} pixels: "
            f"{suffix} ends at {_LARGEST[suffix]} a side",
            "make the pictures smaller",
        )


def write_animation(
    path: StrPath, frames: Iterable[Image.Image], fps: float, *, overwrite: bool = False
) -> tuple[int, int]:
    """Writes an animation that loops for ever; it appears whole or not at all.

    Args:
        path: the output; its suffix is one of ANIMATIONS. A player decides whether an MP4 loops.
        frames: RGB images in sRGB, all of one size, at least one; taken one by one.
        fps: frames per second, 1 to FASTEST. A GIF rounds a frame's time to hundredths of seconds.

    Returns:
        width and height of what was written: in an MP4 they are even.

    Raises:
        OutputError: the file exists without ``overwrite``, or cannot be written.
        UsageError: ``fps`` is out of range.
    """
    check_fps(fps)
    check_animation(path)
    suffix = Path(path).suffix.lower()
    with atomic_output(path, overwrite) as temporary:
        if suffix == ".mp4":
            return write_mp4(temporary, frames, fps, shown(path))
        options: dict[str, Any]
        if suffix == ".gif":
            frames = map(_with_palette, frames)
            options = {"duration": round(100 / fps) * 10, "disposal": 1}
        else:
            options = {"duration": round(1000 / fps), "quality": 90, "method": 4}
            options["icc_profile"] = srgb_profile()
        frames = iter(frames)
        first = next(frames)
        first.save(temporary, save_all=True, append_images=frames, loop=0, **options)
        return first.size


def _with_palette(frame: Image.Image) -> Image.Image:
    """The frame in the 256 colours that suit it best, the others dithered from them."""
    palette = frame.quantize(256, Image.Quantize.MEDIANCUT)
    return frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
