"""A clip from a path: a file or a folder of frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from stylectl.media.opening import DEFAULT_MAX_PIXELS
from stylectl.video.clip import Clip
from stylectl.video.file import VideoFile
from stylectl.video.folder import FrameFolder
from stylectl.video.settings import DEFAULT_FOLDER_RATE


def open_clip(path: Path, *, fps: Fraction | None = None, max_pixels: int | None = None) -> Clip:
    """Opens what `stylectl video` paints.

    Args:
        fps: frames per second to resample to, or of a folder's frames; None keeps a file's times.
        max_pixels: the most pixels a frame may have; None is the limit of `media`.

    Raises:
        InputError: it cannot be read, is no video, holds no frame or too large ones.
    """
    limit = max_pixels or DEFAULT_MAX_PIXELS
    if path.is_dir():
        return FrameFolder(path, fps=fps or DEFAULT_FOLDER_RATE, max_pixels=limit)
    return VideoFile(path, fps=fps, max_pixels=limit)
