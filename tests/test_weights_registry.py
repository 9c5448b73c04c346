"""Names and paths find weights files; only those that hold a whole network become one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import random_network, save_network

from stylectl import resources
from stylectl.errors import UsageError, WeightsError
from stylectl.model import StyleTransferNetwork
from stylectl.weights import registry
from stylectl.weights.files import read_tensors, write_tensors
from stylectl.weights.registry import known_names, load_network, resolve


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of bundled weights: lean, paper, and an encoder."""
    for name in ("paper", "lean", "lean-encoder"):
        (tmp_path / f"{name}.safetensors").touch()
    monkeypatch.setattr(registry, "bundled_folder", lambda name: tmp_path)
    return tmp_path


def test_a_name_is_a_bundled_file(bundle: Path) -> None:
    assert resolve("lean") == bundle / "lean.safetensors"
    assert known_names() == ["lean", "paper"]  # an encoder alone paints nothing


def test_a_path_is_a_file(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = bundle / "own" / "lean.safetensors"
    mine.parent.mkdir()
    mine.touch()
    monkeypatch.chdir(mine.parent)
    assert resolve("lean.safetensors") == Path("lean.safetensors")
    assert resolve(mine) == mine
    assert resolve("lean") == bundle / "lean.safetensors"


@pytest.mark.parametrize("given", ["rembrandt", "", "./lean", "none.safetensors", "none.pth"])
def test_what_there_is_not_is_named_with_what_there_is(bundle: Path, given: str) -> None:
    with pytest.raises(WeightsError) as error:
        resolve(given)
    assert given in error.value.message
    assert "lean, paper" in error.value.hint


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own weights, which hold "mine", and a "Lean" of theirs."""
    data = tmp_path_factory.mktemp("data")
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: data / name)
    assert registry.user_folder() == data / "stylectl" / "weights"
    registry.user_folder().mkdir(parents=True)
    for name in ("mine", "Lean"):
        (registry.user_folder() / f"{name}.safetensors").touch()
    return registry.user_folder()


def test_a_name_may_be_the_users_own(bundle: Path, own: Path) -> None:
    assert resolve("mine") == own / "mine.safetensors"
    assert resolve("lean") == bundle / "lean.safetensors"
    assert [(n.name, n.origin, n.hidden) for n in registry.user_weights()] == [
        ("Lean", "user", True),
        ("mine", "user", False),
    ]
    with pytest.raises(WeightsError) as error:
        resolve("yours")
    assert error.value.hint.startswith("bundled weights: lean, paper; your own: mine;")


def test_a_bundled_name_is_never_hidden(bundle: Path, own: Path) -> None:
    (own / "lean.safetensors").touch()
    assert resolve("lean") == bundle / "lean.safetensors"


@pytest.mark.parametrize(
    "name", ["", "a b", "../x", "a/b", "-x", ".x", "x.safetensors", "x.PT", "lean", "LEAN", "é"]
)
def test_what_cannot_be_a_new_name(bundle: Path, own: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        registry.file_for_name(name)


def test_a_new_name(bundle: Path, own: Path) -> None:
    assert registry.file_for_name("v1.2_b-3") == own / "v1.2_b-3.safetensors"


def test_a_folder_is_no_weights_file(bundle: Path) -> None:
    with pytest.raises(WeightsError, match="is a folder"):
        resolve(bundle)


def test_bundled_files_of_an_installed_copy_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "stylectl")
    assert resources.bundled_folder("weights") == tmp_path / "weights"
    (tmp_path / "stylectl/bundled/weights").mkdir(parents=True)
    assert resources.bundled_folder("weights") == tmp_path / "stylectl/bundled/weights"


def test_a_network_comes_back(network: StyleTransferNetwork, tmp_path: Path) -> None:
    path = save_network(tmp_path / "w.safetensors", network, steps=3)
    random_state = torch.get_rng_state()
    loaded, header = load_network(path)
    assert loaded.config == network.config
    assert torch.equal(torch.get_rng_state(), random_state)
    assert header["steps"] == 3
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.encoder.parameters())
    assert all(parameter.requires_grad for parameter in loaded.decoder.parameters())
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(loaded(image, image), network(image, image), atol=1e-5, rtol=0)


def test_half_precision_files_become_float32(tmp_path: Path) -> None:
    network = random_network().half()
    loaded, _ = load_network(save_network(tmp_path / "w.safetensors", network))
    for name, value in loaded.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, network.state_dict()[name].float())


SMALL = {"channels": [8, 8, 16, 32], "gate_channels": 8, "kernel_channels": 8}


def changed(weights: Path, target: Path, **changes: Any) -> Path:
    """A copy of a weights file with tensors or header entries replaced (None: removed)."""
    tensors, header = read_tensors(weights)
    for name, value in changes.items():
        group = header if name in ("model", "encoder") else tensors
        group[name.replace("__", ".")] = value
    write_tensors(
        target,
        {name: value for name, value in tensors.items() if value is not None},
        {name: value for name, value in header.items() if value is not None},
    )
    return target


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": None}, "no stylisation network of stylectl"),
        ({"model": None, "encoder": {}}, "but an encoder alone"),
        ({"model": {"wings": 2}}, "wings"),
        ({"model": {"heads": "many"}}, "does not know"),
        ({"model": {"channels": [8, 8, 16, 12]}}, "does not know"),
        ({"model": {**SMALL, "channels": [8, 8, 16, 64]}}, "does not fit the model"),
        ({"model": {**SMALL, "kernel_channels": 10**9}}, "impossible model: kernel_channels is 1"),
        ({"model": {**SMALL, "gate_channels": 10**9}}, "impossible model: gate_channels is 1"),
        ({"model": {"channels": [8, 8, 16, 10**9]}}, r"impossible model: channels\[3\] is 10{9}"),
        ({"model": {**SMALL, "shortcut_size": 33}}, "impossible model: shortcut_size is 33"),
        ({"model": {**SMALL, "full_resolution_convs": 10**6}}, "impossible model: 1000000 conv"),
        ({"model": {**SMALL, "residual_blocks": 10**6}}, "impossible model: 100000. conv"),
        ({"model": {**SMALL, "experts": 10**9}}, "impossible model: experts is 1"),
        ({"decoder__output__bias": None}, "decoder.output.bias is missing"),
        (
            {"decoder__output__bias": None, "decoder__output__weight": None},
            r"decoder.output.\w+ and 1 more are missing",
        ),
        ({"decoder__output__bias": torch.ones(3).int()}, "bias is of torch.int32"),
        ({"decoder__output__bias": torch.ones(4)}, r"has shape \(4,\), not \(3,\)"),
        ({"third__eye": torch.ones(4)}, "third.eye is not part of it"),
    ],
)
def test_wrong_weights_are_told_apart(
    weights: Path, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    path = changed(weights, tmp_path / "wrong.safetensors", **changes)
    with pytest.raises(WeightsError, match=told) as error:
        load_network(path)
    assert "wrong.safetensors" in error.value.message
    assert error.value.hint


def test_a_pth_is_no_network(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="no stylisation network"):
        load_network(tmp_path / "w.pth")
