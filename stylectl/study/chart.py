"""The bar chart of a study (figure 2 of the paper): shares by question and method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stylectl.media import write_image
from stylectl.study.tally import Share, Tally

WIDTH, HEIGHT = 1600, 1000
_LEFT, _RIGHT, _BOTTOM, _MARGIN = 110, 40, 130, 40  # around the plot, in pixels
_PAPER, _INK, _QUIET, _GRID = "#ffffff", "#1c1c1a", "#585852", "#dededa"
_TEXT, _SMALL = 30, 25
# Neighbours differ in lightness too, for colour-blind eyes and grey prints.
_COLOURS = (
    "#1f5a8c", "#e08a1e", "#6b4a8a", "#6fb8a9", "#b03a48", "#9cc3e6",
    "#4d4d4d", "#d6cc45", "#a0522d",
)  # fmt: skip
_GROUP_GAP = 0.25  # of a question's width, left empty between questions


def chart(tally: Tally) -> Image.Image:
    """Draws the shares of every method with their 95 % intervals; RGB, 1600 pixels wide."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(image)
    top = _legend(draw, tally.methods)
    highest = max(share.high for question in tally.questions for share in question.shares)
    plot = _Plot(draw, top, min(1.0, math.ceil(highest * 10 + 0.5) / 10))
    plot.axis()
    for index, question in enumerate(tally.questions):
        title = question.question.capitalize()
        plot.group(index, len(tally.questions), title, question.shares)
    plot.chance(1 / len(tally.methods))
    answers = sum(question.answers for question in tally.questions)
    note = (
        f"{_count(tally.people, 'person', 'people')}, {_count(tally.pairs, 'pair', 'pairs')}, "
        f"{_count(answers, 'answer', 'answers')}; lines: 95 % intervals; dashed: chance"
    )
    draw.text((_LEFT, HEIGHT - _MARGIN), note, _QUIET, _font(_SMALL), anchor="ls")
    return image


def write_chart(tally: Tally, path: Path, *, overwrite: bool = False) -> None:
    """Draws the chart into an image file, whose suffix decides the format.

    Raises:
        OutputError: it cannot be written.
    """
    rgb = np.divide(np.asarray(chart(tally)), np.float32(255), dtype=np.float32)  # (H, W, 3)
    write_image(path, rgb, overwrite=overwrite)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)  # Pillow's own: the same chart on every machine


def _legend(draw: ImageDraw.ImageDraw, methods: tuple[str, ...]) -> int:
    """Names the colours in rows on top; gives where the plot may begin."""
    font, swatch, gap, row = _font(_TEXT), 28, 44, 48
    x, y = _LEFT, _MARGIN
    for method, colour in zip(methods, _COLOURS, strict=False):
        name = _shortened(draw, method, WIDTH - _LEFT - _RIGHT - swatch - 12)
        width = swatch + 12 + draw.textlength(name, font)
        if x > _LEFT and x + width > WIDTH - _RIGHT:
            x, y = _LEFT, y + row
        draw.rectangle((x, y, x + swatch, y + swatch), colour)
        draw.text((x + swatch + 12, y + swatch / 2), name, _INK, font, anchor="lm")
        x += int(width) + gap
    return y + row + 40


def _shortened(draw: ImageDraw.ImageDraw, name: str, width: float) -> str:
    font, short = _font(_TEXT), name
    while draw.textlength(short, font) > width:
        short = short.removesuffix("...")[:-1] + "..."
    return short


@dataclass(frozen=True)
class _Plot:
    """The area of the bars: from `top` to the axis, shares from 0 to `highest`."""

    draw: ImageDraw.ImageDraw
    top: int
    highest: float

    def y(self, share: float) -> int:
        """The row of a share."""
        base = HEIGHT - _BOTTOM
        return round(base - (base - self.top) * share / self.highest)

    def axis(self) -> None:
        """Grid lines with percentages, every 10 or 20."""
        step = 1 if self.highest <= 0.6 else 2
        for tenth in range(0, round(self.highest * 10) + 1, step):
            y = self.y(tenth / 10)
            self.draw.line((_LEFT, y, WIDTH - _RIGHT, y), _QUIET if tenth == 0 else _GRID, 2)
            label = f"{tenth * 10} %"
            self.draw.text((_LEFT - 14, y), label, _QUIET, _font(_SMALL), anchor="rm")

    def group(self, index: int, groups: int, title: str, shares: tuple[Share, ...]) -> None:
        """The bars of one question and its name under them."""
        room = (WIDTH - _LEFT - _RIGHT) / groups
        bar = room * (1 - _GROUP_GAP) / len(shares)
        left = _LEFT + room * (index + _GROUP_GAP / 2)
        for number, share in enumerate(shares):
            self._bar(left + number * bar, bar, share, _COLOURS[number])
        middle = _LEFT + room * (index + 0.5)
        self.draw.text((middle, self.y(0) + 16), title, _INK, _font(_TEXT), anchor="mt")

    def chance(self, share: float) -> None:
        """A dashed line where every method would be if people chose blindly."""
        y = self.y(share)
        for x in range(_LEFT, WIDTH - _RIGHT, 20):
            self.draw.line((x, y, x + 10, y), _INK, 2)

    def _bar(self, left: float, width: float, share: Share, colour: str) -> None:
        x, wide = round(left + width * 0.08), round(width * 0.84)
        if self.y(share.share) < self.y(0):
            self.draw.rectangle((x, self.y(share.share), x + wide, self.y(0) - 1), colour)
        middle, cap = x + wide // 2, min(12, wide // 5)
        low, high = self.y(share.low), self.y(share.high)
        # A white edge, so that the line is seen on a dark bar as well as above it.
        for colour_of_line, thick in ((_PAPER, 7), (_INK, 3)):
            self.draw.line((middle, low, middle, high), colour_of_line, thick)
            for end in (low, high):
                self.draw.line((middle - cap, end, middle + cap, end), colour_of_line, thick)
        label = f"{share.share * 100:.0f}" + (" %" if wide > 70 else "")
        edge = {"stroke_width": 5, "stroke_fill": _PAPER}  # grid lines end at the number
        self.draw.text((middle, high - 10), label, _INK, _font(_SMALL), anchor="mb", **edge)
