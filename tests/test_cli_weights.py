"""`stylectl weights`: every verb and option, through the command line."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import CommandLine, Ended, fails, pixels, random_network, save_network
from rich.file_proxy import FileProxy
from safetensors.torch import save_file
from test_cli_start import ROOT, python
from test_weights_imagenet import torchvision_state

from stylectl.weights import imagenet
from stylectl.weights.files import read_tensors, sha256
from stylectl.weights.registry import user_folder


@pytest.fixture
def mine(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Path:
    """The user's weights "mine", in a folder of their own; the working directory holds photos."""
    data = tmp_path_factory.mktemp("data")
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: data / name)
    user_folder().mkdir(parents=True)
    network = random_network(5)
    return save_network(user_folder() / "mine.safetensors", network, licence="CC0", steps=3)


def data(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0 and ended.err == "", ended.err
    return json.loads(ended.out)


def test_list(cli: CommandLine, mine: Path) -> None:
    ended = cli("weights", "list")
    header, *rows = [line.split("\t") for line in ended.out.splitlines()]
    assert header == ["name", "what", "size", "parameters", "licence", "where"]
    assert [(row[0], row[4], row[5]) for row in rows] == [
        ("lean", "not stated", "bundled"),
        ("mine", "CC0", "yours"),
    ]
    assert rows[0][1] == "network, 8-8-16-32 channels, style stride 2"
    assert ended.err == f"note: your own weights lie in {user_folder()}\n"
    assert cli("weights", "list", "--quiet").err == ""


def test_list_as_json(cli: CommandLine, mine: Path) -> None:
    told = data(cli("weights", "list", "--json"))
    assert told["user_folder"] == str(user_folder())
    assert [each["name"] for each in told["weights"]] == ["lean", "mine"]
    listed = told["weights"][1]
    assert listed["file"] == str(mine) and listed["bytes"] == mine.stat().st_size
    tensors = read_tensors(mine)[0].values()
    assert listed["parameters"] == sum(value.numel() for value in tensors)


def test_list_tells_what_cannot_be_used(cli: CommandLine, mine: Path) -> None:
    mine.write_bytes(mine.read_bytes()[:-1])
    save_network(mine.with_name("lean.safetensors"), random_network())
    ended = cli("weights", "list")
    assert ended.code == 0
    assert "yours, hidden" in ended.out and "mine\tunreadable\t-\t-" in ended.out
    assert "mine.safetensors is truncated" in ended.err
    assert "has the name of bundled weights" in ended.err


def test_list_needs_no_torch(mine: Path) -> None:
    code = "from stylectl.cli.app import main\ntry: main(['weights', 'list', '-q'])\n"
    code += "except SystemExit: print('torch' in sys.modules)"
    assert python(code).splitlines()[-1] == "False"


def test_show(cli: CommandLine, mine: Path) -> None:
    ended = cli("weights", "show", "mine")
    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
    assert lines["file"] == str(mine) and lines["sha256"] == sha256(mine)
    assert lines["licence"] == "CC0"
    assert lines["preset"].startswith("lean, but channels [8, 8, 16, 32], style_stride 2")
    assert lines["heads"] == "8"
    assert lines["trained"] == "3 steps, 0 minutes"
    assert "model" not in lines  # no card: it is not bundled
    assert cli("weights", "show", mine).out == ended.out
    assert cli("weights", "show", "mine", "-q").out == ""


def test_show_the_bundled_card(cli: CommandLine, weights: Path) -> None:
    card = weights.with_name("README.md")
    card.write_text("a card")
    try:
        assert f"{card}\n" in cli("weights", "show", "lean").out
    finally:
        card.unlink()


def test_show_as_json(cli: CommandLine, mine: Path) -> None:
    told = data(cli("weights", "show", "mine", "--json"))
    assert told["header"]["licence"] == "CC0" and told["header"]["model"]["heads"] == 8
    assert told["tensors"]["decoder.output.bias"] == ["F32", 3]
    assert told["sha256"] == sha256(mine) and told["file"] == str(mine)


def test_show_never_sends_control_codes(cli: CommandLine, folder: Path) -> None:
    header = {"licence": "a\x1b[31mb\nc", "history": [{"steps": "x"}, 3], "note": 7, "steps": True}
    save_file({"a": torch.ones(2)}, "w.safetensors", {"stylectl": json.dumps(header)})
    ended = cli("weights", "show", "w.safetensors")
    assert ended.code == 0
    assert r"a\x1b[31mb c" in ended.out and "unknown tensors" in ended.out


def test_show_errors(cli: CommandLine, folder: Path) -> None:
    torch.save({}, "w.pt")
    fails(cli, 5, "is a pickle, which says nothing", arguments=("weights", "show", "w.pt"))
    fails(cli, 5, "no weights are named 'x'", arguments=("weights", "show", "x"))
    Path("w.safetensors").write_bytes(b"12345")
    fails(cli, 5, "truncated", arguments=("weights", "show", "w.safetensors"))


def test_verify(cli: CommandLine, mine: Path) -> None:
    ended = cli("weights", "verify")
    assert (ended.code, ended.err) == (0, "")
    headings = [line for line in ended.out.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in headings] == ["lean", "mine"]
    assert headings[1] == f"mine  {mine}"
    assert "  ok       checksum: " in ended.out
    assert cli("weights", "verify", "mine").out in ended.out
    assert cli("weights", "verify", "-q").out == ""


def test_verify_goes_on_after_a_bad_file(cli: CommandLine, mine: Path) -> None:
    Path("short.safetensors").write_bytes(mine.read_bytes()[:-1])
    ended = cli("weights", "verify", "short.safetensors", "none", "mine")
    assert ended.code == 5
    assert ended.err.startswith("error: 2 of 3 failed: short.safetensors, none\nhint: ")
    assert "  problem  layout: short.safetensors is truncated" in ended.out
    assert "  problem  file: no weights are named 'none'" in ended.out
    assert "hint: copy or download it again" in ended.out
    assert f"mine  {mine}\n  ok" in ended.out
    silent = cli("weights", "verify", "short.safetensors", "-q")
    assert (silent.code, silent.out) == (5, "")


def test_verify_as_json(cli: CommandLine, mine: Path) -> None:
    Path("short.safetensors").write_bytes(mine.read_bytes()[:-1])
    ended = cli("weights", "verify", "mine", "short.safetensors", "--json")
    good, bad = json.loads(ended.out)["files"]
    assert ended.code == 5
    assert (good["weights"], good["file"], good["state"]) == ("mine", str(mine), "ok")
    assert bad["state"] == "problem" and bad["checks"][0]["name"] == "layout"
    assert "truncated" in bad["checks"][0]["message"] and bad["checks"][0]["hint"]


def test_names_are_good_for_painting(cli: CommandLine, mine: Path) -> None:
    assert cli("stylize", "cat.png", "cup.png", "-o", "lean.png").code == 0
    named = cli("stylize", "cat.png", "cup.png", "-o", "a.png", "--weights", "mine", "--json")
    assert json.loads(named.out)["weights"] == {"name": "mine", "sha256": sha256(mine)}
    assert cli("stylize", "cat.png", "cup.png", "-o", "b.png", "--weights", mine).code == 0
    assert (pixels(Path("a.png")) == pixels(Path("b.png"))).all()
    assert (pixels(Path("a.png")) != pixels(Path("lean.png"))).any()


def test_import_and_remove(cli: CommandLine, mine: Path, weights: Path) -> None:
    options = ("--name", "ours", "--licence", "MIT", "--note", "all mine")
    ended = cli("weights", "import", weights, *options)
    target = user_folder() / "ours.safetensors"
    assert ended.code == 0 and ended.err.startswith(f"wrote {target} (--weights ours, ")
    header = read_tensors(target)[1]
    assert (header["licence"], header["note"]) == ("MIT", "all mine")
    fails(cli, 4, "exists already", arguments=("weights", "import", mine, "--name", "ours"))
    again = cli("weights", "import", mine, "--name", "ours", "--overwrite", "--json")
    told = data(again)
    assert told["output"] == str(target) and told["sha256"] == sha256(target)
    assert read_tensors(target)[1]["licence"] == "CC0"
    assert cli("weights", "import", mine, "--name", "third", "--quiet").err == ""
    assert cli("weights", "remove", "ours").err == f"note: {target} is deleted\n"
    assert not target.exists() and mine.exists()
    told = data(cli("weights", "remove", "mine", "--json"))
    assert told["removed"] == str(mine)
    assert cli("weights", "remove", "third", "-q").err == ""
    fails(cli, 5, "no weights named 'lean'", arguments=("weights", "remove", "lean"))


def test_import_errors(cli: CommandLine, mine: Path) -> None:
    torch.save({"a": argparse.Namespace()}, "bad.pt")
    bad = ("weights", "import", "bad.pt", "--name", "x")
    fails(cli, 5, "it needs argparse.Namespace", "nothing in it was executed", arguments=bad)
    lean = ("weights", "import", mine, "--name", "lean")
    fails(cli, 2, "lean is the name of bundled weights", arguments=lean)
    assert cli("weights", "import", mine).code == 2  # --name is needed


@pytest.fixture
def body(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small VGG-16 in a file, which is torchvision's for this test, in an empty cache."""
    torch.save(torchvision_state(), "body.pth")
    digest = hashlib.sha256(Path("body.pth").read_bytes()).hexdigest()
    monkeypatch.setattr(imagenet, "SHA256", digest)
    monkeypatch.setattr(imagenet, "url_of_vgg16", lambda: f"http://127.0.0.1:9/{imagenet.FILE}")
    monkeypatch.setenv("TORCH_HOME", str(folder / "torch"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder / "body.pth"


def test_fetch(cli: CommandLine, body: Path) -> None:
    cached = Path("torch/hub/checkpoints/vgg16-397923af.pth").absolute()
    ended = cli("weights", "fetch", "vgg16", "--from", body)
    assert ended.code == 0 and ended.err.startswith(f"wrote {cached} (0 MB, checked, ")
    assert cached.read_bytes() == body.read_bytes()
    assert cli("weights", "fetch", "vgg16").err == f"note: {cached} is there already, and whole\n"
    told = data(cli("weights", "fetch", "vgg16", "--json"))
    assert (told["output"], told["downloaded"]) == (str(cached), False)
    cached.unlink()
    assert cli("weights", "fetch", "vgg16", "--from", body.as_uri(), "-q").err == ""
    assert cached.exists()


def test_fetch_errors(cli: CommandLine, body: Path) -> None:
    ended = cli("weights", "fetch", "vgg16")
    assert ended.code == 5
    assert "cannot download http://127.0.0.1:9/vgg16-397923af.pth" in ended.err
    assert "refused" in ended.err and "download it elsewhere" in ended.err
    assert cli("weights", "fetch", "vgg16", "--from", "cat.png").code == 5
    assert cli("weights", "fetch", "vgg19").code == 2
    assert not [file for file in Path("torch").rglob("*") if file.is_file()]


def test_stdout_stays_data_while_a_terminal_shows_a_spinner(mine: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with (tmp_path / "out.json").open("wb") as out:
        subprocess.run(
            [sys.executable, "-m", "stylectl", "weights", "verify", str(mine)],
            cwd=ROOT,
            stdout=out,
            stderr=theirs,
            check=True,
        )
    os.close(theirs)
    os.close(ours)
    assert "ok       checksum" in (tmp_path / "out.json").read_text()


def test_a_spinner_leaves_stdout_alone() -> None:
    from rich.console import Console

    from stylectl.cli.live import Live

    with Live(Console(file=io.StringIO(), force_terminal=True)):
        assert not isinstance(sys.stdout, FileProxy)
