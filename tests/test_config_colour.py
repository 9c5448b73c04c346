"""NO_COLOR, FORCE_COLOR and TERM=dumb, for help, errors, tables and bars."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PAIR

ROOT = Path(__file__).parents[1]
COLOUR = re.compile(r"\x1b\[[\d;]*m")
MOVE = re.compile(r"\x1b\[[\d;?]*[A-HJKhl]|\r(?!\n)")  # of the cursor, and hiding it
COMMANDS = {
    "help": ("stylize", "--help"),
    "typer's error": ("stylize",),
    "error": ("stylize", "none.png", "none.png"),
    "table": ("--show-config", "stylize"),
    "painting": ("stylize", "--overwrite"),
}


def environment(**variables: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    clean |= {"PYTHONPATH": str(ROOT), "STYLECTL_NO_CONFIG": "1", "COLUMNS": "100"}
    return {"TERM": "xterm", **clean, **variables}


def on_a_terminal(arguments: tuple[str, ...], **variables: str) -> str:
    """Everything that a command shows on a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "stylectl", *arguments]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**variables)
    ) as process:
        os.close(theirs)
        screen = io.BytesIO()
        while select.select([ours], [], [], 60)[0]:
            try:
                if not (part := os.read(ours, 65536)):
                    break
            except OSError:  # Linux, when the other side is closed
                break
            screen.write(part)
        process.wait(60)
    os.close(ours)
    return screen.getvalue().decode()


def off_a_terminal(arguments: tuple[str, ...], **variables: str) -> str:
    """The same in a log."""
    command = [sys.executable, "-m", "stylectl", *arguments]
    done = subprocess.run(
        command, env=environment(**variables), capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture
def arguments(request: pytest.FixtureRequest, folder: Path, weights: Path) -> tuple[str, ...]:
    painting = (*PAIR[1:], "--weights", str(weights))
    return COMMANDS[request.param] + (painting if request.param == "painting" else ())


every = pytest.mark.parametrize("arguments", COMMANDS, indirect=True)


@every
def test_a_terminal_has_colours(arguments: tuple[str, ...]) -> None:
    shown = on_a_terminal(arguments)
    assert COLOUR.search(shown)
    if "--overwrite" in arguments:
        assert MOVE.search(shown)  # the stage, and its end


@every
def test_no_color(arguments: tuple[str, ...]) -> None:
    shown = on_a_terminal(arguments, NO_COLOR="1")
    colours = {code for found in COLOUR.findall(shown) for code in found[2:-1].split(";")}
    assert colours <= {"", "0", "1", "2", "3"}  # bold and dim are no colours


@every
def test_a_dumb_terminal(arguments: tuple[str, ...]) -> None:
    shown = on_a_terminal(arguments, TERM="dumb")
    assert not COLOUR.search(shown) and not MOVE.search(shown)


@every
def test_a_log(arguments: tuple[str, ...]) -> None:
    assert "\x1b" not in off_a_terminal(arguments)


@every
def test_forced_colours_in_a_log_do_not_move(arguments: tuple[str, ...]) -> None:
    shown = off_a_terminal(arguments, FORCE_COLOR="1")
    assert not MOVE.search(shown)
    if "--show-config" not in arguments:  # tab-separated lines: for programs
        assert COLOUR.search(shown)
