"""benchmarks/training_speed.py runs, and its parts are those of a step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "training_speed.py"


def run(*more: str) -> str:
    line = [sys.executable, SCRIPT, "--steps", "1", "--crop", "32", "--batch-size", "1"]
    line += ["--device", "cpu", "--threads", "1", *more]
    path = {**os.environ, "PYTHONPATH": str(SCRIPT.parent.parent)}
    return subprocess.run(line, check=True, capture_output=True, text=True, env=path).stdout


def test_every_part_takes_time() -> None:
    figures = json.loads(run("--json"))
    assert figures.pop("device") == "cpu" and figures.pop("GiB") == 0
    parts = ("crops", "encoder", "rest of the network", "perceptual network", "backward")
    assert {"images/s", "optimiser", "loss terms and the rest", *parts} == figures.keys()
    assert all(value > 0 for value in figures.values())


def test_the_table_says_what_was_timed() -> None:
    table = run("--precision", "bf16")
    assert "cpu, batch 1, crops of 32, bf16" in table and "images per second" in table
