"""`stylectl evaluate --video`: how much do painted clips flicker?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperOption

from stylectl.cli.config.sources import on_the_command_line
from stylectl.cli.report import Report
from stylectl.cli.tables import show_table
from stylectl.errors import DamagedInputError, InputError, UsageError
from stylectl.stylize.events import Progress

if TYPE_CHECKING:
    from stylectl.evaluation.flicker import Flicker, FlickerMeter
    from stylectl.video.clip import Clip

_APPLY = ("video", "figures", "overwrite", "max_pixels", "quiet", "verbose", "as_json")
_DIGITS = 2


@dataclass(frozen=True)
class VideoRequest:
    """What is measured: `painted` clips against the one they were painted from."""

    content: Path
    painted: Sequence[Path]
    figures: Path | None
    overwrite: bool
    max_pixels: int | None


def check_options(context: typer.Context) -> None:
    """Raises UsageError if an option was given that measuring clips makes nothing of."""
    given = on_the_command_line(context)
    for option in context.command.params:
        if isinstance(option, TyperOption) and option.name in given.keys() - set(_APPLY):
            raise UsageError(
                f"{option.opts[0]} does not apply to --video", "leave one of the two out"
            )


def evaluate_video(request: VideoRequest, report: Report) -> None:
    """Measures, writes the file of figures if one is wanted, and shows them.

    Raises:
        DamagedInputError: the content is damaged; what could be read of it is measured.
    """
    from stylectl.evaluation.flicker import FlickerMeter
    from stylectl.evaluation.written import write_figures
    from stylectl.media import check_output
    from stylectl.video.opening import open_clip

    files = [request.content, *request.painted]
    if request.figures:
        check_output(request.figures, overwrite=request.overwrite, inputs=files)
    meter = FlickerMeter(len(request.painted))
    clips = [open_clip(file, max_pixels=request.max_pixels) for file in files]
    _check_alike(clips)
    damage = clips[0].damage
    if damage:
        report.warn(damage)
    report.stage("measure")
    _measure(meter, clips, report)
    measured = meter.measured()
    described = _described(clips, meter.pairs, measured)
    if request.figures:
        report.stage("write")
        write_figures(request.figures, described, overwrite=request.overwrite)
    report.end()
    if report.as_json:
        report.print_json(described)
    else:
        _show(files, measured)
    if damage:
        raise DamagedInputError(damage, "the figures are of what could be read")


def _check_alike(clips: Sequence[Clip]) -> None:
    content, *painted = clips
    for clip in painted:
        if (clip.size, len(clip.timeline)) != (content.size, len(content.timeline)):
            raise InputError(
                f"{clip.path} has {_extent(clip)}, {content.path} has {_extent(content)}",
                "give clips painted from this content: whole, and without --compare or --fps",
            )


def _extent(clip: Clip) -> str:
    return f"{len(clip.timeline)} frames of {clip.size[0]}x{clip.size[1]} pixels"


def _measure(meter: FlickerMeter, clips: Sequence[Clip], report: Report) -> None:
    total = len(clips[0].timeline)
    with ExitStack() as stack:
        streams = [stack.enter_context(clip.frames(range(total))) for clip in clips]
        for done, (content, *painted) in enumerate(zip(*streams, strict=True), 1):
            meter.show(content, painted)
            report.on_event(Progress(done, total, "frames"))


def _described(clips: Sequence[Clip], pairs: int, measured: Sequence[Flicker]) -> dict[str, Any]:
    rows = [
        {"clip": str(clip.path), **asdict(figures)}
        for clip, figures in zip(clips, measured, strict=True)
    ]
    floor = measured[0].warp_error
    painted = [{**row, "excess": row["warp_error"] - floor} for row in rows[1:]]
    frames = len(clips[0].timeline)
    return {"frames": frames, "pairs": pairs, "content": rows[0], "painted": painted}


def _show(files: Sequence[Path], measured: Sequence[Flicker]) -> None:
    floor = measured[0].warp_error
    rows = [
        (figures.warp_error, figures.warp_error - floor, figures.sharpness) for figures in measured
    ]
    show_table(
        {"clip": None, "warp_error": False, "excess": False, "sharpness": None},
        [
            [" ".join(str(file).split()), *(f"{value:.{_DIGITS}f}" for value in row)]
            for file, row in zip(files, rows, strict=True)
        ],
    )
