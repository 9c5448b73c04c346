"""What is compared: weights that paint each pair anew, or a folder of pictures painted before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from stylectl.errors import InputError
from stylectl.evaluation.files import result_files, result_stem
from stylectl.evaluation.squares import read_square
from stylectl.media import DEFAULT_MAX_PIXELS, shown
from stylectl.stylize.events import OnEvent
from stylectl.stylize.stylizer import Stylizer

Paint = Callable[[str, Image.Image], Image.Image]


class Method(Protocol):
    """One column of a comparison.

    Attributes:
        name: in tables, on sheets, in file names.
        described: where its pictures come from, for a program.
    """

    name: str
    described: dict[str, Any]

    def in_style(self, name: str, style: Image.Image) -> Paint:
        """Prepares one style; the result paints a content, given by name and middle square.

        Painting raises InputError if there is no readable result.
        """
        ...


class Painter:
    """Weights: every style is encoded once, every content painted with it.

    Args:
        seed: of the order of the channel groups, as for `Stylizer.stylize`.
    """

    def __init__(
        self,
        name: str,
        stylizer: Stylizer,
        described: dict[str, Any],
        on_event: OnEvent | None = None,
        seed: int | None = None,
    ) -> None:
        self.name, self.described = name, described
        self._stylizer, self._on_event, self._seed = stylizer, on_event, seed

    def in_style(self, name: str, style: Image.Image) -> Paint:
        code = self._stylizer.encode_style(style, size=None, on_event=self._on_event)
        return lambda _, content: self._stylizer.stylize(
            content, code, seed=self._seed, on_event=self._on_event
        )


class ResultFolder:
    """Pictures CONTENT_stylized_STYLE.png (or another image suffix), by any stylizer.

    Raises:
        InputError: there is no such folder, or no image in it.
    """

    def __init__(
        self, name: str, folder: Path, size: int, max_pixels: int = DEFAULT_MAX_PIXELS
    ) -> None:
        self.name, self.described = name, {"results": str(folder)}
        self._folder, self._size, self._max_pixels = folder, size, max_pixels
        self._files = result_files(folder)

    def in_style(self, name: str, style: Image.Image) -> Paint:
        def find(content_name: str, content: Image.Image) -> Image.Image:
            stem = result_stem(content_name, name)
            if stem not in self._files:
                raise InputError(f"{shown(self._folder / stem)}.png is missing")
            return read_square(self._files[stem], self._size, self._max_pixels)

        return find
