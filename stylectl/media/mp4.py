"""Writing MP4: H.264 that every player shows in the right colours."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np
from PIL import Image

from stylectl.errors import OutputError

# Players take HD video for BT.709 whatever it is: so it is made that, and says so.
_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv,"
    "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
)
_ENCODING = ("-c:v", "libx264", "-crf", "16", "-preset", "medium", "-pix_fmt", "yuv420p")


def write_mp4(path: Path, frames: Iterable[Image.Image], fps: float, name: str) -> tuple[int, int]:
    """Writes frames to a file that exists already, as an atomic output's temporary one does.

    4:2:0, which alone plays everywhere, needs even sides: an odd one repeats its last row or
    column.

    Args:
        frames: RGB images in sRGB, all of one size, at least one; taken one by one.
        fps: frames per second.
        name: the output in error messages.

    Returns:
        width and height of the film.

    Raises:
        OutputError: there is no ffmpeg, or it fails.
    """
    frames = iter(frames)
    first = _even(next(frames))
    with _encoder(path, first.shape[1], first.shape[0], fps, name) as pipe:
        pipe.write(first.tobytes())
        for frame in frames:
            pipe.write(_even(frame).tobytes())
    return first.shape[1], first.shape[0]


def _even(frame: Image.Image) -> np.ndarray:
    """(H, W, 3) uint8 with even sides."""
    pixels = np.asarray(frame)
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


@contextlib.contextmanager
def _encoder(path: Path, width: int, height: int, fps: float, name: str) -> Iterator[IO[bytes]]:
    """Where to write raw frames; the block's end waits for the file to be complete.

    Not imageio_ffmpeg.write_frames: it does not look at how ffmpeg ended.
    """
    command = ["-y", "-nostdin", "-loglevel", "error"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    command += ["-r", f"{fps:g}", "-i", "pipe:0"]
    command += ["-vf", _BT709, *_ENCODING]
    command += ["-movflags", "+faststart", "-f", "mp4", str(path)]
    with tempfile.TemporaryFile() as log:
        process = _started(command, log, name)
        assert process.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # it ended early: its log says why
                yield process.stdin
                process.stdin.close()
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        if code:
            log.seek(0)
            lines = log.read().decode("utf-8", "replace").split("\n")
            reason = next((line.strip() for line in lines if line.strip()), f"it ended with {code}")
            raise OutputError(
                f"{name} cannot be written: ffmpeg failed ({reason})",
                "choose an output that ends in .gif",
            )


def _started(arguments: list[str], log: IO[bytes], name: str) -> subprocess.Popen[bytes]:
    try:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), *arguments]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log
        )
    except (RuntimeError, OSError) as error:
        raise OutputError(
            f"{name} cannot be written: ffmpeg does not start ({error})",
            "choose an output that ends in .gif",
        ) from error
