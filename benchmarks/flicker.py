"""How much flicker each level of --stabilize leaves, and what it costs in sharpness.

    python benchmarks/flicker.py CLIP STYLE… [--stabilize off --stabilize light …] [--size 320]

What `stylectl evaluate --video` measures, of paintings that no encoder has been at. The excess is
the warp error less the content's; sharpness is in parts of the first level's. With --perceptual (a
VGG up to relu5_1, or two files that reach it together), what a level makes of the figures of
`stylectl evaluate`, of every third frame in squares of 512 pixels: in percent of the first
level's, above 0 is larger. Needs the extra "bench".
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import torch
from torch import Tensor

from stylectl.evaluation.flicker import FlickerMeter
from stylectl.evaluation.yardstick import Yardstick
from stylectl.media import read_image, to_uint8
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.clip import Frame
from stylectl.video.file import VideoFile
from stylectl.video.look import Look
from stylectl.video.painter import FramePainter
from stylectl.video.settings import Stabilize
from stylectl.weights.vgg import load_vgg


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
    parser.add_argument("--perceptual", type=Path, action="append", default=[])
    parser.add_argument("--save", type=Path, help="a folder for strips of consecutive frames")
    given = parser.parse_args()

    contents = _frames(given.clip, given.first, given.frames, given.size)
    stylizer = Stylizer.load(given.weights, device=given.device)
    levels = given.stabilize or get_args(Stabilize)
    yardstick = (
        Yardstick([load_vgg(file) for file in given.perceptual], stylizer.device)
        if given.perceptual
        else None
    )
    for path in given.styles:
        style = read_image(path).rgb
        code = stylizer.encode_style(style)
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
        if yardstick:
            sys.stdout.write(_figures(yardstick, contents, painted, to_uint8(style), levels))
        sys.stdout.flush()
        if given.save:
            for level, frames in zip(levels, painted, strict=True):
                _save(given.save / f"{given.clip.stem}_{path.stem}_{level}.png", contents, frames)


def _painted(stylizer: Stylizer, look: Look, contents: list[Frame]) -> list[Frame]:
    painter = FramePainter(stylizer, look, total=len(contents))
    return [frame.painted for frame in painter.paint(contents, 0, every=len(contents))]


def _figures(
    yardstick: Yardstick,
    contents: list[Frame],
    painted: list[list[Frame]],
    style: Frame,
    levels: Sequence[str],
) -> str:
    """For each level after the first, by how many percent each figure differs from the first's."""
    target = yardstick.style_target(_square(style))
    chosen = range(2, len(contents), 3)
    kept = [yardstick.content_target(_square(contents[i])) for i in chosen]
    means = []
    for frames in painted:
        pairs = zip(chosen, kept, strict=True)
        figures = [yardstick.figures(_square(frames[i]), content, target) for i, content in pairs]
        means.append({name: np.mean([f[name] for f in figures]) for name in figures[0]})
    lines = []
    for level, mean in zip(levels[1:], means[1:], strict=True):
        changes = (f"{name} {100 * (mean[name] / means[0][name] - 1):+.0f} %" for name in mean)
        lines.append(f"  {level:7} {'  '.join(changes)}\n")
    return "".join(lines)


def _square(frame: Frame) -> Tensor:
    """(1, 3, 512, 512) in [0, 1]."""
    pixels = cv2.resize(frame, (512, 512), interpolation=cv2.INTER_CUBIC)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


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
