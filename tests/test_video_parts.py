"""The parts of video work that need no ffmpeg: times, scenes, stillness, threads, settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch
from clips import RATE
from PIL import Image

from stylectl.errors import InputError, OutputError, UsageError
from stylectl.model.statistics import InstanceStatistics
from stylectl.video.motion import moved, movement
from stylectl.video.scenes import SceneDetector
from stylectl.video.settings import parse_rate, parse_time
from stylectl.video.stillness import LEVELS, Stabilizer, Stillness
from stylectl.video.targets import target_of
from stylectl.video.threads import Behind, ahead
from stylectl.video.timeline import Timeline

MILLI = Fraction(1, 1000)


class TestTimeline:
    def test_rates_are_known_through_the_rounding_of_containers(self) -> None:
        for rate in (RATE, Fraction(30000, 1001), Fraction(25), Fraction(60)):
            rounded = [round(number / rate / MILLI) for number in range(100)]
            line = Timeline.of(rounded, MILLI, None)
            assert line.rate == rate
            assert line.time(99) == 99 / rate

    def test_an_unusual_rate_is_read_off_a_fine_clock(self) -> None:
        step = 90000 // 18
        line = Timeline.of([7 + number * step for number in range(9)], Fraction(1, 90000), None)
        assert (line.rate, line.origin) == (18, Fraction(7, 90000))

    def test_uneven_times_are_kept(self) -> None:
        ticks = [5, 45, 105, 125, 205]
        line = Timeline.of(ticks, MILLI, Fraction(25))
        assert line.rate is None
        assert [line.origin + line.time(n) for n in range(5)] == [tick * MILLI for tick in ticks]
        assert line.time(5) == Fraction(280, 1000)  # the last lasts as long as the one before

    @pytest.mark.parametrize("ticks", [[0, None, 80], [0, 40, 40], [80, 40, 0]])
    def test_times_that_make_no_sense_give_way_to_the_claimed_rate(
        self, ticks: list[int | None]
    ) -> None:
        line = Timeline.of(ticks, MILLI, RATE)
        assert line.rate == RATE and len(line) == 3

    def test_one_frame(self) -> None:
        assert Timeline.of([3], MILLI, RATE).rate == RATE
        assert Timeline.of([3], MILLI, None).time(1) == Fraction(1, 25)

    def test_between(self) -> None:
        line = Timeline.regular(50, Fraction(25))
        assert line.between(None, None) == range(50)
        assert line.between(0.04, 0.2) == range(1, 5)  # though 0.2 is not 1/5 in binary
        with pytest.raises(InputError, match=r"2\.00 s long"):
            line.between(2.0, None)

    def test_a_cut_begins_at_0(self) -> None:
        line = Timeline.of([0, 50, 70, 130], MILLI, None).cut(range(1, 3))
        assert (line.ticks, line.origin) == ((0, 20), Fraction(50, 1000))


def photo(shift: int = 0) -> np.ndarray:
    """A real photo, moved to the right by so many pixels: (96, 128, 3)."""
    from skimage import data

    picture = Image.fromarray(data.astronaut()).resize((192, 192))
    return np.asarray(picture)[40:136, 30 - shift : 158 - shift]


def tensor(frame: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(frame.copy()).permute(2, 0, 1)[None].float() / 255


class TestScenes:
    def test_movement_and_noise_are_no_cuts(self) -> None:
        detector, noise = SceneDetector(), np.random.default_rng(0)
        begins = []
        for shift in range(20):
            noisy = photo(shift).astype(int) + noise.integers(-12, 13, (96, 128, 3))
            begins.append(detector.begins(noisy.clip(0, 255).astype(np.uint8)))
        assert begins == [True] + [False] * 19

    def test_cuts_are_found_also_by_one_that_was_restored(self) -> None:
        first, second = SceneDetector(), SceneDetector()
        shots = [photo(), photo(1), 255 - photo(2), 255 - photo(3)]
        begins = [first.begins(shot) for shot in shots[:2]]
        second.restore(first.state())
        begins += [second.begins(shot) for shot in shots[2:]]
        assert begins == [True, False, True, False]
        assert second.scene == 1


class TestMotion:
    def test_what_moved_is_found(self) -> None:
        flow = movement(tensor(photo()), tensor(photo(3)))
        inner = flow[:, :, 12:-12, 12:-12]
        assert inner[:, 0].median().item() == pytest.approx(-3, abs=0.2)
        error = (moved(tensor(photo()), flow) - tensor(photo(3))).abs()[..., 12:-12, 12:-12]
        assert error.mean() < 0.2 * (tensor(photo()) - tensor(photo(3))).abs().mean()

    def test_what_stands_still_stands_exactly_still(self) -> None:
        noise = np.random.default_rng(0).integers(-3, 4, (96, 128, 3))
        noisy = (photo().astype(int) + noise).clip(0, 255).astype(np.uint8)
        flow = movement(tensor(photo()), tensor(noisy))
        assert (flow == 0).float().mean() > 0.99
        assert (
            moved(tensor(photo()), torch.zeros_like(flow)).sub(tensor(photo())).abs().max() < 1e-5
        )


def paint(stabilizer: Stabilizer, content: torch.Tensor, painting: torch.Tensor) -> torch.Tensor:
    one = torch.ones(1, 4, 1, 1)
    stabilizer.statistics(InstanceStatistics(one, one))
    return stabilizer.hold_still(content, painting)


LIGHT, STRONG = LEVELS["light"], LEVELS["strong"]


class TestStillness:
    @pytest.mark.parametrize("level", [LIGHT, STRONG])
    def test_flicker_over_a_still_goes_and_nothing_drifts(self, level: Stillness) -> None:
        stabilizer = Stabilizer(level)
        random, content = torch.Generator().manual_seed(0), tensor(photo())
        truth = 1 - content
        flickers = []
        for _ in range(60):
            noise = 0.05 * torch.randn(truth.shape, generator=random)
            held = paint(stabilizer, content, (truth + noise).clamp(0, 1))
            flickers.append((held - truth).abs().mean().item())
        assert np.mean(flickers[20:]) < 0.5 * flickers[0]
        expected = (truth + 0.05 * torch.randn(truth.shape, generator=random)).clamp(0, 1)
        assert held.mean().item() == pytest.approx(expected.mean().item(), abs=0.002)
        assert held.std().item() == pytest.approx(truth.std().item(), rel=0.02)

    def test_what_changes_is_new_paint(self) -> None:
        stabilizer = Stabilizer(STRONG)
        paint(stabilizer, tensor(photo()), torch.zeros(1, 3, 96, 128))
        changed = photo().copy()
        changed[20:60, 30:80] = 255 - changed[20:60, 30:80]
        held = paint(stabilizer, tensor(changed), torch.ones(1, 3, 96, 128))
        assert held[:, :, 30:50, 40:70].mean() > 0.85  # no ghost where something appeared
        assert held[:, :, 70:, :].mean() < 0.3  # and held where nothing did

    def test_paint_moves_along(self) -> None:
        stabilizer = Stabilizer(STRONG)
        paint(stabilizer, tensor(photo()), 1 - tensor(photo()))
        grey = torch.full((1, 3, 96, 128), 0.5)
        held = paint(stabilizer, tensor(photo(3)), grey)
        right = (held - (1 - tensor(photo(3))))[..., 12:-12, 12:-12].abs().mean()
        left_behind = (held - (1 - tensor(photo())))[..., 12:-12, 12:-12].abs().mean()
        assert right < left_behind

    def test_slow_change_is_not_held_back_for_good(self) -> None:
        stabilizer, content = Stabilizer(STRONG), tensor(photo())
        fading = held = content
        for step in range(60):
            fading = content * (1 - step / 120)
            held = paint(stabilizer, fading, fading)
        assert (held - fading).abs().mean() < 0.03

    def test_statistics_are_averaged_until_a_scene_begins(self) -> None:
        stabilizer = Stabilizer(Stillness(memory=0.5, hold=0.5, tolerance=0.1))

        def seen(mean: float, std: float = 1.0) -> tuple[float, float]:
            own = InstanceStatistics(torch.full((1, 2, 1, 1), mean), torch.full((1, 2, 1, 1), std))
            for _ in range(2):  # asked twice, as where half precision overflows
                result = stabilizer.statistics(own)
            stabilizer.hold_still(torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16))
            return result.mean[0, 0].item(), result.std[0, 0].item()

        assert seen(0.0) == pytest.approx((0, 1))
        mean, std = seen(2.0)
        assert mean == pytest.approx(1)
        assert std == pytest.approx(2**0.5)  # of both frames as one picture
        stabilizer.begin_scene()
        assert seen(5.0)[0] == pytest.approx(5)

    def test_a_batch_is_as_frames_one_by_one(self) -> None:
        contents = torch.cat([tensor(photo(shift)) for shift in range(3)])
        own = InstanceStatistics(torch.arange(3.0).reshape(3, 1, 1, 1), torch.ones(3, 1, 1, 1))
        whole, single = Stabilizer(STRONG), Stabilizer(STRONG)
        together = whole.statistics(own).mean
        held = whole.hold_still(contents, 1 - contents)
        for number in range(3):
            part = slice(number, number + 1)
            one = single.statistics(InstanceStatistics(own.mean[part], own.std[part])).mean
            assert torch.equal(one, together[part])
            again = single.hold_still(contents[part], 1 - contents[part])
            assert torch.allclose(again, held[part], atol=1e-6)


class TestThreads:
    def test_only_a_few_items_are_made_ahead(self) -> None:
        made = []

        def items() -> Iterator[int]:
            for number in range(100):
                made.append(number)
                yield number

        with ahead(items(), 3) as frames:
            assert next(frames) == 0
            time.sleep(0.3)
            assert len(made) <= 6
        assert threading.active_count() < 20

    def test_errors_come_where_the_item_would_have(self) -> None:
        def items() -> Iterator[int]:
            yield 1
            raise InputError("broken")

        with ahead(items(), 3) as frames:
            assert next(frames) == 1
            with pytest.raises(InputError, match="broken"):
                next(frames)

    def test_a_consumer_that_fails_stops_the_producer(self) -> None:
        def consume(items: Iterator[int]) -> None:
            next(items)
            raise OutputError("full")

        with pytest.raises(OutputError, match="full"), Behind(consume, 2) as behind:
            for number in range(100):
                behind.put(number)

    def test_leaving_waits_for_the_last(self) -> None:
        consumed = []

        def consume(items: Iterator[int]) -> None:
            for item in items:
                time.sleep(0.01)
                consumed.append(item)

        with Behind(consume, 2) as behind:
            for number in range(9):
                behind.put(number)
        assert consumed == list(range(9))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("0:01:30.5", 90.5), (".5", 0.5), ("2.", 2)]
)
def test_times(text: str, seconds: float) -> None:
    assert parse_time("start", text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:2:3:4", "1:200:3", "nan", "1e3"])
def test_no_times(text: str) -> None:
    with pytest.raises(UsageError):
        parse_time("start", text)


def test_rates() -> None:
    assert parse_rate("24000/1001") == RATE
    assert parse_rate("29.97") == Fraction(2997, 100)
    for text in ("-1", "0", "inf", "1001", "x"):
        with pytest.raises(UsageError):
            parse_rate(text)


def test_targets() -> None:
    assert target_of("a.MP4").kind == "video"
    assert target_of("a.mp4/").kind == "frames"
    assert [target_of(name).kind for name in ("a.gif", "a.webp")] == ["gif", "webp"]
    with pytest.raises(OutputError, match="no video format"):
        target_of("a.png")
