"""doctor says what is here and what is broken, whatever that is, and its exit code agrees."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import CommandLine, Ended
from PIL import Image, features

from stylectl import Stylizer, errors
from stylectl.cli.app import main
from stylectl.doctor import clips, devices, named_weights, pictures, self_test, versions
from stylectl.doctor.examination import examine
from stylectl.findings import Finding
from stylectl.resources import bundled_folder
from stylectl.weights import registry

ROOT = Path(__file__).parents[1]
SECTIONS = ["versions", "devices", "images", "video", "weights", "self-test"]
Doctor = Callable[..., Ended]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs `stylectl doctor ARGUMENTS`, with the real bundled weights."""

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(["doctor", "--device", "cpu", *arguments])
        code, captured = end.value.code, capsys.readouterr()
        return Ended(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


def described(doctor: Doctor, code: int) -> dict[str, Any]:
    ended = doctor("--json")
    assert ended.code == code, ended.err
    told = json.loads(ended.out)
    assert told["ok"] == (not told["problems"]) == (code == 0)
    assert list(told["sections"]) == SECTIONS  # what is broken ends no examination
    return told


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled weights, to be damaged."""
    copy = shutil.copytree(bundled_folder("weights"), tmp_path / "weights")
    for module in (registry, self_test, sys.modules["stylectl.weights.verification"]):
        monkeypatch.setattr(module, "bundled_folder", lambda name: copy)
    return copy


def test_all_is_well_here(doctor: Doctor) -> None:
    told = described(doctor, 0)
    by_name = {each["name"]: each for found in told["sections"].values() for each in found}
    assert by_name["torch"]["version"] == importlib.metadata.version("torch")
    assert by_name["cpu"]["threads"] == torch.get_num_threads()
    assert by_name["cpu"]["free_bytes"] > 0
    assert by_name["JPEG"]["suffixes"] == [".jpg", ".jpeg"]
    assert "libx264" in by_name["encoders"]["encoders"]
    lean = by_name["lean"]
    assert len(lean["sha256"]) == 64 and lean["licence"] == "MIT" and "runs" in lean["trained"]
    assert by_name["self-test"]["difference"] <= by_name["self-test"]["tolerance"] == 1
    assert by_name["self-test"]["device"] == "cpu"


def test_the_lines(doctor: Doctor) -> None:
    ended = doctor()
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")][:-1] == SECTIONS
    assert lines[-1] == "all is well" or lines[-1].startswith("nothing is broken; warnings: ")
    assert all(line[2:11].strip() in ("ok", "warning", "") for line in lines if line[0] == " ")
    assert "\x1b" not in ended.out
    assert doctor("--quiet") == Ended(0, "", "")


def test_a_device_that_is_not_here(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    ended = doctor("--device", "cuda")
    assert ended.code == 1
    assert "problem  chosen: device cuda cannot be used" in ended.out
    assert "problem  self-test: device cuda cannot be used" in ended.out
    assert ended.err.startswith("error: 2 of ") and "chosen, self-test" in ended.err
    quiet = doctor("--device", "cuda", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (1, "", ended.err)


@pytest.mark.parametrize(
    ("exe", "told"), [("/none/ffmpeg", "does not run"), (os.devnull, "does not run")]
)
def test_an_ffmpeg_that_does_not_run(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, exe: str, told: str
) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", exe)
    assert [line.split(":")[0] for line in described(doctor, 1)["problems"]] == ["ffmpeg"]
    (found,) = clips.ffmpeg()
    assert told in found.message and found.hint


def test_no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise errors.StylectlError("there is no ffmpeg on this machine", "install one")

    monkeypatch.setattr(clips, "executable", fail)
    assert [(f.state, f.message) for f in clips.ffmpeg()] == [
        ("problem", "there is no ffmpeg on this machine")
    ]


def test_an_ffmpeg_without_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "Encoders:\n V....D libx264   x\n A....D aac   x\n S..... mov_text   x\n"
    monkeypatch.setattr(clips, "run", lambda arguments: (f"ffmpeg version 7\n{listed}", []))
    ffmpeg, encoders, *missing = clips.ffmpeg()
    assert (ffmpeg.data["version"], encoders.data["encoders"]) == (
        "7",
        ["libx264", "aac", "mov_text"],
    )
    assert {found.state for found in missing} == {"warning"}
    assert {"libvpx-vp9", "libsvtav1", "ffv1", "libwebp_anim"} <= {f.name for f in missing}
    monkeypatch.setattr(clips, "run", lambda arguments: ("ffmpeg version 7", []))
    states = {found.name: found.state for found in clips.ffmpeg()}
    assert states["libx264"] == states["aac"] == "problem" and "encoders" not in states


def test_every_encoder_is_one_that_the_real_ffmpeg_knows() -> None:
    assert {found.state for found in clips.ffmpeg()} == {"ok"}


def test_damaged_weights(doctor: Doctor, bundle: Path) -> None:
    file = bundle / "lean.safetensors"
    good = file.read_bytes()
    file.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    problems = described(doctor, 1)["problems"]
    assert [line.split(":")[0] for line in problems] == ["lean", "self-test"]
    assert all("checksum does not match" in line for line in problems)
    file.unlink()
    assert "lean: the default weights are missing" in described(doctor, 1)["problems"][0]


def test_weights_that_are_whole_but_others(doctor: Doctor, bundle: Path) -> None:
    from stylectl.weights.files import read_tensors, write_tensors

    tensors, header = read_tensors(bundle / "lean.safetensors")
    tensors["decoder.output.weight"] = tensors["decoder.output.weight"] * 1.05
    write_tensors(bundle / "lean.safetensors", tensors, header)
    known, painted = described(doctor, 1)["problems"]
    assert "is not the file that came with stylectl" in known
    assert "painted another picture on cpu" in painted


@pytest.mark.parametrize("text", [None, "{broken", "{}", '{"lean": [1]}', '{"lean": "x"}', "7"])
def test_an_expectation_that_cannot_be_read(bundle: Path, text: str | None) -> None:
    file = bundle / "self_test.json"
    file.unlink() if text is None else file.write_text(text)
    *_, section = examine("cpu")
    assert section.findings[0].state == "problem"
    assert "self_test.json" in section.findings[0].message


def test_the_users_weights_are_looked_at(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "user_folder", lambda: tmp_path)
    shutil.copy(bundle / "lean.safetensors", tmp_path / "mine.safetensors")
    shutil.copy(bundle / "lean.safetensors", tmp_path / "lean.safetensors")
    (tmp_path / "short.safetensors").write_bytes(b"123")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    found = list(named_weights.named_weights())
    assert [(each.name, each.state) for each in found] == [
        ("lean", "ok"),
        ("lean-encoder", "ok"),
        ("lean", "warning"),
        ("mine", "ok"),
        ("short", "problem"),
        ("vgg16", "ok"),
    ]
    assert "bundled weights have this name" in found[2].message
    assert found[-1].message.startswith("not fetched")
    vgg16 = tmp_path / "torch/hub/checkpoints/vgg16-397923af.pth"
    vgg16.parent.mkdir(parents=True)
    vgg16.touch()
    assert [*named_weights.named_weights()][-1].data["fetched"] is True


def test_the_self_test_repeats_what_is_stored() -> None:
    stylizer = Stylizer.load("lean", device="cpu", precision="fp32")
    file = self_test.expectation_file()
    if os.environ.get("STYLECTL_UPDATE_GOLDEN"):
        self_test.write_expectation(file, stylizer)
    painted = self_test.block_means(self_test.paint(stylizer))
    worst = float((painted - self_test.read_expectation(file)).abs().max())
    # Stored to two digits: a machine like the one that stored it is far below the tolerance.
    assert worst < self_test.TOLERANCE / 10
    assert painted.std() > 30  # no flat picture


def test_the_self_test_is_looser_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = self_test.read_expectation(self_test.expectation_file())
    monkeypatch.setattr(self_test, "block_means", lambda picture: expected + 2)
    assert self_test.self_test("cpu").state == "problem"
    monkeypatch.setattr(self_test, "block_means", lambda picture: expected * torch.nan)
    assert self_test.self_test("cpu").state == "problem"
    assert self_test.GPU_TOLERANCE > 2


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name in ("typer", "matplotlib"):
            raise importlib.metadata.PackageNotFoundError
        return real(name)

    monkeypatch.setattr(versions.metadata, "version", version)
    found = {each.name: each for each in versions.versions()}
    assert (found["typer"].state, found["typer"].hint) == ("problem", "pip install typer")
    assert found["matplotlib"].state == "ok" and "not installed" in found["matplotlib"].message


def test_what_is_said_to_be_needed_is_what_is_declared() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {text.split(">=")[0] for text in project["dependencies"] if ";" not in text}
    assert set(versions.NEEDED) <= declared
    extras = str(project["optional-dependencies"])
    assert all(name in extras for name in versions.EXTRAS)


def test_a_format_that_this_pillow_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(Image.SAVE, "AVIF")
    monkeypatch.delitem(Image.SAVE, "PNG")
    monkeypatch.setattr(features, "version", lambda name: None)
    states = {found.name: found.state for found in pictures.formats()}
    assert states["AVIF"] == states["colour profiles"] == "warning"
    assert states["PNG"] == "problem" and states["JPEG"] == "ok"


def test_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "free_memory", lambda device: 500 << 20)
    found = next(iter(devices.devices("cpu")))
    assert found.state == "warning" and "0.5 GiB" in found.message


def test_gpus_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that works and one that torch cannot use, without either."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"GPU {number}")
    monkeypatch.setattr(devices, "free_memory", lambda device: 8 << 30)

    def choose(name: str) -> str:
        if name == "cuda:1":
            raise errors.DeviceError("too old")
        return "cuda:0"

    monkeypatch.setattr(devices, "choose_device", choose)
    found = {each.name: each for each in devices.devices("auto")}
    assert found["cuda:0"].message == "GPU 0, 8.0 GiB of memory free"
    assert (found["cuda:1"].state, found["cuda:1"].message) == ("warning", "GPU 1: too old")
    assert found["chosen"].message == "auto takes cuda:0"


def test_a_torch_that_cannot_be_imported(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("devices", "named_weights", "self_test"):
        monkeypatch.setitem(sys.modules, f"stylectl.doctor.{name}", None)  # its import fails
    problems = described(doctor, 1)["problems"]
    assert [line.split(":")[0] for line in problems] == ["devices", "weights", "self-test"]
    assert "ModuleNotFoundError" in problems[0]


def test_a_finding_as_data() -> None:
    error = errors.WeightsError("w is torn", "mend it")
    assert Finding.of_error("w", error).to_dict() == {
        "name": "w",
        "state": "problem",
        "message": "w is torn",
        "hint": "mend it",
    }
    assert Finding("a", "ok", "b", data={"c": 1}).to_dict() == {
        "name": "a",
        "state": "ok",
        "message": "b",
        "c": 1,
    }


def test_doctor_and_its_help_say_the_exit_code(cli: CommandLine) -> None:
    assert "1 if there is a problem" in cli("doctor", "--help").out
