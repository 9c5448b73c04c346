"""TOML files that people write: read, and their values told apart from what they should be."""

from __future__ import annotations

import difflib
import sys
import types
from collections.abc import Iterable
from enum import EnumMeta
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports]

_LARGEST = 1 << 20  # bytes; what people write has a few thousand
_WORDS = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    bool: ("true or false", "trues or falses"),
    Path: ("a path", "paths"),
    dict: ("a table", "tables"),
}


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file.

    Raises:
        ValueError: it cannot be read or is no TOML; the message says why, in one line.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise ValueError(f"it has more than {_LARGEST >> 20} MiB")
        return tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None


def parse_value(text: str) -> Any:
    """A value as TOML writes it; a text that is none stands for itself and needs no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text.strip()


def wrong_type(value: object, hint: Any) -> str | None:
    """What the value should have been, in a few words; None if it is of the type `hint`.

    Args:
        value: as TOML gives it.
        hint: a type of `_WORDS`, a list or tuple of one, a Literal or Enum of texts, or one of
            them or None.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, Union):  # such as int | None: TOML has no None
        return wrong_type(value, inner[0])
    if known := _choices(hint):
        return None if value in known else f"one of {', '.join(known)}"
    if origin in (list, tuple):
        right = isinstance(value, list) and not any(wrong_type(v, inner[0]) for v in value)
        if origin is tuple and inner[-1] is not Ellipsis:
            right = right and len(value) == len(inner)  # type: ignore[arg-type]
            return None if right else "two numbers, [low, high]"
        words = ", ".join(_choices(inner[0])) or _WORDS[inner[0]][1]
        return None if right and value else f"a list of {words}"
    if isinstance(value, bool) or hint is bool:  # to Python a bool is an int
        right = isinstance(value, bool) and hint is bool
    else:
        right = isinstance(value, {float: (int, float), Path: str}.get(hint, hint))
    return None if right else _WORDS[hint][0]


def _choices(hint: Any) -> list[str]:
    """The texts that a Literal or an Enum is one of; none for other types."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    is_enum = isinstance(hint, EnumMeta)
    return [member.value for member in list[Any](hint)] if is_enum else []


def meant(key: str, known: Iterable[str]) -> str:
    """The words "; did you mean ...?" if one of the known keys is near, else nothing."""
    near = difflib.get_close_matches(key, list(known), 1, 0.5)
    return f"; did you mean {near[0]}?" if near else ""
