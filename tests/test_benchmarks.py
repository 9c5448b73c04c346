"""The benchmarks that docs/tiling.md and docs/strokes.md name run, and say what was measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from skimage import data

ROOT = Path(__file__).parent.parent


def run(script: str, *more: object) -> str:
    line = [sys.executable, str(ROOT / "benchmarks" / script), *map(str, more)]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, check=True, capture_output=True, text=True, env=path).stdout


def test_strokes_of_a_preview_and_a_large_picture(tmp_path: Path) -> None:
    photos, paintings = tmp_path / "photos", tmp_path / "paintings"
    photos.mkdir()
    paintings.mkdir()
    Image.fromarray(data.astronaut()).save(photos / "astronaut.png")
    shutil.copy(ROOT / "examples" / "style" / "swirls.jpg", paintings)
    rows = json.loads(
        run("strokes.py", photos, paintings, "--preview", 128, "--share", 0.06, "--json")
    )
    held, plain = (row["large"] / row["preview"] for row in rows)
    assert [row["way"] for row in rows] == ["--stroke-size", "plain"]
    assert 0 < plain < 0.8 < held < 1.2  # four times as wide and high


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
