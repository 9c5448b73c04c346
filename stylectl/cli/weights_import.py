"""`stylectl weights import` and `remove`: the user's own weights come and go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import options
from stylectl.cli.report import Report

_HEADER = "What the file says of itself"


def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A run's checkpoint.pt, or a .safetensors file."),
    ],
    name: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What --weights will know it by; no bundled name.",
            rich_help_panel=options.FILES,
        ),
    ],
    licence: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="The licence of the weights.",
            show_default="as the file states it",
            rich_help_panel=_HEADER,
        ),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="What they were trained on.",
            show_default="as the file states it",
            rich_help_panel=_HEADER,
        ),
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Make your own weights, or a training checkpoint, available by a name.

    Example: [bold]stylectl weights import runs/lean/checkpoint.pt --name mine[/bold]

    Writes NAME.safetensors into your folder of weights (stylectl weights list
    says where), with the configuration in its header. A checkpoint gives what
    training would have exported then: the averaged weights if it kept an
    average, in fp16. A checkpoint is a pickle: it is read with weights_only,
    executes nothing, and what it needs beyond tensors and plain data is named
    and refused.
    """
    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        report.stage("import")
        from stylectl.media.paths import shown
        from stylectl.weights.importing import import_weights
        from stylectl.weights.layout import read_layout, sha256

        target = import_weights(file, name, licence=licence, note=note, overwrite=overwrite)
        parameters = read_layout(target).parameters
        facts = {"name": name, "sha256": sha256(target), "parameters": parameters}
        report.wrote(shown(target), facts, f"--weights {name}, {parameters:,} parameters")


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of your own weights.")],
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Delete one of your own weights; bundled ones stay.

    Example: [bold]stylectl weights remove mine[/bold]
    """
    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        from stylectl.media.paths import shown
        from stylectl.weights.importing import remove_weights

        gone = remove_weights(name)
        if as_json:
            report.print_json({"removed": str(gone)})
        else:
            report.note(f"{shown(gone)} is deleted")
