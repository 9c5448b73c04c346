"""How much a painted clip flickers: what changes from frame to frame that nothing moved.

The warp error of Lai et al. (2018): each frame against the one before it, moved as the content
moved, over what both show. The content clip's own error is the floor, that of a painting which
flickers no more than the world does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stylectl.errors import InputError, UsageError
from stylectl.media.levels import to_uint8, to_unit
from stylectl.video.clip import Frame
from stylectl.video.scenes import SceneDetector

if TYPE_CHECKING:
    from types import ModuleType

_WHITE = 255  # whatever the depth of a clip, errors are told in levels of 8 bits
_SMALLEST = 16  # pixels of the shorter side: below, OpenCV's coarsest level is smaller than a patch
# Occluded, after Sundaram et al. (2010): |forward + backward|² above 0.01 (|f|² + |b|²) + 0.5.
_SHARE, _PIXELS = 0.01, 0.5


@dataclass(frozen=True)
class Flicker:
    """What was measured of one clip, in levels of 0..255.

    Attributes:
        warp_error: mean over pairs of frames of the mean of |frame_t - warp(frame_t-1)| over the
            pixels that are not occluded.
        sharpness: mean of |difference| of neighbours in a row: what holds still by blurring
            shows it here.
    """

    warp_error: float
    sharpness: float


class FlickerMeter:
    """Measures a content clip and what was painted from it, frame by frame in bounded memory.

    Pairs of frames across a cut are left out, and so are those that have no pixel in common.

    Args:
        painted: how many painted clips there are.

    Raises:
        UsageError: OpenCV, of the extra "bench", is not installed.
    """

    def __init__(self, painted: int) -> None:
        self.pairs = 0
        self._cv2 = _opencv()
        self._dis = self._cv2.DISOpticalFlow.create(self._cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._scenes = SceneDetector()
        self._before: list[Frame] = []
        self._frames = 0
        self._errors, self._gradients = np.zeros(painted + 1), np.zeros(painted + 1)

    def show(self, content: Frame, painted: Sequence[Frame]) -> None:
        """The next frame (H, W, 3) of the content and of each painted clip, all of one size.

        Raises:
            InputError: they are too small for movement to be seen.
        """
        if min(content.shape[:2]) < _SMALLEST:
            raise InputError(
                f"frames of {content.shape[1]}x{content.shape[0]} pixels are too small to measure",
                f"give clips of {_SMALLEST} pixels a side or more",
            )
        frames, before = [content, *painted], self._before
        self._before = frames
        self._frames += 1
        self._gradients += [np.abs(np.diff(_levels(frame), axis=1)).mean() for frame in frames]
        if self._scenes.begins(content):
            return
        flow, visible = self._movement(before[0], content)
        if visible.any():
            self.pairs += 1
            for clip, (last, frame) in enumerate(zip(before, frames, strict=True)):
                change = np.abs(_levels(frame) - self._moved(_levels(last), flow))  # (H, W, 3)
                self._errors[clip] += change[visible].mean()

    def measured(self) -> list[Flicker]:
        """Of the content, then of each painted clip.

        Raises:
            InputError: no two frames follow one another in a scene.
        """
        if not self.pairs:
            raise InputError(
                "no two frames of the content show the same scene", "give a longer clip"
            )
        means = zip(self._errors / self.pairs, self._gradients / self._frames, strict=True)
        return [Flicker(float(error), float(gradient)) for error, gradient in means]

    def _movement(
        self, before: Frame, after: Frame
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Where each pixel of `after` was, as an offset (H, W, 2); and whether it was seen there,
        (H, W).
        """
        grey = self._cv2.COLOR_RGB2GRAY
        first, second = (self._cv2.cvtColor(to_uint8(frame), grey) for frame in (before, after))
        backward: Any = self._dis.calc(second, first, None)  # type: ignore[call-overload]
        forward: Any = self._dis.calc(first, second, None)  # type: ignore[call-overload]
        returning = self._moved(forward, backward)  # (H, W, 2)
        squares = (backward**2).sum(-1) + (returning**2).sum(-1)
        visible = ((backward + returning) ** 2).sum(-1) < _SHARE * squares + _PIXELS
        return backward, visible

    def _moved(self, image: NDArray[np.float32], flow: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = flow.shape[:2]
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        across, down = columns + flow[..., 0], rows + flow[..., 1]
        return self._cv2.remap(
            *(image, across.astype(np.float32), down.astype(np.float32), self._cv2.INTER_LINEAR),
            borderMode=self._cv2.BORDER_REPLICATE,
        )


def _levels(frame: Frame) -> NDArray[np.float32]:
    return to_unit(frame) * np.float32(_WHITE)


def _opencv() -> ModuleType:
    try:
        import cv2
    except ImportError as error:
        raise UsageError(
            "flicker is measured by OpenCV, which is not installed", "pip install 'stylectl[bench]'"
        ) from error
    return cv2
