"""What the command line would say to words, without doing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from stylectl.cli.app import app

_DONE_BY_PARSING = {"--install-completion", "--show-completion"}


class Unfinished(Exception):
    """The words name a command and leave out what it needs."""


def parse(words: Sequence[str]) -> None:
    """Reads what follows `stylectl` as the command line does.

    Raises:
        Unfinished: a required argument is missing.
        ValueError: there is no such command or option, or a value is none of it.
    """
    if _DONE_BY_PARSING & set(words):
        return
    command: Any = typer.main.get_command(app)
    rest, context, name = list(words), None, "stylectl"
    try:
        while True:
            context = command.make_context(name, rest, context)
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            if not hasattr(command, "resolve_command"):
                return
            if not rest:
                if command.invoke_without_command:
                    return
                raise Unfinished(" ".join(words))
            name, command, rest = command.resolve_command(context, rest)
    except typer.Exit:  # --help, --version
        return
    except Unfinished:
        raise
    except Exception as error:  # typer's own copy of click's, which it does not name
        kind = type(error).__name__
        if kind in ("MissingParameter", "NoArgsIsHelpError"):
            raise Unfinished(" ".join(words)) from None
        raise ValueError(f"{' '.join(words)}: {kind} {error}") from None


def option_names(verb: str = "") -> set[str]:
    """The options of a command, such as "train encoder"; of all commands for ""."""
    found: set[str] = {"--help", "-h"}
    for name, command in _commands(typer.main.get_command(app), ""):
        if not verb or name == verb:
            for parameter in command.params:
                found |= {*parameter.opts, *parameter.secondary_opts}
    return found


def verbs() -> set[str]:
    """Every command that there is, such as "train encoder"."""
    return {name for name, _ in _commands(typer.main.get_command(app), "")} - {""}


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{name} {word}".strip())
