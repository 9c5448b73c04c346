"""The log, the curves and what is said when they cannot be written."""

from __future__ import annotations

import errno
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylectl.errors import OutputError
from stylectl.training import curves, records
from stylectl.training.curves import draw_curves
from stylectl.training.events import HeldOut, Notice, StepEvent
from stylectl.training.records import Records


def event(step: int, losses: dict[str, float] | None = None) -> StepEvent:
    losses = {"content": 3 / step, "total": 9.0} if losses is None else losses
    return StepEvent(step, losses, 1e-3, 5.0, step / 100, 2.0 * step, 0)


def written(folder: Path, start: int, steps: range, **options: Any) -> list[str]:
    with Records(folder, start, options.get("tensorboard", False), lambda _: None) as kept:
        for step in steps:
            kept.write(event(step))
        kept.draw()
    return (folder / "log.jsonl").read_text().splitlines()


def test_every_tenth_step_and_skipped_ones_are_logged(tmp_path: Path) -> None:
    assert len(written(tmp_path, 0, range(1, 41))) == 4
    with Records(tmp_path, 0, False, lambda _: None) as kept:
        kept.write(event(3, {}))
        kept.write(event(100))
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 2


def test_a_resumed_log_goes_on_where_the_checkpoint_was(tmp_path: Path) -> None:
    first = written(tmp_path, 0, range(1, 41))
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 5, "los')
    again = written(tmp_path, 20, range(21, 61))
    assert len(again) == 6 and again[:2] == first[:2]


def colours(picture: Path) -> np.ndarray[Any, Any]:
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_curves_show_the_terms(tmp_path: Path) -> None:
    for name, terms in (("one", 1), ("four", 4)):
        steps = [event(s, {f"term_{i}": 1 / s for i in range(terms)}) for s in range(1, 30)]
        draw_curves(steps, tmp_path / f"{name}.png")
    one, four = colours(tmp_path / "one.png"), colours(tmp_path / "four.png")
    assert four.shape[0] == 2 * one.shape[0] and four.shape[1] == one.shape[1]
    blue = (one[..., 2] - one[..., 0]) > 60
    assert blue.any() and not blue[:, one.shape[1] // 2 :].any()  # two panels are left out


def test_one_point_is_no_curve_and_skipped_steps_are_no_points(tmp_path: Path) -> None:
    draw_curves([event(1), event(2, {})], tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()
    draw_curves([event(1), event(2, {}), event(3)], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()


def test_what_is_held_out_is_drawn_over_the_curves_and_kept(tmp_path: Path) -> None:
    written(tmp_path, 0, range(1, 41))
    without = colours(tmp_path / "curves.png")
    with Records(tmp_path, 40, True, lambda _: None) as kept:
        kept.write_held_out(HeldOut(40, {"content": 2.0}))
        kept.write(event(50))
        kept.write_held_out(HeldOut(50, {"content": 1.0}))
        kept.draw()
    orange = [(c[..., 0] - c[..., 2]).max() > 150 for c in (without, colours(kept.curves))]  # type: ignore[arg-type]
    assert orange == [False, True]
    assert b"held_out/content" in next((tmp_path / "tensorboard").iterdir()).read_bytes()
    resumed = written(tmp_path, 40, range(41, 43))
    assert len(resumed) == 5 and '"held_out": {"content": 2.0}' in resumed[-1]


def test_smoothing_follows_the_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = [event(s, {"a": 1 + (s % 2)}) for s in range(1, 500)]
    monkeypatch.setattr(curves, "COLUMNS", 1)
    draw_curves(noisy, tmp_path / "smooth.png")
    monkeypatch.setattr(curves, "_SMOOTHING", 0.0)
    draw_curves(noisy, tmp_path / "rough.png")
    assert (colours(tmp_path / "smooth.png") != colours(tmp_path / "rough.png")).any()


def test_without_matplotlib_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "installed", lambda package: False)
    said: list[Any] = []
    with Records(tmp_path, 0, False, said.append) as kept:
        for step in (10, 20):
            kept.write(event(step))
            kept.draw()
    assert [type(each) for each in said] == [Notice]
    assert [f.name for f in tmp_path.iterdir()] == ["log.jsonl"]


def test_tensorboard_has_losses_and_pace(tmp_path: Path) -> None:
    written(tmp_path, 0, range(1, 21), tensorboard=True)
    (file,) = (tmp_path / "tensorboard").iterdir()
    content = file.read_bytes()
    assert all(tag in content for tag in (b"loss/content", b"learning_rate", b"images_per_second"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's full device is needed")
def test_a_full_disk_is_one_line_that_names_the_log(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"log\.jsonl cannot be written: No space") as caught,
        Records(tmp_path, 0, False, lambda _: None) as kept,
    ):
        kept.log.close()
        kept.log = Path("/dev/full").open("w")  # noqa: SIM115
        kept.write(event(10))
    assert "--resume" in caught.value.hint


def test_what_was_logged_is_not_lost_when_going_on_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, 0, range(1, 21))
    before = (tmp_path / "log.jsonl").read_text()

    def full(_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(records, "_line", full)
    with pytest.raises(OutputError, match=r"log\.jsonl"):
        Records(tmp_path, 20, False, lambda _: None)
    assert (tmp_path / "log.jsonl").read_text() == before
    assert [f.name for f in tmp_path.iterdir() if f.suffix == ".jsonl"] == ["log.jsonl"]


def test_a_log_that_cannot_be_is_one_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "log.jsonl").mkdir()
    with pytest.raises(OutputError, match=r"log\.jsonl"):
        Records(tmp_path / "other", 0, False, lambda _: None)


def test_curves_leave_losses_that_are_not_positive_alone(tmp_path: Path) -> None:
    draw_curves([event(s, {"a": math.sin(s)}) for s in range(1, 9)], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()
