"""What a weights file says of its making."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stylectl import __version__
from stylectl.training.data import ImagePool
from stylectl.training.loop import TrainingLoop


def sources(
    images: Sequence[Path], paintings: Sequence[Path], networks: Sequence[Path]
) -> dict[str, Any]:
    """What weights are made from, for their header; names only, no paths of this machine."""
    return {
        "images": names(images),
        "paintings": names(paintings),
        "perceptual": names(networks),
    }


def provenance(note: str, loop: TrainingLoop) -> dict[str, Any]:
    """How far their making went, for their header."""
    return {
        "steps": loop.step,
        "minutes": round(loop.seconds / 60, 1),
        "budget": asdict(loop.budget),
        "finished": loop.progress >= 1,
        "note": note,
        "version": __version__,
    }


def names(paths: Sequence[Path]) -> list[str]:
    """The last part of each path, also of "." and the like."""
    return [path.resolve().name for path in paths]


def sizes(pool: ImagePool) -> list[int]:
    """How many images each folder gave: a checkpoint's sampler goes on exactly with these alone."""
    return [len(group) for group in pool.groups]


def plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as they come back from JSON, tuples as lists."""
    return json.loads(json.dumps(settings))
