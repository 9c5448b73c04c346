"""--show-config: every option of a command, its value, and where that comes from."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperOption

from stylectl.cli.config.files import project_file, user_file
from stylectl.cli.config.keys import long_names
from stylectl.cli.report import say, stderr_console
from stylectl.cli.tables import show_table
from stylectl.media.paths import shown

if TYPE_CHECKING:
    from stylectl.cli.config.context import ConfiguredContext


def show_config(context: ConfiguredContext) -> None:
    """Prints it to stdout: JSON with the command's own --json, else a table."""
    options = [p for p in context.command.params if isinstance(p, TyperOption) and p.name]
    values = {_name(option): _plain(context.params.get(option.name)) for option in options}
    origins = {_name(option): context.origin(option.name) for option in options}
    if context.params.get("as_json"):
        described = {
            name: {"value": value, "source": origins[name].kind, "name": origins[name].name or None}
            for name, value in values.items()
        }
        files = [{"kind": file.kind, "path": str(file.path)} for file in context.files]
        typer.echo(json.dumps({"command": context.words, "options": described, "files": files}))
        return
    columns = ("option", "value", "from")
    show_table(
        dict.fromkeys(columns),
        [
            [f"--{name.replace('_', '-')}", _written(values[name], option), str(origins[name])]
            for name, option in zip(values, options, strict=True)
        ],
        words=columns,
    )
    if not context.params.get("quiet"):
        _tell_files(context)
    if recipe := context.params.get("recipe"):
        told = f"note: what the recipe {recipe} sets counts more than files, variables and defaults"
        say(stderr_console(), told)


def _tell_files(context: ConfiguredContext) -> None:
    """Where files are looked for, on stderr."""
    read = {file.path for file in context.files}
    for kind, path in (("project", project_file()), ("user's", user_file())):
        state = "read" if path in read else "not read" if path and path.is_file() else "none there"
        told = f"{path} ({state})" if path else "none from here upwards"
        say(stderr_console(), f"{kind} file: {told}")


def _name(option: TyperOption) -> str:
    return long_names(option)[0]


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _written(value: Any, option: TyperOption) -> str:
    if value is None or value == []:  # in the words of the help
        return f"({option.show_default})" if isinstance(option.show_default, str) else "(none)"
    return shown(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
