"""Whole runs of stylisation training: exact resume, and what lies in the folder afterwards."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from training_parts import SMALL, TINY, World, save_images

from stylectl.errors import DeviceError, InputError, OutputError, TrainingError
from stylectl.model import PRESETS
from stylectl.training.events import DataReady, ReadingImages, Saved, StepEvent
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget, LossWeights, StylizationSettings
from stylectl.training.stylization import StylizationTask
from stylectl.training.stylization_run import StylizationRun, train_stylization
from stylectl.weights.files import halves, read_tensors
from stylectl.weights.registry import load_network


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> StylizationRun:
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    for name, value in (("SIDE", 32), ("CONTENTS", 2), ("STYLES", 2)):
        monkeypatch.setattr(f"stylectl.training.preview.{name}", value)
    return StylizationRun(
        [world.content],
        [world.style],
        [world.perceptual],
        world.encoder,
        preset="tiny",
        settings=StylizationSettings(**SMALL, shuffle=0.5, encoder_rate=0.5),
        weights=LossWeights(adversarial=1.0, gram=1.0),
    )


def change(run: StylizationRun, **settings: Any) -> StylizationRun:
    return dataclasses.replace(run, settings=dataclasses.replace(run.settings, **settings))


class Stop(Exception):
    """Stands for a process that was killed."""


class Listener:
    """Keeps all events; dies when step `dies_at` is reported, before anything can be saved."""

    def __init__(self, dies_at: int = 0) -> None:
        self.events: list[Any] = []
        self.dies_at = dies_at

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        if self.dies_at and isinstance(event, StepEvent) and event.step == self.dies_at:
            raise Stop

    def losses(self) -> list[dict[str, float]]:
        return [e.losses for e in self.events if isinstance(e, StepEvent)]


def train(run: StylizationRun, out: Path, steps: int = 2, **folder: Any) -> Listener:
    listener = Listener()
    train_stylization(run, RunFolder(out, Budget(steps), **folder), listener)
    return listener


def killed_at(run: StylizationRun, out: Path, step: int, steps: int) -> Listener:
    listener = Listener(step)
    with pytest.raises(Stop):
        train_stylization(run, RunFolder(out, Budget(steps), checkpoint_minutes=0.0), listener)
    return listener


def checkpoint(out: Path) -> dict[str, Any]:
    return torch.load(out / "checkpoint.pt", weights_only=True)


def assert_equal(a: Any, b: Any, where: str = "") -> None:
    """Nested states are the same, tensors bit by bit."""
    assert type(a) is type(b), where
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b), where
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_equal(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), where
        for index, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_equal(x, y, f"{where}[{index}]")
    else:
        assert a == b, where


def test_six_steps_are_three_and_three_more(run: StylizationRun, tmp_path: Path) -> None:
    straight = train(run, tmp_path / "straight", 6)
    killed_at(run, tmp_path / "cut", 4, 6)
    assert checkpoint(tmp_path / "cut")["step"] == 3
    torch.manual_seed(12345)
    resumed = train(run, tmp_path / "cut", 6, resume=True)
    assert resumed.losses() == straight.losses()[3:]
    assert "discriminator" in straight.losses()[0]

    whole, cut = (checkpoint(tmp_path / name) for name in ("straight", "cut"))
    for state in (whole, cut):
        del state["seconds"]
    assert_equal(whole, cut)
    # What could be forgotten is there: the spectral norms' vectors, both Adams, all randomness.
    assert any(key.endswith("_u") for key in whole["modules"]["discriminator"])
    assert set(whole["optimizers"]) == {"network", "discriminator"}
    assert {"generator", "torch_rng"} <= set(whole)

    a, b = (read_tensors(tmp_path / name / "tiny.safetensors")[0] for name in ("straight", "cut"))
    assert_equal(a, b)


def test_resume_keeps_the_log_without_the_steps_that_are_done_again(
    run: StylizationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.training.records.LOG_EVERY", 1)
    killed_at(run, tmp_path, 4, 6)
    log = tmp_path / "log.jsonl"
    assert len(log.read_text().splitlines()) == 4
    with log.open("a") as file:
        file.write('{"step": 5, "los')  # as a crash leaves it
    train(run, tmp_path, 6, resume=True)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]


def test_a_finished_run_resumed_is_still_finished(run: StylizationRun, tmp_path: Path) -> None:
    train(run, tmp_path, 2)
    before = read_tensors(tmp_path / "tiny.safetensors")[0]
    again = train(run, tmp_path, 2, resume=True)
    assert again.losses() == []
    assert_equal(read_tensors(tmp_path / "tiny.safetensors")[0], before)


def test_a_checkpoint_of_the_first_version_can_be_resumed(
    run: StylizationRun, tmp_path: Path
) -> None:
    killed_at(run, tmp_path, 2, 4)
    old = checkpoint(tmp_path)
    del old["describe"]["data"]
    old["schedulers"] = {"network": {"last_epoch": 1}, "discriminator": {"last_epoch": 1}}
    torch.save(old, tmp_path / "checkpoint.pt")
    assert len(train(run, tmp_path, 4, resume=True).losses()) == 3


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"batch_size": 1}, "settings.batch_size was 2, is 1 now"),
        ({"crop": 48}, "settings.crop was 32, is 48 now"),
        ({"style_zoom": (0.5, 2.0)}, "settings.style_zoom was [0.6, 1.6], is [0.5, 2.0] now"),
        ({"seed": 1}, "settings.seed was 0, is 1 now"),
    ],
)
def test_resume_with_other_settings_names_them_before_images_are_read(
    run: StylizationRun, tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    train(run, tmp_path, 1)
    listener = Listener()
    with pytest.raises(TrainingError) as caught:
        train_stylization(
            change(run, **changes), RunFolder(tmp_path, Budget(2), resume=True), listener
        )
    assert named in caught.value.message
    assert listener.events == []


def test_resume_with_another_loss_weight_or_model(
    run: StylizationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(run, tmp_path, 1)
    folder = RunFolder(tmp_path, Budget(2), resume=True)
    other = dataclasses.replace(run, weights=LossWeights(adversarial=1.0, gram=2.0))
    with pytest.raises(TrainingError, match=r"weights\.gram was 1\.0, is 2\.0 now"):
        train_stylization(other, folder, Listener())
    monkeypatch.setitem(PRESETS, "tiny", dataclasses.replace(TINY, gate_channels=4))
    with pytest.raises(TrainingError, match=r"model\.gate_channels was 8, is 4 now"):
        train_stylization(run, folder, Listener())


def test_resume_with_other_images_is_refused(
    run: StylizationRun, world: World, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    train(run, out, 1)
    more = dataclasses.replace(run, style=[save_images(tmp_path / "more", 4, seed=9)])
    with pytest.raises(TrainingError, match=r"data\.style_images was \[3\], is \[4\] now"):
        train(more, out, 2, resume=True)


def test_resume_without_and_start_over_a_checkpoint(run: StylizationRun, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no checkpoint"):
        train(run, tmp_path, 1, resume=True)
    train(run, tmp_path, 1)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(TrainingError, match="holds a checkpoint already") as caught:
        train(run, tmp_path, 1)
    assert "--resume" in caught.value.hint
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_no_end_of_training(run: StylizationRun, tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        train_stylization(run, RunFolder(tmp_path, Budget()), Listener())
    assert "--steps or --minutes" in caught.value.hint


def test_minutes_end_it(run: StylizationRun, tmp_path: Path) -> None:
    listener = Listener()
    train_stylization(run, RunFolder(tmp_path, Budget(minutes=0.002)), listener)
    last = [e for e in listener.events if isinstance(e, StepEvent)][-1]
    assert last.progress == 1
    assert last.seconds >= 0.12


def test_non_finite_losses_leave_the_last_good_weights(
    run: StylizationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(run, tmp_path, 3, 9)
    losses = StylizationTask.losses
    monkeypatch.setattr(
        StylizationTask, "losses", lambda self: {n: v * torch.nan for n, v in losses(self).items()}
    )
    with pytest.raises(TrainingError, match="5 steps in a row"):
        train(run, tmp_path, 9, resume=True)
    monkeypatch.undo()
    PRESETS["tiny"] = TINY
    try:
        assert checkpoint(tmp_path)["step"] == 2
        load_network(tmp_path / "tiny.safetensors")
        train(run, tmp_path, 3, resume=True)
    finally:
        del PRESETS["tiny"]


def test_memory_that_runs_out_says_what_to_lower(
    run: StylizationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(self: StylizationTask) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(StylizationTask, "losses", no_memory)
    with pytest.raises(DeviceError) as caught:
        train(run, tmp_path, 1)
    assert "--batch-size" in caught.value.hint


# --- what it leaves behind


def test_the_header_says_what_made_the_weights(
    run: StylizationRun, world: World, tmp_path: Path
) -> None:
    train(run, tmp_path, 2, note="drawn by a test, MIT")
    network, header = load_network(tmp_path / "tiny.safetensors")
    assert header["model"] == TINY.to_dict() == network.config.to_dict()
    assert header["settings"] == json.loads(json.dumps(dataclasses.asdict(run.settings)))
    assert header["weights"] == dataclasses.asdict(run.weights)
    assert header["steps"] == 2
    assert header["minutes"] >= 0
    assert (header["images"], header["paintings"]) == (["photos"], ["paintings"])
    assert header["perceptual"] == ["vgg.safetensors"]
    assert header["history"][-1]["file"] == "encoder.safetensors"
    assert header["note"] == "drawn by a test, MIT"
    assert str(world.content) not in json.dumps(header)  # no paths of this machine


def test_the_weights_are_those_of_the_checkpoint(run: StylizationRun, tmp_path: Path) -> None:
    train(run, tmp_path, 2)
    tensors = read_tensors(tmp_path / "tiny.safetensors")[0]
    exact = dict(checkpoint(tmp_path)["modules"]["network"])
    assert_equal(tensors, {key: value.half() for key, value in exact.items()})


def test_numbers_too_large_for_fp16_are_stored_whole() -> None:
    large, small = torch.tensor([1e5, 1.0]), torch.tensor([1.0])
    stored = halves({"large": large, "small": small, "count": torch.tensor([3])})
    assert_equal(stored, {"large": large, "small": small.half(), "count": torch.tensor([3])})


def test_init_starts_from_a_whole_network_and_trains_it(
    run: StylizationRun, tmp_path: Path
) -> None:
    train(run, tmp_path / "a", 1)
    start = tmp_path / "a" / "tiny.safetensors"
    still = change(dataclasses.replace(run, encoder=None, init=[start]), learning_rate=0.0)
    train(still, tmp_path / "b", 1)
    before, after = (read_tensors(tmp_path / n / "tiny.safetensors") for n in ("a", "b"))
    assert_equal(before[0], after[0])
    assert after[1]["history"][-1]["file"] == "tiny.safetensors"
    train(change(still, learning_rate=1e-3), tmp_path / "c", 1)
    moved = read_tensors(tmp_path / "c" / "tiny.safetensors")[0]
    for part in ("encoder.conv1_1.weight", "decoder.output.weight", "kernels.output.bias"):
        assert not torch.equal(moved[part], after[0][part]), part


def test_log_lines_are_json(
    run: StylizationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.training.records.LOG_EVERY", 2)
    events = train(run, tmp_path, 5)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4, 5]
    assert lines[0]["losses"] == events.losses()[1]
    assert set(lines[0]) == {f.name for f in dataclasses.fields(StepEvent)}


def test_events_come_in_order(run: StylizationRun, tmp_path: Path) -> None:
    kinds = [type(e) for e in train(run, tmp_path, 2).events]
    assert kinds == [ReadingImages, DataReady, StepEvent, StepEvent, Saved]


def test_unreadable_images_are_reported_and_the_run_goes_on(
    run: StylizationRun, tmp_path: Path
) -> None:
    photos = save_images(tmp_path / "photos", 2, seed=3)
    (photos / "broken.jpg").write_text("no image")
    events = train(dataclasses.replace(run, content=[photos]), tmp_path / "out", 1).events
    ready = next(e for e in events if isinstance(e, DataReady))
    assert ready.images == 5
    assert [path.name for path, _ in ready.unreadable] == ["broken.jpg"]
    assert "broken.jpg" in ready.unreadable[0][1]


def squares(sheet: Path) -> list[list[np.ndarray[Any, Any]]]:
    """The sheet's 32-pixel squares by row and column."""
    with Image.open(sheet) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return [
        [pixels[y : y + 32, x : x + 32] for x in range(0, pixels.shape[1], 36)]
        for y in range(0, pixels.shape[0], 36)
    ]


def test_preview_shows_fixed_pairs(run: StylizationRun, world: World, tmp_path: Path) -> None:
    shown = dataclasses.replace(
        run,
        preview_every=2,
        preview_content=[world.content / "00.png", world.content / "01.png"],
        preview_style=[world.style / "00.png"],
    )
    train(shown, tmp_path, 4)
    names = sorted(f.name for f in tmp_path.glob("preview_*"))
    assert names == ["preview_000002.png", "preview_000004.png", "preview_last.png"]
    first, last = squares(tmp_path / names[0]), squares(tmp_path / names[2])
    assert (len(first), len(first[0])) == (3, 2)
    assert (first[1][0] == last[1][0]).all() and (first[0][1] == last[0][1]).all()
    assert (first[1][1] != first[2][1]).any()  # two contents, two results
    assert (first[1][1] != last[1][1]).any()  # two steps of training between them


def test_preview_draws_from_the_folders_without_files(run: StylizationRun, tmp_path: Path) -> None:
    train(run, tmp_path, 1)
    sheet = squares(tmp_path / "preview_last.png")
    assert (len(sheet), len(sheet[0])) == (3, 3)
    assert any((sheet[1][0] != row[0]).any() for row in sheet[2:])


def test_previews_do_not_change_the_training(run: StylizationRun, tmp_path: Path) -> None:
    rare, often = run, dataclasses.replace(run, preview_every=1)
    assert train(rare, tmp_path / "a", 2).losses() == train(often, tmp_path / "b", 2).losses()


@pytest.mark.parametrize("option", ["preview_content", "preview_style"])
def test_a_preview_file_that_cannot_be_read_is_named_at_once(
    run: StylizationRun, tmp_path: Path, option: str
) -> None:
    listener = Listener()
    wrong = dataclasses.replace(run, **{option: [tmp_path / "missing.jpg"]})
    with pytest.raises(InputError, match=r"missing\.jpg"):
        train_stylization(wrong, RunFolder(tmp_path / "out", Budget(1)), listener)
    assert listener.events == []
    assert not (tmp_path / "out").exists()


def test_an_out_that_is_a_file_is_refused_before_images_are_read(
    run: StylizationRun, tmp_path: Path
) -> None:
    (tmp_path / "out").touch()
    listener = Listener()
    with pytest.raises(OutputError, match="out"):
        train_stylization(run, RunFolder(tmp_path / "out", Budget(1)), listener)
    assert listener.events == []


def test_an_early_failure_leaves_no_folder(run: StylizationRun, tmp_path: Path) -> None:
    wrong = dataclasses.replace(run, content=[tmp_path / "nowhere"])
    with pytest.raises(TrainingError, match="nowhere"):
        train(wrong, tmp_path / "out", 1)
    assert not (tmp_path / "out").exists()


def test_a_fresh_start_does_not_append_to_an_old_log(run: StylizationRun, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 1}\n')
    train(run, tmp_path, 1)
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 1


def test_same_seed_same_run(run: StylizationRun, tmp_path: Path) -> None:
    losses = [
        train(change(run, seed=seed), tmp_path / str(index), 2).losses()
        for index, seed in enumerate((0, 0, 1))
    ]
    assert losses[0] == losses[1] != losses[2]


def test_the_moving_average_is_what_is_kept(run: StylizationRun, tmp_path: Path) -> None:
    """Of a decay of 0.5 over three steps: a quarter of the first, a quarter, a half of the last."""
    seen: list[dict[str, torch.Tensor]] = []
    averaged = change(run, ema=0.5)
    for steps in (1, 2, 3):
        killed_at(averaged, tmp_path / str(steps), steps + 1, 9)
        seen.append(checkpoint(tmp_path / str(steps))["modules"]["network"])
    kept = read_tensors(tmp_path / "3" / "tiny.safetensors")[0]
    for key, value in kept.items():
        expected = 0.25 * seen[0][key] + 0.25 * seen[1][key] + 0.5 * seen[2][key]
        assert torch.allclose(value.float(), expected, atol=2e-3, rtol=2e-3), key
    assert not torch.equal(kept["decoder.output.weight"], seen[2]["decoder.output.weight"].half())


def test_the_moving_average_resumes_exactly_and_is_on_the_previews(
    run: StylizationRun, tmp_path: Path
) -> None:
    averaged = change(run, ema=0.9, learning_rate=1e-2)
    train(averaged, tmp_path / "straight", 6)
    killed_at(averaged, tmp_path / "cut", 4, 6)
    train(averaged, tmp_path / "cut", 6, resume=True)
    a, b = (read_tensors(tmp_path / n / "tiny.safetensors")[0] for n in ("straight", "cut"))
    assert_equal(a, b)
    last = change(run, learning_rate=1e-2)
    plain = train(last, tmp_path / "last", 6)
    assert plain.losses() == train(averaged, tmp_path / "again", 6).losses()
    sheets = [squares(tmp_path / n / "preview_last.png") for n in ("straight", "last")]
    assert (sheets[0][1][1] != sheets[1][1][1]).any()


def test_a_full_disk_while_the_weights_are_saved(
    run: StylizationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(run, tmp_path, 2, 4)
    before = (tmp_path / "tiny.safetensors").read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stylectl.weights.files.save", full)
    with pytest.raises(OutputError, match=r"tiny\.safetensors cannot be written: No space"):
        train(run, tmp_path, 4, resume=True)
    assert (tmp_path / "tiny.safetensors").read_bytes() == before
    assert not list(tmp_path.glob(".stylectl*"))
