"""Numbers with limits, held by settings and shown by the CLI; settings made of named values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, TypeVar

from stylectl.errors import UsageError

_Settings = TypeVar("_Settings")


def number(default: float | None, low: float, high: float | None = None) -> Any:
    """A field whose limits `check_limits` holds and the CLI shows."""
    limits = {"min": low} if high is None else {"min": low, "max": high}
    return field(default=default, metadata=limits)


def span(low: float, high: float, lowest: float) -> Any:
    """A field of a low and a high number, drawn from in between; `check_limits` holds them."""
    return field(default=(low, high), metadata={"min": lowest})


def limits(settings: type, name: str) -> dict[str, Any]:
    """The "min" and perhaps "max" of a setting."""
    return next(dict(f.metadata) for f in fields(settings) if f.name == name)


def fields_from(
    settings: type[_Settings], values: Mapping[str, Any], suffix: str = ""
) -> _Settings:
    """Settings made of the values that are named as their fields, with `suffix` behind the names.

    Raises:
        UsageError: as the settings do.
    """
    names: list[str] = [f.name for f in fields(settings)]  # type: ignore[arg-type]
    return settings(**{n: values[n + suffix] for n in names if n + suffix in values})


def check_limits(settings: Any) -> None:
    """Raises UsageError for the first number or range of an object that is beyond its limits."""
    for each in fields(settings):
        value, low = getattr(settings, each.name), each.metadata.get("min")
        if low is None or value is None:
            continue
        high = each.metadata.get("max", float("inf"))
        if isinstance(value, tuple):
            if not low <= value[0] <= value[1] < high:  # also for NaN
                raise UsageError(
                    f"{each.name} is {value[0]:g} to {value[1]:g}",
                    f"give a low and a high number, at least {low:g}",
                )
            continue
        if not low <= value <= high:  # also for NaN
            wanted = f"at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"
            raise UsageError(f"{each.name} is {value:g}", f"it must be {wanted}")
