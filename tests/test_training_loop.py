"""The training loop on a task of one linear layer: schedule, non-finite losses, Ctrl-C, saving."""

from __future__ import annotations

import itertools
import json
import math
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stylectl.errors import OutputError, TrainingError
from stylectl.model import PRESETS
from stylectl.training.checkpoint import read_checkpoint
from stylectl.training.events import StepEvent
from stylectl.training.loop import TrainingLoop, learning_rate_factor
from stylectl.training.settings import Budget


class LineTask:
    """Fits y = 2x; `hook(step)` is called within a step and may spoil its loss."""

    def __init__(self, hook: Callable[[int], float] = lambda _: 0.0) -> None:
        torch.manual_seed(0)
        self.line, self.other = nn.Linear(1, 1), nn.Linear(1, 1)
        self.modules: dict[str, nn.Module] = {"line": self.line, "other": self.other}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(m.parameters(), 0.1) for name, m in self.modules.items()
        }
        self.generator = torch.Generator().manual_seed(1)
        self.hook, self.calls = hook, 0

    def losses(self) -> dict[str, Tensor]:
        self.calls += 1
        x = torch.rand(4, 1, generator=self.generator)
        errors = [(m(x) - 2 * x).square().mean() for m in (self.line, self.other)]
        spoilt = errors[0] + self.hook(self.calls)
        return {"error": spoilt, "total": spoilt, "discriminator": errors[1]}

    def weights(self) -> dict[str, Tensor]:
        return {
            f"{name}.{key}": value.clone()
            for name, module in self.modules.items()
            for key, value in module.state_dict().items()
        }


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return all(torch.equal(a[key], b[key]) for key in a)


def loop(task: Any, folder: Path, steps: int = 6, **options: Any) -> TrainingLoop:
    describe = options.pop("describe", {"settings": {"batch_size": 4, "crop": 32}})
    return TrainingLoop(task, Budget(steps), folder, describe=describe, **options)


def run(it: TrainingLoop) -> list[StepEvent]:
    events: list[StepEvent] = []
    it.run(events.append, lambda: None)
    return events


# --- schedule, events, budget


def test_learning_rate_rises_then_falls_to_one_percent(tmp_path: Path) -> None:
    task = LineTask()
    rates = [e.learning_rate for e in run(loop(task, tmp_path, steps=300))]
    assert rates[0] == pytest.approx(0.1 * 0.1)
    assert max(rates) == pytest.approx(0.1, rel=1e-2)
    assert rates.index(max(rates)) == 3  # one hundredth of the run
    assert rates[150] == pytest.approx(0.1 * 0.505, rel=1e-2)
    assert rates[-1] == pytest.approx(0.1 * 0.01, rel=2e-2)
    assert learning_rate_factor(1.0) == pytest.approx(0.01)


def test_training_reduces_the_loss_and_counts(tmp_path: Path) -> None:
    events = run(loop(LineTask(), tmp_path, steps=60, images_per_step=4))
    assert [e.step for e in events] == list(range(1, 61))
    assert events[-1].losses["error"] < 0.3 * events[0].losses["error"]
    assert events[29].progress == pytest.approx(0.5)
    assert all(e.images_per_second > 0 for e in events)
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(events))


def test_time_left_follows_the_share_of_the_budget() -> None:
    event = StepEvent(5, {}, 0.1, 1.0, progress=0.25, seconds=30.0, skipped=0)
    assert event.remaining == pytest.approx(90)
    assert StepEvent(1, {}, 0.1, 1.0, progress=0.0, seconds=0.0, skipped=0).remaining is None


def test_budget_ends_at_whichever_comes_first() -> None:
    both = Budget(steps=10, minutes=1)
    assert both.progress(5, 6) == 0.5
    assert both.progress(1, 45) == 0.75
    assert both.progress(20, 0) == 1
    assert Budget(minutes=2).progress(10**6, 60) == 0.5


def test_minutes_go_on_counting_after_a_resume(tmp_path: Path) -> None:
    first = loop(LineTask(), tmp_path, steps=3)
    run(first)
    again = loop(LineTask(), tmp_path)
    again.budget = Budget(minutes=2 * first.seconds / 60)
    again.resume()
    assert again.progress == pytest.approx(0.5)


# --- losses and gradients that are not finite


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_step_of_non_finite_loss_changes_nothing_and_is_counted(
    tmp_path: Path, value: float
) -> None:
    task = LineTask(lambda call: value if call == 3 else 0.0)
    seen: list[tuple[StepEvent, dict[str, Tensor]]] = []
    loop(task, tmp_path).run(lambda e: seen.append((e, task.weights())), lambda: None)
    assert [e.skipped for e, _ in seen] == [0, 0, 1, 1, 1, 1]
    assert [bool(e.losses) for e, _ in seen] == [True, True, False, True, True, True]
    assert same(seen[1][1], seen[2][1])
    assert not same(seen[2][1], seen[3][1])
    assert json.loads(json.dumps(seen[2][0].losses)) == {}


def test_a_non_finite_gradient_of_a_finite_loss_changes_nothing(tmp_path: Path) -> None:
    task = LineTask()
    spoil = torch.zeros(1)

    def losses() -> dict[str, Tensor]:
        terms = LineTask.losses(task)
        # The square root of 0 is 0, and its slope is infinite; times 0 that is NaN.
        endless = ((task.line.weight * spoil).sum() ** 2).sqrt()
        return terms | {"total": terms["total"] + endless}

    task.losses = losses  # type: ignore[method-assign]
    before = task.weights()
    with pytest.raises(TrainingError, match="gradients"):
        run(loop(task, tmp_path))
    assert same(before, task.weights())


def test_training_stops_after_five_in_a_row_and_keeps_the_last_good_checkpoint(
    tmp_path: Path,
) -> None:
    task = LineTask(lambda call: math.nan if call > 4 else 0.0)
    it = loop(task, tmp_path, steps=50, checkpoint_minutes=0.0)
    with pytest.raises(TrainingError, match=r"not finite \(error\) for 5 steps.*step 9") as caught:
        run(it)
    assert str(it.checkpoint) in caught.value.hint
    good = loop(LineTask(), tmp_path, steps=50)
    good.resume()
    assert good.step == 4
    assert all(torch.isfinite(w).all() for w in good.task.weights().values())  # type: ignore[attr-defined]
    run(good)


def test_without_a_checkpoint_none_is_promised(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        run(loop(LineTask(lambda _: math.nan), tmp_path))
    assert "nothing was saved" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_four_in_a_row_do_not_stop_it(tmp_path: Path) -> None:
    task = LineTask(lambda call: math.nan if call % 5 else 0.0)
    assert run(loop(task, tmp_path, steps=20))[-1].skipped == 16


# --- Ctrl-C


def press_ctrl_c(_: int) -> float:
    signal.raise_signal(signal.SIGINT)
    return 0.0


def test_ctrl_c_finishes_the_step_saves_and_goes_on_as_an_exception(tmp_path: Path) -> None:
    task = LineTask(lambda call: press_ctrl_c(call) if call == 3 else 0.0)
    events: list[StepEvent] = []
    saved: list[int] = []
    it = loop(task, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        it.run(events.append, lambda: saved.append(it.step))
    assert ([e.step for e in events], saved) == ([1, 2, 3], [3])

    again = loop(LineTask(), tmp_path)
    again.resume()
    rest = run(again)
    straight = run(loop(LineTask(), tmp_path / "straight"))
    assert [e.losses for e in events + rest] == [e.losses for e in straight]


def test_ctrl_c_between_two_optimizers_leaves_no_half_step(tmp_path: Path) -> None:
    task = LineTask()
    step = task.optimizers["line"].step
    calls = []

    def interrupted_step(*arguments: Any) -> Any:
        calls.append(1)
        result = step(*arguments)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return result

    task.optimizers["line"].step = interrupted_step  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(loop(task, tmp_path))
    straight = LineTask()
    run_to_2: list[dict[str, Tensor]] = []
    loop(straight, tmp_path / "s").run(lambda _: run_to_2.append(straight.weights()), lambda: None)
    state = loop(LineTask(), tmp_path)
    state.resume()
    assert state.step == 2
    assert same(run_to_2[1], state.task.weights())  # type: ignore[attr-defined]


def test_a_second_ctrl_c_does_not_wait_and_saves_nothing(tmp_path: Path) -> None:
    def twice(call: int) -> float:
        press_ctrl_c(call)
        press_ctrl_c(call)
        raise AssertionError("the second one must not come back")

    with pytest.raises(KeyboardInterrupt):
        run(loop(LineTask(twice), tmp_path))
    assert not list(tmp_path.iterdir())


def test_ctrl_c_has_its_usual_meaning_again_afterwards(tmp_path: Path) -> None:
    run(loop(LineTask(), tmp_path))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_also_runs_outside_the_main_thread(tmp_path: Path) -> None:
    events: list[StepEvent] = []
    thread = threading.Thread(target=lambda: events.extend(run(loop(LineTask(), tmp_path))))
    thread.start()
    thread.join()
    assert len(events) == 6


# --- checkpoints


def test_checkpoints_are_written_as_often_as_asked(tmp_path: Path) -> None:
    saves: list[int] = []
    often = loop(LineTask(), tmp_path, checkpoint_minutes=0.0)
    often.run(lambda _: None, lambda: saves.append(often.step))
    assert saves == [1, 2, 3, 4, 5, 6]
    rarely = loop(LineTask(), tmp_path, checkpoint_minutes=60.0)
    saves.clear()
    rarely.run(lambda _: None, lambda: saves.append(rarely.step))
    assert saves == [6]


def test_resume_is_exact(tmp_path: Path) -> None:
    straight = run(loop(LineTask(), tmp_path / "straight"))
    half = LineTask(lambda call: press_ctrl_c(call) if call == 3 else 0.0)
    with pytest.raises(KeyboardInterrupt):
        run(loop(half, tmp_path))
    torch.manual_seed(99)
    again = loop(LineTask(), tmp_path)
    again.resume()
    rest = run(again)
    assert [e.losses for e in rest] == [e.losses for e in straight[3:]]
    assert [e.learning_rate for e in rest] == [e.learning_rate for e in straight[3:]]


def test_other_settings_are_named(tmp_path: Path) -> None:
    run(loop(LineTask(), tmp_path))
    other = loop(LineTask(), tmp_path, describe={"settings": {"batch_size": 8, "crop": 32}})
    with pytest.raises(TrainingError, match=r"settings\.batch_size was 4, is 8 now"):
        other.resume()


def test_settings_newer_than_the_checkpoint_are_accepted(tmp_path: Path) -> None:
    run(loop(LineTask(), tmp_path))
    newer = {"settings": {"batch_size": 4, "crop": 32, "momentum": 1}, "data": {"images": [3]}}
    loop(LineTask(), tmp_path, describe=newer).resume()


def test_a_model_older_than_one_of_its_settings_is_one_without(tmp_path: Path) -> None:
    now = PRESETS["lean"].to_dict()
    before = {k: v for k, v in now.items() if k not in ("experts", "heads")}
    run(loop(LineTask(), tmp_path, describe={"model": before}))
    with pytest.raises(TrainingError, match=r"model\.experts was 0, is 16 now"):
        loop(LineTask(), tmp_path, describe={"model": now}).resume()
    loop(LineTask(), tmp_path, describe={"model": now | {"experts": 0}}).resume()


def test_resume_without_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no checkpoint"):
        loop(LineTask(), tmp_path).resume()


def test_corrupt_checkpoints_are_refused(tmp_path: Path) -> None:
    it = loop(LineTask(), tmp_path)
    run(it)
    whole = it.checkpoint.read_bytes()
    for damage in (whole[: len(whole) // 2], b"", b"not a checkpoint"):
        it.checkpoint.write_bytes(damage)
        with pytest.raises(TrainingError, match="no intact checkpoint"):
            loop(LineTask(), tmp_path).resume()
    for state in ({}, {"describe": {}}, {"describe": {}, "modules": {}}, [1]):
        torch.save(state, it.checkpoint)
        with pytest.raises(TrainingError, match="no intact checkpoint"):
            loop(LineTask(), tmp_path).resume()


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "touched",))

    torch.save({"describe": Evil()}, tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match="no intact checkpoint"):
        read_checkpoint(tmp_path / "checkpoint.pt", {})
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(28, "No space left on device"), OutputError),
        (RuntimeError("PytorchStreamWriter failed writing file"), OutputError),
    ],
)
def test_a_save_that_fails_midway_keeps_the_old_checkpoint(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    raised: type[BaseException],
) -> None:
    it = loop(LineTask(), tmp_path)
    run(it)
    old = it.checkpoint.read_bytes()

    def half_a_save(state: Any, path: Path) -> None:
        Path(path).write_bytes(old[:100])
        raise failure

    monkeypatch.setattr(torch, "save", half_a_save)
    with pytest.raises(raised):
        it.save()
    assert it.checkpoint.read_bytes() == old
    assert [f.name for f in tmp_path.iterdir()] == ["checkpoint.pt"]
