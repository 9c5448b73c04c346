"""The benchmarks that docs/tiling.md and docs/strokes.md name run, and say what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(script: str, *more: object) -> str:
    line = [sys.executable, str(ROOT / "benchmarks" / script), *map(str, more)]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, check=True, capture_output=True, text=True, env=path).stdout


@pytest.fixture
def pair(folder: Path) -> tuple[Path, Path]:
    """A folder of one photo and one of one painting."""
    for name in ("cat", "cup"):
        (folder / name).mkdir()
        (folder / f"{name}.png").rename(folder / name / f"{name}.png")
    return folder / "cat", folder / "cup"


def test_strokes_of_a_preview_and_a_large_picture(pair: tuple[Path, Path]) -> None:
    rows = json.loads(run("strokes.py", *pair, "--preview", 96, "--share", 0.06, "--json"))
    held, plain = (row["large"] / row["preview"] for row in rows)
    assert [row["way"] for row in rows] == ["--stroke-size", "plain"]
    assert 0 < plain < held  # four times the pixels


def test_time_and_memory_of_tiles() -> None:
    arguments = ["--megapixels", "0.02", "--ways", "64", "--threads", "1", "--json"]
    (row,) = json.loads(run("tiling.py", *arguments))
    assert row["tile"] == "64"
    assert row["cpu s"] > 0 and row["peak MB"] > 100


def test_batch_against_a_loop() -> None:
    options = ("--count", 2, "--size", 32, "--rounds", 1, "--batch-sizes", 2, "--json")
    rows = json.loads(run("batch.py", *options))
    assert [row["way"] for row in rows] == ["loop", "batch 2"]
    assert rows[0]["of the loop"] == 1 and all(row["cpu ms"] > 0 for row in rows)
