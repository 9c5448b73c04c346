"""Standard input and output: raw bytes, messages elsewhere, quiet when nobody reads."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from batch_parts import alone, photos, start
from conftest import CommandLine, fails
from PIL import Image

__all__ = ["photos"]
STYLE = ("cup.png", "--style-size", "64")


def piped(weights: Path, *arguments: object, given: bytes = b"") -> tuple[int, bytes, str]:
    process = start(weights, *arguments, stdin=subprocess.PIPE)
    out, err = process.communicate(given, timeout=120)
    return process.returncode, out, err.decode()


@pytest.mark.parametrize("output", [("-o", "-"), ()])
def test_bytes_in_bytes_out(
    cli: CommandLine, weights: Path, photos: Path, output: tuple[str, ...]
) -> None:
    given = Path("photos/p1.jpg").read_bytes()
    code, out, err = piped(weights, "stylize", "-", *STYLE, *output, given=given)
    assert code == 0, err
    assert out == alone(cli, "photos/p1.jpg")
    assert err.startswith("wrote standard output (48×32, ")  # noqa: RUF001


def test_from_a_pipe_to_a_file_and_back(cli: CommandLine, weights: Path, photos: Path) -> None:
    given = Path("photos/p1.jpg").read_bytes()
    code, out, _ = piped(weights, "stylize", "-", *STYLE, "-o", "x.png", given=given)
    assert (code, out) == (0, b"")
    assert Path("x.png").read_bytes() == alone(cli, "photos/p1.jpg")
    code, out, err = piped(
        weights, "stylize", "photos/p1.jpg", *STYLE, "-o", "-", "--format", "webp", "-q"
    )
    assert (code, err) == (0, "")
    with Image.open(io.BytesIO(out)) as image:
        assert (image.format, image.size) == ("WEBP", (48, 32))


@pytest.mark.parametrize(
    "command",
    [
        ("multistyle", "-", "cup.png", "cat.png", "--style-size", "64"),
        ("interpolate", "-", "cup.png", "cat.png", "--style-size", "64", "--alpha", "0.5"),
        ("interpolate", "-", "cup.png", "cat.png", "--style-size", "64", "--steps", "2"),
    ],
)
def test_other_commands(weights: Path, photos: Path, command: tuple[str, ...]) -> None:
    code, out, err = piped(weights, *command, given=Path("photos/p1.jpg").read_bytes())
    assert code == 0, err
    with Image.open(io.BytesIO(out)) as image:
        assert image.format == "PNG"
        assert np.asarray(image).std() > 1
    assert "wrote standard output" in err


@pytest.mark.parametrize(
    ("given", "told"),
    [(b"", "standard input is empty"), (b"no image", "standard input is not an image")],
)
def test_bad_input(weights: Path, photos: Path, given: bytes, told: str) -> None:
    code, out, err = piped(weights, "stylize", "-", *STYLE, given=given)
    assert (code, out) == (3, b"")
    assert told in err and len(err.splitlines()) == 2


def test_twice(weights: Path, photos: Path) -> None:
    given = Path("photos/p1.jpg").read_bytes()
    code, out, err = piped(weights, "stylize", "-", "-", "-o", "x.png", given=given)
    assert (code, out) == (2, b"") and "standard input is given twice" in err


def test_json_is_refused(cli: CommandLine, photos: Path) -> None:
    fails(cli, 2, "--json", arguments=("stylize", "cat.png", *STYLE, "-o", "-", "--json"))


def test_a_terminal_is_not_written_to(weights: Path, photos: Path) -> None:
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*start_command(weights), "stylize", "cat.png", *STYLE, "-o", "-"],
        stdout=slave,
        stderr=subprocess.PIPE,
    )
    os.close(slave)
    _, err = process.communicate(timeout=120)
    os.close(master)
    assert process.returncode == 4
    assert b"standard output is a terminal" in err and b"> painted.png" in err


def test_a_broken_pipe_is_quiet(weights: Path, photos: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [*start_command(weights), "stylize", "cat.png", *STYLE, "-o", "-"],
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err == b""


def start_command(weights: Path) -> list[str]:
    import sys

    from batch_parts import ROOT, SLOW

    return [sys.executable, "-c", SLOW, ROOT, str(weights.parent), "0"]
