"""What killed processes left is removed; what living ones write is not, and they do not mix."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from stylectl.cli.signals import terminate_as_interrupt
from stylectl.errors import OutputError
from stylectl.media import atomic_output, leftovers
from stylectl.media.lock import lock
from stylectl.video.work import Work

LEFT = ".stylectl-0123456789abcdef.png"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_looked_at", set())


def write(folder: Path) -> list[str]:
    with atomic_output(folder / "a.png") as temporary:
        temporary.write_bytes(b"a")
    return sorted(path.name for path in folder.iterdir())


def aged(path: Path, seconds: float = 3600) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / LEFT).write_bytes(b"half")
    aged(tmp_path / LEFT)
    frames = tmp_path / LEFT.removesuffix(".png")
    frames.mkdir()
    (frames / "frame_000001.png").write_bytes(b"x")
    aged(frames)
    assert write(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    "name", [".stylectl.toml", ".stylectl-notes", ".stylectl-0123456789abcdefg", "stylectl-x.png"]
)
def test_what_others_wrote_is_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"precious")
    aged(tmp_path / name)
    assert name in write(tmp_path)


def test_what_may_be_being_made_is_not(tmp_path: Path) -> None:
    (tmp_path / LEFT).write_bytes(b"young")
    assert LEFT in write(tmp_path)


def test_what_a_living_process_writes_is_not(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "b.png") as temporary:
        temporary.write_bytes(b"b")
        aged(temporary)
        assert temporary.name in write(tmp_path)
    assert (tmp_path / "b.png").read_bytes() == b"b"


def test_where_the_system_knows_no_locks_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylectl.media.lock.fcntl", None)
    (tmp_path / LEFT).write_bytes(b"half")
    aged(tmp_path / LEFT)
    assert LEFT in write(tmp_path)


def test_a_link_in_place_of_a_leftover_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "b").write_bytes(b"b")
    (tmp_path / LEFT).symlink_to(tmp_path / "precious")
    write(tmp_path)
    assert (tmp_path / "precious" / "b").exists()


def test_a_folder_is_looked_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(path) or scan(path))
    for number in range(3):
        with atomic_output(tmp_path / f"{number}.png") as temporary:
            temporary.write_bytes(b"a")
    assert len(looked) == 1


def test_two_processes_do_not_work_on_one_clip(tmp_path: Path) -> None:
    folder = tmp_path / "out.mp4.unfinished"
    first, second = Work(folder, {}), Work(folder, {})
    first.start()
    with pytest.raises(OutputError, match=r"another stylectl is working in .*out\.mp4\.unfinished"):
        second.start()
    second.close()
    with pytest.raises(OutputError, match="another stylectl"):
        Work(folder, {})
    assert folder.is_dir()
    first.remove()
    third = Work(folder, {})
    third.start()
    third.remove()
    assert not folder.exists()


def test_damaged_work_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "out.mp4.unfinished"

    def kept() -> tuple[int, bool]:
        work = Work(folder, {"a": 1})
        work.start()
        if not work.pieces:
            for number in range(2):
                work.part(".nut").write_bytes(b"frames")
                work.add(4, ".nut", f"state {number}".encode())
        work.close()
        return work.frames, work.discarded

    manifest, state = folder / "manifest.json", folder / "00000001.state"
    assert kept() == (8, False) and kept() == (8, False)
    for path, damage in (
        (state, b"other"),
        (manifest, b"{"),
        (manifest, b"[" * 99_999),
        (manifest, b"[]"),
        (manifest, manifest.read_bytes().replace(b'"frames": 4', b'"frames": "4"')),
        (manifest, manifest.read_bytes().replace(b"00000000.nut", b"../../../etc")),
    ):
        path.write_bytes(damage)
        assert kept() == (8, True), damage[:20]
    state.unlink()
    assert kept() == (8, True)


@pytest.mark.parametrize("ignored", [False, True])
def test_terminating_is_interrupting(monkeypatch: pytest.MonkeyPatch, ignored: bool) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
        terminate_as_interrupt()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_among_several_processes_terminating_stays_terminating(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        terminate_as_interrupt()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_lock_ends_with_its_release(tmp_path: Path) -> None:
    held = lock(tmp_path)
    assert held and held.is_sure and lock(tmp_path) is None
    held.release()
    held.release()
    again = lock(tmp_path)
    assert again
    again.release()
