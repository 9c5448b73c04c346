"""What is recorded is kept, what is not as recorded is done again, and two processes share."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from batch_parts import RUN, fill, photos, results, start, told
from conftest import CommandLine, random_network, save_network
from PIL import Image

__all__ = ["photos"]
RESUME = (*RUN, "--resume")


def statuses(cli: CommandLine, *command: object) -> dict[str, str]:
    """output -> status of each result of a run that succeeds."""
    ended = cli(*command, "--json")
    assert ended.code == 0, ended.err
    return {Path(name).name: line["status"] for name, line in told(ended).items()}


def done(found: dict[str, str]) -> list[str]:
    return sorted(name for name, status in found.items() if status == "done")


EVERY = [f"p{number}.png" for number in range(4)]


def test_all_is_kept(cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stylectl.stylize.stylizer import Stylizer

    assert done(statuses(cli, *RESUME)) == EVERY
    before = results(Path("out"))
    monkeypatch.setattr(Stylizer, "load", None)  # nothing needs it
    assert set(statuses(cli, *RESUME).values()) == {"kept"}
    assert results(Path("out")) == before
    ended = cli(*RESUME)
    assert ended.code == 0 and "4 unchanged were kept" in ended.err


def alter_content() -> None:
    Image.open("photos/p1.jpg").rotate(180).save("photos/p1.jpg")


def touch_content() -> None:
    os.utime("photos/p1.jpg", (1, 1))


def alter_result() -> None:
    with open("out/p1.png", "ab") as file:
        file.write(b"more")


def alter_result_in_place() -> None:
    data = bytearray(Path("out/p1.png").read_bytes())
    data[-30] ^= 1
    Path("out/p1.png").write_bytes(data)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (alter_content, ["p1.png"]),
        (touch_content, []),
        (alter_result, ["p1.png"]),
        (alter_result_in_place, ["p1.png"]),
        (lambda: Path("out/p1.png").unlink(), ["p1.png"]),
        (lambda: Image.open("cup.png").rotate(90).save("cup.png"), EVERY),
        (lambda: os.utime("cup.png", (1, 1)), []),
        (lambda: fill(Path("photos"), 5), ["p4.png"]),
    ],
)
def test_what_changed_is_done_again(
    cli: CommandLine, photos: Path, change: Any, again: list[str]
) -> None:
    statuses(cli, *RUN)
    change()
    assert done(statuses(cli, *RESUME)) == again
    assert set(statuses(cli, *RESUME).values()) == {"kept"}


@pytest.mark.parametrize(
    ("options", "again"),
    [
        (("--strength", "0.5"), EVERY),
        (("--color", "match"), EVERY),
        (("--style-size", "48"), EVERY),
        (("--seed", "1"), EVERY),
        (("--stroke-size", "4"), EVERY),
        (("--size", "40"), EVERY),
        (("--precision", "bf16"), EVERY),
        (("--tile", "64"), []),
        (("--batch-size", "2"), []),
    ],
)
def test_other_settings(
    cli: CommandLine, photos: Path, options: tuple[str, ...], again: list[str]
) -> None:
    statuses(cli, *RUN)
    assert done(statuses(cli, *RESUME, *options)) == again


def test_other_weights(cli: CommandLine, photos: Path) -> None:
    statuses(cli, *RUN)
    save_network(photos / "mine.safetensors", random_network(seed=1))
    assert done(statuses(cli, *RESUME, "--weights", "mine.safetensors")) == EVERY


def test_a_failure_is_tried_again(cli: CommandLine, photos: Path) -> None:
    good = Path("photos/p1.jpg").read_bytes()
    Path("photos/p1.jpg").write_bytes(good[:200])
    assert cli(*RUN).code == 9
    assert cli(*RESUME).code == 9
    Path("photos/p1.jpg").write_bytes(good)
    assert done(statuses(cli, *RESUME)) == ["p1.png"]


def test_the_manifest(cli: CommandLine, photos: Path, weights: Path) -> None:
    import hashlib

    import stylectl

    def of(path: Path) -> dict[str, Any]:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return {"size": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns, "sha256": digest}

    statuses(cli, *RUN)
    (manifest,) = Path("out/.stylectl").glob("*.jsonl")
    first, *lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert first["settings"]["style_size"] == 64
    assert sorted(line["output"] for line in lines) == EVERY
    for line in lines:
        content = Path("photos", line["output"]).with_suffix(".jpg")
        assert line["content"] == {"path": str(content), **of(content)}
        assert line["styles"] == [{"path": "cup.png", **of(Path("cup.png"))}]
        assert line["settings"] == first["digest"]
        assert line["weights"] == hashlib.sha256(weights.read_bytes()).hexdigest()
        assert line["stylectl"] == stylectl.__version__
        assert {key: line[key] for key in ("size", "mtime_ns", "sha256")} == of(
            Path("out", line["output"])
        )


@pytest.mark.parametrize("end", [b'{"output": "p1.pn', b"\xff\x00nonsense\n[1]\n{}\n7\n"])
def test_a_torn_line_is_no_harm(cli: CommandLine, photos: Path, end: bytes) -> None:
    statuses(cli, *RUN)
    (manifest,) = Path("out/.stylectl").glob("*.jsonl")
    lines = manifest.read_bytes().splitlines(keepends=True)
    lost = json.loads(lines[-1])["output"]
    manifest.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    Path("out", lost).unlink()  # as if killed in between
    assert done(statuses(cli, *RESUME)) == [lost]
    with open(manifest, "ab") as file:
        file.write(end)
    assert set(statuses(cli, *RESUME).values()) == {"kept"}


def wait_for(count: int, process: Any, folder: Path = Path("out")) -> None:
    until = time.monotonic() + 120
    while len(results(folder)) < count:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_ended_midway_and_gone_on(
    cli: CommandLine, weights: Path, photos: Path, signal_: signal.Signals
) -> None:
    fill(Path("photos"), 8)
    statuses(cli, *RUN, "-o", "whole")
    process = start(weights, *RUN, seconds=0.3)
    wait_for(3, process)
    process.send_signal(signal_)
    _, err = process.communicate(timeout=60)
    before = {name: Path("out", name).stat().st_mtime_ns for name in results(Path("out"))}
    assert 3 <= len(before) < 8
    if signal_ == signal.SIGINT:
        assert process.returncode == 130
        assert f"note: {len(before)} of 8 are done; the same command with --resume" in err.decode()
        assert err.decode().endswith("error: interrupted\n")
        assert not [path for path in Path("out").iterdir() if path.suffix and path.name[0] == "."]
    found = statuses(cli, *RESUME)
    assert {name for name, status in found.items() if status == "kept"} == set(before)
    assert {name: Path("out", name).stat().st_mtime_ns for name in before} == before
    assert results(Path("out")) == results(Path("whole"))


def test_two_processes_share_a_folder(cli: CommandLine, weights: Path, photos: Path) -> None:
    fill(Path("photos"), 10)
    statuses(cli, *RUN, "-o", "whole")
    both = [start(weights, *RESUME, "--json", seconds=0.2) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    lines = [[json.loads(line) for line in out.splitlines()] for out, _ in ended]
    assert [len(own) for own in lines] == [10, 10]
    painted = [line["output"] for own in lines for line in own if line["status"] == "done"]
    assert len(painted) == len(set(painted)) == 10  # nothing twice
    assert results(Path("out")) == results(Path("whole"))


def test_a_killed_process_holds_no_claim(cli: CommandLine, weights: Path, photos: Path) -> None:
    process = start(weights, *RUN, seconds=0.5)
    wait_for(1, process)
    process.kill()
    process.communicate()
    assert len(done(statuses(cli, *RESUME))) >= 2


def test_without_locks_nothing_is_corrupted(
    cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from stylectl.batch import claims

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(claims, "_lock", none)
    assert done(statuses(cli, *RUN)) == EVERY
    assert set(statuses(cli, *RESUME).values()) == {"kept"}


def test_overwrite_does_all_again(cli: CommandLine, photos: Path) -> None:
    statuses(cli, *RUN)
    assert done(statuses(cli, *RUN, "--overwrite")) == EVERY
    assert done(statuses(cli, *RESUME, "--overwrite")) == []
