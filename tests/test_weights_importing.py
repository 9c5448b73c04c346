"""A training run's checkpoint and weights files become weights with a name, or are refused."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import random_network, save_network
from training_parts import TINY, World, small_run, tiny_network, tiny_presets

from stylectl.errors import OutputError, UsageError, WeightsError
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget
from stylectl.training.stylization_run import train_stylization
from stylectl.weights.files import read_tensors, write_tensors
from stylectl.weights.importing import import_weights, remove_weights
from stylectl.weights.registry import load_network, resolve, user_folder


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: tmp_path / name)


def checkpoint(folder: Path, **changes: Any) -> Path:
    """A checkpoint as a run saves it, with entries replaced (None: removed)."""
    state = {
        "describe": {"model": TINY.to_dict(), "data": {"perceptual": ["vgg.safetensors"]}},
        "modules": {"network": tiny_network(1).state_dict()},
        "step": 7,
        "seconds": 90.0,
    }
    state = {key: value for key, value in {**state, **changes}.items() if value is not None}
    torch.save(state, folder / "checkpoint.pt")
    return folder / "checkpoint.pt"


def test_a_checkpoint_gives_what_training_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_presets(monkeypatch)
    run = small_run(World.make(tmp_path))
    run = dataclasses.replace(run, settings=dataclasses.replace(run.settings, learning_rate=0.01))
    out = tmp_path / "out"
    exported = train_stylization(run, RunFolder(out, Budget(steps=2)), lambda _: None)
    target = import_weights(out / "checkpoint.pt", "mine")
    assert target == user_folder() / "mine.safetensors" == resolve("mine")
    (ours, header), (theirs, told) = read_tensors(target), read_tensors(exported)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    network = torch.load(out / "checkpoint.pt", weights_only=True)["modules"]["network"]
    assert any(not torch.equal(ours[key], network[key].half()) for key in ours)  # the average
    for key in ("model", "settings", "weights", "steps", "perceptual"):
        assert header[key] == told[key]
    assert header["averaged"] is True and "data" not in header


def test_without_an_average_it_is_the_network(tmp_path: Path) -> None:
    target = import_weights(checkpoint(tmp_path), "plain", licence="CC0", note="mine alone")
    tensors, header = read_tensors(target)
    state = tiny_network(1).state_dict()
    assert all(torch.equal(tensors[key], state[key].half()) for key in state)
    assert header["averaged"] is False and header["steps"] == 7 and header["minutes"] == 1.5
    assert header["licence"] == "CC0" and header["note"] == "mine alone"
    assert load_network(target)[0].config == TINY


def test_a_weights_file_keeps_its_numbers_and_what_it_says(tmp_path: Path) -> None:
    file = save_network(tmp_path / "w.safetensors", random_network(), licence="MIT", note="n")
    before = read_tensors(file)[0]
    tensors, header = read_tensors(import_weights(file, "mine", note="other"))
    assert tensors.keys() == before.keys()
    assert all(torch.equal(tensors[key], before[key]) for key in before)
    assert header["licence"] == "MIT" and header["note"] == "other"


def test_an_existing_name_is_kept_unless_asked(tmp_path: Path) -> None:
    one = save_network(tmp_path / "a.safetensors", random_network(1))
    two = save_network(tmp_path / "b.safetensors", random_network(2))
    before = import_weights(one, "mine").read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        import_weights(two, "mine")
    assert resolve("mine").read_bytes() == before
    assert import_weights(two, "mine", overwrite=True).read_bytes() != before


def nothing_imported(file: Path, error: type[Exception], told: str, name: str = "mine") -> None:
    with pytest.raises(error, match=told):
        import_weights(file, name)
    assert not user_folder().exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"describe": None}, "is no checkpoint of a training run"),
        ({"seconds": "long"}, "is no checkpoint of a training run"),
        ({"describe": {"encoder": {}}, "modules": {"student": {}}}, "but an encoder alone"),
        ({"modules": {"adapters": {}}}, "holds no stylisation network"),
        ({"describe": {"model": {"wings": 2}}}, "does not know: unknown model settings: wings"),
        ({"modules": {"network": {"a": 3}}}, "not all of its weights are tensors"),
        ({"modules": {"network": {"a": torch.ones(2)}}}, "impossible model"),
        ({"modules": {"average": {"n_averaged": torch.tensor(2)}, "network": {}}}, "impossible"),
    ],
)
def test_what_is_no_checkpoint_of_a_network(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    nothing_imported(checkpoint(tmp_path, **changes), WeightsError, told)


def test_numbers_that_are_none(tmp_path: Path) -> None:
    state = tiny_network(1).state_dict()
    state["decoder.output.bias"].fill_(torch.nan)
    file = checkpoint(tmp_path, modules={"network": state})
    nothing_imported(file, WeightsError, "holds NaN or infinity in decoder.output.bias")


def test_a_pickle_of_other_types_is_refused_by_name(tmp_path: Path) -> None:
    file = checkpoint(tmp_path, options=argparse.Namespace(lr=1))
    nothing_imported(file, WeightsError, "refused .* it needs argparse.Namespace")


def test_a_bundled_name_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    nothing_imported(tmp_path / "none.pt", UsageError, "bundled weights", name="lean")


def test_a_file_without_configuration(tmp_path: Path) -> None:
    write_tensors(tmp_path / "w.safetensors", {"a": torch.ones(2)}, {})
    nothing_imported(tmp_path / "w.safetensors", WeightsError, "no stylisation network")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "stylectl").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be made"):
        import_weights(checkpoint(tmp_path), "mine")


def test_removing(tmp_path: Path) -> None:
    file = import_weights(checkpoint(tmp_path), "mine")
    assert remove_weights("mine") == file
    assert not file.exists()
    for name in ("mine", "lean", "../lean"):
        with pytest.raises(WeightsError, match="you have no weights named"):
            remove_weights(name)
