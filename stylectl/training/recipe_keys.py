"""What may stand in a recipe: every key, the type of its value, and what is said of other ones."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from stylectl.errors import UsageError
from stylectl.training.settings import (
    Budget,
    DistillationSettings,
    LossWeights,
    Part,
    Range,
    StylizationSettings,
)

TaskName = Literal["encoder", "stylization"]
Folders, Networks = list[Path], tuple[Path, ...]  # lists of files both, below --data, --networks
Parts = list[Part]

_EVERY = {"preset": str, "note": str, "model": dict, **get_type_hints(Budget)}
KEYS: dict[str, dict[str, Any]] = {
    "encoder": {
        **_EVERY,
        "images": Folders,
        "teacher": Networks,
        **get_type_hints(DistillationSettings),
    },
    "stylization": {
        **_EVERY,
        "content": Folders,
        "style": Folders,
        "perceptual": Networks,
        "preview_every": int,
        "preview_content": Folders,
        "preview_style": Folders,
        "init_part": Parts,
        **get_type_hints(StylizationSettings),
        **{f"{term}_weight": hint for term, hint in get_type_hints(LossWeights).items()},
    },
}
OF_STAGES = {"name": str, "task": TaskName, "init": str}


def checked(
    table: dict[str, Any], keys: Mapping[str, Any], where: str, data: Path, networks: Path
) -> dict[str, Any]:
    """The values as Python wants them, paths below their folders.

    Args:
        table: what the recipe says.
        keys: the keys that may stand there, and the types of their values.
        where: names the place in messages.
        data: the folder of the folders of images.
        networks: the folder of the perceptual networks.

    Raises:
        UsageError: on an unknown key, with the nearest known one, or a value of another type.
    """
    values = {}
    for key, value in table.items():
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1, 0.5)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(
                f"{where}: there is no setting {key!r}{meant}",
                "settings are named as the options of `stylectl train --help`, with _ for -",
            )
        hint = keys[key]
        if wanted := _wrong_type(value, hint):
            raise UsageError(f"{where}: {key} must be {wanted}, not {value!r}")
        values[key] = _converted(value, hint, data, networks)
    return values


def _wrong_type(value: object, hint: Any) -> str | None:
    """What the value should have been; None if it is."""
    if isinstance(hint, types.UnionType):  # such as int | None: TOML has no None
        hint = get_args(hint)[0]
    if get_origin(hint) is Literal:
        known = get_args(hint)
        return None if value in known else f"one of {', '.join(known)}"
    if hint in (Folders, Networks):
        right = isinstance(value, list) and all(isinstance(v, str) for v in value) and value
        return None if right else "a list of paths"
    if hint == Parts:
        known = [part.value for part in Part]
        right = isinstance(value, list) and all(v in known for v in value) and value
        return None if right else f"a list of {', '.join(known)}"
    if hint == Range:
        right = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
        return None if right else "two numbers, [low, high]"
    if hint is float:
        return None if _is_number(value) else "a number"
    words = {int: "a whole number", str: "a text", dict: "a table"}
    right = isinstance(value, hint) and not isinstance(value, bool)
    return None if right else words[hint]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _converted(value: Any, hint: Any, data: Path, networks: Path) -> Any:
    if hint == Folders:
        return [data / path for path in value]
    if hint == Networks:
        return [networks / path for path in value]
    if hint == Parts:
        return [Part(name) for name in value]
    if hint == Range:
        return (float(value[0]), float(value[1]))
    return float(value) if _is_number(value) and hint not in (int, int | None) else value
