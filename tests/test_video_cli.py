"""Every flag of `stylectl video` changes something, and every kind of input and output works."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import clips
import numpy as np
import pytest
from clips import look_at
from conftest import CommandLine, Ended, pixels
from PIL import Image

from stylectl.video.file import VideoFile


@pytest.fixture
def clip(folder: Path) -> Path:
    return clips.plain(folder / "in.mp4", 0.4)


def paint(cli: CommandLine, *arguments: object) -> Ended:
    ended = cli("video", *arguments, "--style-size", 64)
    assert ended.code == 0, ended.err
    return ended


def difference(first: str, second: str) -> float:
    """Mean over all pixels of all frames, in 0..255."""
    pairs = zip(clips.frames(Path(first)), clips.frames(Path(second)), strict=True)
    return float(np.mean([np.abs(a.astype(int) - b).mean() for a, b in pairs]))


def test_a_clip_alone_gets_the_example_style(
    cli: CommandLine, clip: Path, photo: Image.Image
) -> None:
    from stylectl.weights.registry import bundled_folder

    (bundled_folder("examples") / "style").mkdir(exist_ok=True)  # the tests' folder of weights
    ended = paint(cli, "in.mp4")
    assert "in the example style swirls.jpg" in ended.err
    assert len(clips.frames(Path("in_stylized_swirls.mp4"))) == 10
    assert "example style" not in paint(cli, "in.mp4", "-q", "--overwrite").err


def test_the_output_is_named_after_clip_and_style(cli: CommandLine, clip: Path) -> None:
    paint(cli, "in.mp4", "cup.png")
    assert Path("in_stylized_cup.mp4").is_file()
    clips.ffmpeg("-i", "in.mp4", "in.avi")
    paint(cli, "in.avi", "cat.png")
    assert Path("in_stylized_cat.mp4").is_file()
    clips.ffmpeg("-i", "in.mp4", "-vf", "fps=10", "in.gif")
    paint(cli, "in.gif", "cup.png")
    assert Path("in_stylized_cup.gif").is_file()


@pytest.mark.parametrize(
    "option",
    [
        ("--strength", 0.3),
        ("--color", "content"),
        ("--color", "match"),
        ("--size", 32),
        ("--stroke-size", "9%"),
        ("--seed", 1),
        ("--stabilize", "light"),
        ("--stabilize", "strong"),
        ("--crf", 40),
    ],
)
def test_looks(cli: CommandLine, clip: Path, option: tuple[object, ...]) -> None:
    paint(cli, "in.mp4", "cup.png", "-o", "plain.mp4", "--stabilize", "off")
    defaults = () if "--stabilize" in option else ("--stabilize", "off")
    paint(cli, "in.mp4", "cup.png", "-o", "changed.mp4", *defaults, *option)
    assert VideoFile("changed.mp4").size == (64, 48)
    assert difference("plain.mp4", "changed.mp4") > 0.1


def test_alpha_moves_from_one_style_to_the_other(cli: CommandLine, clip: Path) -> None:
    still = ("--stabilize", "off")
    for name, style in (("first", "cup.png"), ("second", "cat.png")):
        paint(cli, "in.mp4", style, "-o", f"{name}/", *still)
    both = ("in.mp4", "cup.png", "cat.png")
    paint(cli, *both, "-o", "moving/", "--alpha-from", 1, "--alpha-to", 0, *still)
    paint(cli, *both, "-o", "half/", "--alpha-from", 0.5, *still)

    def gap(first: str, second: str, frame: int) -> float:
        name = f"frame_{frame:06d}.png"
        return float(np.abs(pixels(Path(first, name)) - pixels(Path(second, name))).mean())

    assert gap("moving", "first", 1) == gap("moving", "second", 10) == 0
    assert gap("moving", "first", 10) > 0 and gap("moving", "half", 1) > 0
    assert gap("half", "first", 5) > 0 and gap("half", "second", 5) > 0


def test_each_scene_takes_the_next_style(cli: CommandLine, folder: Path) -> None:
    for name, source in (("a", "testsrc"), ("b", "color=white")):
        lavfi = f"{source}{':' if '=' in source else '='}size=64x48:rate=10:duration=0.4"
        clips.ffmpeg("-f", "lavfi", "-i", lavfi, "-c:v", "ffv1", "-pix_fmt", "bgr0", f"{name}.mkv")
    clips.ffmpeg(
        *("-i", "a.mkv", "-i", "b.mkv", "-filter_complex", "concat", "-c:v", "ffv1", "in.mkv"),
    )
    paint(cli, "in.mkv", "cup.png", "cat.png", "-o", "both/")
    paint(cli, "in.mkv", "cup.png", "-o", "cup/")
    paint(cli, "in.mkv", "cat.png", "-o", "cat/")
    for number in range(1, 9):
        name = f"frame_{number:06d}.png"
        own, other = ("cup", "cat") if number <= 4 else ("cat", "cup")
        assert (pixels(Path("both", name)) == pixels(Path(own, name))).all()
        assert (pixels(Path("both", name)) != pixels(Path(other, name))).any()


def test_start_end_and_fps(cli: CommandLine, folder: Path) -> None:
    clips.plain(folder / "in.mp4", 2)
    paint(cli, "in.mp4", "cup.png", "-o", "part/", "--start", "0:00.4", "--end", "0.8")
    paint(cli, "in.mp4", "cup.png", "-o", "all/", "--stabilize", "off")
    assert len(list(Path("part").iterdir())) == 10
    paint(cli, "in.mp4", "cup.png", "-o", "slow.mp4", "--fps", "24000/1001")
    slow = VideoFile("slow.mp4").timeline
    assert slow.rate == Fraction(24000, 1001) and len(slow) == 48
    assert len(list(Path("all").iterdir())) == 50


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--codec", "hevc"), "hevc (Main) (hvc1"),
        (("--codec", "av1"), "av1"),
        (("--codec", "mpeg4", "--crf", 5), "mpeg4"),
        (("--pix-fmt", "yuv444p"), "yuv444p"),
    ],
)
def test_codecs(cli: CommandLine, clip: Path, options: tuple[object, ...], told: str) -> None:
    paint(cli, "in.mp4", "cup.png", "-o", "out.mp4", *options)
    assert told in look_at(Path("out.mp4")).streams[0]
    assert len(clips.times(Path("out.mp4"))) == 10


def test_preset_changes_the_file(cli: CommandLine, clip: Path) -> None:
    paint(cli, "in.mp4", "cup.png", "-o", "fast.mp4", "--preset", "ultrafast")
    paint(cli, "in.mp4", "cup.png", "-o", "usual.mp4")
    assert Path("fast.mp4").read_bytes() != Path("usual.mp4").read_bytes()


def test_gif_webp_and_frames(cli: CommandLine, clip: Path) -> None:
    for output in ("out.gif", "out.webp", "out/"):
        paint(cli, "in.mp4", "cup.png", "-o", output)
    with Image.open("out.gif") as gif, Image.open("out.webp") as webp:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (10, (64, 48), 0)  # type: ignore[attr-defined]
        assert (webp.n_frames, webp.size, webp.info["loop"]) == (10, (64, 48), 0)  # type: ignore[attr-defined]
        webp.load()
        assert gif.info["duration"] == webp.info["duration"] == 40
        exact = pixels(Path("out/frame_000001.png"))
        assert np.abs(np.asarray(webp.convert("RGB")).astype(int) - exact).mean() < 8
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == [f"frame_{number:06d}.png" for number in range(1, 11)]


def test_frames_in_are_ordered_by_number(cli: CommandLine, folder: Path) -> None:
    Path("shots").mkdir()
    for number in (1, 2, 10):
        Image.new("RGB", (64, 48), (number * 20, 0, 0)).save(f"shots/shot{number}.png")
    Path("shots/notes.txt").write_text("not a frame")
    paint(
        cli, "shots", "cup.png", "-o", "out.mp4", "--fps", 10, "--compare", "--pix-fmt", "yuv444p"
    )
    reds = [frame[24, 10, 0] for frame in clips.frames(Path("out.mp4"))]
    assert np.abs(np.array(reds, int) - [20, 40, 200]).max() <= 5
    assert VideoFile("out.mp4").timeline.rate == 10
    Image.new("RGB", (65, 48)).save("shots/shot3.png")
    ended = cli("video", "shots", "cup.png", "-o", "no.mp4", "--style-size", 64)
    assert ended.code == 3 and "shot3.png has 65x48 pixels, the first frame 64x48" in ended.err


def test_frames_replaced_only_if_they_are_ours(cli: CommandLine, clip: Path) -> None:
    paint(cli, "in.mp4", "cup.png", "-o", "out/")
    paint(cli, "in.mp4", "cup.png", "-o", "out/", "--overwrite", "--end", 0.2)
    assert len(list(Path("out").iterdir())) == 5


def test_compare_stands_beside_the_content(cli: CommandLine, clip: Path) -> None:
    paint(cli, "in.mp4", "cup.png", "-o", "alone/")
    paint(cli, "in.mp4", "cup.png", "-o", "both/", "--compare")
    (content, *_) = clips.frames(Path("in.mp4"))
    both = pixels(Path("both/frame_000001.png"))
    assert both.shape == (48, 128, 3)
    assert (both[:, :64] == content).all()
    assert (both[:, 64:] == pixels(Path("alone/frame_000001.png"))).all()


def test_preview_is_a_strip_beside_the_output(cli: CommandLine, clip: Path) -> None:
    ended = paint(cli, "in.mp4", "cup.png", "-o", "out.mp4", "--preview", 3)
    assert "wrote the preview out_preview.png" in ended.err
    strip = pixels(Path("out_preview.png"))
    assert strip.shape == (2 * 48 + 4, 3 * 64 + 2 * 4, 3)
    assert np.abs(strip[:48, :64] - clips.frames(Path("in.mp4"))[1]).mean() < 1
    assert np.abs(strip[:48, :64] - strip[52:, :64]).mean() > 1


def test_json_and_quiet(cli: CommandLine, clip: Path) -> None:
    ended = paint(cli, "in.mp4", "cup.png", "-o", "out.mp4", "--json", "--preview", 1)
    told = json.loads(ended.out)
    assert ended.err == ""
    assert told["output"] == "out.mp4" and told["preview"] == "out_preview.png"
    assert told["frames_per_second"] > 0 and told["seconds"]["paint"] > 0
    assert paint(cli, "in.mp4", "cup.png", "-o", "q.mp4", "-q").err == ""


def test_a_terminal_sees_a_bar_and_a_log_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from rich.console import Console

    from stylectl.cli import report, video_report
    from stylectl.video.events import FramesPainted, WorkKept

    def shown(terminal: bool) -> str:
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=terminal, width=100)
        monkeypatch.setattr(report, "stderr_console", lambda: console)
        monkeypatch.setattr(video_report, "LINE_SECONDS", 0)
        with video_report.VideoReport(quiet=False, as_json=False) as talk:
            talk.on_video_event(FramesPainted(40, 100, 40))
            talk.on_video_event(FramesPainted(60, 100, 40))
            if talk._bar:
                talk._bar.refresh()
            talk.on_video_event(WorkKept(60, 100))
        return screen.getvalue()

    terminal = shown(terminal=True)
    assert "60/100" in terminal and "frames/s" in terminal and "left" in terminal
    plain = shown(terminal=False).splitlines()
    assert plain[0] == "note: going on after 40 of 100 frames"
    assert plain[1].startswith("60 of 100 frames  ") and plain[1].endswith(" left")
    assert plain[2] == "note: 60 of 100 frames are kept: the same command goes on there"
