"""What may stand in a recipe: every key, the type of its value, and what is said of other ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_type_hints

from stylectl.errors import UsageError
from stylectl.toml import meant, wrong_type
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
OF_STAGES = {"name": str, "task": TaskName, "init": list[str]}


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
            raise UsageError(
                f"{where}: there is no setting {key!r}{meant(key, keys)}",
                "settings are named as the options of `stylectl train --help`, with _ for -",
            )
        hint = keys[key]
        if wanted := wrong_type(value, hint):
            raise UsageError(f"{where}: {key} must be {wanted}, not {value!r}")
        values[key] = _converted(value, hint, data, networks)
    return values


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
