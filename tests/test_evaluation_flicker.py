"""Flicker, measured: what moves does not count, what changes does."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from stylectl.errors import InputError, UsageError
from stylectl.evaluation.flicker import Flicker, FlickerMeter

COUNT = 5
Frames = Sequence[np.ndarray]


def sliding(step: int = 2) -> Frames:
    """A real photo's texture that slides under a window, `step` pixels a frame."""
    from skimage import data

    photo = data.chelsea()[100:196]  # (96, W, 3)
    return [photo[:, 100 + step * number :][:, :128].copy() for number in range(COUNT)]


def noisy(frames: Frames, spread: int, seed: int = 0) -> Frames:
    """Each frame with noise of its own, evenly spread over -spread..spread."""
    random = np.random.default_rng(seed)
    noise = [random.integers(-spread, spread, frame.shape, endpoint=True) for frame in frames]
    return [(frame // 2 + 64 + n).astype(np.uint8) for frame, n in zip(frames, noise, strict=True)]


def measured(content: Frames, *painted: Frames) -> list[Flicker]:
    meter = FlickerMeter(len(painted))
    for frame, *others in zip(content, *painted, strict=True):
        meter.show(frame, others)
    return meter.measured()


def test_what_moves_as_the_content_does_is_no_flicker() -> None:
    content = sliding()
    floor, inverted = measured(content, [255 - frame for frame in content])
    standing = [np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(content)]
    assert floor.warp_error < 0.25 * np.mean(standing)
    assert inverted.warp_error == pytest.approx(floor.warp_error, abs=1e-3)


def test_what_stands_still_while_the_content_moves_is() -> None:
    content = sliding()
    floor, stuck = measured(content, [content[0]] * COUNT)
    assert stuck.warp_error > 3 * floor.warp_error


def test_noise_counts_as_much_as_it_is() -> None:
    still = [sliding()[0]] * COUNT
    floor, painted = measured(still, noisy(still, 20))
    # Of two even spreads over -a..a the mean difference is 2a/3; of whole numbers a little more.
    assert floor.warp_error == 0
    assert painted.warp_error == pytest.approx(2 / 3 * 20.5, rel=0.02)


def test_frames_of_16_bits_measure_alike() -> None:
    content = sliding()
    paintings = noisy(content, 20)
    deep = [[frame.astype(np.uint16) * 257 for frame in frames] for frames in (content, paintings)]
    for plain, precise in zip(measured(content, paintings), measured(*deep), strict=True):
        assert precise.warp_error == pytest.approx(plain.warp_error, rel=1e-4)
        assert precise.sharpness == pytest.approx(plain.sharpness, rel=1e-4)


def test_blur_shows_in_the_sharpness() -> None:
    content = sliding()
    blurred = [
        ((frame.astype(int) + np.roll(frame, 1, 1)) // 2).astype(np.uint8) for frame in content
    ]
    floor, painted = measured(content, blurred)
    assert painted.sharpness < 0.9 * floor.sharpness


def test_a_cut_is_left_out() -> None:
    first = [sliding()[0]] * 2
    cut = [*first, *(np.full_like(frame, 250) for frame in first)]
    meter = FlickerMeter(1)
    for frame in cut:
        meter.show(frame, [frame])
    assert meter.pairs == 2
    assert [flicker.warp_error for flicker in meter.measured()] == [0, 0]


def test_what_is_uncovered_is_left_out() -> None:
    """A square slides over a photo; ground that it uncovers is painted inverted from then on."""
    ground, square = sliding()[0], sliding()[0][30:60, 60:90]
    trail = ground.copy()
    content, painted = [], []
    for left in range(20, 20 + 9 * COUNT, 9):
        if painted:
            trail[32:58, left - 7 : left - 2] ^= 255
        for frames, behind in ((content, ground), (painted, trail)):
            frames.append(behind.copy())
            frames[-1][30:60, left : left + 30] = square
    new = np.abs(painted[1].astype(int) - content[1]).mean()
    floor, repainted = measured(content, painted)
    assert repainted.warp_error - floor.warp_error < new / 2


def test_one_frame_is_too_few() -> None:
    with pytest.raises(InputError, match="no two frames"):
        measured(sliding()[:1])


def test_tiny_frames_are_refused() -> None:
    with pytest.raises(InputError, match="15x96 pixels are too small"):
        measured([frame[:, :15] for frame in sliding()])


def test_without_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError, match="OpenCV, which is not installed") as caught:
        FlickerMeter(1)
    assert "stylectl[bench]" in caught.value.hint
