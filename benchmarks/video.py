"""How fast clips are painted, and where the time goes: network, stabilisation, decoder, encoder.

    python benchmarks/video.py [--frames 24] [--threads 2]

Each part alone, in seconds of wall clock per frame, and all together. The share is the network's
rate that is left end to end: decoder and encoder work beside it, on what it leaves idle.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from stylectl.media import read_image
from stylectl.resources import bundled_folder
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.clip import Frame
from stylectl.video.ffmpeg import run
from stylectl.video.file import VideoFile
from stylectl.video.job import Job, plan_job
from stylectl.video.look import Look
from stylectl.video.painter import FramePainter
from stylectl.video.pieces import piece_writer
from stylectl.video.run import paint_clip
from stylectl.video.settings import Stabilize
from stylectl.video.targets import target_of

_SIZES = {"360p": "640x360", "720p": "1280x720"}


def main() -> None:
    """Prints a row for each size."""
    parser = argparse.ArgumentParser(description="How fast clips are painted.")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="auto")
    parser.add_argument("--sizes", nargs="+", default=[*_SIZES], choices=[*_SIZES])
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    stylizer = Stylizer.load(device=given.device)
    style = read_image(bundled_folder("examples") / "style" / "swirls.jpg").rgb
    code = stylizer.encode_style(style)
    sys.stdout.write(
        f"{stylizer.device}, {given.threads} threads, seconds per frame\n"
        "size   network  +light  decode  encode  all, off  share  all, light  share\n"
    )
    for name in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            job = _job(Path(folder), _SIZES[name], given.frames)
            frames: list[Frame] = []
            decode = _seconds(lambda job=job, frames=frames: frames.extend(_decoded(job)))

            def painted(level: Stabilize, frames: list[Frame] = frames) -> Callable[[], object]:
                painter = FramePainter(stylizer, Look((code,), stabilize=level), total=len(frames))
                return lambda: list(painter.paint(frames, 0, every=10**9))

            def whole(level: Stabilize, job: Job = job) -> Callable[[], object]:
                look = Look((code,), stabilize=level)
                return lambda: paint_clip(stylizer, job, look, identity={}, overwrite=True)

            painted("off")()  # warms up
            off, light = _seconds(painted("off")), _seconds(painted("light"))
            encode = _seconds(lambda job=job, frames=frames: _encoded(job, frames))
            all_off, all_light = _seconds(whole("off")), _seconds(whole("light"))
        row = [value / given.frames for value in (off, light, decode, encode, all_off, all_light)]
        sys.stdout.write(
            f"{name}   {row[0]:7.3f} {row[1]:7.3f} {row[2]:7.4f} {row[3]:7.4f}  {row[4]:8.3f} "
            f"{off / all_off:6.0%}  {row[5]:10.3f} {light / all_light:6.0%}\n"
        )
        sys.stdout.flush()


def _job(folder: Path, size: str, frames: int) -> Job:
    clip = folder / "in.mp4"
    source = f"testsrc2=size={size}:rate=24:duration={frames / 24:.4f}"
    run(["-f", "lavfi", "-i", source, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(clip)])
    return plan_job(VideoFile(clip), target_of(str(folder / "out.mp4")))


def _decoded(job: Job) -> list[Frame]:
    with job.clip.frames(job.chosen) as frames:
        return list(frames)


def _encoded(job: Job, frames: list[Frame]) -> None:
    with piece_writer(
        job.target.path.with_suffix(".nut"),
        size=job.size,
        pixel_aspect=job.clip.pixel_aspect,
        times=job.times,
        source=job.clip.colours,
        encoding=job.encoding,
    ) as writer:
        for frame in frames:
            writer.write(frame)
        writer.finish()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
