"""Recipes as files: what they say of each stage, and what is said of a wrong one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from stylectl.errors import InputError, UsageError
from stylectl.model.config import PRESETS
from stylectl.resources import bundled_folder
from stylectl.training.recipe import Stage, known_recipes, model_changes, read_recipe
from stylectl.training.recipe_keys import KEYS
from stylectl.training.settings import DistillationSettings, LossWeights, StylizationSettings
from stylectl.weights.files import read_tensors

TWO = """
batch_size = 6
shuffle = 0.5
note = "ours"

[[stages]]
name = "encoder"
task = "encoder"
steps = 3
images = ["photos", "paintings"]
teacher = ["vgg.safetensors"]

[[stages]]
name = "painting"
minutes = 40
content = ["photos"]
style = ["paintings"]
perceptual = ["vgg.safetensors"]
batch_size = 2
style_zoom = [1, 2]
content_weight = 3
precision = "bf16"
model = { style_stride = 4 }
"""


def saved(folder: Path, text: str) -> str:
    file = folder / "mine.toml"
    file.write_text(text)
    return str(file)


def test_every_setting_is_a_key() -> None:
    encoder, stylization = KEYS["encoder"], KEYS["stylization"]
    assert {f.name for f in dataclasses.fields(DistillationSettings)} <= encoder.keys()
    assert {f.name for f in dataclasses.fields(StylizationSettings)} <= stylization.keys()
    assert {f"{f.name}_weight" for f in dataclasses.fields(LossWeights)} <= stylization.keys()


def test_stages_have_their_own_values_and_the_shared_ones_they_know(tmp_path: Path) -> None:
    first, second = read_recipe(saved(tmp_path, TWO), Path("data"), Path("nets"))
    assert first == Stage(
        "encoder",
        "encoder",
        {
            "batch_size": 6,
            "note": "ours",
            "steps": 3,
            "images": [Path("data/photos"), Path("data/paintings")],
            "teacher": [Path("nets/vgg.safetensors")],
        },
    )
    assert (second.name, second.task) == ("painting", "stylization")
    assert second.values["batch_size"] == 2 and second.values["shuffle"] == 0.5
    assert second.values["style_zoom"] == (1.0, 2.0)
    assert second.values["perceptual"] == [Path("nets/vgg.safetensors")]
    assert second.values["model"] == {"style_stride": 4}


def test_a_recipe_without_stages_is_one(tmp_path: Path) -> None:
    (stage,) = read_recipe(saved(tmp_path, 'task = "encoder"\ncrop = 64\n'))
    assert (stage.task, stage.values) == ("encoder", {"crop": 64})


def test_options_override_and_reach_the_encoder_as_far_as_they_concern_it(tmp_path: Path) -> None:
    options = {
        "batch_size": 9,
        "content": [Path("a")],
        "style": [Path("b")],
        "perceptual": [Path("n")],
        "gram_weight": 1.0,
        "model": {"temperature": 5.0},
    }
    encoder, painting = (s.overridden(options) for s in read_recipe(saved(tmp_path, TWO)))
    assert encoder.values["batch_size"] == painting.values["batch_size"] == 9
    assert encoder.values["images"] == [Path("a"), Path("b")]
    assert encoder.values["teacher"] == painting.values["perceptual"] == [Path("n")]
    assert "gram_weight" not in encoder.values and painting.values["gram_weight"] == 1.0
    assert painting.values["model"] == {"style_stride": 4, "temperature": 5.0}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("batchsize = 4", ["'batchsize'", "batch_size"]),
        ("content_wait = 4", ["'content_wait'", "content_weight"]),
        ("zzz = 4", ["'zzz'"]),
        ("batch_size = 4.5", ["batch_size", "a whole number", "4.5"]),
        ("batch_size = true", ["batch_size", "a whole number", "True"]),
        ('learning_rate = "fast"', ["learning_rate", "a number", "'fast'"]),
        ("content_zoom = 2", ["content_zoom", "[low, high]"]),
        ("content_zoom = [2, 1]", ["2 to 1"]),
        ('precision = "fp8"', ["precision", "fp32, bf16"]),
        ('content = "photos"', ["content", "a list of paths"]),
        ("note = 3", ["note", "a text"]),
        ("model = 3", ["model", "a table"]),
        ("shuffle = 2", ["shuffle is 2"]),
        ("gram_weight = -1", ["gram is -1"]),
        ("steps = 0", ["steps is 0"]),
        ("crop = 40", ["crop of 40"]),
        ('task = "paint"', ["task", "encoder, stylization"]),
        ("stages = 3", ["stages"]),
        ("[[stages]]\nname = 'x'\ncorp = 64", ["'corp'", "crop"]),
        ("[[stages]]\nname = 'a/b'", ["name", "'a/b'"]),
        ("[[stages]]\nname='x'\n[[stages]]\nname='y'\nsteps=0", ["stage y", "steps is 0"]),
        ("[[stages]]\nname='x'\n[[stages]]\nname='y'\ntask='encoder'", ["encoder"]),
        ("[[stages]]\nname='x'\ntask='encoder'\nshuffle=0.5", ["'shuffle'"]),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path: Path, text: str, named: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(saved(tmp_path, text))
    for words in ["mine.toml", *named]:
        assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_what_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.toml cannot be read.*line 2"):
        read_recipe(saved(tmp_path, "crop = 32\nbatch_size = = 3"))
    for missing in ("huge", str(tmp_path / "nowhere.toml")):
        with pytest.raises(InputError, match="there is no recipe") as caught:
            read_recipe(missing)
        assert "lean" in caught.value.hint


@pytest.mark.parametrize("name", known_recipes())
def test_committed_recipes(name: str) -> None:
    stages = read_recipe(name, Path("DATA"), Path("NETS"))
    assert len({stage.name for stage in stages}) == len(stages)
    for stage in stages:
        values = stage.values
        assert values.get("steps") or values.get("minutes"), stage.name
        changed = PRESETS[values["preset"]].to_dict() | values.get("model", {})
        type(PRESETS["lean"]).from_dict(changed)
        needed = {"encoder": ("images", "teacher")}.get(stage.task, ("content", "style"))
        paths: list[Path] = [path for key in needed for path in values[key]]
        assert paths and all(".." not in path.parts and len(path.parts) == 2 for path in paths)


def test_the_chain_of_lean_ends_at_the_model_of_the_bundled_weights() -> None:
    config = PRESETS["lean"].to_dict()
    for stage in read_recipe("lean"):
        config |= stage.values.get("model", {})
    _, header = read_tensors(bundled_folder("weights") / "lean.safetensors")
    assert config == PRESETS["lean"].to_dict() | header["model"]


def test_model_changes() -> None:
    given = ["style_stride=4", "gate=affine", "temperature = 5.5", "style_kernels=false"]
    expected: dict[str, Any] = {"style_stride": 4, "gate": "affine", "temperature": 5.5}
    assert model_changes(given) == expected | {"style_kernels": False}
    for wrong in ("style_stride", "=4", "gate="):
        with pytest.raises(UsageError, match="KEY=VALUE"):
            model_changes([wrong])
