"""How much a painted clip flickers: the warp error, and the content clip's own as the floor.

    python benchmarks/flicker.py CLIP STYLE… [--stabilize off --stabilize light …] [--size 320]

For each pair of frames that follow one another within a scene: the mean, over pixels that are not
occluded, of |frame_t - warp(frame_t-1)| in 0..255, the movement estimated on the content by
OpenCV's DIS flow and occlusion by checking it forwards and backwards. The excess, ours less the
content's, is what painting adds. Sharpness is the painting's mean gradient, in parts of frame by
frame's: holding still must not be had by blurring. Needs the extra "bench".
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from stylectl.media import read_image
from stylectl.stylize.stylizer import Stylizer
from stylectl.video.clip import Frame
from stylectl.video.file import VideoFile
from stylectl.video.look import Look
from stylectl.video.painter import FramePainter
from stylectl.video.scenes import SceneDetector
from stylectl.video.settings import Stabilize

_CONSISTENT = 0.01, 0.5  # occluded: |forward + backward|² above 0.01 (|f|² + |b|²) + 0.5 pixels²


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
    warps = _warps(contents)
    floor = _warp_error(contents, warps)
    sys.stdout.write(f"{given.clip.name}: {len(contents)} frames, content {floor:.2f}\n")
    stylizer = Stylizer.load(given.weights, device=given.device)
    for path in given.styles:
        code = stylizer.encode_style(read_image(path).rgb)
        sharp = None
        for level in given.stabilize or get_args(Stabilize):
            look = Look((code,), stabilize=level)
            painter = FramePainter(stylizer, look, total=len(contents))
            painted = [frame.painted for frame in painter.paint(contents, 0, every=10**9)]
            error = _warp_error(painted, warps)
            sharpness = _sharpness(painted)
            sharp = sharp or sharpness
            sys.stdout.write(
                f"  {path.stem:24.24} {level:7} warp {error:6.2f}  excess {error - floor:6.2f}  "
                f"sharpness {sharpness / sharp:5.3f}\n"
            )
            sys.stdout.flush()
            if given.save:
                _save(given.save / f"{given.clip.stem}_{path.stem}_{level}.png", contents, painted)


def _frames(path: Path, first: int, count: int, size: int) -> list[Frame]:
    clip = VideoFile(path)
    chosen = range(first, min(first + count, len(clip.timeline)))
    scale = min(1.0, size / max(clip.size))
    fitted = tuple(round(side * scale) // 2 * 2 for side in clip.size)
    with clip.frames(chosen) as frames:
        return [cv2.resize(frame, fitted, interpolation=cv2.INTER_AREA) for frame in frames]


def _warps(contents: list[Frame]) -> list[tuple[NDArray[Any], NDArray[Any]] | None]:
    """For each frame but the first: where its pixels were, and where that holds; None at cuts."""
    scenes, warps = SceneDetector(), []
    begins = [scenes.begins(frame) for frame in contents]
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    for before, after, cut in zip(contents, contents[1:], begins[1:], strict=False):
        if cut:
            warps.append(None)
            continue
        first, second = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after))
        backward = dis.calc(second, first, None)  # type: ignore[call-overload]  # (H, W, 2)
        forward = dis.calc(first, second, None)  # type: ignore[call-overload]
        returned = backward + _warped(forward, backward)
        squares = (backward**2).sum(-1) + (_warped(forward, backward) ** 2).sum(-1)
        share, pixels = _CONSISTENT
        warps.append((backward, (returned**2).sum(-1) < share * squares + pixels))
    return warps


def _warped(image: NDArray[Any], flow: NDArray[Any]) -> NDArray[Any]:
    height, width = flow.shape[:2]
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    across, down = (columns + flow[..., 0]), (rows + flow[..., 1])
    return cv2.remap(
        *(image, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR),
        borderMode=cv2.BORDER_REPLICATE,
    )


def _warp_error(frames: list[Frame], warps: list[Any]) -> float:
    errors = []
    for before, after, warp in zip(frames, frames[1:], warps, strict=False):
        if warp is not None:
            flow, visible = warp
            moved = _warped(before.astype(np.float32), flow)
            errors.append(np.abs(after - moved)[visible].mean())
    return float(np.mean(errors))


def _sharpness(frames: list[Frame]) -> float:
    return float(
        np.mean([np.abs(np.diff(frame.astype(np.float32), axis=1)).mean() for frame in frames])
    )


def _save(path: Path, contents: list[Frame], painted: list[Frame]) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    middle = len(painted) // 2
    rows = [np.concatenate(frames[middle : middle + 4], axis=1) for frames in (contents, painted)]
    Image.fromarray(np.concatenate(rows)).save(path)


if __name__ == "__main__":
    main()
