"""The command `stylectl`: its verbs, its help, and how every run of it ends."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

import stylectl
from stylectl import errors
from stylectl.cli import (
    attention,
    copy_examples,
    doctor,
    evaluate,
    grid,
    interpolate,
    multistyle,
    study,
    stylize,
    train,
    video,
    weights,
)
from stylectl.cli.config.context import configurable
from stylectl.cli.config.environment import DEBUG, NO_CONFIG
from stylectl.cli.failures import explained
from stylectl.cli.report import show_error
from stylectl.cli.signals import terminate_as_interrupt

INTERRUPTED = 130  # 128 + SIGINT, as shells report it

_EXIT_CODES = {
    0: "done",
    errors.StylectlError.exit_code: "an unexpected error",
    errors.UsageError.exit_code: "wrong usage",
    errors.InputError.exit_code: "an input cannot be read",
    errors.OutputError.exit_code: "an output cannot be written",
    errors.WeightsError.exit_code: "weights are missing or wrong",
    errors.DeviceError.exit_code: "no such device, or too little memory",
    errors.TrainingError.exit_code: "training cannot go on",
    errors.DamagedInputError.exit_code: "an input is damaged; what could be read is done",
    errors.SomeFailedError.exit_code: "some pictures of a batch failed",
    errors.AllFailedError.exit_code: "all pictures of a batch failed",
    INTERRUPTED: "interrupted",
}

app = typer.Typer(
    name="stylectl",
    help="Example: [bold]stylectl stylize photo.jpg painting.jpg[/bold]\n\n"
    "Turns a photo into a painting, offline, on a CPU or a GPU.",
    epilog="Exit codes: "
    + "; ".join(f"{code} {meaning}" for code, meaning in _EXIT_CODES.items())
    + "\n\nDefaults: stylectl.toml in the working directory or above, then the user's; "
    "STYLECTL_OPTION for all commands, STYLECTL_COMMAND_OPTION for one.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

# The verbs, in the order of the help: one module each.
app.command("stylize")(stylize.stylize)
app.command("interpolate")(interpolate.interpolate)
app.command("multistyle")(multistyle.multistyle)
app.command("grid")(grid.grid)
app.command("video")(video.video)
app.command("attention")(attention.attention)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(study.app, name="study")
app.add_typer(train.app, name="train")
app.add_typer(weights.app, name="weights")
app.command("examples")(copy_examples.examples)
app.command("doctor")(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits: the console script `stylectl`.

    Args:
        arguments: what follows the command's name; None takes the process's own.
    """
    terminate_as_interrupt()
    try:
        configurable(typer.main.get_command(app))(arguments, prog_name="stylectl")
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer's own answer to Ctrl-C, without a word
            show_error("interrupted")
        raise
    except KeyboardInterrupt:
        show_error("interrupted")
        sys.exit(INTERRUPTED)
    except errors.StylectlError as error:
        _fail(error)
    except Exception as error:
        _fail(
            explained(error)
            or errors.StylectlError(
                f"unexpected {type(error).__name__}: {error}",
                "this is a bug: please report it with what `stylectl --debug` (or "
                f"{DEBUG}=1) prints here",
            )
        )


def _fail(error: errors.StylectlError) -> None:
    if os.environ.get(DEBUG, "0") not in ("", "0"):
        traceback.print_exc()
    show_error(error.message, error.hint)
    sys.exit(error.exit_code)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stylectl {stylectl.__version__}")
        raise typer.Exit()


def _enable_debug(wanted: bool) -> None:
    if wanted:
        os.environ[DEBUG] = "1"


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", callback=_enable_debug, help=f"Show tracebacks; also {DEBUG}=1."),
    ] = False,
    show_config: Annotated[
        bool,
        typer.Option(
            "--show-config",
            help="Say what each option of the command after it is, and what set it; do nothing.",
        ),
    ] = False,
    no_config: Annotated[
        bool,
        typer.Option("--no-config", envvar=NO_CONFIG, help="Read no stylectl.toml."),
    ] = False,
) -> None: ...
