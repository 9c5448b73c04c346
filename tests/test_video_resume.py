"""Stopped in any way, the same command goes on and gives the same file; nothing else is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import clips
import pytest
from conftest import CommandLine

from stylectl.video import run
from stylectl.video.painter import FramePainter

PIECE = 4
FRAMES = 22
WORK = Path("out.mp4.unfinished")
COMMAND = ("video", "in.mp4", "cup.png", "-o", "out.mp4", "--style-size", "64")

# The command line in a process of its own that can be killed, slow enough to be caught in the act.
SLOW = f"""
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what "&" in a shell switches off
sys.path.insert(0, sys.argv[1])
import stylectl.weights.registry as registry
from pathlib import Path
registry.bundled_folder = lambda name: Path(sys.argv[2])
from stylectl.cli.app import main
from stylectl.video import run
from stylectl.video.painter import FramePainter
run.PIECE = {PIECE}
painted = FramePainter._painted
def slowly(self, *arguments):
    time.sleep(0.15)
    return painted(self, *arguments)
FramePainter._painted = slowly
main(sys.argv[3:])
"""


@pytest.fixture(autouse=True)
def small_pieces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PIECE", PIECE)
    clips.ffmpeg(
        *(*clips.pattern(FRAMES / 25), *clips.tone(FRAMES / 25)),
        *(*clips.X264, "-c:a", "aac", "in.mp4"),
    )


@pytest.fixture
def reference(cli: CommandLine, small_pieces: None) -> bytes:
    """What an uninterrupted run writes."""
    assert cli(*COMMAND).code == 0
    written = Path("out.mp4").read_bytes()
    Path("out.mp4").unlink()
    return written


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


def break_after(monkeypatch: pytest.MonkeyPatch, frames: int, error: BaseException) -> list[int]:
    """Lets painting fail after so many frames; gives the count of frames that are painted."""
    count = [0]
    painted = FramePainter._painted

    def counted(self: FramePainter, batch: list, mix: object) -> list:
        if count[0] >= frames:
            # The encoder gets the time that a longer frame would have given it.
            time.sleep(0.5)
            raise error
        count[0] += len(batch)
        return painted(self, batch, mix)  # type: ignore[arg-type]

    monkeypatch.setattr(FramePainter, "_painted", counted)
    return count


def test_success_leaves_the_output_alone(cli: CommandLine) -> None:
    before, running = files(), clips.running_ffmpegs()
    assert cli(*COMMAND).code == 0
    assert files() - before == {"out.mp4"}
    assert clips.running_ffmpegs() <= running


@pytest.mark.parametrize("stabilize", ["off", "strong"])
def test_interrupted_and_gone_on(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, stabilize: str
) -> None:
    command = (*COMMAND, "--stabilize", stabilize)
    assert cli(*command).code == 0
    reference = Path("out.mp4").read_bytes()
    Path("out.mp4").unlink()
    before = files()
    with monkeypatch.context() as patch:
        break_after(patch, 13, KeyboardInterrupt())
        ended = cli(*command)
    assert ended.code == 130
    assert f"12 of {FRAMES} frames are kept" in ended.err
    assert files() - before == {WORK.name}
    pieces = {f"{number:08d}.nut" for number in range(3)}
    assert {path.name for path in WORK.iterdir()} == pieces | {"manifest.json", "00000002.state"}
    with monkeypatch.context() as patch:
        count = break_after(patch, FRAMES, AssertionError())
        ended = cli(*command)
    assert ended.code == 0, ended.err
    assert count[0] == FRAMES - 12
    assert f"going on after 12 of {FRAMES}" in ended.err
    assert Path("out.mp4").read_bytes() == reference
    assert not WORK.exists()


def start_slowly(weights: Path) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, root, str(weights.parent), *COMMAND],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_pieces(count: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if len(json.loads((WORK / "manifest.json").read_text())["pieces"]) >= count:
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.02)
    raise AssertionError("no pieces appeared")


def children(process: subprocess.Popen[str]) -> set[int]:
    """The ffmpegs that this process started: no other test's, whatever runs beside it."""
    found = set()
    for number in clips.running_ffmpegs():
        stat = Path(f"/proc/{number}/stat").read_text()
        if int(stat.rpartition(")")[2].split()[1]) == process.pid:
            found.add(number)
    return found


def all_end(processes: set[int]) -> bool:
    until = time.monotonic() + 20
    while processes & clips.running_ffmpegs() and time.monotonic() < until:
        time.sleep(0.05)
    return not processes & clips.running_ffmpegs()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_and_gone_on(
    cli: CommandLine, weights: Path, reference: bytes, signal_: signal.Signals
) -> None:
    process = start_slowly(weights)
    wait_for_pieces(2)
    while not (started := children(process)):
        assert process.poll() is None
    os.kill(process.pid, signal_)
    _, told = process.communicate(timeout=60)
    assert all_end(started)
    assert not Path("out.mp4").exists()
    assert not [name for name in files() if name.startswith(".")]
    if signal_ == signal.SIGINT:
        assert process.returncode == 130
        assert "frames are kept" in told and "interrupted" in told
        assert not list(WORK.glob("*.part"))
    ended = cli(*COMMAND)
    assert ended.code == 0, ended.err
    assert "going on after" in ended.err
    assert Path("out.mp4").read_bytes() == reference
    assert not WORK.exists()


def interrupted(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        break_after(patch, 9, KeyboardInterrupt())
        assert cli(*COMMAND).code == 130
    assert WORK.is_dir()


@pytest.mark.parametrize("change", ["option", "style", "clip", "damage"])
def test_work_that_does_not_fit_is_dropped(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    interrupted(cli, monkeypatch)
    command = COMMAND
    if change == "option":
        command = (*COMMAND, "--strength", "0.5")
    elif change == "style":
        Path("cup.png").write_bytes(Path("cat.png").read_bytes())
    elif change == "clip":
        clips.plain(Path("in.mp4"), FRAMES / 25, size="64x64")
    else:
        (WORK / "00000001.nut").write_bytes(b"half")
    ended = cli(*command)
    assert ended.code == 0, ended.err
    assert "starting anew" in ended.err and "going on" not in ended.err
    assert len(clips.times(Path("out.mp4"))) == FRAMES
    assert not WORK.exists()


def test_an_interruption_before_the_first_piece_leaves_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files()
    break_after(monkeypatch, 2, KeyboardInterrupt())
    ended = cli(*COMMAND)
    assert ended.code == 130 and "kept" not in ended.err
    assert files() == before


def test_a_folder_of_others_is_not_touched(cli: CommandLine) -> None:
    WORK.mkdir()
    (WORK / "thesis.txt").write_text("precious")
    ended = cli(*COMMAND)
    assert ended.code == 4 and "thesis.txt" in ended.err
    assert (WORK / "thesis.txt").read_text() == "precious"


def test_an_encoder_that_dies_is_told_and_gone_on_from(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, reference: bytes
) -> None:
    from stylectl.video.pieces import PieceWriter

    write, count = PieceWriter.write, [0]

    def dying(self: PieceWriter, frame: object) -> None:
        count[0] += 1
        if count[0] == 2 + 10:  # two are the trial's
            self._process._process.kill()
            self._process._process.wait()
        write(self, frame)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(PieceWriter, "write", dying)
        ended = cli(*COMMAND)
    assert ended.code == 4 and "out.mp4.unfinished cannot be written" in ended.err
    assert not list(WORK.glob("*.part"))
    assert cli(*COMMAND).code == 0
    assert Path("out.mp4").read_bytes() == reference
