"""A value of a settings file, checked and made what an option takes."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from stylectl.errors import UsageError
from stylectl.toml import wrong_type

_FILE_SUFFIXES = (".safetensors", ".pth", ".pt", ".toml")  # of what is named or a file


def option_value(value: Any, hint: Any, metavar: str | None, folder: Path) -> Any:
    """The value as an option takes it.

    A number may stand for a text (`tile = 512`), and one value for a list of one
    (`weights = "lean"`). Paths are relative to `folder`, and ~ is the home directory.

    Args:
        value: as TOML gives it.
        hint: the type of the option's parameter.
        metavar: how the help writes its value; NAME|FILE is a path if it looks like one.
        folder: that of the settings file.

    Raises:
        UsageError: it is of another type; the message ends the sentence "KEY must be ...".
    """
    if get_origin(hint) in (types.UnionType, Union):
        hint = get_args(hint)[0]
    if get_origin(hint) is list:
        given = value if isinstance(value, list) else [value]
        if not given:
            raise UsageError("a list of one or more")
        inner = get_args(hint)[0]
        return [option_value(each, inner, metavar, folder) for each in given]
    if hint is str and isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if wanted := wrong_type(value, hint):
        raise UsageError(f"{wanted}, not {written(value)}")
    if hint is Path or (hint is str and metavar == "NAME|FILE" and _is_file(str(value))):
        return str(folder / Path(str(value)).expanduser())
    return value


def _is_file(text: str) -> bool:
    return Path(text).name != text or Path(text).suffix.lower() in _FILE_SUFFIXES


def range_of(option: Any) -> str:
    """The limits that click holds a number to, in words."""
    limits = getattr(option, "type", option)  # older typers keep them in click's type
    low, high = getattr(limits, "min", None), getattr(limits, "max", None)
    if low is None:
        return "" if high is None else f" up to {high:g}"
    return f" from {low:g} up" if high is None else f" from {low:g} to {high:g}"


def written(value: Any) -> str:
    """A value in a message, cut if it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
