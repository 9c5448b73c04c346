"""Recipes whose stages start from any earlier one, or from parts of it; the ablation's is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import CommandLine, random_network, save_network
from training_parts import World, tiny_network, tiny_presets

from stylectl.ablation.rows import PAPER, tables_of
from stylectl.errors import UsageError
from stylectl.training.recipe import Stage, read_recipe
from stylectl.training.settings import Part
from stylectl.training.start import starting_network
from stylectl.weights.files import read_tensors

TREE = """
preset = "tiny"
batch_size = 2
crop = 32
steps = 1
content = ["photos"]
style = ["paintings"]
perceptual = ["vgg.safetensors"]

[[stages]]
name = "encoder"
task = "encoder"
images = ["photos"]
teacher = ["vgg.safetensors"]

[[stages]]
name = "trunk"
encoder_rate = 1

[[stages]]
name = "branch"
init = "trunk"
init_part = ["encoder", "decoder"]
learning_rate = 0
seed = 3
model = { gate = "none" }

[[stages]]
name = "other"
init = "encoder"
learning_rate = 0
"""
MEAN = """
[[stages]]
name = "further"
init = "trunk"
learning_rate = 0.1

[[stages]]
name = "mean"
init = ["trunk", "further"]
learning_rate = 0
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


def saved(folder: Path, text: str) -> str:
    file = folder / "mine.toml"
    file.write_text(text)
    return str(file)


def test_stages_know_the_one_that_they_start_from(tmp_path: Path) -> None:
    stages = read_recipe(saved(tmp_path, TREE))
    assert [stage.init for stage in stages] == [(), (), (1,), (0,)]
    assert stages[2].values["init_part"] == [Part.ENCODER, Part.DECODER]
    assert "init" not in stages[2].values


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('init = "trunk"', 'init = "root"'), "stage branch: init is 'root', which names no"),
        (('init = "trunk"', 'init = "branch"'), "'branch', which names no earlier stage"),
        (('init = "trunk"', 'init = "other"'), "'other', which names no earlier stage"),
        (('init = "trunk"', "init = 2"), "stage branch: init must be a list of texts"),
        (('["encoder", "decoder"]', '["head"]'), "a list of encoder, alignment, kernels, decoder"),
        (('["encoder", "decoder"]', '"encoder"'), "init_part must be a list"),
    ],
)
def test_what_is_no_start_is_named(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(saved(tmp_path, TREE.replace(*change)))
    assert named in caught.value.message and "mine.toml" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_name_that_is_unknown_is_one_line_and_a_hint(cli: CommandLine, tmp_path: Path) -> None:
    ended = cli("train", "--recipe", saved(tmp_path, TREE.replace('init = "trunk"', 'init = "x"')))
    assert ended.code == 2
    error, hint = ended.err.splitlines()
    assert "init is 'x', which names no earlier stage" in error
    assert hint == "hint: earlier stages: encoder, trunk"


def test_branches_start_from_the_named_stage(
    cli: CommandLine, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_presets(monkeypatch)
    root, out = world.content.parent, tmp_path / "out"
    line = ["--recipe", saved(tmp_path, TREE), "--data", root, "--networks", root, "--out", out]
    assert cli("train", *line, "--device", "cpu").code == 0

    def made(folder: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        (file,) = (out / folder).glob("*.safetensors")
        return read_tensors(file)

    (encoder, _), (trunk, _) = made("1-encoder"), made("2-trunk")
    (branch, header), (other, of_encoder) = made("3-branch"), made("4-other")
    # A learning rate of 0 shows what a stage started from.
    for key, value in branch.items():
        if key.startswith(("encoder.", "decoder.")):
            assert torch.equal(value, trunk[key]), key
    assert not torch.equal(branch["alignment.value.weight"], trunk["alignment.value.weight"])
    assert header["model"]["gate"] == "none" and header["init_part"] == ["encoder", "decoder"]
    assert len(header["history"]) == 2 and len(of_encoder["history"]) == 1
    assert all(torch.equal(value, other[f"encoder.{key}"]) for key, value in encoder.items())
    assert cli("train", *line, "--device", "cpu", "--resume").err.count("finished already") == 4


def test_a_stage_starts_from_the_mean_of_several(
    cli: CommandLine, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_presets(monkeypatch)
    trunk_only = TREE[: TREE.index('[[stages]]\nname = "branch"')]
    root, out = world.content.parent, tmp_path / "out"
    line = ["--data", root, "--networks", root, "--out", out, "--device", "cpu"]
    assert cli("train", "--recipe", saved(tmp_path, trunk_only + MEAN), *line).code == 0
    (trunk, _), (further, _), (mean, header) = (
        read_tensors(out / name / "tiny.safetensors") for name in ("2-trunk", "3-further", "4-mean")
    )
    for key, value in mean.items():
        expected = ((trunk[key].float() + further[key].float()) / 2).half()
        torch.testing.assert_close(value.half(), expected)
    assert not torch.equal(mean["decoder.output.weight"], trunk["decoder.output.weight"])
    files = [stage["file"] for stage in header["history"]]
    assert files == ["tiny-encoder.safetensors", "tiny.safetensors", "tiny.safetensors"]

    wrong = trunk_only + MEAN.replace('["trunk", "further"]', '["encoder", "trunk"]')
    ended = cli("train", "--recipe", saved(tmp_path, wrong), *line, "--resume")
    assert ended.code == 2 and "an encoder has no mean with other stages" in ended.err


def test_weights_of_different_models_have_no_mean(tmp_path: Path) -> None:
    files = [
        save_network(tmp_path / f"{stride}.safetensors", random_network(style_stride=stride))
        for stride in (2, 4)
    ]
    with pytest.raises(UsageError, match="are of different models and have no mean"):
        starting_network("lean", None, files, False)


def test_parts_of_init_on_the_command_line(
    cli: CommandLine, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_presets(monkeypatch)
    start = save_network(tmp_path / "start.safetensors", tiny_network(33))
    line = ["--content", world.content, "--style", world.style, "--perceptual", world.perceptual]
    line += ["--steps", 1, "--crop", 32, "--learning-rate", 0, "--device", "cpu"]
    out = tmp_path / "out"
    ended = cli("train", *line, "--init", start, "--init-part", "decoder", "--out", out)
    assert ended.code == 0, ended.err
    (weights,) = out.glob("*.safetensors")
    made, before = read_tensors(weights)[0], read_tensors(start)[0]
    key = "decoder.output.weight"
    assert torch.equal(made[key], before[key].half())
    key = "encoder.conv1_1.weight"
    assert not torch.equal(made[key], before[key].half())
    more = ["--init", start, "--init-part", "decoder", "--steps", 2, "--resume"]
    ended = cli("train", *line, *more, "--out", out)
    assert ended.code == 0, ended.err

    other = save_network(tmp_path / "other.safetensors", tiny_network(34))
    ended = cli("train", *line, "--init", start, "--init", other, "--out", tmp_path / "mean")
    assert ended.code == 0, ended.err
    (weights,) = (tmp_path / "mean").glob("*.safetensors")
    made, second = read_tensors(weights)[0], read_tensors(other)[0]
    key = "decoder.output.weight"
    torch.testing.assert_close(made[key], ((before[key] + second[key]) / 2).half())

    refused = cli("train", *line, "--init-part", "decoder", "--out", tmp_path / "none")
    assert refused.code == 2 and "--init-part has nothing to take parts of" in refused.err
    refused = cli("train", *line, "--init", start, "--init-part", "head", "--out", out)
    assert refused.code == 2 and "'head'" in refused.err


def test_parts_must_fit(tmp_path: Path) -> None:
    start = save_network(tmp_path / "start.safetensors", tiny_network(33))
    with pytest.raises(UsageError, match="do not fit a model with shortcut_size = 3"):
        starting_network("lean", None, [start], False, {"shortcut_size": 3}, [Part.DECODER])
    kept = starting_network("lean", None, [start], False, {"shortcut_size": 3}, [Part.ENCODER])
    assert kept.config.shortcut_size == 3


SWITCHES = [
    ("base", "adversarial", {"adversarial_weight"}, set()),
    ("adversarial", "remd", {"remd_weight"}, set()),
    ("remd", "kernels", set(), {"style_kernels"}),
    ("kernels", "gating", set(), {"gate"}),
    ("gating", "shuffling", {"shuffle"}, set()),
    ("gating", "affine", set(), {"gate"}),
    ("gating", "gating_again", {"seed"}, set()),
    ("gating", "gating_relu4_3", set(), set()),
]


@pytest.mark.parametrize(("before", "after", "settings", "model"), SWITCHES)
def test_rows_differ_in_one_switch(
    before: str, after: str, settings: set[str], model: set[str]
) -> None:
    stages = {stage.name: stage for stage in read_recipe("ablation")}

    def differing(a: dict[str, Any], b: dict[str, Any]) -> set[str]:
        return {key for key in a.keys() | b.keys() if a.get(key) != b.get(key)}

    a, b = (dict(stages[name].values) for name in (before, after))
    assert differing(a.pop("model"), b.pop("model")) == model
    assert differing(a, b) == settings


def test_rows_start_alike() -> None:
    stages = read_recipe("ablation")
    rows = [stage for stage in stages if not stage.name.startswith(("encoder", "autoencoder"))]
    starts = {stages[number].name for s in rows for number in s.init}
    assert starts == {"autoencoder", "autoencoder_relu4_3"}
    assert all(stage.values["init_part"] == ["encoder", "decoder"] for stage in rows)
    assert len(tables_of([stage.name for stage in stages])) == 5


def test_tables_leave_out_what_was_not_trained() -> None:
    paper = [row.stage for row in PAPER.rows]
    titles = [table.title for table in tables_of(paper)]
    assert titles == ["The paper's table 2", "Grouped shuffling at inference"]
    with pytest.raises(UsageError, match=r"no stage gating, the paper's row \+CGM"):
        tables_of([name for name in paper if name != "gating"])


def test_a_stage_says_by_default_that_it_follows_the_one_before() -> None:
    assert Stage("x", "stylization", {}).init == ()
