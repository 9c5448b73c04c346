"""Commands that are ended from outside at any moment, and what must hold afterwards.

A server process imports everything once and forks for each run: so a kill meets the work, and not
two seconds of imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import IO

import clips
from conftest import random_network, save_network
from skimage import data
from training_parts import World

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
Command = tuple[str, ...]

_SERVER = """
import json, os, signal, sys
from pathlib import Path
tests, weights = sys.argv[1:]
sys.path[:0] = [str(Path(tests).parent), tests]
signal.signal(signal.SIGINT, signal.default_int_handler)  # what "&" in a shell switches off
import torch, torch._dynamo, typer.main, rich.live, numpy, skimage
from PIL import Image
import stylectl.weights.registry as registry
from stylectl.cli.app import main
from stylectl.media import leftovers
from stylectl.model import PRESETS
from stylectl.stylize.stylizer import Stylizer
from stylectl.training import preview, records
from stylectl.video import run
from training_parts import TINY
torch.set_num_threads(1)
registry.bundled_folder = lambda name: Path(weights)
leftovers._LEFT_ALONE = 0
PRESETS["tiny"] = TINY
run.PIECE = 4
preview.SIDE, preview.CONTENTS, preview.STYLES = 32, 2, 2
records.draw_curves = lambda *_: None  # a second for each checkpoint
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(order["folder"])
        for number, name in ((1, "out.txt"), (2, "err.txt")):
            os.dup2(os.open(f"{order['told']}/{name}", os.O_CREAT | os.O_RDWR | os.O_TRUNC), number)
        try:
            main(order["command"])
        except SystemExit as end:
            sys.stdout.flush()
            os._exit(end.code or 0)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(status, flush=True)
"""


@dataclass(frozen=True)
class End:
    """How a run ended: its exit code or, if it is negative, the signal; and what it said."""

    code: int
    err: str
    seconds: float


class Server:
    """Runs commands in processes of their own; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        weights = folder / "weights"
        weights.mkdir()
        save_network(weights / "lean.safetensors", random_network())
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(Path(__file__).parent), str(weights)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "STYLECTL_DEBUG": ""},
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream("stdin").close()
        self._process.wait()

    def run(
        self, command: Command, folder: Path, kill: signal.Signals | None = None, after: float = 0
    ) -> End:
        """Runs a command, and ends it by a signal so many seconds later, if it is not over."""
        order = {"command": command, "folder": str(folder), "told": str(self.folder)}
        self._stream("stdin").write(json.dumps(order) + "\n")
        self._stream("stdin").flush()
        started = time.monotonic()
        child = int(self._stream("stdout").readline())
        children: set[int] = set()
        if kill:
            time.sleep(max(0, started + after - time.monotonic()))
            children = _ffmpegs_of(child)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, kill)
        status = int(self._stream("stdout").readline())
        _wait_for_end(children)
        told = (self.folder / "err.txt").read_text()
        return End(os.waitstatus_to_exitcode(status), told, time.monotonic() - started)

    def _stream(self, name: str) -> IO[str]:
        stream = getattr(self._process, name)
        assert stream
        return stream


@dataclass(frozen=True)
class Scenario:
    """A command, and what makes it whole again.

    Attributes:
        prepare: puts the inputs into an empty folder.
        command: the one that is ended.
        again: the command that goes on, or does it anew.
        results: the files that must be as a run without any signal leaves them.
        partly: what an interrupted run may leave, as patterns.
        overwritten: whether the results exist before, and must be whole at any time.
    """

    prepare: Callable[[Path], object]
    command: Command
    again: Command
    results: tuple[str, ...]
    partly: tuple[str, ...] = ()
    overwritten: bool = False


def pictures(folder: Path) -> None:
    from PIL import Image

    Image.fromarray(data.chelsea()).resize((300, 200)).save(folder / "cat.jpg")
    Image.fromarray(data.coffee()).resize((100, 80)).save(folder / "cup.png")


def clip(folder: Path) -> None:
    pictures(folder)
    clips.ffmpeg(*clips.pattern(1.2, "96x64"), *clips.tone(1.2), *clips.X264, folder / "in.mp4")


_STYLIZE = ("stylize", "cat.jpg", "cup.png", "-o", "out.png", "--overwrite", "--style-size", "64")
_VIDEO = ("video", "in.mp4", "cup.png", "-o", "out.mp4", "--style-size", "64")
_TRAIN = (
    *("train", "--content", "photos", "--style", "paintings", "--perceptual", "vgg.safetensors"),
    *("--encoder", "encoder.safetensors", "--preset", "tiny", "--crop", "32", "--batch-size", "2"),
    *("--steps", "12", "--out", "run", "--checkpoint-minutes", "0.001"),
)

SCENARIOS = {
    "stylize": Scenario(pictures, _STYLIZE, _STYLIZE, ("out.png",), overwritten=True),
    "video": Scenario(clip, _VIDEO, _VIDEO, ("out.mp4",), ("out.mp4.unfinished/*",)),
    "train": Scenario(
        World.make, _TRAIN, (*_TRAIN, "--resume"), ("run/tiny.safetensors",), ("run/*",)
    ),
}


class Trial:
    """A scenario in a folder of its own, to be ended as often as one likes."""

    def __init__(self, name: str, server: Server, folder: Path) -> None:
        self.scenario, self.server, self.folder = SCENARIOS[name], server, folder
        self._inputs = folder / "inputs"
        self._inputs.mkdir()
        self.scenario.prepare(self._inputs)
        for _ in range(2):  # the first is slower than any later one
            whole = self._fresh("whole")
            end = server.run(self.scenario.command, whole)
            assert end.code == 0, end.err
        self.seconds = end.seconds
        self.reference = {name: (whole / name).read_bytes() for name in self.scenario.results}

    def end_once(self, kill: signal.Signals, random: Random) -> str:
        """Ends a run at a random moment, checks what is left, and goes on to the end.

        Returns:
            how it ended.
        """
        folder = self._fresh("trial")
        if self.scenario.overwritten:
            for name in self.scenario.results:
                (folder / name).write_bytes(b"old")
        before = _files(folder)
        end = self.server.run(
            self.scenario.command, folder, kill, random.uniform(0, 1.1 * self.seconds)
        )
        self._check(end, kill, folder, before)
        resumes = self.scenario.again != self.scenario.command
        started = not resumes or (folder / "run/checkpoint.pt").exists()
        finished = end.code == 0
        if not finished or self.scenario.overwritten:
            last = self.server.run(
                self.scenario.again if started else self.scenario.command, folder
            )
            assert last.code == 0, last.err
        strange = [name for name in _files(folder) if "stylectl-" in name or ".unfinished" in name]
        assert not strange, strange
        self._check_results(folder)
        return "finished before" if finished else f"ended by {kill.name}"

    def _check(self, end: End, kill: signal.Signals, folder: Path, before: set[str]) -> None:
        assert "Traceback" not in end.err, end.err
        if end.code == 0:
            return
        left = _files(folder) - before
        allowed = {
            str(p.relative_to(folder)) for glob in self.scenario.partly for p in folder.glob(glob)
        }
        if kill == signal.SIGKILL:
            assert end.code == -kill, end
            left = {name for name in left if not Path(name).name.startswith(".stylectl-")}
        else:
            assert end.code == 130, end
            assert "interrupted" in end.err.splitlines()[-1], end.err
            assert not [name for name in left if ".stylectl-" in name or name.endswith(".part")]
        assert left <= allowed, left - allowed
        if self.scenario.overwritten:
            for name, whole in self.reference.items():
                assert (folder / name).read_bytes() in (b"old", whole), name

    def _check_results(self, folder: Path) -> None:
        for name, whole in self.reference.items():
            if name.endswith(".safetensors"):  # says how many minutes it took, which differs
                _same_tensors(folder / name, whole, self.folder / "whole.safetensors")
            else:
                assert (folder / name).read_bytes() == whole, name

    def _fresh(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._inputs, folder)
        return folder


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _same_tensors(path: Path, whole: bytes, beside: Path) -> None:
    from stylectl.weights.files import read_tensors

    beside.write_bytes(whole)
    (ours, _), (theirs, _) = read_tensors(path), read_tensors(beside)
    assert ours.keys() == theirs.keys()
    assert all(ours[key].equal(theirs[key]) for key in ours)


def _ffmpegs_of(process: int) -> set[int]:
    found = set()
    for number in clips.running_ffmpegs():
        try:
            stat = Path(f"/proc/{number}/stat").read_text()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == process:
            found.add(number)
    return found


def _wait_for_end(processes: set[int]) -> None:
    until = time.monotonic() + 20
    while processes & clips.running_ffmpegs():
        assert time.monotonic() < until, "an ffmpeg is left"
        time.sleep(0.02)
