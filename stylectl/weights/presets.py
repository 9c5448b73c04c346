"""Which preset a model is, or is nearest to."""

from __future__ import annotations

from typing import Any

from stylectl.model import PRESETS, ModelConfig


def nearest_preset(config: ModelConfig) -> tuple[str, dict[str, Any]]:
    """The preset that differs in the fewest settings, and those of `config` that differ."""
    described = config.to_dict()

    def changes(preset: ModelConfig) -> dict[str, Any]:
        known = preset.to_dict()
        return {name: value for name, value in described.items() if known[name] != value}

    name = min(PRESETS, key=lambda name: len(changes(PRESETS[name])))
    return name, changes(PRESETS[name])
