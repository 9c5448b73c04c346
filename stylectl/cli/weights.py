"""`stylectl weights`: which weights there are, what they are, whether they are whole."""

from __future__ import annotations

import typer

from stylectl.cli.weights_fetch import fetch
from stylectl.cli.weights_import import import_, remove
from stylectl.cli.weights_list import list_
from stylectl.cli.weights_show import show
from stylectl.cli.weights_verify import verify

app = typer.Typer(
    help="List, describe and check weights; fetch VGG-16; import and remove your own.\n\n"
    "Example: [bold]stylectl weights list[/bold]\n\n"
    "What has a name in the list can be given to --weights of every command.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.command("list")(list_)
app.command("show")(show)
app.command("verify")(verify)
app.command("fetch")(fetch)
app.command("import")(import_)
app.command("remove")(remove)
