"""`stylectl train ablation`: the paper's table 2, trained and measured by one command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import evaluate_options, options
from stylectl.cli import train_options as o
from stylectl.cli.evaluate_report import EvaluationReport, show_table
from stylectl.cli.train_folder import run_folder
from stylectl.stylize.settings import DEFAULT_DEVICE
from stylectl.training.settings import CHECKPOINT_MINUTES

if TYPE_CHECKING:
    from stylectl.ablation.rows import Table
    from stylectl.evaluation.figures import Figures

# Small, as what so short a training has seen: its photos are 256 pixels high.
_SIZE = 256
_MEASURING = evaluate_options.MEASURE

Contents = Annotated[
    Path,
    typer.Option(metavar="FOLDER", help="Photos to measure on.", rich_help_panel=_MEASURING),
]
Styles = Annotated[
    Path,
    typer.Option(metavar="FOLDER", help="Paintings to measure on.", rich_help_panel=_MEASURING),
]


def train_ablation(
    contents: Contents,
    styles: Styles,
    perceptual: evaluate_options.Perceptual = [],  # noqa: B006 - typer copies it
    size: evaluate_options.Size = _SIZE,
    recipe: o.Recipe = "ablation",
    data: o.Data = None,
    networks: o.NetworksFolder = None,
    out: o.Out = Path("runs/ablation"),
    steps: o.Steps = None,
    resume: o.Resume = False,
    checkpoint_minutes: o.SaveMinutes = CHECKPOINT_MINUTES,
    device: options.Device = DEFAULT_DEVICE,
    threads: o.Threads = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Train the six rows of the paper's table 2 alike, and measure what each part brings.

    Example: [bold]stylectl train ablation --data images --networks vggs
    --contents photos --styles paintings[/bold]

    Writes tables (ablation.md) and sheets of the example pictures (ablation.jpg,
    variants.jpg) into --out. Ctrl-C saves; the same command with --resume goes on.
    """
    given = dict(locals())

    from stylectl.training.recipe import read_recipe

    stages = read_recipe(recipe or "", data or Path(), networks or Path())
    stages = [stage.overridden({"steps": steps} if steps else {}) for stage in stages]

    from stylectl.ablation.run import Ablation

    ablation = Ablation(
        [stage.name for stage in stages], contents, styles, perceptual, size, out, device
    )
    ablation.check()

    from stylectl.cli.train_report import TrainingReport
    from stylectl.training.recipe_run import train_stages

    with run_folder(given) as folder:
        first = folder.processes.first
        with TrainingReport.of(folder, quiet, verbose) as training:
            weights = train_stages(stages, folder, training.on_event)
    if not first:
        return
    report = EvaluationReport(quiet=quiet, as_json=False, verbose=verbose)
    with report:
        report.stage("measure")
        figures = ablation.measure(weights, report.measured, report.on_event)
        report.stage("paint")
        ablation.write(figures, weights, report.on_event)
        report.wrote(str(out / ablation.TABLES), {}, f"{len(figures)} rows")
    _show(ablation.tables[0], figures)


def _show(table: Table, figures: Mapping[str, Figures]) -> None:
    from stylectl.ablation.tables import cells, columns

    show_table(columns(table), cells(table, figures))
