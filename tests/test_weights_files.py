"""Weights files come back as they were written; every kind of damage is named."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stylectl.errors import OutputError, WeightsError
from stylectl.weights.files import read_tensors, sha256, write_tensors

TENSORS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "half": torch.tensor([0.5], dtype=torch.float16),
    "scalar": torch.tensor(3),
    "turned": torch.arange(6.0).reshape(2, 3).T,
}


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as error:
        read_tensors(path)
    assert path.name in error.value.message
    assert "\n" not in error.value.message
    return error.value.message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_tensors(tmp_path / "w.safetensors", TENSORS, {"model": {"x": 1}, "licence": "MIT ©"})
    return tmp_path / "w.safetensors"


def test_tensors_and_header_come_back(file: Path) -> None:
    tensors, header = read_tensors(file)
    assert header == {"model": {"x": 1}, "licence": "MIT ©"}
    assert tensors.keys() == TENSORS.keys()
    for name, value in TENSORS.items():
        assert tensors[name].dtype == value.dtype
        assert torch.equal(tensors[name], value)


def test_same_content_gives_the_same_file(file: Path) -> None:
    before = sha256(file)
    assert len(before) == 64
    write_tensors(file, TENSORS, {"model": {"x": 1}, "licence": "MIT ©"})
    assert sha256(file) == before
    write_tensors(file, TENSORS, {})
    assert sha256(file) != before


def test_a_flipped_byte_never_gives_other_numbers(file: Path) -> None:
    good = file.read_bytes()
    layout = 8 + int.from_bytes(good[:8], "little")
    for position in range(0, len(good), 3):
        file.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        try:
            tensors, _ = read_tensors(file)
        except WeightsError as error:
            assert file.name in error.message
            continue
        # What is left: the name under which the description stands, and spaces after it.
        assert position < layout
        assert tensors.keys() == TENSORS.keys()
        assert all(torch.equal(tensors[name], value) for name, value in TENSORS.items())


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (0, "is empty"),
        (4, "is truncated: only 4 bytes"),
        (40, r"is truncated: its header alone has \d+ bytes, of which 32 are there"),
        (-1, r"is truncated: \d+ of \d+ bytes are there"),
    ],
)
def test_truncated(file: Path, length: int, told: str) -> None:
    file.write_bytes(file.read_bytes()[:length])
    assert re.search(told, refused(file))


def test_bytes_too_many(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"12345")
    assert "is damaged: 5 bytes follow its last tensor" in refused(file)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"not JSON", "its header is no JSON"),
        (b"\xff\xfe", "its header is no JSON"),
        (b"[" * 100_000, "its header is no JSON"),
        (b"[1, 2]", "its header is no JSON object"),
        (b'{"a": {"dtype": "F32"}}', "its header does not say where 'a' lies"),
        (b'{"a": 7}', "its header does not say where 'a' lies"),
        (b'{"a": {"dtype":"F32","shape":[3],"data_offsets":[0,0]}}', "no intact safetensors file"),
        (b'{"a": {"dtype":"X9","shape":[0],"data_offsets":[0,0]}}', "no intact safetensors file"),
        (b'{"__metadata__": {"stylectl": "{broken"}}', "something that is no JSON"),
    ],
)
def test_a_header_of_garbage(tmp_path: Path, header: bytes, told: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    assert told in refused(path)


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 99)
    assert "is no safetensors file: its header would have" in refused(path)


def test_numbers_that_torch_cannot_compute_with(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.zeros(2, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)}, path)
    assert "stores a as torch.float4_e2m1fn_x2" in refused(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_no_permission(file: Path) -> None:
    file.chmod(0)
    assert "cannot be read: Permission denied" in refused(file)


def test_an_existing_file_is_kept_if_asked_for(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        write_tensors(file, {}, {}, overwrite=False)
    assert file.read_bytes() == before


def test_missing_and_folder(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.safetensors")
    assert "is a folder" in refused(tmp_path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_named(tmp_path: Path, value: float) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"fine": torch.ones(2), "bad.bias": torch.tensor([1.0, value])}, path)
    assert "bad.bias" in refused(path)


def test_a_file_of_others_is_read_without_checksum(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.ones(2)}, path)
    tensors, header = read_tensors(path)
    assert torch.equal(tensors["a"], torch.ones(2))
    assert header == {}


@pytest.mark.parametrize("text", ["[1]", "7", "null"])
def test_a_header_that_is_no_object_is_no_header(tmp_path: Path, text: str) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "w.safetensors", {"stylectl": text})
    assert read_tensors(tmp_path / "w.safetensors")[1] == {}


def test_pth_is_read(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "w.pth")
    assert torch.equal(read_tensors(tmp_path / "w.pth")[0]["a"], torch.ones(2))


class Touch:
    """Creates a file when it is unpickled without care."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.mkdir, (str(self.path), 0o777)


def test_a_pickle_that_executes_is_refused(tmp_path: Path) -> None:
    torch.save({"a": Touch(tmp_path / "executed")}, tmp_path / "w.pth")
    assert "mkdir" in refused(tmp_path / "w.pth")
    assert not (tmp_path / "executed").exists()


def test_a_pickle_of_a_class_is_refused_by_its_name(tmp_path: Path) -> None:
    torch.save({"a": argparse.Namespace(b=1)}, tmp_path / "w.pth")
    assert "argparse.Namespace" in refused(tmp_path / "w.pth")


def test_a_checkpoint_is_told_from_weights(tmp_path: Path) -> None:
    torch.save({"describe": {}, "modules": {}}, tmp_path / "checkpoint.pt")
    assert "is the checkpoint of a training run" in refused(tmp_path / "checkpoint.pt")


def test_a_pth_that_holds_something_else(tmp_path: Path) -> None:
    torch.save({"a": [1, 2]}, tmp_path / "w.pth")
    assert "no plain dictionary of tensors" in refused(tmp_path / "w.pth")
    (tmp_path / "w.pth").write_bytes(b"not a pickle")
    assert "damaged" in refused(tmp_path / "w.pth")
