"""Contents x styles x methods: every picture made or found, and measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from stylectl.errors import InputError
from stylectl.evaluation.figures import Figures
from stylectl.evaluation.methods import Method
from stylectl.evaluation.squares import as_tensor, read_square
from stylectl.evaluation.yardstick import ContentTarget, Yardstick
from stylectl.media import DEFAULT_MAX_PIXELS


@dataclass(frozen=True)
class InputRead:
    """A content or style was read: its middle square."""

    kind: Literal["content", "style"]
    name: str
    image: Image.Image


@dataclass(frozen=True)
class InputFailed:
    """A content or style could not be read; none of its pairs are measured."""

    kind: Literal["content", "style"]
    name: str
    error: InputError


@dataclass(frozen=True)
class Measured:
    """A picture of a method, as a square, and its figures."""

    method: str
    content: str
    style: str
    image: Image.Image
    figures: Figures


@dataclass(frozen=True)
class ResultFailed:
    """A method has no readable picture of a pair."""

    method: str
    content: str
    style: str
    error: InputError


Outcome = InputRead | InputFailed | Measured | ResultFailed


def compare(
    contents: Mapping[str, Path],
    styles: Mapping[str, Path],
    methods: Sequence[Method],
    yardstick: Yardstick,
    size: int,
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> Iterator[Outcome]:
    """Measures every pair of every method; what cannot be read is an outcome, too, and no end.

    Contents are read first. Style after style, each method then paints all contents: so every
    style is encoded once, and the maps of one style at a time are held.

    Args:
        contents, styles: name -> file.
        methods: of different names.
        size: side in pixels of the middle squares that are painted and measured.
        max_pixels: larger files count as unreadable.
    """

    def square(path: Path) -> Image.Image:
        return read_square(path, size, max_pixels)

    prepared: dict[str, tuple[Image.Image, ContentTarget]] = {}
    for name, path in contents.items():
        image = _read(lambda path=path: square(path))
        if isinstance(image, InputError):
            yield InputFailed("content", name, image)
            continue
        prepared[name] = image, yardstick.content_target(as_tensor(image)[None])
        yield InputRead("content", name, image)
    for name, path in styles.items():
        style = _read(lambda path=path: square(path))
        if isinstance(style, InputError):
            yield InputFailed("style", name, style)
            continue
        yield InputRead("style", name, style)
        target = yardstick.style_target(as_tensor(style)[None])
        for method in methods:
            paint = method.in_style(name, style)
            for content, (image, content_target) in prepared.items():
                result = _read(lambda c=content, i=image, p=paint: p(c, i))
                if isinstance(result, InputError):
                    yield ResultFailed(method.name, content, name, result)
                    continue
                figures = yardstick.figures(as_tensor(result)[None], content_target, target)
                yield Measured(method.name, content, name, result, figures)


def _read(source: Callable[[], Image.Image]) -> Image.Image | InputError:
    try:
        return source()
    except InputError as error:
        return error
