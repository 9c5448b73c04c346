"""A watched folder: each file once it is complete, and whatever comes in whatever way."""

from __future__ import annotations

import builtins
import json
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_parts import RUN, fill, photos, results, start
from conftest import CommandLine, fails
from PIL import Image

from stylectl.batch import watch
from stylectl.batch.listing import Folder
from stylectl.batch.watch import Arrivals

__all__ = ["photos"]
pytest.importorskip("watchdog")
WATCH = (*RUN, "-r", "--watch")


class Watching:
    """Arrivals, gathered by a thread as they are told."""

    def __init__(self, folder: Path, recursive: bool = True) -> None:
        given = Folder(folder, recursive, folder / "out")
        self.names: list[str] = []
        self._arrivals = Arrivals(given, given.entries())
        threading.Thread(target=self._gather, daemon=True).start()

    def _gather(self) -> None:
        while True:
            self.names += [entry.place.as_posix() for entry in self._arrivals.wait()]

    def expect(self, *names: str) -> None:
        until = time.monotonic() + 20
        while len(self.names) < len(names) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)
        assert sorted(self.names) == sorted(names)
        self.names.clear()

    def stop(self) -> None:
        self._arrivals.__exit__(None, None, None)


@pytest.fixture
def watching(photos: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watching]]:
    begun: list[Watching] = []

    def begin(**options: Any) -> Watching:
        begun.append(Watching(Path("photos"), **options))
        time.sleep(0.2)
        return begun[-1]

    yield begin
    for each in begun:
        each.stop()


def test_what_is_there_is_known_and_what_comes_is_told_once(watching: Any) -> None:
    here = watching()
    shutil.copy("cat.png", "photos/new.png")
    here.expect("new.png")
    shutil.copy("cup.png", "photos/new.png")  # changed
    here.expect("new.png")
    Path("photos/new.png").touch()
    here.expect("new.png")  # whether its content changed is for the manifest to say


def test_ways_to_arrive(watching: Any, photos: Path) -> None:
    here = watching()
    Path("cat.png").rename("photos/moved.png")
    Path("photos/linked.png").hardlink_to("cup.png")
    shutil.copy("cup.png", "photos/.part")
    Path("photos/.part").rename("photos/renamed.png")
    here.expect("moved.png", "linked.png", "renamed.png")


def test_folders_that_arrive(watching: Any, photos: Path) -> None:
    here = watching()
    fill(Path("ready/deep"), 2)
    Path("photos/new").mkdir()
    shutil.copy("cat.png", "photos/new/a.png")
    here.expect("new/a.png")
    Path("ready").rename("photos/ready")
    here.expect("ready/deep/p0.jpg", "ready/deep/p1.jpg")


def test_a_slow_writer(watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_LOOK_THROUGH", 0.5)
    here = watching()
    data = Path("cat.png").read_bytes()
    with open("photos/slow.png", "wb", buffering=0) as file:
        for part in range(5):
            file.write(data[part * len(data) // 5 : (part + 1) * len(data) // 5])
            time.sleep(0.7)
            assert here.names == []
    here.expect("slow.png")


def test_a_writer_that_never_closes(watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_STILL_OPEN", 1.0)
    here = watching()
    with open("photos/open.png", "wb", buffering=0) as file:
        time.sleep(1.5)
        assert here.names == []  # an empty file is none yet
        file.write(Path("cat.png").read_bytes())
        here.expect("open.png")


def test_what_does_not_count(watching: Any, photos: Path) -> None:
    here = watching(recursive=False)
    for name in ("out", "deep", ".hidden"):
        Path("photos", name).mkdir()
        shutil.copy("cat.png", f"photos/{name}/a.png")
    shutil.copy("cat.png", "photos/.dot.png")
    Path("photos/notes.txt").write_text("hello")
    here.expect()
    there = watching()
    shutil.copy("cat.png", "photos/out/b.png")
    shutil.copy("cat.png", "photos/.hidden/b.png")
    there.expect()


def test_lost_notifications_are_made_up_for(watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def stop(self) -> None: ...
        def join(self) -> None: ...

    monkeypatch.setattr(watch, "observer", lambda *_: Deaf())
    monkeypatch.setattr(watch, "_LOOK_THROUGH", 0.3)
    here = watching()
    shutil.copy("cat.png", "photos/new.png")
    here.expect("new.png")


def test_from_the_command_line(weights: Path, photos: Path) -> None:
    process = start(weights, *WATCH, "--json")

    def until(count: int) -> None:
        end = time.monotonic() + 120
        while len(results(Path("out"))) < count:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)

    until(4)
    shutil.copy("cat.png", "photos/cat.png")
    fill(Path("photos/deep"), 1)
    until(6)
    Path("photos/bad.png").write_text("no image")
    Image.open("cup.png").save("photos/p0.png")  # whose result would be p0.jpg's
    time.sleep(4)
    shutil.copy("cat.png", "photos/bad.png")
    until(7)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 9, err
    lines = [json.loads(line) for line in out.splitlines()]
    told = [(line["content"], line["status"]) for line in lines]
    assert told.count(("photos/bad.png", "failed")) == told.count(("photos/bad.png", "done")) == 1
    (clash,) = [line for line in lines if line["content"] == "photos/p0.png"]
    assert "would both be written to out/p0.png" in clash["error"]
    assert b"1 of 8 pictures failed" in err
    assert "out/deep/p0.png" in {line["output"] for line in lines}


def test_ctrl_c_is_a_good_end(cli: CommandLine, weights: Path, photos: Path) -> None:
    assert cli(*RUN).code == 0
    process = start(weights, *WATCH)
    for line in process.stderr:
        if b"watching photos" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"4 unchanged were kept" in err and b"error" not in err


def test_ctrl_c_in_the_midst_is_none(weights: Path, photos: Path) -> None:
    process = start(weights, *WATCH, seconds=1)
    while len(results(Path("out"))) < 1:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"of 4 are done; the same command with --resume goes on" in err


def test_without_watchdog(cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("watchdog"):
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    fails(cli, 2, "watchdog", "pip install 'stylectl[watch]'", arguments=WATCH)


def test_a_list_is_not_watched(cli: CommandLine, photos: Path) -> None:
    Path("list.txt").write_text("photos/p0.jpg\n")
    arguments = ("stylize", "list.txt", "cup.png", "--watch")
    fails(cli, 2, "--watch is for a folder", arguments=arguments)
