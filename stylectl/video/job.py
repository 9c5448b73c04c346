"""A clip to be painted into an output, checked as far as it can be before the long work."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stylectl.media import check_output, shown
from stylectl.video.clip import Clip
from stylectl.video.encoding import Encoding, choose_encoding
from stylectl.video.output import check_folder
from stylectl.video.pieces import check_encoding
from stylectl.video.streams import Cargo, plan_cargo
from stylectl.video.targets import Target
from stylectl.video.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be done, but for the painting itself.

    Attributes:
        clip: what is painted.
        chosen: the numbers of the frames to paint.
        target: what becomes of them.
        encoding: how they are written.
        cargo: what the output takes along of the clip.
        compare: whether each frame shows the content at the left and the painting at the right.
        warnings: what in the output is not as one may expect, a line each.
    """

    clip: Clip
    chosen: range
    target: Target
    encoding: Encoding
    cargo: Cargo
    compare: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the output."""
        return output_size(self.clip, self.compare)

    @property
    def times(self) -> Timeline:
        """When each chosen frame is shown, from 0 on."""
        return self.clip.timeline.cut(self.chosen)

    @property
    def is_cut(self) -> bool:
        """Whether only a part of the clip is painted."""
        return len(self.chosen) < len(self.clip.timeline)

    def settings(self) -> dict[str, Any]:
        """All of it that decides how the output looks."""
        return {
            "clip": self.clip.identity(),
            "frames": [self.chosen.start, self.chosen.stop],
            "rate": str(self.times.average_rate),
            "kind": self.target.kind,
            "encoding": asdict(self.encoding),
            "compare": self.compare,
        }


def output_size(clip: Clip, compare: bool) -> tuple[int, int]:
    """Width and height of a clip's output."""
    width, height = clip.size
    return (2 * width if compare else width), height


def plan_job(
    clip: Clip,
    target: Target,
    *,
    start: float | None = None,
    end: float | None = None,
    codec: str | None = None,
    crf: float | None = None,
    preset: str | None = None,
    pixel_format: str | None = None,
    sound: bool = True,
    compare: bool = False,
    overwrite: bool = False,
) -> Job:
    """Checks everything and tries the encoder: what can go wrong is not to go wrong hours later.

    Args:
        start, end: seconds after the first frame; None is its begin or end.
        codec, crf, preset, pixel_format: as of `choose_encoding`.
        sound: whether sound is taken along.
        compare: whether content and painting stand side by side.
        overwrite: whether an output that exists may be replaced.

    Raises:
        InputError: no frame lies between start and end.
        OutputError: the target cannot be written.
        UsageError: the encoder cannot be had, or not so.
    """
    check_target(target, overwrite, clip.path)
    chosen = clip.timeline.between(start, end)
    size = output_size(clip, compare)
    encoding = choose_encoding(
        target, size, codec=codec, crf=crf, preset=preset, pixel_format=pixel_format
    )
    streams = [stream for stream in clip.streams if sound or stream.kind != "Audio"]
    cargo = Cargo()
    with tempfile.TemporaryDirectory(prefix="stylectl-") as folder:
        check_encoding(Path(folder), encoding, size)
        if target.container:
            cargo = plan_cargo(clip.path, streams, target.container, Path(folder))
    warnings = [*_warnings(clip, target, size, encoding, pixel_format), *cargo.warnings]
    return Job(clip, chosen, target, encoding, cargo, compare, tuple(warnings))


def _warnings(
    clip: Clip, target: Target, size: tuple[int, int], encoding: Encoding, wanted: str | None
) -> list[str]:
    warnings = []
    if clip.damage:
        warnings.append(f"{clip.damage}; what can be read is painted")
    if clip.colours.is_hdr:
        warnings.append(f"{shown(clip.path)} is HDR: its brightest parts are brought down to white")
    if target.container and not wanted and encoding.pixel_format == "yuv444p":
        warnings.append(
            f"{size[0]}x{size[1]} has an odd side, which the usual 4:2:0 cannot hold: "
            f"{shown(target.path)} is 4:4:4, which some players do not show"
        )
    lost = [stream for stream in clip.streams if stream.kind != "Attachment"]
    if not target.container and lost:
        warnings.append(f"{target.description} holds no sound and no subtitles: they are left out")
    return warnings


def check_target(target: Target, overwrite: bool, *inputs: Path) -> None:
    """Raises OutputError if the target cannot be written, or is one of the inputs."""
    if target.kind == "frames":
        check_folder(target.path, overwrite, inputs)
    else:
        check_output(target.path, overwrite=overwrite, inputs=inputs)
