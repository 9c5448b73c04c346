"""Recipes: runs of training written down in a TOML file, each from the weights of an earlier one.

A key is the name of an option of `stylectl train` (or `stylectl train encoder`) with _ for -.
What stands before the first `[[stages]]` counts for every stage that knows it:

    batch_size = 4

    [[stages]]
    name = "encoder"
    task = "encoder"               # or "stylization", the default
    steps = 800
    images = ["photos"]            # below --data
    teacher = ["vgg.safetensors"]  # below --networks

    [[stages]]
    name = "painting"
    minutes = 40
    content_weight = 3
    model = { style_stride = 4 }   # of ModelConfig

A stage starts from the weights of the one before it, or of the earlier one that `init` names, or
from the mean of several; with `init_part` from some parts of them alone:

    init = "encoder"
    init_part = ["encoder", "decoder"]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stylectl.errors import InputError, UsageError
from stylectl.media.paths import shown
from stylectl.resources import bundled_folder
from stylectl.toml import parse_value, read_toml
from stylectl.training.limits import fields_from
from stylectl.training.recipe_keys import KEYS, OF_STAGES, TaskName, checked
from stylectl.training.settings import (
    Budget,
    DistillationSettings,
    LossWeights,
    StylizationSettings,
)


@dataclass(frozen=True)
class Stage:
    """One run: what it trains, and every setting that is not left at its default.

    Attributes:
        init: the numbers, from 0, of the earlier stages that it starts from; (): the one before.
    """

    name: str
    task: TaskName
    values: Mapping[str, Any]
    init: tuple[int, ...] = ()

    def overridden(self, options: Mapping[str, Any]) -> Stage:
        """The stage with these options, as far as it knows them, in place of its own values.

        An encoder learns from all images, and from the networks that images are compared by.
        """
        options = dict(options)
        if self.task == "encoder":
            if images := [*options.get("content", []), *options.get("style", [])]:
                options["images"] = images
            if networks := options.get("perceptual"):
                options["teacher"] = networks
        if "model" in options:
            options["model"] = {**self.values.get("model", {}), **options["model"]}
        known = {k: v for k, v in options.items() if k in KEYS[self.task]}
        return replace(self, values={**self.values, **known})

    def over(self, defaults: Mapping[str, Any]) -> Stage:
        """The stage with these options where it says nothing itself."""
        return replace(self, values={}).overridden(defaults).overridden(self.values)


def known_recipes() -> list[str]:
    """The names of the recipes that come with the package."""
    return sorted(file.stem for file in _bundled().glob("*.toml"))


def read_recipe(recipe: str, data: Path = Path(), networks: Path = Path()) -> list[Stage]:
    """The stages of a recipe, by the name of a bundled one or the path of a file.

    Args:
        recipe: a name such as "lean", or the path of a .toml file.
        data: the folder that the recipe's folders of images lie in.
        networks: the folder that the recipe's perceptual networks lie in.

    Raises:
        InputError: there is no such recipe, or it is no TOML.
        UsageError: on an unknown key or a value that cannot work; names file, stage and key.
    """
    file = _resolved(recipe)
    try:
        table = read_toml(file)
    except ValueError as error:
        raise InputError(f"the recipe {shown(file)} cannot be read: {error}") from None
    tables = table.pop("stages", [{}])
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise UsageError(f"{shown(file)}: stages must be tables", "begin each with [[stages]]")
    shared = {**KEYS["stylization"], **KEYS["encoder"], **(OF_STAGES if tables == [{}] else {})}
    common = checked(table, shared, shown(file), data, networks)
    stages: list[Stage] = []
    for number, own in enumerate(tables, 1):
        where = (
            f"{shown(file)}, stage {own.get('name', number)}" if len(tables) > 1 else shown(file)
        )
        stages.append(_stage(own, common, where, stages, data, networks))
    if any(stage.task == "encoder" for stage in stages[1:]):
        raise UsageError(
            f"{shown(file)}: a stage after the first trains an encoder", "put it first"
        )
    return stages


def model_changes(assignments: Sequence[str]) -> dict[str, Any]:
    """{"style_stride": 4, "gate": "affine"} of ["style_stride=4", "gate=affine"].

    Raises:
        UsageError: one is no KEY=VALUE.
    """
    changes = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not key or not equals or not text:
            raise UsageError(f"{assignment!r} is no KEY=VALUE", "such as style_stride=4")
        changes[key.strip()] = parse_value(text)
    return changes


def _stage(
    own: dict[str, Any],
    common: dict[str, Any],
    where: str,
    earlier: Sequence[Stage],
    data: Path,
    networks: Path,
) -> Stage:
    if isinstance(one := own.get("init"), str):
        own = {**own, "init": [one]}
    # First of all what decides which other keys there are.
    checked({k: v for k, v in own.items() if k in OF_STAGES}, OF_STAGES, where, data, networks)
    task = own.get("task", common.get("task", "stylization"))
    keys = {**KEYS.get(task, {}), **OF_STAGES}
    values = {k: v for k, v in common.items() if k in keys}
    values |= checked(own, keys if task in KEYS else OF_STAGES, where, data, networks)
    name = values.pop("name", str(len(earlier) + 1))
    if not re.fullmatch(r"[\w-]+", name):
        raise UsageError(f"{where}: name is {name!r}", "it names a folder: letters, digits, -, _")
    values.pop("task", None)
    init = tuple(_earlier(name, earlier, where) for name in values.pop("init", ()))
    try:
        for settings, suffix in (
            (Budget, ""),
            (DistillationSettings if task == "encoder" else StylizationSettings, ""),
            (LossWeights, "_weight"),
        ):
            fields_from(settings, values, suffix)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", error.hint) from None
    return Stage(name, task, values, init)


def _earlier(name: str, earlier: Sequence[Stage], where: str) -> int:
    """The number of the stage that is named, the latest if several are."""
    names = [stage.name for stage in earlier]
    if name not in names:
        known = f"earlier stages: {', '.join(names)}" if names else "it is the first: none is"
        raise UsageError(f"{where}: init is {name!r}, which names no earlier stage", known)
    return len(names) - 1 - names[::-1].index(name)


def _resolved(recipe: str) -> Path:
    path = Path(recipe)
    if path.name == recipe and path.suffix != ".toml":
        path = _bundled() / f"{recipe}.toml"
    if not path.is_file():
        known = ", ".join(known_recipes()) or "none"
        raise InputError(
            f"there is no recipe {shown(recipe)}", f"bundled: {known}; or give a .toml file"
        )
    return path


def _bundled() -> Path:
    return bundled_folder("weights") / "recipes"
