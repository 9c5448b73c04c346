"""Holding paint still: what is painted next follows what was painted before, moved along with it.

Three things make paint flicker. The statistics of the whole picture change with whatever moves in
it, and with them the paint everywhere: they are averaged over time. Noise and compression change
pixels that nothing moved, and movement itself slides the picture over the network's grid: there the
last painting, moved as the content did, is blended with the new one, as far as the content itself
explains the movement. What it does not explain, an uncovered background or a cut, is new paint.

Every picture is a blend of new paintings of this content, weights adding up to 1: over a scene that
does not change nothing can drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from stylectl.model.statistics import InstanceStatistics
from stylectl.video.motion import moved, movement
from stylectl.video.settings import Stabilize


@dataclass(frozen=True)
class Stillness:
    """How much paint is held still.

    Attributes:
        memory: of the statistics: the share of the past in each frame's.
        hold: the largest share of the last painting in the next.
        tolerance: difference of content, in [0, 1], at which that share has fallen to a third:
            above the noise of a compressed clip, below what one sees as change.
    """

    memory: float
    hold: float
    tolerance: float


LEVELS: dict[Stabilize, Stillness] = {  # "off" is none
    "light": Stillness(memory=0.9, hold=0.8, tolerance=0.06),
    "strong": Stillness(memory=0.95, hold=0.85, tolerance=0.1),
}
_LEAST = 1e-5  # variance: what instance statistics add to theirs
_WINDOW = 5  # pixels a side over which content is compared: one pixel alone may agree by chance


class Stabilizer:
    """Carries statistics, content and painting from frame to frame of a scene."""

    def __init__(self, stillness: Stillness) -> None:
        self._stillness = stillness
        self._moments: tuple[Tensor, Tensor] | None = None
        self._latest: tuple[Tensor, Tensor] | None = None
        self._content: Tensor | None = None
        self._painted: Tensor | None = None

    def begin_scene(self) -> None:
        """Forgets all: nothing goes over from one scene to another."""
        self._moments = self._latest = self._content = self._painted = None

    def statistics(self, own: InstanceStatistics) -> InstanceStatistics:
        """The statistics to normalise frames with, given their own (B, C, 1, 1).

        May be asked again for the same frames: the past moves on with `hold_still` only.
        """
        moments, rows = self._moments, []
        for mean, std in zip(own.mean, own.std, strict=True):
            # Means and mean squares, unlike deviations, may be averaged: the result is what all the
            # frames would have as one picture.
            now = (mean, std.square() + mean.square())
            if moments is None:
                moments = now
            else:
                past = self._stillness.memory
                moments = (
                    (past * moments[0] + (1 - past) * now[0]),
                    (past * moments[1] + (1 - past) * now[1]),
                )
            rows.append(moments)
        self._latest = moments
        means, squares = (torch.stack(parts) for parts in zip(*rows, strict=True))
        return InstanceStatistics(means, (squares - means.square()).clamp(min=_LEAST).sqrt())

    def hold_still(self, contents: Tensor, paintings: Tensor) -> Tensor:
        """Paintings (B, 3, H, W) of contents (B, 3, H, W) that follow one another, in [0, 1]."""
        self._moments = self._latest
        pairs = zip(contents.split(1), paintings.split(1), strict=True)
        return torch.cat([self._held(content, painting) for content, painting in pairs])

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What `restore` needs to go on as if it had never stopped."""
        if self._moments is None or self._content is None or self._painted is None:
            return {}
        parts = (*self._moments, self._content, self._painted)
        names = ("still_means", "still_squares", "still_content", "still_painted")
        return {name: part.cpu().numpy() for name, part in zip(names, parts, strict=True)}

    def restore(self, state: dict[str, NDArray[np.generic]], device: torch.device) -> None:
        """Goes on where `state` was taken."""
        if "still_means" not in state:
            return
        parts = {name: torch.from_numpy(array) for name, array in state.items() if "still_" in name}
        self._moments = (
            parts["still_means"].to(device),
            parts["still_squares"].to(device),
        )
        self._content, self._painted = parts["still_content"], parts["still_painted"]

    def _held(self, content: Tensor, painting: Tensor) -> Tensor:
        if self._content is None or self._painted is None:
            self._content, self._painted = content, painting
            return painting
        flow = movement(self._content, content)  # (1, 2, H, W)
        past = moved(torch.cat((self._content, self._painted), 1), flow)  # (1, 6, H, W)
        past_content, past_painting = past[:, :3], past[:, 3:].clamp(0, 1)
        share = self._share(past_content, content)
        # The content that the blend shows is blended alike: what changes too slowly to be seen from
        # frame to frame adds up in it, and is let go.
        self._content = torch.lerp(content, past_content, share)
        self._painted = torch.lerp(painting, past_painting, share)
        return self._painted

    def _share(self, past: Tensor, present: Tensor) -> Tensor:
        """The share of the past at each place, (1, 1, H, W)."""
        difference = (past - present).abs().amax(1, keepdim=True)
        around = F.avg_pool2d(difference, _WINDOW, 1, _WINDOW // 2, count_include_pad=False)
        explained = torch.exp(-(around / self._stillness.tolerance).square())
        return self._stillness.hold * explained
