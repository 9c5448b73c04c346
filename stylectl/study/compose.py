"""What a page holds: marks for the methods, and each picture once, in random order."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from stylectl.study.legend import veil
from stylectl.study.pairs import Material, Pair
from stylectl.study.pictures import embedded_picture
from stylectl.study.settings import StudySettings

_SAME_SHAPE = 0.02  # relative difference of aspect ratios that nobody sees


class Composer:
    """Reads the pictures of a study and gathers what `page` takes.

    Args:
        material: the files.
        settings: how the page is made.
        order: decides the marks and the order of the pictures.
        max_pixels: the most pixels that a picture may have.
    """

    def __init__(
        self, material: Material, settings: StudySettings, order: random.Random, max_pixels: int
    ) -> None:
        self.material, self.settings, self.max_pixels = material, settings, max_pixels
        self.order = order
        marks = order.sample(range(0x100000, 0x1000000), len(material.results))
        self.mark_of = dict(zip(material.results, (f"{mark:x}" for mark in marks), strict=True))
        self.sizes: dict[Path, tuple[int, int]] = {}

    def study(self, pairs: list[Pair]) -> dict[str, Any]:
        """What `page` takes.

        Raises:
            InputError: a picture cannot be read.
        """
        files = sorted({file for pair in pairs for file in self._files(pair)})
        self.order.shuffle(files)
        number = {file: index for index, file in enumerate(files)}
        return {
            "legend": veil({mark: method for method, mark in self.mark_of.items()}),
            "pairsPerPerson": min(self.settings.pairs, len(pairs)),
            "pairs": [self._pair(pair, number) for pair in pairs],
            "pictures": [self._picture(file) for file in files],
        }

    def uneven(self, pairs: list[Pair]) -> list[Pair]:
        """The pairs whose results, read by `study`, differ in shape."""
        return [pair for pair in pairs if self._is_uneven(pair)]

    def _files(self, pair: Pair) -> list[Path]:
        given = [self.material.contents[pair.content], self.material.styles[pair.style]]
        return given + [found[pair] for found in self.material.results.values()]

    def _picture(self, file: Path) -> str:
        data, self.sizes[file] = embedded_picture(file, self.settings.size, self.max_pixels)
        return data

    def _pair(self, pair: Pair, number: dict[Path, int]) -> dict[str, Any]:
        photo, painting, *results = (number[file] for file in self._files(pair))
        return {
            "pair": {"content": pair.content, "style": pair.style},
            "given": {"content": photo, "style": painting},
            "results": dict(sorted(zip(self.mark_of.values(), results, strict=True))),
        }

    def _is_uneven(self, pair: Pair) -> bool:
        sizes = [self.sizes[found[pair]] for found in self.material.results.values()]
        ratios = [width / height for width, height in sizes]
        return max(ratios) > min(ratios) * (1 + _SAME_SHAPE)
