"""`stylectl study`: asks people which method's results they like best, and counts."""

from __future__ import annotations

import typer

from stylectl.cli.study_make import make
from stylectl.cli.study_tally import tally

app = typer.Typer(
    help="Ask people which method's pictures they like best, and count the answers.\n\n"
    "Example: [bold]stylectl study make results/ours results/theirs --content photos "
    "--style paintings[/bold]",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.command("make")(make)
app.command("tally")(tally)
