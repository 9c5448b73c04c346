"""The colours of a clip, for styles that are to take them on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylectl.media import to_unit
from stylectl.video.job import Job

_FRAMES = 8


def palette_of(job: Job) -> NDArray[np.float32]:
    """A few frames, spread over the job's, one above the other: (H, W, 3) in [0, 1]."""
    total = len(job.chosen)
    places = sorted({(2 * place + 1) * total // (2 * _FRAMES) for place in range(_FRAMES)})
    with job.clip.frames([job.chosen[place] for place in places]) as frames:
        # Every fourth pixel will do: only mean and covariance are looked at.
        rows = [to_unit(frame[::4, ::4]) for frame in frames]
    return np.concatenate(rows)
