"""How much flicker each level of --stabilize leaves, and what it costs in sharpness.

    python benchmarks/flicker.py CLIP STYLE… [--stabilize off --stabilize light …] [--size 320]

What `stylectl evaluate --video` measures, of paintings that no encoder has been at. The excess is
the warp error less the content's; sharpness is in parts of the first level's. Needs the extra
"bench".
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from stylectl.evaluation.flicker import FlickerMeter
from stylectl.media import read_image
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.clip import Frame
from stylectl.video.file import VideoFile
from stylectl.video.look import Look
from stylectl.video.painter import FramePainter
from stylectl.video.settings import Stabilize


def main() -> None:
    """Prints a row for each clip, style and level."""
    parser = argparse.ArgumentParser(description="How much painted clips flicker.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("styles", type=Path, nargs="+")
    parser.add_argument("--stabilize", action="append", choices=get_args(Stabilize))
    parser.add_argument(
        "--size", type=int, default=320, help="long edge to which clips are reduced"
    )
    parser.add_argument("--first", type=int, default=0, help="number of the first frame")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--weights", default="lean")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--save", type=Path, help="a folder for strips of consecutive frames")
    given = parser.parse_args()

    contents = _frames(given.clip, given.first, given.frames, given.size)
    stylizer = Stylizer.load(given.weights, device=given.device)
    levels = given.stabilize or get_args(Stabilize)
    for path in given.styles:
        code = stylizer.encode_style(read_image(path).rgb)
        painted = [_painted(stylizer, Look((code,), stabilize=level), contents) for level in levels]
        meter = FlickerMeter(len(levels))
        for content, *frames in zip(contents, *painted, strict=True):
            meter.show(content, frames)
        floor, *measured = meter.measured()
        sys.stdout.write(f"{given.clip.name}, {path.stem}: content {floor.warp_error:.2f}\n")
        for level, flicker in zip(levels, measured, strict=True):
            excess = flicker.warp_error - floor.warp_error
            sys.stdout.write(
                f"  {level:7} warp {flicker.warp_error:6.2f}  excess {excess:6.2f}  "
                f"sharpness {flicker.sharpness / measured[0].sharpness:5.3f}\n"
            )
        sys.stdout.flush()
        if given.save:
            for level, frames in zip(levels, painted, strict=True):
                _save(given.save / f"{given.clip.stem}_{path.stem}_{level}.png", contents, frames)


def _painted(stylizer: Stylizer, look: Look, contents: list[Frame]) -> list[Frame]:
    painter = FramePainter(stylizer, look, total=len(contents))
    return [frame.painted for frame in painter.paint(contents, 0, every=len(contents))]


def _frames(path: Path, first: int, count: int, size: int) -> list[Frame]:
    clip = VideoFile(path)
    chosen = range(first, min(first + count, len(clip.timeline)))
    scale = min(1.0, size / max(clip.size))
    fitted = tuple(round(side * scale) // 2 * 2 for side in clip.size)
    with clip.frames(chosen) as frames:
        return [cv2.resize(frame, fitted, interpolation=cv2.INTER_AREA) for frame in frames]


def _save(path: Path, contents: list[Frame], painted: list[Frame]) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    middle = len(painted) // 2
    rows = [np.concatenate(frames[middle : middle + 4], axis=1) for frames in (contents, painted)]
    Image.fromarray(np.concatenate(rows)).save(path)


if __name__ == "__main__":
    main()
