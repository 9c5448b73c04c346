"""Batches on Ray: the pictures of the plain engine, whoever is killed meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from batch_parts import RUN, fill, photos, start, told
from cluster_parts import RAY, DeadlyWorker, Killer, pictures, ray_address
from conftest import CommandLine

pytest.importorskip("ray")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ray on Windows is a beta")
__all__ = ["photos", "ray_address"]


@pytest.fixture
def mine(weights: Path) -> tuple[object, ...]:
    """RUN with weights that workers find, too."""
    return (*RUN, "--weights", weights)


def recorded() -> list[tuple[str, str]]:
    """The manifests' records: file of the process, and output."""
    return [
        (manifest.name, line["output"])
        for manifest in Path("out/.stylectl").glob("*.jsonl")
        for line in map(json.loads, manifest.read_text().splitlines())
        if "output" in line
    ]


def test_the_same_as_plain(
    cli: CommandLine, photos: Path, mine: tuple[object, ...], ray_address: str
) -> None:
    fill(Path("photos"), 6)
    Path("photos/bad.jpg").write_bytes(Path("photos/p0.jpg").read_bytes()[:200])
    plain = cli(*mine, "-o", "whole", "--json")
    ended = cli(*mine, *RAY, "--json")
    assert (ended.code, plain.code) == (9, 9), ended.err
    assert ended.err == plain.err
    found, wanted = (
        {Path(name).name: {**line, "seconds": 0, "output": ""} for name, line in told(run).items()}
        for run in (ended, plain)
    )
    assert found == wanted
    assert pictures(Path("out")) == pictures(Path("whole"))
    assert len({process for process, _ in recorded()}) <= 2
    assert sorted(output for _, output in recorded()) == sorted(pictures(Path("out")))
    assert not list(Path("out/.stylectl").glob("running-*"))
    Path("photos/bad.jpg").unlink()
    for engine in ((), RAY):  # either goes on with what the other one has done
        again = cli(*mine, *engine, "--resume", "--json")
        assert {line["status"] for line in told(again).values()} == {"kept"}


def test_several_styles_from_a_list(
    cli: CommandLine, photos: Path, weights: Path, ray_address: str
) -> None:
    """With a name that is no text."""
    odd = Path("photos", os.fsdecode(b"caf\xe9.jpg"))
    Path("photos/p1.jpg").rename(odd)
    Path("list.txt").write_bytes(b"photos/p0.jpg, cup.png, cat.png\n" + os.fsencode(odd) + b"\n")
    command = ("multistyle", "list.txt", "cat.png", "cup.png", "--weights", "2,1")
    options = ("--style-size", "64", "--model", weights, "--batch-size", "2", "--json")
    assert cli(*command, *options, "-o", "whole").code == 0
    ended = cli(*command, *options, "-o", "out", *RAY)
    assert ended.code == 0, ended.err
    assert pictures(Path("out")) == pictures(Path("whole"))
    assert {line["content"] for line in told(ended).values()} == {"photos/p0.jpg", str(odd)}


def test_interpolate_and_all_fail(
    cli: CommandLine, photos: Path, weights: Path, ray_address: str
) -> None:
    for photo in Path("photos").iterdir():
        photo.write_bytes(b"nothing")
    command = ("interpolate", "photos", "cat.png", "cup.png", "--alpha", "0.3", "-o", "out")
    ended = cli(*command, "--weights", weights, *RAY)
    assert ended.code == 10
    assert ended.err.count("failed: photos") == 4 and "4 of 4 pictures failed" in ended.err


def test_a_killed_worker(
    cli: CommandLine, photos: Path, mine: tuple[object, ...], ray_address: str
) -> None:
    fill(Path("photos"), 40)
    assert cli(*mine, "-o", "whole").code == 0
    killer = Killer(Path("out"), 3)
    killer.start()
    ended = cli(*mine, *RAY, "--json")
    assert ended.code == 0, ended.err
    assert killer.killed
    assert len(told(ended)) == 40  # each once
    assert pictures(Path("out")) == pictures(Path("whole"))
    assert {output for _, output in recorded()} == set(pictures(Path("out")))
    assert len(recorded()) <= 42  # two were being written, and may be recorded twice
    assert {line["status"] for line in told(cli(*mine, "--resume", "--json")).values()} == {"kept"}


def test_a_picture_that_kills_workers(
    cli: CommandLine,
    photos: Path,
    mine: tuple[object, ...],
    ray_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stylectl.cluster.workshop.Worker", DeadlyWorker)
    monkeypatch.setattr("stylectl.cluster.workshop._GROUPS_A_WORKER", 1)  # others are with it
    ended = cli(*mine, *RAY, "--json")
    assert ended.code == 9, ended.err
    found = {Path(name).name: line for name, line in told(ended).items()}
    assert found["p3.png"]["error"].startswith("the worker died over it")
    assert found["p3.png"]["exit_code"] == 6
    good = {name for name, line in found.items() if line["status"] != "failed"}
    assert good == {"p0.png", "p1.png", "p2.png"} == set(pictures(Path("out")))


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGTERM])  # as Ctrl-C
def test_the_driver_ends_midway(
    cli: CommandLine,
    photos: Path,
    mine: tuple[object, ...],
    weights: Path,
    ray_address: str,
    signal_: signal.Signals,
) -> None:
    fill(Path("photos"), 60, (240, 160))
    process = start(weights, *mine, *RAY, "--address", ray_address, "--json")
    until = time.monotonic() + 300
    while not Path("out").is_dir() or len(pictures(Path("out"))) < 3:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal_)
    out, err = process.communicate(timeout=120)
    if signal_ == signal.SIGTERM:
        assert process.returncode == 130
        assert err.decode().endswith("error: interrupted\n")
        ended = [json.loads(line)["output"] for line in out.decode().splitlines()]
        assert {Path(name).name for name in ended} == set(pictures(Path("out")))
        assert not list(Path("out/.stylectl").glob("running-*"))
        assert not [path for path in Path("out").iterdir() if path.suffix and path.name[0] == "."]
    again = cli(*mine, "--resume", "--json")
    assert again.code == 0, again.err
    lines = told(again).values()
    assert len(lines) == 60 and sum(line["status"] == "kept" for line in lines) >= 3
    assert cli(*mine, "-o", "whole").code == 0
    assert pictures(Path("out")) == pictures(Path("whole"))


def test_an_own_ray_and_its_silence(
    cli: CommandLine, photos: Path, mine: tuple[object, ...], weights: Path
) -> None:
    process = start(weights, *mine, "--engine", "ray", "--workers", "1")
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (0, b""), err
    for line in err.decode().splitlines():
        assert re.match(r"wrote out/p\d.png \(|note: painted 4 of 4", line)


def test_no_cluster_there(photos: Path, mine: tuple[object, ...], weights: Path) -> None:
    process = start(weights, *mine, *RAY, "--address", "127.0.0.1:1")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 6
    first, hint = err.decode().splitlines()
    assert first.startswith("error: the Ray cluster at 127.0.0.1:1 cannot be used: ")
    assert "ray start --head" in hint
