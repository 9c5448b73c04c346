"""`stylectl evaluate --video` as a user meets it: table, JSON, the file of figures, mistakes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import clips
import pytest
from conftest import CommandLine, fails

from stylectl.video.file import VideoFile

CLIPS = ("in.mp4", "grainy.mp4")


@pytest.fixture
def world(folder: Path) -> Path:
    """The working directory, which holds in.mp4 and, with noise of each frame's own, grainy.mp4."""
    clips.plain(folder / "in.mp4", 0.2)
    clips.ffmpeg("-i", "in.mp4", "-vf", "noise=alls=40:allf=t", *clips.X264, "grainy.mp4")
    return folder


def test_a_row_for_the_content_and_for_each_painted_clip(cli: CommandLine, world: Path) -> None:
    ended = cli("evaluate", *CLIPS, "in.mp4", "--video")
    assert (ended.code, ended.err) == (0, "")
    header, floor, grainy, same = (line.split("\t") for line in ended.out.splitlines())
    assert header == ["clip", "warp_error", "excess", "sharpness"]
    assert floor[0] == "in.mp4" and floor[2] == "0.00" and same == floor
    assert grainy[0] == "grainy.mp4" and float(grainy[2]) > 3
    assert float(grainy[1]) == pytest.approx(float(floor[1]) + float(grainy[2]), abs=0.011)


def test_json_and_the_file_of_figures(cli: CommandLine, world: Path) -> None:
    ended = cli("evaluate", *CLIPS, "--video", "--json", "--figures", "figures.json")
    told = json.loads(ended.out)
    assert set(told["seconds"]) == {"check", "measure", "write", "total"}
    assert told["frames"] == 5 and told["pairs"] == 4 and told["warnings"] == []
    (painted,) = told["painted"]
    assert painted["clip"] == "grainy.mp4"
    assert painted["excess"] == painted["warp_error"] - told["content"]["warp_error"]
    kept = json.loads(Path("figures.json").read_text())
    assert kept == {key: told[key] for key in ("frames", "pairs", "content", "painted")}
    refused = cli("evaluate", *CLIPS, "--video", "--figures", "figures.json")
    assert refused.code == 4 and "figures.json exists already" in refused.err
    assert cli("evaluate", *CLIPS, "--video", "--figures", "figures.json", "--overwrite").code == 0


def test_folders_of_frames_and_quiet(cli: CommandLine, world: Path) -> None:
    for name in ("in", "grainy"):
        Path(name).mkdir()
        clips.ffmpeg("-i", f"{name}.mp4", f"{name}/%d.png")
    frames = cli("evaluate", "in", "grainy", "--video", "-q")
    assert (frames.code, frames.err) == (0, "")
    excess = [
        float(ended.out.splitlines()[2].split("\t")[2])
        for ended in (frames, cli("evaluate", *CLIPS, "--video"))
    ]
    assert excess[0] == pytest.approx(excess[1], rel=0.1)


def test_steady_paint_measures_steadier(cli: CommandLine, world: Path) -> None:
    for level in ("off", "strong"):
        done = cli("video", "grainy.mp4", "cup.png", "-o", f"{level}.mp4", "--stabilize", level)
        assert done.code == 0, done.err
    told = json.loads(
        cli("evaluate", "grainy.mp4", "off.mp4", "strong.mp4", "--video", "--json").out
    )
    off, strong = (painted["warp_error"] for painted in told["painted"])
    assert strong < off


def test_damaged_content_is_measured_as_far_as_it_goes(
    cli: CommandLine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoFile, "_damage", lambda self, _: f"{self.path} is damaged within: x")
    ended = cli("evaluate", *CLIPS, "--video")
    assert ended.code == 8 and ended.out.startswith("clip\t")
    assert "error: in.mp4 is damaged within" in ended.err


@pytest.mark.parametrize(
    ("code", "arguments", "told"),
    [
        (2, (*CLIPS, "--video", "--weights", "lean"), "--weights does not apply to --video"),
        (2, (*CLIPS, "--video", "--size", "512"), "--size does not apply to --video"),
        (2, (*CLIPS, "--video", "--device", "cpu"), "--device does not apply to --video"),
        (2, ("cat.png", "cup.png", "cat.png"), "STYLES is 2 paths"),
        (3, ("in.mp4", "none.mp4", "--video"), "none.mp4 does not exist"),
        (3, ("in.mp4", "cup.png", "--video"), "cup.png is a picture or a text, not a clip"),
        (3, ("in.mp4", "long.mp4", "--video"), "long.mp4 has 10 frames of 64x48 pixels"),
        (3, ("in.mp4", "wide.mp4", "--video"), "in.mp4 has 5 frames of 64x48 pixels"),
        (3, (*CLIPS, "--video", "--max-pixels", "9"), "more than the limit of 9"),
        (4, (*CLIPS, "--video", "--figures", "grainy.mp4", "--overwrite"), "and an input"),
    ],
)
def test_mistakes(
    cli: CommandLine, world: Path, code: int, arguments: tuple[str, ...], told: str
) -> None:
    clips.plain(world / "long.mp4", 0.4)
    clips.plain(world / "wide.mp4", 0.2, size="96x48")
    fails(cli, code, told, arguments=("evaluate", *arguments))


def test_without_opencv(cli: CommandLine, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    fails(cli, 2, "pip install 'stylectl[bench]'", arguments=("evaluate", *CLIPS, "--video"))
