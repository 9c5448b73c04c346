"""Animations hold the frames they were given, loop, and appear whole or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from stylectl.errors import OutputError, UsageError
from stylectl.media.animation import ANIMATIONS, check_animation, write_animation

COLOURS = ((200, 50, 50), (30, 160, 220), (250, 240, 10))


def frames(size: tuple[int, int] = (48, 32)) -> list[Image.Image]:
    return [Image.new("RGB", size, colour) for colour in COLOURS]


def read(path: Path) -> list[np.ndarray]:
    """The frames of an animation, (H, W, 3) each."""
    if path.suffix == ".mp4":
        reader = imageio_ffmpeg.read_frames(str(path))
        width, height = next(reader)["size"]
        return [np.frombuffer(f, np.uint8).reshape(height, width, 3).astype(int) for f in reader]
    read = []
    with Image.open(path) as animation:
        for number in range(getattr(animation, "n_frames", 1)):
            animation.seek(number)
            read.append(np.asarray(animation.convert("RGB")).astype(int))
    return read


@pytest.mark.parametrize("suffix", ANIMATIONS)
@pytest.mark.parametrize("size", [(48, 32), (33, 21), (1, 1)])
def test_frames_and_colours(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    path = tmp_path / f"out{suffix}"
    write_animation(path, iter(frames(size)), 10)
    result = read(path)
    assert len(result) == 3
    padded = tuple(side + side % 2 if suffix == ".mp4" else side for side in size)
    for frame, colour in zip(result, COLOURS, strict=True):
        assert frame.shape == (padded[1], padded[0], 3)
        assert np.abs(frame - colour).max() <= (0 if suffix == ".gif" else 6)


def test_mp4_says_what_its_colours_are(tmp_path: Path) -> None:
    write_animation(tmp_path / "out.mp4", frames(), 24000 / 1001)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(tmp_path / "out.mp4")]
    told = subprocess.run(command, capture_output=True, text=True).stderr
    assert "yuv420p(tv, bt709, progressive)" in told  # matrix, primaries and transfer alike
    assert "23.98 fps" in told


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_speed_and_loop(tmp_path: Path, suffix: str) -> None:
    for fps, milliseconds in ((10, 100), (50, 20)):
        path = tmp_path / f"{fps}{suffix}"
        write_animation(path, frames(), fps)
        with Image.open(path) as animation:
            animation.load()
            assert animation.info["duration"] == milliseconds
            assert animation.info["loop"] == 0


def test_a_gif_dithers_what_its_palette_lacks(tmp_path: Path) -> None:
    ramp = np.stack(np.meshgrid(np.arange(256), np.arange(256)), -1).astype(np.uint8)
    picture = Image.fromarray(np.dstack((ramp, np.full((256, 256), 90, np.uint8))))
    write_animation(tmp_path / "out.gif", [picture] * 2, 10)

    def error_seen(shown: np.ndarray) -> float:
        """From afar, where dots mix: bands of colour are as wrong there as from nearby."""
        difference = shown - np.asarray(picture).astype(int)
        assert np.abs(difference).max() > 4  # 256 colours for 65,536
        return float(np.abs(difference.reshape(32, 8, 32, 8, 3).mean((1, 3))).mean())

    banded = np.asarray(picture.quantize(256).convert("RGB")).astype(int)
    assert error_seen(read(tmp_path / "out.gif")[0]) < 0.5 * error_seen(banded)


def test_nothing_is_overwritten_or_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "out.gif"
    path.write_bytes(b"dear")
    with pytest.raises(OutputError, match="exists already"):
        write_animation(path, frames(), 10)
    assert path.read_bytes() == b"dear"
    write_animation(path, frames(), 10, overwrite=True)
    assert len(read(path)) == 3


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_an_interrupt_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    def interrupted():
        yield from frames()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_animation(tmp_path / f"out{suffix}", interrupted(), 10)
    assert list(tmp_path.iterdir()) == []


def test_what_ffmpeg_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylectl.media.mp4._ENCODING", ("-c:v", "no_such_codec"))
    with pytest.raises(OutputError, match=r"out\.mp4 cannot be written: ffmpeg failed \(.*codec"):
        write_animation(tmp_path / "out.mp4", frames((640, 480)) * 5, 10)
    assert list(tmp_path.iterdir()) == []


def test_no_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    with pytest.raises(OutputError, match="ffmpeg does not start"):
        write_animation(tmp_path / "out.mp4", frames(), 10)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [0, -1, 51, float("nan"), float("inf")])
def test_frame_rates_out_of_range(tmp_path: Path, fps: float) -> None:
    with pytest.raises(UsageError, match="fps is"):
        write_animation(tmp_path / "out.gif", frames(), fps)


def test_sizes_no_format_holds() -> None:
    check_animation("out.webp", (16_383, 2))
    with pytest.raises(OutputError, match=r"out\.webp cannot hold 16384x2 pixels"):
        check_animation("out.webp", (16_384, 2))
