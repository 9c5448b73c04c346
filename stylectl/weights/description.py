"""What a weights file says of itself, in words; without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stylectl.media.paths import shown
from stylectl.weights.layout import Layout

UNSTATED = "not stated"
_IMAGES = ("images", "paintings")
_FACTS = {"images": "photos", "paintings": "paintings", "perceptual": "judged by"}


def kind_of(layout: Layout) -> str:
    """What the file holds, such as "network, 16-32-64-128 channels, style stride 4"."""
    model, encoder = layout.header.get("model"), layout.header.get("encoder")
    if isinstance(model, Mapping):
        return f"network, {_configured(model)}"
    if isinstance(encoder, Mapping):
        return f"encoder alone, {_channels(encoder)}"
    if {"conv1_1.weight", "features.0.weight"} & layout.tensors.keys():
        return "VGG stack, to compare images by"
    return "unknown tensors"


def licence_of(header: Mapping[str, Any]) -> str:
    """The licence of the weights, as their header states it."""
    return one_line(header.get("licence")) or UNSTATED


def training_of(header: Mapping[str, Any]) -> str:
    """What trained them, in a few words: runs, steps, time, data."""
    runs = [*_history(header), header]
    steps, minutes = (sum(_number(run.get(key)) for run in runs) for key in ("steps", "minutes"))
    if not steps:
        return UNSTATED
    counted = f"{len(runs)} runs, " if len(runs) > 1 else ""
    images = _distinct(name for run in runs for key in _IMAGES for name in _names(run.get(key)))
    judges = _distinct(name for run in runs for name in _names(run.get("perceptual")))
    on = f", on {', '.join(images)}" if images else ""
    by = f", judged by {', '.join(judges)}" if judges else ""
    return f"{counted}{steps:,.0f} steps, {minutes:,.0f} minutes{on}{by}"


def training_facts(header: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The last run and those before it, each as (what, how)."""
    runs, last = _history(header), _run(header)
    named = [(f"run {number}", _run(run)) for number, run in enumerate(runs, 1)]
    facts = [*named, (f"run {len(runs) + 1}", last)] if runs else [("training", last)]
    facts += [(what, ", ".join(_names(header.get(key)))) for key, what in _FACTS.items()]
    if header.get("averaged") is True:
        facts.append(("average", "of the weights during training"))
    facts.append(("note", one_line(header.get("note"))))
    return [(what, how) for what, how in facts if how]


def one_line(text: Any) -> str:
    """A header's text as one printable line: whoever made the file may have written anything."""
    return shown(" ".join(text.split())) if isinstance(text, str) else ""


def _configured(config: Mapping[str, Any]) -> str:
    parts = [_channels(config)]
    if "style_stride" in config:
        parts.append(f"style stride {config['style_stride']}")
    if config.get("style_kernels") is False:
        parts.append("no style kernels")
    return one_line(", ".join(parts))


def _channels(config: Mapping[str, Any]) -> str:
    channels = config.get("channels")
    widths = "-".join(map(str, channels)) if isinstance(channels, list) else "unknown"
    return one_line(f"{widths} channels")


def _run(header: Mapping[str, Any]) -> str:
    steps, minutes = _number(header.get("steps")), _number(header.get("minutes"))
    if not steps:
        return ""
    settings, weights = header.get("settings"), header.get("weights")
    size = _number(settings.get("batch_size")) if isinstance(settings, Mapping) else 0
    batch = f" of {size:.0f}" if size else ""
    losses = [
        f"{_number(weight):g} {one_line(name)}"
        for name, weight in (weights.items() if isinstance(weights, Mapping) else ())
        if _number(weight)
    ]
    loss = f"; loss {' + '.join(losses)}" if losses else ""
    return f"{steps:,.0f} steps{batch}, {minutes:,.0f} minutes{loss}"


def _history(header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    history = header.get("history")
    return [run for run in history if isinstance(run, Mapping)] if isinstance(history, list) else []


def _names(value: Any) -> list[str]:
    return [one_line(name) for name in value if one_line(name)] if isinstance(value, list) else []


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) and value == value else 0
