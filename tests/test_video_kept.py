"""Nothing of a clip is lost: frames, times, size, shape, colours, sound, subtitles, metadata."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import clips
import numpy as np
import pytest
from clips import RATE, look_at
from conftest import CommandLine, Ended

from stylectl.video.file import VideoFile


def paint(cli: CommandLine, clip: object, output: str, *options: object) -> Ended:
    ended = cli("video", clip, "cup.png", "-o", output, "--style-size", 64, *options)
    assert ended.code == 0, ended.err
    return ended


def test_sound_subtitles_chapters_and_tags(cli: CommandLine, folder: Path) -> None:
    clips.rich(folder / "in.mp4")
    ended = paint(cli, "in.mp4", "out.mp4")
    assert "warning" not in ended.err
    found = look_at(folder / "out.mp4")
    assert found.kinds() == [
        ("Video", "h264"),
        ("Audio", "aac"),
        ("Audio", "aac"),
        ("Subtitle", "mov_text"),
    ]
    assert "(eng)" in found.streams[1] and "(fra)" in found.streams[2]
    assert "Evening" in found.text and "One" in found.text
    for stream in ("a:0", "a:1", "s:0"):
        assert clips.packets(Path("out.mp4"), stream) == clips.packets(Path("in.mp4"), stream)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_rational_rate_in_every_container(cli: CommandLine, folder: Path, suffix: str) -> None:
    clips.rich(folder / "in.mp4")
    ended = paint(cli, "in.mp4", f"out.{suffix}")
    before, after = VideoFile("in.mp4"), VideoFile(f"out.{suffix}")
    assert before.timeline.rate == after.timeline.rate == RATE
    assert len(before.timeline) == len(after.timeline) == 24
    assert len(look_at(Path(f"out.{suffix}")).kinds()) == 4
    assert ("converted to libopus" in ended.err) == (suffix == "webm")


def test_variable_rate_keeps_every_time(cli: CommandLine, folder: Path) -> None:
    clips.variable(folder / "in.mp4")
    assert VideoFile("in.mp4").timeline.rate is None
    paint(cli, "in.mp4", "out.mp4")
    assert clips.times(Path("out.mp4")) == clips.times(Path("in.mp4"))
    paint(cli, "in.mp4", "out.mkv")  # whose clock ticks in thousandths
    pairs = zip(clips.times(Path("out.mkv")), clips.times(Path("in.mp4")), strict=True)
    assert all(abs(after - before) <= Fraction(1, 2000) for after, before in pairs)


def test_sound_that_begins_before_the_frames(cli: CommandLine, folder: Path) -> None:
    clips.plain(folder / "silent.mp4")
    clips.ffmpeg(
        *("-itsoffset", 0.4, "-i", "silent.mp4", *clips.tone(1), "-map", "0:v", "-map", "1:a"),
        *("-c:v", "copy", "-c:a", "aac", "in.mp4"),
    )
    paint(cli, "in.mp4", "out.mp4")
    assert clips.times(Path("out.mp4"))[0] == clips.times(Path("in.mp4"))[0] == Fraction(2, 5)


def test_rotated_clip_stays_upright(cli: CommandLine, folder: Path) -> None:
    clips.rotated(folder / "in.mp4")
    assert "rotation" in look_at(Path("in.mp4")).text
    paint(cli, "in.mp4", "out.mp4", "--strength", 0)
    found = look_at(Path("out.mp4"))
    assert "48x64" in found.streams[0] and "rotation" not in found.text
    assert VideoFile("out.mp4").size == VideoFile("in.mp4").size == (48, 64)


def test_pixels_that_are_not_square(cli: CommandLine, folder: Path) -> None:
    clips.ffmpeg(*clips.pattern(), "-vf", "setsar=128/117:max=1000", *clips.X264, "in.mp4")
    paint(cli, "in.mp4", "out.mp4")
    assert VideoFile("out.mp4").pixel_aspect == Fraction(128, 117)
    assert VideoFile("out.mp4").size == (64, 48)


def test_odd_sizes(cli: CommandLine, folder: Path) -> None:
    clips.ffmpeg(*clips.pattern(size="65x47"), "-c:v", "ffv1", "in.mkv")
    ended = paint(cli, "in.mkv", "out.mp4")
    assert "4:4:4" in ended.err
    assert "yuv444p" in look_at(Path("out.mp4")).streams[0]
    assert VideoFile("out.mp4").size == (65, 47)
    assert "4:4:4" not in paint(cli, "in.mkv", "out.webm").err
    assert VideoFile("out.webm").size == (65, 47)
    refused = cli("video", "in.mkv", "cup.png", "-o", "no.mp4", "--pix-fmt", "yuv420p")
    assert refused.code == 2 and "even sides" in refused.err


RED = (200, 50, 50)
BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")


@pytest.mark.parametrize(
    ("pixel_format", "matrix", "tags"),
    [
        ("yuv444p", "bt709", BT709),
        ("yuv444p", "smpte170m", ("-colorspace", "smpte170m")),
        ("yuv444p", "smpte170m", ()),  # small and untagged is BT.601
        ("yuv444p10le", "bt709", BT709),
    ],
)
def test_colours_are_read_by_the_clips_own_matrix(
    folder: Path, pixel_format: str, matrix: str, tags: tuple[str, ...]
) -> None:
    convert = ("-vf", f"scale=out_color_matrix={matrix}:out_range=tv:flags=accurate_rnd")
    clips.solid(folder / "in.mp4", RED, pixel_format, *convert, *tags)
    clip = VideoFile("in.mp4")
    assert clip.is_deep == pixel_format.endswith("10le")
    white = 65535 if clip.is_deep else 255
    (frame, *_) = clips.frames(Path("in.mp4"))
    assert np.abs(frame / white * 255 - RED).max() <= (0.75 if clip.is_deep else 1.01)


def test_colours_are_written_and_tagged_as_bt709(cli: CommandLine, folder: Path) -> None:
    clips.solid(folder / "in.mp4", RED, "yuv444p")
    paint(cli, "in.mp4", "frames/", "--start", 0)
    paint(cli, "in.mp4", "out.mp4", "--pix-fmt", "yuv444p", "--crf", 0)
    assert "bt709" in look_at(Path("out.mp4")).streams[0]
    from conftest import pixels

    exact = pixels(Path("frames/frame_000001.png"))
    assert np.abs(clips.frames(Path("out.mp4"))[0].astype(int) - exact).max() <= 3


def test_ten_bits_go_through(cli: CommandLine, folder: Path) -> None:
    clips.ffmpeg(*clips.pattern(0.2), "-c:v", "libx264", "-pix_fmt", "yuv420p10le", "in.mp4")
    paint(cli, "in.mp4", "deep.mp4", "--pix-fmt", "yuv420p10le")
    paint(cli, "in.mp4", "flat.mp4")
    assert "yuv420p10le" in look_at(Path("deep.mp4")).streams[0]
    deep, flat = clips.frames(Path("deep.mp4")), clips.frames(Path("flat.mp4"))
    assert deep[0].dtype == np.uint16 and flat[0].dtype == np.uint8
    assert np.abs(deep[0] / 257 - flat[0]).mean() < 4


def test_hdr_is_brought_down(cli: CommandLine, folder: Path) -> None:
    hdr = "setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084:range=tv"
    deep = ("-vf", f"format=yuv420p10le,{hdr}", "-c:v", "libx264")
    clips.ffmpeg(*clips.pattern(0.2), *deep, "in.mp4")
    ended = paint(cli, "in.mp4", "out.mp4")
    assert "is HDR" in ended.err
    assert "bt709" in look_at(Path("out.mp4")).streams[0]


def test_a_part_takes_its_own_sound(cli: CommandLine, folder: Path) -> None:
    clips.rich(folder / "in.mp4", 2.0)
    paint(cli, "in.mp4", "out.mp4", "--start", "0.5", "--end", "1.0")
    assert clips.times(Path("out.mp4"))[0] == 0
    wanted = [time for time in clips.times(Path("in.mp4")) if 0.5 <= time < 1]
    assert len(clips.times(Path("out.mp4"))) == len(wanted)
    heard = len(clips.packets(Path("out.mp4"), "a:0"))
    assert abs(heard - 0.5 * 44100 / 1024) <= 2


def test_the_end_is_cut_where_sound_begins_before_the_frames(
    cli: CommandLine, folder: Path
) -> None:
    clips.plain(folder / "silent.mp4", 1)
    clips.ffmpeg(
        *("-itsoffset", 0.4, "-i", "silent.mp4", *clips.tone(2), "-map", "0:v", "-map", "1:a"),
        *("-c:v", "copy", "-c:a", "aac", "in.mp4"),
    )
    paint(cli, "in.mp4", "out.mp4", "--end", 0.4)
    assert clips.times(Path("out.mp4"))[-1] == Fraction(2, 5) + Fraction(9, 25)
    heard = len(clips.packets(Path("out.mp4"), "a:0"))
    assert abs(heard - 0.8 * 44100 / 1024) <= 2


def test_a_size_that_changes_on_the_way(cli: CommandLine, folder: Path) -> None:
    for name, size in (("a", "64x48"), ("b", "96x48")):
        clips.ffmpeg(*clips.pattern(0.4, size), *clips.X264, f"{name}.ts")
    Path("in.ts").write_bytes(Path("a.ts").read_bytes() + Path("b.ts").read_bytes())
    paint(cli, "in.ts", "out/", "--compare", "--fps", 25)
    from conftest import pixels

    shown = sorted(Path("out").iterdir())
    first, last = pixels(shown[0])[:, :64], pixels(shown[-1])[:, :64]
    assert np.abs(first - last).mean() < 60  # the same pattern, not its bytes out of step


def test_no_audio(cli: CommandLine, folder: Path) -> None:
    clips.rich(folder / "in.mp4")
    paint(cli, "in.mp4", "out.mp4", "--no-audio")
    assert [kind for kind, _ in look_at(Path("out.mp4")).kinds()] == ["Video", "Subtitle"]


def test_what_a_container_cannot_hold_is_said(cli: CommandLine, folder: Path) -> None:
    clips.rich(folder / "in.mp4")
    ended = paint(cli, "in.mp4", "out.gif")
    assert "a GIF holds no sound" in ended.err
    clips.ffmpeg("-i", "in.mp4", "-map", "0:v", "-map", "0:a:0", "-c:a", "wmav2", "in.mkv")
    assert "is converted to aac" in paint(cli, "in.mkv", "out2.mp4").err


def test_json_tells_frames_and_rate(cli: CommandLine, folder: Path) -> None:
    clips.rich(folder / "in.mp4")
    told = json.loads(paint(cli, "in.mp4", "out.mp4", "--json").out)
    assert (told["frames"], told["fps"]) == (24, "24000/1001")
    assert (told["width"], told["height"], told["damaged"]) == (64, 48, False)
    assert told["duration"] == pytest.approx(24 * 1001 / 24000)
