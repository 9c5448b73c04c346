"""Which options were typed, and which files or variables gave."""

from __future__ import annotations

from typing import Any

import typer


def on_the_command_line(context: typer.Context) -> dict[str, Any]:
    """The options that were typed."""
    return _from(context, "COMMANDLINE")


def configured(context: typer.Context) -> dict[str, Any]:
    """The options that variables or settings files give."""
    return _from(context, "ENVIRONMENT", "DEFAULT_MAP")


def _from(context: typer.Context, *wanted: str) -> dict[str, Any]:
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, s in sources.items() if s is not None and s.name in wanted]
    return {name: context.params[name] for name in given}
