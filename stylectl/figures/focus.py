"""The paper's figure 4, focused regions: for points of a photo, where in the painting they look."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image
from torch import Tensor

from stylectl.figures.heat_map import Scale, heat_map
from stylectl.figures.lettering import FAINT, PAPER, shortened, write
from stylectl.figures.marks import mark
from stylectl.stylize.attention import AttentionMaps

Size = tuple[int, int]  # width and height in pixels, as in Pillow

_MARGIN, _GAP, _WIDE_GAP = 28, 8, 28
_TITLE, _NAME, _LABEL = 44, 30, 24  # heights of lines of text
_HEADER = 360  # height of photo and painting at the top
_TEXT = 480  # width of the words at the top
_MEAN = 320  # box of the map of all heads together
_NARROWEST = 112  # width that the label of a single head needs
_SMALLEST_CLOSE_UP = 140
_CLOSE_UP = 0.2  # of the photo's long edge


def draw_attention(content: Image.Image, style: Image.Image, maps: AttentionMaps) -> Image.Image:
    """The figure: the points on the photo, then for each point its maps with and without the gate.

    Args:
        content, style: upright RGB pictures of any size, as they were given to the network.
    """
    return _Figure(content, style, maps).drawn()


class _Block(NamedTuple):
    """One of the two sets of maps that stand side by side."""

    title: str
    weights: Tensor  # (P, G, rows, columns)
    kept: Tensor | None  # (P, G)


class _Figure:
    def __init__(self, content: Image.Image, style: Image.Image, maps: AttentionMaps) -> None:
        self.content, self.style, self.maps = content, style, maps
        self.heads = maps.ungated.shape[1]
        self.blocks = _blocks(maps)
        # Single heads look harder than their mean, and would leave it dark if they set the scale.
        means = [block.weights.mean(1) for block in self.blocks]
        self.scale = Scale(max(float(mean.max()) for mean in means) * means[0][0].numel())

        self.mean = _fitted(style, (_MEAN, _MEAN))
        half = max(1, (self.mean[1] - _LABEL - _GAP) // 2)  # two rows stand beside the mean
        self.small = _fitted(style, (_MEAN, half))
        self.columns = -(-self.heads // 2)
        self.pitch = max(self.small[0], _NARROWEST) + _GAP
        self.block_width = self.mean[0] + 2 * _GAP + self.columns * self.pitch
        self.close_up = max(self.mean[1], _SMALLEST_CLOSE_UP)
        self.tops = [_fitted(picture, (2 * _HEADER, _HEADER)) for picture in (content, style)]

    def drawn(self) -> Image.Image:
        maps_width = self.close_up + len(self.blocks) * (self.block_width + _WIDE_GAP)
        width = max(maps_width, sum(top[0] for top in self.tops) + 2 * _WIDE_GAP + _TEXT)
        band = _NAME + max(self.close_up, self.mean[1] + _LABEL) + _WIDE_GAP
        first = _MARGIN + _TITLE + _HEADER + _WIDE_GAP
        height = first + len(self.maps.points) * band
        sheet = Image.new("RGB", (width + 2 * _MARGIN, height), PAPER)
        self._draw_header(sheet)
        for number in range(len(self.maps.points)):
            y = first + number * band
            self._draw_spot(sheet, y, number)
            for place, block in enumerate(self.blocks):
                x = _MARGIN + self.close_up + _WIDE_GAP + place * (self.block_width + _WIDE_GAP)
                self._draw_block(sheet, (x, y), block, number)
        return sheet

    def _draw_header(self, sheet: Image.Image) -> None:
        """Photo with its marks, painting, and how to read the rest."""
        x, y = _MARGIN, _MARGIN
        write(sheet, (x, y - 8), "Where in the painting do these spots of the photo look?", 28)
        y += _TITLE
        photo = self.content.resize(self.tops[0], Image.Resampling.LANCZOS)
        for number, point in enumerate(self.maps.points, 1):
            mark(photo, _on(photo, self.content, *point), number, 11)
        for picture in (photo, self.style.resize(self.tops[1], Image.Resampling.LANCZOS)):
            sheet.paste(picture, (x, y))
            x += picture.width + _WIDE_GAP
        for line in self._words():
            write(sheet, (x, y), line, 19)
            y += 34
        self.scale.draw(sheet, (x, y + 20), _TEXT - 2 * _GAP)

    def _words(self) -> list[str]:
        rows, columns = self.maps.ungated.shape[2:]
        gate = [
            "Grey cells: the gate shuts them out.",
            "Percent: how much of the painting the gate lets in.",
        ]
        return [
            "Bright cells: paint for the spot is taken from here.",
            *(gate if self.maps.gated is not None else ()),
            f"Heads: {self.heads} ways to compare, each with a map of its own.",
            f"Cells: the network sees the painting as {columns} x {rows}.",
        ]

    def _draw_spot(self, sheet: Image.Image, y: int, number: int) -> None:
        """The point's name and the photo around it."""
        px, py = self.maps.points[number]
        write(sheet, (_MARGIN, y + 3), f"Spot {number + 1}", 20)
        write(sheet, (_MARGIN + 80, y + 7), f"x {px:.0f}, y {py:.0f}", 15, FAINT)
        reach = max(8, round(max(self.content.size) * _CLOSE_UP / 2))
        left = max(0, min(round(px) - reach, self.content.width - 2 * reach))
        top = max(0, min(round(py) - reach, self.content.height - 2 * reach))
        right = min(left + 2 * reach, self.content.width)
        bottom = min(top + 2 * reach, self.content.height)
        part = self.content.crop((left, top, right, bottom))
        shown = part.resize(_fitted(part, (self.close_up, self.close_up)))
        mark(shown, _on(shown, part, px - left, py - top), number + 1, 16)
        sheet.paste(shown, (_MARGIN, y + _NAME))

    def _draw_block(self, sheet: Image.Image, where: Size, block: _Block, number: int) -> None:
        """The mean of the heads, large, and the heads in two rows beside it."""
        x, y = where[0], where[1] + _NAME
        weights = block.weights[number]  # (G, rows, columns)
        kept = None if block.kept is None else block.kept[number]
        write(sheet, (x, y - 25), shortened(block.title, 18, self.block_width), 18)
        self._draw_map(sheet, (x, y), self.mean, weights.mean(0))
        share = "" if kept is None else f": {float(kept.mean()):.0%}"
        write(sheet, (x, y + self.mean[1] + 4), f"mean of {len(weights)} heads{share}", 16)
        for head, one in enumerate(weights):
            row, column = divmod(head, self.columns)
            at = x + self.mean[0] + 2 * _GAP + column * self.pitch
            down = y + row * (self.small[1] + _LABEL + _GAP)
            self._draw_map(sheet, (at, down), self.small, one)
            share = "" if kept is None else f": {float(kept[head]):.0%}"
            write(sheet, (at, down + self.small[1] + 4), f"head {head + 1}{share}", 16, FAINT)

    def _draw_map(self, sheet: Image.Image, where: Size, size: Size, weights: Tensor) -> None:
        sheet.paste(heat_map(weights, self.maps, self.style, self.scale, size), where)


def _blocks(maps: AttentionMaps) -> list[_Block]:
    if maps.gated is None:
        return [_Block("The attention (this network has no gate)", maps.ungated, None)]
    return [
        _Block("With the gate: what the network uses", maps.gated, maps.kept),
        _Block("Without the gate: what it chooses from", maps.ungated, None),
    ]


def _fitted(picture: Image.Image, box: Size) -> Size:
    """The largest size of the picture's shape that fits into a box."""
    factor = min(box[0] / picture.width, box[1] / picture.height)
    return max(1, round(picture.width * factor)), max(1, round(picture.height * factor))


def _on(shown: Image.Image, original: Image.Image, x: float, y: float) -> Size:
    """Where a pixel of the original lies on a resized copy of it."""
    return (
        int((x + 0.5) * shown.width / original.width),
        int((y + 0.5) * shown.height / original.height),
    )
