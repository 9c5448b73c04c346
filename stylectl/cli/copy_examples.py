"""`stylectl examples`: pictures to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from stylectl.cli import options
from stylectl.cli.examples import FIRST_CONTENT, FIRST_STYLE
from stylectl.cli.report import Report

DEFAULT_FOLDER = Path("stylectl_examples")


def examples(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Where to; it is made, with content and style in it."
        ),
    ] = DEFAULT_FOLDER,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Copy the bundled example pictures out, to paint with.

    Example: [bold]stylectl examples pictures[/bold]

    The paths of the copies go to stdout, one on each line. If one of the files is
    there already, none is copied.
    """
    # Copying is over before a spinner could turn.
    report = Report(quiet=quiet, as_json=as_json, verbose=verbose)
    from stylectl.examples import copy_examples
    from stylectl.media.paths import shown

    copies = copy_examples(folder, overwrite=overwrite)
    if as_json:
        report.print_json({"files": [str(copy) for copy in copies]})
        return
    for copy in copies:
        typer.echo(copy)
    content, style = folder / "content" / FIRST_CONTENT, folder / "style" / FIRST_STYLE
    command = shlex.join(["stylectl", "stylize", shown(content), shown(style)])
    report.note(f"try: {command}")
