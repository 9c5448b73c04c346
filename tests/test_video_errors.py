"""Bad input: one clear line and a hint, a documented exit code, and nothing lost or left."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import clips
import pytest
from conftest import CommandLine

FAST = ("--style-size", "64")


def fails(cli: CommandLine, code: int, *arguments: object) -> str:
    """Runs a command that must fail before it does anything; gives what it says."""
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    running = clips.running_ffmpegs()
    ended = cli("video", *arguments, *FAST)
    assert ended.code == code, ended.err
    assert ended.out == ""
    *_, error, hint = ended.err.splitlines()  # a note may come before
    assert error.startswith("error: ") and hint.startswith("hint: ")
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before
    assert clips.running_ffmpegs() <= running
    return ended.err


def no_video(path: Path) -> None:
    clips.ffmpeg(*clips.tone(), "-c:a", "aac", path)


def cover_only(path: Path) -> None:
    clips.ffmpeg(
        *(*clips.tone(), "-i", "cat.png", "-map", 0, "-map", 1, "-c:a", "aac", "-c:v", "png"),
        *("-disposition:v", "attached_pic", path),
    )


def no_frames(path: Path) -> None:
    clips.ffmpeg(*clips.pattern(), *clips.X264, "-frames:v", 0, path)


def no_table(path: Path) -> None:
    """An MP4 whose index, at its end, is missing: a download that stopped."""
    clips.plain(path, 2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BAD_CLIPS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("bad.mp4", lambda path: None, "does not exist"),
    "empty": ("bad.mp4", lambda path: path.touch(), "is empty"),
    "text": ("bad.mp4", lambda path: path.write_text("no video " * 99), "is not a video"),
    "noise": ("bad.mp4", lambda path: path.write_bytes(bytes(range(256)) * 99), "not a video"),
    "picture": ("bad.png", lambda path: path.write_bytes(Path("cat.png").read_bytes()), "picture"),
    "sound": ("bad.m4a", no_video, "has no video in it"),
    "cover": ("bad.m4a", cover_only, "has no video in it"),
    "no frames": ("bad.mp4", no_frames, "bad.mp4"),
    "cut off": ("bad.mp4", no_table, "is cut off"),
    "empty folder": ("bad", lambda path: path.mkdir(), "holds no frames"),
}


@pytest.mark.parametrize("kind", BAD_CLIPS)
def test_clips(cli: CommandLine, folder: Path, kind: str) -> None:
    name, make, told = BAD_CLIPS[kind]
    make(folder / name)
    said = fails(cli, 3, name, "cup.png", "-o", "out.mp4")
    assert told in said and name in said


@pytest.fixture
def clip(folder: Path) -> Path:
    return clips.plain(folder / "in.mp4", 0.2)


@pytest.mark.parametrize(
    ("code", "arguments", "told"),
    [
        (2, ("--codec", "nonsense"), "nonsense"),
        (2, ("--preset", "nonsense"), "nonsense"),
        (2, ("--pix-fmt", "nonsense"), "nonsense"),
        (2, ("--codec", "libsvtav1", "--pix-fmt", "yuv444p"), "yuv444p"),
        (2, ("--crf", "99"), "crf is 99"),
        (2, ("--crf", "nan"), "crf is not a number"),
        (2, ("--fps", "0"), "fps is '0'"),
        (2, ("--fps", "fast"), "fps is 'fast'"),
        (2, ("--fps", "1/0"), "fps is '1/0'"),
        (2, ("--start", "soon"), "start is 'soon'"),
        (2, ("--start", "3", "--end", "2"), "not after the start"),
        (3, ("--start", "7"), "0.20 s long"),
        (2, ("--preview", "0"), "preview is 0"),
        (2, ("--alpha-from", "1"), "between two styles, not 1"),
        (2, ("cat.png", "--alpha-from", "2"), "alpha is 2"),
        (2, ("cat.png", "--alpha-to", "1"), "no alpha-from"),
        (2, ("-o", "out.gif", "--crf", "20"), "--crf does not apply to a GIF"),
        (4, ("-o", "out.xyz"), "ends in .xyz"),
        (4, ("-o", "out"), "has no suffix"),
        (4, ("-o", "none/out.mp4"), "its folder does not exist"),
        (4, ("-o", "in.mp4"), "both the output and an input"),
        (4, ("-o", "in.mp4", "--overwrite"), "both the output and an input"),
        (4, ("-o", "there.mp4"), "exists already"),
        (4, ("-o", "there.mp4/"), "is a file, not a folder"),
        (4, ("-o", "full/"), "holds other files"),
        (4, ("-o", "frames/"), "holds frames already"),
        (4, ("-o", "new.mp4", "--preview", "2"), "new_preview.png exists already"),
        (5, ("--weights", "none"), "no weights are named 'none'"),
    ],
)
def test_options(
    cli: CommandLine, clip: Path, code: int, arguments: tuple[str, ...], told: str
) -> None:
    for name in ("there.mp4", "new_preview.png"):
        Path(name).write_text("mine")
    for name in ("full/notes.txt", "frames/frame_000001.png"):
        Path(name).parent.mkdir()
        Path(name).write_text("mine")
    output = () if "-o" in arguments else ("-o", "out.mp4")
    assert told in fails(cli, code, clip.name, "cup.png", *output, *arguments)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(cli: CommandLine, clip: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    assert "no permission" in fails(cli, 4, clip.name, "cup.png", "-o", "locked/out.mp4")


def test_full_disk(cli: CommandLine, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on the length of files stands in for the end of a disk."""
    resource = pytest.importorskip("resource")
    import subprocess

    from stylectl.video import ffmpeg

    start = subprocess.Popen

    def limited(command: list[str], **options: object) -> object:
        if "nut" in command and "trial" not in command[-1]:
            options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (999, 999))
        return start(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(ffmpeg.subprocess, "Popen", limited)
    said = fails(cli, 4, clip.name, "cup.png", "-o", "out.mp4")
    assert "free some space" in said and "out.mp4" in said


def test_a_clip_cut_off_is_painted_as_far_as_it_goes(cli: CommandLine, folder: Path) -> None:
    clips.plain(folder / "whole.mkv", 4)
    whole = Path("whole.mkv").read_bytes()
    Path("in.mkv").write_bytes(whole[: len(whole) // 2])
    ended = cli("video", "in.mkv", "cup.png", "-o", "out.mp4", *FAST)
    assert ended.code == 8, ended.err
    error = next(line for line in ended.err.splitlines() if line.startswith("error: "))
    written = len(clips.times(Path("out.mp4")))
    assert 20 < written < 80
    assert f"{written} of about 100 frames could be read" in error
    assert "out.mp4 holds what could be read" in ended.err


def test_a_clip_damaged_within_keeps_all_that_can_be_read(cli: CommandLine, folder: Path) -> None:
    clips.ffmpeg(*clips.pattern(2), *clips.X264, "-g", 10, "whole.mkv")
    data = bytearray(Path("whole.mkv").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    Path("in.mkv").write_bytes(data)
    ended = cli("video", "in.mkv", "cup.png", "-o", "out.mp4", *FAST)
    assert ended.code == 8, ended.err
    assert "is damaged" in ended.err or "cut off or damaged" in ended.err
    assert len(clips.times(Path("out.mp4"))) == len(clips.times(Path("in.mkv"))) > 10


@pytest.mark.parametrize(
    "name", ["two words.mp4", 'it\'s "quoted".mp4', "-leading.mp4", "Früh 夜.mp4", "a%03d;b.mp4"]
)
def test_names(cli: CommandLine, folder: Path, name: str) -> None:
    clips.plain(Path("plain.mp4"), 0.2).rename(name)
    ended = cli("video", "-o", f"out {name}", *FAST, "--", name, "cup.png")
    assert ended.code == 0, ended.err
    assert len(clips.times(Path(f"out {name}"))) == 5
    ended = cli("video", "-o", f"{name} frames/", *FAST, "--", name, "cup.png")
    assert ended.code == 0, ended.err
    assert len(list(Path(f"{name} frames").iterdir())) == 5


def test_memory_and_bugs_of_the_threads_are_told_as_themselves(
    cli: CommandLine, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylectl.video import run

    def broken(*arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(run, "shown_frame", broken)
    assert "unexpected RuntimeError: a bug" in fails(cli, 1, clip.name, "cup.png", "-o", "o.mp4")
