"""`stylectl train --recipe`: stages from one another's weights, resume, options, refusals."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import CommandLine, Ended, save_network
from training_parts import TINY, World, save_images, tiny_network

from stylectl.model import PRESETS
from stylectl.training.stylization import StylizationTask
from stylectl.weights.files import read_tensors

RECIPE = """
preset = "tiny"
batch_size = 2
crop = 32
content = ["photos"]
style = ["paintings"]
perceptual = ["vgg.safetensors"]

[[stages]]
name = "encoder"
task = "encoder"
steps = 2
images = ["photos"]
teacher = ["vgg.safetensors"]

[[stages]]
name = "painting"
steps = 4
content_weight = 3
encoder_rate = 0.5

[[stages]]
name = "wide"
steps = 1
model = { style_stride = 4 }
"""
Train = Callable[..., Ended]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    for name, value in (("SIDE", 32), ("CONTENTS", 2), ("STYLES", 2)):
        monkeypatch.setattr(f"stylectl.training.preview.{name}", value)


@pytest.fixture
def train(cli: CommandLine, world: World, tmp_path: Path) -> Train:
    """Trains by a recipe's text into tmp_path/NAME."""

    def run(name: str, *more: object, text: str = RECIPE) -> Ended:
        recipe = tmp_path / "mine.toml"
        recipe.write_text(text)
        root = world.content.parent
        where = ("--data", root, "--networks", root, "--out", tmp_path / name)
        return cli("train", "--recipe", recipe, *where, "--device", "cpu", *more)

    return run


def weights(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    (file,) = folder.glob("*.safetensors")
    return read_tensors(file)


def assert_same(a: Path, b: Path) -> None:
    tensors = weights(a)[0], weights(b)[0]
    assert all(torch.equal(tensors[0][key], tensors[1][key]) for key in tensors[0])


def test_stages_start_from_one_another_and_go_on_after_ctrl_c(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = train("straight")
    assert (straight.code, straight.out) == (0, "")
    lines = [line for line in straight.err.splitlines() if line.startswith("stage")]
    assert lines == ["stage 1 of 3: encoder", "stage 2 of 3: painting", "stage 3 of 3: wide"]
    last = tmp_path / "straight" / "3-wide"
    assert straight.err.splitlines()[-1] == f"wrote {last / 'tiny.safetensors'}"
    header = weights(last)[1]
    assert [stage["file"] for stage in header["history"]] == [
        "tiny-encoder.safetensors",
        "tiny.safetensors",
    ]
    assert header["history"][1]["weights"]["content"] == 3.0
    assert header["model"]["style_stride"] == 4

    losses, calls = StylizationTask.losses, iter(range(1, 1000))

    def interrupted(self: StylizationTask) -> dict[str, torch.Tensor]:
        if next(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return losses(self)

    monkeypatch.setattr(StylizationTask, "losses", interrupted)
    stopped = train("cut")
    assert stopped.code == 130
    assert "saved up to step 2 of stage painting: go on with --resume" in stopped.err
    encoder = tmp_path / "cut" / "1-encoder" / "tiny-encoder.safetensors"
    written = encoder.stat().st_mtime_ns
    again = train("cut", "--resume")
    assert again.code == 0
    assert "stage 1 of 3: encoder, finished already" in again.err
    assert encoder.stat().st_mtime_ns == written
    assert_same(last, tmp_path / "cut" / "3-wide")
    log = (tmp_path / "cut" / "2-painting" / "log.jsonl").read_text().splitlines()
    assert json.loads(log[-1])["step"] == 4

    for checkpoint in (tmp_path / "cut").glob("*/checkpoint.pt"):
        checkpoint.unlink()  # of no more use, and large
    finished = train("cut", "--resume")
    assert finished.code == 0
    assert finished.err.count("finished already") == 3


def test_without_resume_nothing_is_started_over(train: Train, tmp_path: Path) -> None:
    train("out", "--steps", "1")
    ended = train("out", "--steps", "1")
    assert ended.code == 7
    assert "1-encoder holds a checkpoint already" in ended.err
    assert train("other", "--steps", "1", "--resume").code == 7


def test_a_finished_stage_of_other_settings_is_refused(train: Train) -> None:
    assert train("out", "--steps", "1").code == 0
    ended = train("out", "--steps", "1", "--resume", "--seed", "7")
    assert ended.code == 7
    assert "settings.seed was 0, is 7 now" in ended.err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--set-model", "style_stride=1"), "model.style_stride was 2, is 1 now"),
        (("--style", "others"), "paintings was ['paintings'], is ['others'] now"),
    ],
    ids=["model", "images"],
)
def test_a_finished_stage_of_another_origin_is_refused(
    train: Train, world: World, tmp_path: Path, more: tuple[str, str], told: str
) -> None:
    alone = RECIPE[: RECIPE.index("[[stages]]")] + "encoder_rate = 0.5\nsteps = 1\n[[stages]]\n"
    text = alone + 'name = "one"\n[[stages]]\nname = "two"\n'
    assert train("out", text=text).code == 0
    option, value = more
    if option == "--style":
        value = str(save_images(tmp_path / value, 2, seed=8))
    ended = train("out", "--resume", option, value, text=text)
    assert ended.code == 7
    assert told in ended.err


def test_a_larger_budget_goes_on_with_a_finished_stage(train: Train, tmp_path: Path) -> None:
    assert train("out", "--steps", "1").code == 0
    assert train("out", "--steps", "2", "--resume").code == 0
    assert weights(tmp_path / "out" / "2-painting")[1]["steps"] == 2


def test_options_override_the_recipe(train: Train, tmp_path: Path) -> None:
    photos = save_images(tmp_path / "others", 2, seed=8)
    more = ("--steps", 1, "--content", photos, "--content-weight", 2, "--set-model", "groups=4")
    assert train("out", *more).code == 0
    encoder, painting = (weights(tmp_path / "out" / n)[1] for n in ("1-encoder", "2-painting"))
    assert (encoder["steps"], painting["steps"]) == (1, 1)
    assert encoder["images"] == painting["images"] == ["others"]
    assert painting["weights"]["content"] == 2.0
    assert painting["settings"]["encoder_rate"] == 0.5
    assert painting["model"]["groups"] == 4
    assert weights(tmp_path / "out" / "3-wide")[1]["model"]["style_stride"] == 4


def test_a_recipe_of_one_run_has_no_folder_of_its_own(train: Train, tmp_path: Path) -> None:
    text = 'preset = "tiny"\ntask = "encoder"\nsteps = 1\ncrop = 32\n'
    text += 'images = ["photos"]\nteacher = ["vgg.safetensors"]\n'
    ended = train("out", text=text)
    assert ended.code == 0 and "stage" not in ended.err
    assert (tmp_path / "out" / "tiny-encoder.safetensors").is_file()


def test_the_first_stage_starts_from_init(train: Train, tmp_path: Path) -> None:
    start = save_network(tmp_path / "start.safetensors", tiny_network(33))
    text = RECIPE.replace('images = ["photos"]\nteacher = ["vgg.safetensors"]\n', "").replace(
        'task = "encoder"\n', ""
    )
    assert train("out", "--init", start, text=text).code == 0
    assert weights(tmp_path / "out" / "1-encoder")[1]["history"][0]["file"] == start.name
    refused = train("other", "--init", start)
    assert refused.code == 2
    assert "--init" in refused.err and "encoder" in refused.err


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        (("steps = 4", "stepps = 4"), 2, "mine.toml, stage painting: there is no setting 'stepps'"),
        (("style_stride = 4", "style_strid = 4"), 2, "'style_strid'; did you mean style_stride?"),
        (('style = ["paintings"]', ""), 2, "no --style of stage painting"),
        (('style = ["paintings"]', 'style = ["none"]'), 7, "none does not exist"),
        (('perceptual = ["vgg', 'perceptual = ["none'), 5, "none.safetensors"),
        (("steps = 4", ""), 7, "no end of training"),
    ],
)
def test_mistakes_of_later_stages_are_found_before_the_first_begins(
    train: Train, tmp_path: Path, change: tuple[str, str], code: int, named: str
) -> None:
    ended = train("out", text=RECIPE.replace(*change))
    assert ended.code == code
    assert named in ended.err and "Traceback" not in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--data", "--networks"])
def test_folders_of_a_recipe_without_one(cli: CommandLine, option: str) -> None:
    ended = cli("train", option, ".", "--steps", 1)
    assert ended.code == 2
    assert f"give {option} with --recipe" in ended.err


def test_set_model(cli: CommandLine, world: World, tmp_path: Path) -> None:
    start = save_network(tmp_path / "start.safetensors", tiny_network(33))

    def run(change: str, source: str = "--init", file: Path = start) -> Ended:
        line = ["--content", world.content, "--style", world.style, "--steps", 1, "--crop", 32]
        line += ["--perceptual", world.perceptual, "--preset", "tiny", "--device", "cpu"]
        out = tmp_path / change.replace("=", "_")
        return cli("train", *line, source, file, "--set-model", change, "--out", out)

    assert run("temperature=3").code == 0
    assert weights(tmp_path / "temperature_3")[1]["model"]["temperature"] == 3
    assert run("gate_channels=4", "--encoder", world.encoder).code == 0
    assert weights(tmp_path / "gate_channels_4")[1]["model"]["gate_channels"] == 4
    for change, named in (
        ("gate_channels=2", "start.safetensors do not fit a model with gate_channels = 2"),
        ("gate=open", "gate must be one of"),
        ("gates=none", "did you mean gate?"),
        ("style_stride=two", "style_stride must be a whole number"),
        ("style_stride", "no KEY=VALUE"),
    ):
        ended = run(change)
        assert ended.code == 2 and named in ended.err, ended.err
