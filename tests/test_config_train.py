"""Settings of training: below the command line and a recipe, above the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from config_parts import Settings, own_settings  # noqa: F401 - a fixture
from conftest import CommandLine

from stylectl.training.recipe import Stage

RECIPE = """
batch_size = 5
model = { style_stride = 4 }
[[stages]]
name = "first"
task = "encoder"
[[stages]]
name = "second"
crop = 96
"""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """The stages that would be trained."""
    seen: list[Stage] = []

    def train(stages: Sequence[Stage], *_: Any, **__: Any) -> list[Path]:
        seen[:] = stages
        return [Path("weights")]

    monkeypatch.setattr("stylectl.training.recipe_run.train_stages", train)
    return seen


def test_without_a_recipe_files_and_variables_count(
    cli: CommandLine, settings: Settings, trained: list[Stage]
) -> None:
    settings.project('[train]\nbatch_size = 8\ncrop = 64\nset_model = ["gate=none"]')
    settings.variable("STYLECTL_TRAIN_CROP", "80")
    ended = cli("train", "--content", "a", "--learning-rate", "0.5")
    assert ended.code == 0, ended.err
    values = trained[0].values
    assert (values["batch_size"], values["crop"], values["learning_rate"]) == (8, 80, 0.5)
    assert values["model"] == {"gate": "none"}


def test_a_recipe_counts_more_and_the_command_line_most(
    cli: CommandLine, settings: Settings, trained: list[Stage]
) -> None:
    settings.project(
        '[train]\nbatch_size = 8\ncrop = 64\nlearning_rate = 0.25\nset_model = ["gate=none"]\n'
        'perceptual = ["vgg.pth"]'
    )
    Path("recipe.toml").write_text(RECIPE)
    ended = cli("train", "--recipe", "recipe.toml", "--learning-rate", "0.5", "--content", "c")
    assert ended.code == 0, ended.err
    encoder, painting = (stage.values for stage in trained)
    assert (encoder["batch_size"], painting["batch_size"]) == (5, 5)
    assert (encoder["crop"], painting["crop"]) == (64, 96)
    assert (encoder["learning_rate"], painting["learning_rate"]) == (0.5, 0.5)
    assert painting["model"] == {"gate": "none", "style_stride": 4}
    assert [Path(file).name for file in encoder["teacher"]] == ["vgg.pth"]
    assert [str(folder) for folder in encoder["images"]] == ["c"]


def test_what_is_set_does_not_stand_in_the_way_of_a_subcommand(
    cli: CommandLine, settings: Settings
) -> None:
    settings.project('device = "cpu"\n[train]\ncrop = 64')
    assert cli("--show-config", "train", "encoder").code == 0
    ended = cli("train", "encoder", "--images", "none", "--teacher", "none.pth", "--steps", "1")
    assert ended.code == 7, ended.err  # no such folder: what was set is no matter
