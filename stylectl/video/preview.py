"""A strip of a few frames, content above and painting below, to be seen before the long work."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylectl.media import to_uint8
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.clip import Frame
from stylectl.video.job import Job
from stylectl.video.look import Look
from stylectl.video.painter import FramePainter

_LONG_EDGE = 480  # of a frame in the strip: a dozen of them must stay a picture one can open
_GAP = 4  # white pixels between frames


def preview_strip(stylizer: Stylizer, job: Job, look: Look, count: int) -> NDArray[np.uint8]:
    """Paints `count` frames, spread evenly over the job's; fewer if it has fewer.

    Returns:
        (H, W, 3) levels.

    Raises:
        InputError, DeviceError: as `paint_clip`.
    """
    total = len(job.chosen)
    count = min(count, total)
    numbers = [(2 * place + 1) * total // (2 * count) for place in range(count)]
    size = _fitted(job.clip.size, float(job.clip.pixel_aspect))
    columns = []
    with job.clip.frames([job.chosen[number] for number in numbers]) as frames:
        for number, frame in zip(numbers, frames, strict=True):
            # A painter for each: frames so far apart have nothing to do with one another.
            painter = FramePainter(stylizer, look, total=total)
            (painted,) = painter.paint([frame], number, every=1)
            columns.append(np.concatenate((_tile(frame, size), _tile(painted.painted, size))))
    return np.concatenate(columns, axis=1)[:-_GAP, :-_GAP]


def _fitted(size: tuple[int, int], pixel_aspect: float) -> tuple[int, int]:
    """Width and height in square pixels, reduced to the strip's."""
    width, height = size[0] * pixel_aspect, size[1]
    scale = min(1.0, _LONG_EDGE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _tile(frame: Frame, size: tuple[int, int]) -> NDArray[np.uint8]:
    tile = np.asarray(Image.fromarray(to_uint8(frame)).resize(size, Image.Resampling.LANCZOS))
    return np.pad(tile, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
