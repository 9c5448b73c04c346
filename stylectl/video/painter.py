"""Frames to painted frames: small batches, each with its styles, scene after scene."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from stylectl.media.levels import to_uint8, to_uint16, to_unit
from stylectl.stylize.events import Detail, Event, Notice, OnEvent, ignore
from stylectl.stylize.mix import StyleMix
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.clip import Frame
from stylectl.video.look import Look
from stylectl.video.scenes import SceneDetector
from stylectl.video.stillness import LEVELS, Stabilizer

_GPU_BATCH = 4  # more does not make a GPU faster at frames of video size; a CPU gains nothing


@dataclass(frozen=True)
class PaintedFrame:
    """A frame, how it was painted, and what painting goes on from, if that was asked for."""

    content: Frame
    painted: Frame
    state: bytes | None = None


class FramePainter:
    """Paints the frames of one clip, in order.

    Args:
        total: how many frames the clip has, for what changes on the way through it.
        deep: whether painted frames are uint16; else uint8.
    """

    def __init__(
        self,
        stylizer: Stylizer,
        look: Look,
        *,
        total: int,
        deep: bool = False,
        on_event: OnEvent | None = None,
    ) -> None:
        self._stylizer, self._look, self._total = stylizer, look, total
        self._deep, self._notify = deep, _once(on_event or ignore)
        self._scenes = SceneDetector()
        stillness = LEVELS.get(look.stabilize)
        self._stabilizer = Stabilizer(stillness) if stillness else None
        self.batch = 1 if stylizer.device.type == "cpu" else _GPU_BATCH

    def paint(self, frames: Iterable[Frame], first: int, every: int) -> Iterator[PaintedFrame]:
        """Paints frames that follow one another.

        Args:
            first: the number of the first of them.
            every: after so many frames, counted from number 0, the painter's state comes along.
        """
        for batch, mix, ends in self._batches(frames, first, every):
            *painted, last = self._painted(batch, mix)
            yield from painted
            yield replace(last, state=self.state()) if ends else last

    def _batches(
        self, frames: Iterable[Frame], first: int, every: int
    ) -> Iterator[tuple[list[Frame], StyleMix, bool]]:
        """Frames to be painted at once, their styles, and whether the state is asked for then.

        No batch reaches beyond that: batches are the same wherever the work was taken up.
        """
        batch: list[Frame] = []
        mix: StyleMix | None = None
        for number, frame in enumerate(frames, first):
            begins = self._scenes.begins(frame)
            next_mix = self._mix(number)
            if batch and mix and (begins or not _alike(mix, next_mix)):
                yield batch, mix, False
                batch = []
            if begins and self._stabilizer:
                self._stabilizer.begin_scene()
            mix = next_mix
            batch.append(frame)
            ends = (number + 1) % every == 0 or number + 1 == self._total
            if ends or len(batch) == self.batch:
                yield batch, mix, ends
                batch = []

    def state(self) -> bytes:
        """What `restore` needs to go on as if it had never stopped."""
        buffer = io.BytesIO()
        still = self._stabilizer.state() if self._stabilizer else {}
        np.savez(buffer, allow_pickle=False, **self._scenes.state(), **still)
        return buffer.getvalue()

    def restore(self, state: bytes) -> None:
        """Goes on where `state` was taken."""
        with np.load(io.BytesIO(state), allow_pickle=False) as arrays:
            parts = dict(arrays)
        self._scenes.restore(parts)
        if self._stabilizer:
            self._stabilizer.restore(parts, self._stylizer.device)

    def _mix(self, number: int) -> StyleMix:
        return self._look.at(number / max(1, self._total - 1), self._scenes.scene)

    def _painted(self, frames: Sequence[Frame], mix: StyleMix) -> list[PaintedFrame]:
        look = self._look
        still = self._stabilizer
        content = _tensor(frames, as_float=self._deep or bool(still))  # (B, 3, H, W)
        painted = self._stylizer.stylize(
            content,
            mix,
            strength=look.strength,
            color=look.color,
            size=look.size,
            stroke_size=look.stroke_size,
            seed=look.seed,
            tile=look.tile,
            statistics=still.statistics if still else None,
            on_event=self._notify,
        )
        if still:
            painted = still.hold_still(content, painted)
        return [
            PaintedFrame(frame, result)
            for frame, result in zip(frames, _arrays(painted, self._deep), strict=True)
        ]


def _tensor(frames: Sequence[Frame], *, as_float: bool) -> torch.Tensor:
    """Frames (H, W, 3) as (B, 3, H, W): uint8 if they are and may be, else float in [0, 1]."""
    stacked = np.stack(frames)
    if as_float or stacked.dtype != np.uint8:
        stacked = to_unit(stacked)
    return torch.from_numpy(stacked).permute(0, 3, 1, 2)


def _arrays(painted: torch.Tensor, deep: bool) -> list[Frame]:
    """(B, 3, H, W), as `_tensor` gives it, as frames (H, W, 3)."""
    frames = painted.permute(0, 2, 3, 1).contiguous().cpu().numpy()  # (B, H, W, 3)
    return [to_uint16(frame) if deep else to_uint8(frame) for frame in frames]


def _alike(first: StyleMix, second: StyleMix) -> bool:
    return (first.codes, first.weights) == (second.codes, second.weights)


def _once(notify: OnEvent) -> OnEvent:
    """Passes what is said on the first time only: what holds for one frame holds for many."""
    told: set[str] = set()

    def tell(event: Event) -> None:
        if isinstance(event, (Notice, Detail)) and event.message not in told:
            told.add(event.message)
            notify(event)

    return tell
