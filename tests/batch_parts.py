"""What the tests of batches share: a folder of photos, and reading what a run tells of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, Ended
from PIL import Image

ROOT = str(Path(__file__).parents[1])
PHOTOS = ("chelsea", "coffee", "rocket", "astronaut")
RUN = ("stylize", "photos", "cup.png", "-o", "out", "--style-size", "64")

# The command line in a process of its own, with the small network, slow enough to be caught at it.
SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what "&" in a shell switches off
sys.path.insert(0, sys.argv[1])
import stylectl.weights.registry as registry
from pathlib import Path
registry.bundled_folder = lambda name: Path(sys.argv[2])
seconds = float(sys.argv[3])
if seconds:
    from stylectl.stylize.stylizer import Stylizer
    stylize = Stylizer.stylize
    def slowly(self, *arguments, **options):
        time.sleep(seconds)
        return stylize(self, *arguments, **options)
    Stylizer.stylize = slowly
from stylectl.cli.app import main
main(sys.argv[4:])
"""


def fill(folder: Path, count: int = 4, size: tuple[int, int] = (48, 32)) -> list[Path]:
    """Photos p0.jpg, p1.jpg, … all different, in a new folder."""
    from skimage import data

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(count):
        photo = Image.fromarray(getattr(data, PHOTOS[number % len(PHOTOS)])()).rotate(90 * number)
        files.append(folder / f"p{number}.jpg")
        photo.resize(size).save(files[-1], quality=95)
    return files


@pytest.fixture
def photos(folder: Path) -> Path:
    """The working directory with p0.jpg to p3.jpg in the folder photos."""
    fill(folder / "photos")
    return folder


def told(ended: Ended) -> dict[str, dict[str, Any]]:
    """What --json told: output -> its object."""
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert len({line["output"] for line in lines}) == len(lines)
    return {line["output"]: line for line in lines}


def results(folder: Path) -> dict[str, bytes]:
    """The files in a folder of results but for the records and hidden ones: name -> bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".stylectl" not in path.parts and not path.name.startswith(".")
    }


def alone(cli: CommandLine, photo: object, *options: object) -> bytes:
    """What the command makes of one photo."""
    command = ("stylize", photo, "cup.png", "--style-size", "64")
    ended = cli(*command, "-o", "alone.png", "--overwrite", *options)
    assert ended.code == 0, ended.err
    return Path("alone.png").read_bytes()


def start(weights: Path, *arguments: object, seconds: float = 0, **options: Any) -> Any:
    """Starts the command line as a process; each picture takes some seconds more."""
    return subprocess.Popen(
        [
            *(sys.executable, "-c", SLOW, ROOT, str(weights.parent), str(seconds)),
            *map(str, arguments),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200", "STYLECTL_DEBUG": ""},
        **options,
    )
