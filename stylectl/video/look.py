"""How a clip is to look: styles that stay, that blend over time, or that scenes take in turn."""

from __future__ import annotations

from dataclasses import dataclass

from stylectl.errors import UsageError
from stylectl.stylize.mix import StyleMix, as_mix, between
from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_STRENGTH,
    DEFAULT_TILE,
    ColorName,
    TileSize,
    check_color,
    check_seed,
    check_size,
    check_strength,
    check_stroke_size,
    check_tile,
)
from stylectl.stylize.style import StyleCode
from stylectl.video.settings import DEFAULT_STABILIZE, Stabilize, check_alphas, check_stabilize


@dataclass(frozen=True, eq=False)
class Look:
    """What each frame is painted with.

    Args:
        styles: one; two to go between; or several of which each scene has the next.
        alpha: how much of the first of two styles the first and the last frame have.
        strength, color, size, stroke_size, seed, tile: as of `Stylizer.stylize`; `color` is "style"
            or "content".
        stabilize: how much a picture is held still from frame to frame.

    Raises:
        UsageError: a value is out of range, or there is an alpha for other than two styles.
    """

    styles: tuple[StyleCode, ...]
    alpha: tuple[float, float] | None = None
    strength: float = DEFAULT_STRENGTH
    color: ColorName = DEFAULT_COLOR
    size: int | None = None
    stroke_size: float | None = None
    seed: int | None = None
    tile: TileSize = DEFAULT_TILE
    stabilize: Stabilize = DEFAULT_STABILIZE

    def __post_init__(self) -> None:
        if not self.styles:
            raise UsageError("there is no style", "give at least one")
        check_alphas(self.alpha, len(self.styles))
        check_strength(self.strength)
        check_color(self.color)
        check_size("size", self.size)
        check_stroke_size(self.stroke_size)
        check_seed(self.seed)
        check_tile(self.tile)
        check_stabilize(self.stabilize)

    @property
    def follows_scenes(self) -> bool:
        """Whether the style changes where the scene does."""
        return len(self.styles) > 1 and self.alpha is None

    def at(self, progress: float, scene: int) -> StyleMix:
        """The styles of a frame.

        Args:
            progress: 0 for the first frame of the clip, 1 for the last.
            scene: the number of its scene.
        """
        if self.alpha is None:
            return as_mix(self.styles[scene % len(self.styles)])
        first, second = self.styles
        start, end = self.alpha
        return between(first, second, start + (end - start) * progress)
