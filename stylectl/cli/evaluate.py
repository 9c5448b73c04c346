"""`stylectl evaluate`: how well do weights, or pictures painted before, carry styles?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import evaluate_options as o
from stylectl.cli import options
from stylectl.cli.config.sources import on_the_command_line
from stylectl.cli.evaluate_report import EvaluationReport, show_failures, show_methods
from stylectl.cli.evaluate_video import VideoRequest, check_options, evaluate_video
from stylectl.cli.report import Report
from stylectl.errors import InputError, UsageError
from stylectl.evaluation.figures import DEFAULT_SIZE
from stylectl.stylize.settings import (
    DEFAULT_DEVICE,
    DEFAULT_PRECISION,
    DEFAULT_WEIGHTS,
    check_precision,
)

if TYPE_CHECKING:
    from stylectl.evaluation.request import Request


def evaluate(
    context: typer.Context,
    contents: Annotated[
        Path,
        typer.Argument(
            metavar="CONTENTS", help="Folder of photos, or one photo; with --video, a clip."
        ),
    ],
    styles: Annotated[
        list[Path],
        typer.Argument(
            metavar="STYLES",
            help="Folder of paintings, or one painting; with --video, clips painted from CONTENTS.",
        ),
    ],
    video: o.Video = False,
    weights: o.Weights = [],  # noqa: B006 - typer copies it
    results: o.Results = [],  # noqa: B006
    seed: options.Seed = None,
    size: o.Size = DEFAULT_SIZE,
    perceptual: o.Perceptual = [],  # noqa: B006
    lpips: o.Lpips = False,
    sheet: o.Sheet = None,
    sheet_side: o.SheetSide = 160,
    save: o.Save = None,
    figures: o.Figures = None,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    device: options.Device = DEFAULT_DEVICE,
    precision: options.Precision = DEFAULT_PRECISION,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Measure every content in every style, and compare weights or folders of results.

    Example: [bold]stylectl evaluate photos paintings --sheet sheet.png[/bold]

    Six figures, means over all pairs; arrows say what is better. Against the
    style: style_loss ↓, gram ↓, remd ↓. Against the content: content_loss ↓,
    self_similarity ↓, ssim ↑. They compare only between runs of one --size and
    one choice of --perceptual. --lpips adds a seventh, against the content. What
    cannot be read is named and left out, and the command exits with 3.

    With --video, flicker instead: what changes from frame to frame though
    nothing moved, mean difference in levels of 0..255. The content's own is the
    floor, and excess is what painting added.
    Example: [bold]stylectl evaluate clip.mp4 painted.mp4 --video[/bold]
    """
    if video:
        check_options(context)
        with Report(quiet=quiet, as_json=as_json, verbose=verbose) as video_report:
            video_report.stage("check")
            evaluate_video(
                VideoRequest(contents, styles, figures, overwrite, max_pixels), video_report
            )
        return
    if len(styles) > 1:
        raise UsageError(
            f"STYLES is {len(styles)} paths",
            "give one painting, or a folder of them; of clips, --video compares several",
        )
    check_precision(precision, device)
    if results and "weights" not in on_the_command_line(context):
        weights = []  # a file's or a variable's stand for the default, which results replace
    if not weights and not results:
        weights = [DEFAULT_WEIGHTS]

    report = EvaluationReport(quiet=quiet, as_json=as_json, verbose=verbose)
    with report:
        report.stage("check")
        # Whatever can be wrong with names and outputs is found out before torch is imported.
        from stylectl.evaluation.request import Request, check_request

        request = Request(
            contents, styles[0], weights, results, size, perceptual, sheet, sheet_side, save,
            figures, overwrite, max_pixels, device, precision, seed, lpips,
        )  # fmt: skip
        check_request(request)
        complete = _run(request, report)
    if not complete:
        raise typer.Exit(InputError.exit_code)


def _run(request: Request, report: EvaluationReport) -> bool:
    report.stage("load")
    from stylectl.evaluation.evaluation import Evaluation

    evaluation = Evaluation(request, report.on_event)
    report.stage("measure")
    pictures = evaluation.pairs * len(evaluation.methods)
    for done, _ in enumerate(evaluation.run(), 1):
        report.measured(done, pictures)
    report.stage("write")
    written = evaluation.write()
    report.end()
    summary = evaluation.summary
    if report.as_json:
        report.print_json(written)
    else:
        show_methods(list(summary.methods.values()))
    show_failures(summary, evaluation.pairs)
    return summary.complete
