"""What -v says, -q leaves out, and what is never shown off a terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PAIR, CommandLine

ROOT = Path(__file__).parents[1]


def test_verbose_says_what_is_read_what_computes_it_and_for_how_long(
    cli: CommandLine, folder: Path, weights: Path
) -> None:
    plain = cli(*PAIR)
    ended = cli(*PAIR, "-v", "--overwrite")
    assert (ended.code, ended.out) == (0, "")
    assert len(plain.err.splitlines()) == 1
    told = ended.err
    assert "read cat.png: 96×64 pixels" in told and "read cup.png: 60×80 pixels" in told  # noqa: RUF001
    assert "computing on cpu in fp32" in told
    assert f"weights lean: {weights}" in told
    assert "96×64 pixels are computed as a whole" in told  # noqa: RUF001
    *_, wrote, seconds = ended.err.splitlines()
    assert wrote.startswith("wrote ") and seconds.startswith("seconds: read 0.")


def test_verbose_says_which_tiles(cli: CommandLine, folder: Path) -> None:
    told = cli(*PAIR, "--verbose", "--tile", "64").err
    assert "96×64 pixels are computed in tiles of 64 pixels" in told  # noqa: RUF001


def test_details_are_on_stderr_beside_json(cli: CommandLine, folder: Path) -> None:
    ended = cli(*PAIR, "-v", "--json")
    assert json.loads(ended.out)["width"] == 96
    assert "computing on cpu" in ended.err


def test_each_thing_is_said_once(cli: CommandLine, gallery: Path) -> None:
    told = cli("interpolate", "cat.png", "cup.png", "sun.png", "--steps", "5", "-v").err
    assert told.count("computed as a whole") == 1
    assert told.count("computing on") == 1


@pytest.mark.parametrize("colour", [False, True])
def test_forced_colour_in_a_log_is_no_animation(folder: Path, weights: Path, colour: bool) -> None:
    path = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    if colour:
        path["FORCE_COLOR"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "stylectl", *PAIR, "--weights", str(weights)],
        env=path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    assert ("\x1b[32m" in done.stderr) is colour
    assert "\r" not in done.stderr and "\x1b[?25l" not in done.stderr
    assert done.stderr.count("\n") == 1


COMMANDS = {
    "interpolate": ("cat.png", "cup.png", "sun.png", "--alpha", "0.5"),
    "multistyle": ("cat.png", "cup.png", "sun.png"),
    "grid": ("cat.png", "cup.png"),
    "attention": ("cat.png", "cup.png"),
    "video": ("frames", "cup.png", "-o", "painted/"),
}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_that_paints_has_it(cli: CommandLine, gallery: Path, words: str) -> None:
    Path("frames").mkdir()
    for number in range(2):
        shutil.copy("cat.png", f"frames/{number}.png")
    ended = cli(words, *COMMANDS[words], "-v")
    assert ended.code == 0, ended.err
    for told in ("read cup.png: 60×80 pixels", "computing on cpu in fp32", "seconds: "):  # noqa: RUF001
        assert ended.err.count(told) == 1, told
    ended = cli(words, *COMMANDS[words], "--overwrite")
    assert "computing on" not in ended.err and "seconds" not in ended.err


def test_training_says_where_it_computes_and_when_it_saves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from stylectl.cli.train_report import TrainingReport
    from stylectl.training.events import DataReady, Saved
    from stylectl.training.run_folder import RunFolder
    from stylectl.training.settings import Budget

    folder = RunFolder(Path("run"), Budget(steps=1))
    left_out = [(Path(f"{n}.jpg"), f"{n}.jpg is no image") for n in range(7)]
    for verbose in (False, True):
        report = TrainingReport.of(folder, quiet=False, verbose=verbose)
        report.on_event(DataReady(9, left_out))
        report.on_event(Saved(Path("run"), 3))
        told = capsys.readouterr().err
        assert ("training on cpu" in told and "1 process\n" in told) is verbose
        assert ("saved step 3 in run" in told) is verbose
        assert ("6.jpg is no image" in told) is verbose
        assert ("left out 7 unreadable files in all" in told) is not verbose
