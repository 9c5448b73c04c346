"""What makes a mask unusable; without torch, so that the CLI can say so early and name the file."""

from __future__ import annotations

from stylectl.errors import UsageError
from stylectl.stylize.settings import Rest

_ASPECT_TOLERANCE = 0.01


def check_mask_values(name: str, low: float, high: float) -> None:
    """Raises UsageError unless the extremes of a mask are in [0, 1] and not both 0."""
    if not (low >= 0 and high <= 1):  # also for NaN
        raise UsageError(f"{name} has values from {low:g} to {high:g}", "give values in 0 to 1")
    if high == 0:
        raise UsageError(f"{name} is black everywhere", "paint white where its style belongs")


def check_mask_aspect(name: str, mask: tuple[int, int], content: tuple[int, int]) -> None:
    """Raises UsageError unless a mask has the shape of the content; both are height and width."""
    expected = mask[1] * content[0] / content[1]  # the height that its width asks for
    if abs(mask[0] - expected) > max(1.0, _ASPECT_TOLERANCE * expected):
        raise UsageError(
            f"{name} is {mask[1]}x{mask[0]}, the content {content[1]}x{content[0]}: "
            "they differ in shape",
            "give a mask of the content's aspect ratio; its size does not matter",
        )


def check_mask_count(masks: int, styles: int, rest: Rest) -> None:
    """Raises UsageError unless masks and styles go together.

    Args:
        masks: as many as styles; or one fewer, and the first style fills what they leave.
        rest: what fills it; the content only if each style has a mask.
    """
    if masks not in (styles, styles - 1) or masks == 0:
        raise UsageError(
            f"there are {masks} masks for {styles} styles",
            "give a mask for each style, or for each but the first, which then fills the rest",
        )
    if masks < styles and rest == "content":
        raise UsageError(
            "the rest cannot be the content: a style without a mask fills it",
            "give a mask for each style",
        )
