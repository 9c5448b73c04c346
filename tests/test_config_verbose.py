"""What -v says, -q leaves out, and what is never shown off a terminal."""

from __future__ import annotations

import json
import os
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
    assert "\nseconds: read 0." in told
    assert ended.err.splitlines()[-1].startswith("wrote ")


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
