"""Where one scene ends and another begins: what is carried from frame to frame must end there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylectl.video.clip import Frame

_GRID = 16  # cells a side
_CUT = 0.10  # difference of a cell's mean colour, over all cells, that no movement makes
_STANDS_OUT = 3.0  # times the difference usual in this scene: a shaky camera is no row of cuts
_MEMORY = 0.9


class SceneDetector:
    """Tells cuts from movement, frame by frame, by how much coarse colour changes at once.

    Attributes:
        scene: the number of the present scene, from 0 on.
    """

    def __init__(self) -> None:
        self.scene = 0
        self._last: NDArray[np.float32] | None = None
        self._usual = 0.0

    def begins(self, frame: Frame) -> bool:
        """Whether a scene begins with this frame; every frame is to be shown, once, in order."""
        cells, last = _cells(frame), self._last
        self._last = cells
        if last is None:
            return True
        change = float(np.abs(cells - last).mean())
        cut = change > max(_CUT, _STANDS_OUT * self._usual)
        if cut:
            self.scene, self._usual = self.scene + 1, 0.0
        else:
            self._usual = _MEMORY * self._usual + (1 - _MEMORY) * change
        return cut

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What `restore` needs to go on as if it had never stopped."""
        if self._last is None:
            return {}
        return {
            "scene": np.array(self.scene),
            "scene_cells": self._last,
            "scene_usual": np.array(self._usual),
        }

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Goes on where `state` was taken."""
        if state:
            self.scene = int(state["scene"])
            self._last = state["scene_cells"].astype(np.float32)
            self._usual = float(state["scene_usual"])


def _cells(frame: Frame) -> NDArray[np.float32]:
    """The mean colour of each cell of a grid, in [0, 1]: (16, 16, 3)."""
    height, width = frame.shape[:2]
    rows, columns = max(1, height // _GRID), max(1, width // _GRID)
    cropped = frame[: height // rows * rows, : width // columns * columns]
    white = np.iinfo(frame.dtype).max
    cells = cropped.reshape(height // rows, rows, width // columns, columns, 3)
    # A few rows of each cell tell its mean well enough, at a fraction of the cost.
    return (cells[:, :: max(1, rows // 4)].mean((1, 3)) / white).astype(np.float32)
