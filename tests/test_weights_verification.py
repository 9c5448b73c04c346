"""verify says what is whole, what is not known, and what is wrong; the list that comes along."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import random_network, save_network
from safetensors.torch import save_file
from training_parts import save_vgg, tiny_network, tiny_vgg

from stylectl.findings import Finding
from stylectl.resources import bundled_folder
from stylectl.weights import verification
from stylectl.weights.files import read_tensors, sha256, write_tensors
from stylectl.weights.verification import SUMS, known_sha256, verify


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.name: finding.state for finding in findings}


def problem(path: Path, name: str) -> str:
    """What the last finding says, which must be the only problem."""
    *before, last = verify(path)
    assert "problem" not in states(before).values()
    assert (last.state, last.name) == ("problem", name), last
    assert last.hint and path.name in last.message
    return last.message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return save_network(tmp_path / "w.safetensors", random_network())


def test_the_bundled_weights_are_what_the_list_says() -> None:
    bundled = sorted(bundled_folder("weights").glob("*.safetensors"))
    listed = (bundled_folder("weights") / SUMS).read_text().splitlines()
    assert [line.split()[1] for line in listed] == [path.name for path in bundled]
    for path in bundled:
        assert known_sha256(path) == sha256(path), f"cd weights && sha256sum *.safetensors > {SUMS}"
        assert set(states(verify(path)).values()) == {"ok"}
        assert read_tensors(path)[1]["licence"] == "MIT"


def test_a_whole_file(file: Path) -> None:
    assert states(verify(file)) == dict.fromkeys(
        ("layout", "checksum", "numbers", "configuration", "tensors"), "ok"
    )


def test_an_encoder_and_a_stack(tmp_path: Path) -> None:
    network = tiny_network()
    encoder = tmp_path / "e.safetensors"
    header = {"encoder": network.config.to_dict()}
    write_tensors(encoder, network.encoder.state_dict(), header)
    assert set(states(verify(encoder)).values()) == {"ok"}
    write_tensors(encoder, {**network.encoder.state_dict(), "x": torch.ones(1)}, header)
    assert "x is not part of it" in problem(encoder, "tensors")
    stack = save_vgg(tmp_path / "v.safetensors", tiny_vgg(1))
    assert states(verify(stack))["configuration"] == "warning"
    assert states(verify(stack))["tensors"] == "ok"


def test_without_a_checksum_it_cannot_be_told(file: Path) -> None:
    tensors, header = read_tensors(file)
    save_file(tensors, file, {"stylectl": json.dumps(header)})
    assert states(verify(file)) == {
        "layout": "ok",
        "checksum": "warning",
        "numbers": "ok",
        "configuration": "ok",
        "tensors": "ok",
    }


def test_a_flipped_byte(file: Path) -> None:
    good = file.read_bytes()
    file.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    assert "its checksum does not match" in problem(file, "checksum")


def test_a_truncated_file(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])
    assert "is truncated" in problem(file, "layout")
    file.unlink()
    assert "does not exist" in problem(file, "layout")


def test_numbers(file: Path) -> None:
    tensors, header = read_tensors(file)
    tensors["decoder.output.bias"][0] = torch.inf
    write_tensors(file, tensors, header)
    assert "NaN or infinity in decoder.output.bias" in problem(file, "numbers")


def test_configuration_and_tensors(file: Path) -> None:
    tensors, header = read_tensors(file)
    write_tensors(file, tensors, {"model": {**header["model"], "heads": 3}})
    assert "must be divisible by 8, heads (3)" in problem(file, "configuration")
    write_tensors(file, tensors, {})
    assert "no stylisation network" in problem(file, "configuration")
    tensors.pop("decoder.output.bias")
    write_tensors(file, tensors, header)
    assert "decoder.output.bias is missing" in problem(file, "tensors")


def test_another_file_in_the_place_of_a_bundled_one(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "bundled_folder", lambda name: file.parent)
    assert states(verify(file))["known file"] == "warning"
    sums = file.with_name(SUMS)
    sums.write_text(f"{sha256(file)}  {file.name}\n")
    assert states(verify(file))["known file"] == "ok"
    monkeypatch.chdir(file.parent)
    assert states(verify(Path(file.name)))["known file"] == "ok"
    sums.write_text(f"{'0' * 64}  {file.name}\n")
    assert "not the file that came with stylectl" in problem(file, "known file")
    sums.write_bytes(b"\xff\xfe")
    (*_, last) = verify(file)
    assert (last.name, last.state) == ("known file", "problem") and SUMS in last.message


def test_a_pickle(tmp_path: Path) -> None:
    torch.save(tiny_vgg(1).state_dict(), tmp_path / "vgg.pth")
    assert states(verify(tmp_path / "vgg.pth")) == {
        "layout": "warning",
        "checksum": "warning",
        "numbers": "ok",
        "configuration": "warning",
        "tensors": "ok",
    }
    torch.save({"a": argparse.Namespace()}, tmp_path / "bad.pth")
    assert "it needs argparse.Namespace" in problem(tmp_path / "bad.pth", "checksum")


def test_a_file_that_cannot_be_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(verification, "read_layout", fail)
    assert "cannot be read: Permission denied" in problem(file, "layout")


def test_a_copy_of_bundled_weights_is_no_bundled_file(tmp_path: Path) -> None:
    copy = shutil.copy(bundled_folder("weights") / "lean.safetensors", tmp_path)
    assert "known file" not in states(verify(Path(copy)))
