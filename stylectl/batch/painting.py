"""The settings of a picture, given to a Stylizer: the one way from files' pixels to a painting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stylectl.batch.job import Settings, Together
from stylectl.stylize.events import OnEvent
from stylectl.stylize.settings import parse_stroke_size

if TYPE_CHECKING:  # the command line reads its inputs before torch is imported
    from torch import Tensor

    from stylectl.media import Levels
    from stylectl.media.alpha import FloatArray
    from stylectl.stylize.images import AnyImage, ImageT
    from stylectl.stylize.mix import StyleMix
    from stylectl.stylize.style import StyleCode
    from stylectl.stylize.stylizer import Stylizer


def encode(
    stylizer: Stylizer,
    settings: Settings,
    style: AnyImage,
    content: Levels,
    on_event: OnEvent,
    *,
    size: int | None,
) -> StyleCode:
    """A style at a size, with the content's colours if the settings ask for them."""
    return stylizer.encode_style(
        style,
        size=size,
        colors_of=content if settings.color == "match" else None,
        on_event=on_event,
    )


def paint(
    stylizer: Stylizer,
    settings: Settings,
    content: ImageT,
    style: StyleCode | StyleMix,
    on_event: OnEvent,
    *,
    long_edge: int,
) -> ImageT:
    """A content, or several of one size as a tensor (B, 3, H, W), in this style.

    Args:
        long_edge: the content's, in pixels.
    """
    return stylizer.stylize(
        content,
        style,
        strength=settings.strength,
        color="content" if settings.color == "content" else "style",  # match: encoded so
        size=settings.size,
        stroke_size=stroke_size(settings, long_edge),
        seed=settings.seed,
        tile=settings.tile,
        on_event=on_event,
    )


def stroke_size(settings: Settings, long_edge: int) -> float | None:
    """The width of the strokes as a share of a long edge in pixels.

    Raises:
        UsageError: it is out of range there.
    """
    text = settings.stroke_size
    return None if text is None else parse_stroke_size(text, long_edge)


def reference(settings: Settings, styles: Sequence[AnyImage]) -> Tensor:
    """The picture (3, H, W) that stitching makes of several styles; to be encoded as it is."""
    from stylectl.stylize.stitch import stitched

    return stitched(styles, settings.together.stitch, settings.style_size)


def mixed(codes: Sequence[StyleCode], masks: Sequence[FloatArray], together: Together) -> StyleMix:
    """Encoded styles, together in any way but stitched."""
    from stylectl.stylize.mix import StyleMix
    from stylectl.stylize.regions import Gradient

    if together.mode == "mask":
        return StyleMix.masked(
            codes, masks, weights=together.weights, feather=together.feather, rest=together.rest
        )
    gradient = Gradient(together.layout, len(codes)) if together.mode == "gradient" else None
    return StyleMix(tuple(codes), together.weights, gradient)


def style_of(
    stylizer: Stylizer,
    settings: Settings,
    styles: Sequence[Levels],
    masks: Sequence[FloatArray],
    content: Levels,
    on_event: OnEvent,
) -> StyleCode | StyleMix:
    """All that a content is painted with."""
    if settings.together.mode == "stitch" and len(styles) > 1:
        whole = reference(settings, styles)
        return encode(stylizer, settings, whole, content, on_event, size=None)
    size = settings.style_size
    codes = [encode(stylizer, settings, style, content, on_event, size=size) for style in styles]
    return mixed(codes, masks, settings.together)
