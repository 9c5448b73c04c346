"""All weights that have a name, and what each is: a list without torch, quick to have."""

from __future__ import annotations

from dataclasses import dataclass

from stylectl.errors import WeightsError
from stylectl.weights.description import UNSTATED, kind_of, licence_of
from stylectl.weights.layout import read_layout
from stylectl.weights.registry import Named, bundled_weights, user_weights


@dataclass(frozen=True)
class Listed:
    """Named weights, as far as the start of their file tells.

    Attributes:
        kind: what the file holds, in words.
        size: of the file in bytes; None if it cannot be read.
        parameters: numbers in it.
        licence: as the file states it.
        trouble: why the file cannot be used; "" if nothing is wrong with its layout.
    """

    named: Named
    kind: str = ""
    size: int | None = None
    parameters: int | None = None
    licence: str = UNSTATED
    trouble: str = ""


def catalogue() -> list[Listed]:
    """The bundled weights, then the user's own, each by name."""
    return [_listed(named) for named in [*bundled_weights(), *user_weights()]]


def _listed(named: Named) -> Listed:
    try:
        layout = read_layout(named.path)
    except WeightsError as error:
        return Listed(named, trouble=error.message)
    return Listed(named, kind_of(layout), layout.size, layout.parameters, licence_of(layout.header))
