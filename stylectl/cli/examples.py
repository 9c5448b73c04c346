"""What stands in for the pictures that a command was not given: those that come with stylectl."""

from __future__ import annotations

from pathlib import Path

from stylectl.errors import UsageError
from stylectl.resources import bundled_folder

FIRST_CONTENT, FIRST_STYLE = "lighthouse.jpg", "swirls.jpg"
_STYLES = (FIRST_STYLE, "mosaic.jpg")


def with_examples(
    content: Path | None, styles: list[Path] | None, *, named: bool = False
) -> tuple[Path, list[Path], str]:
    """Content, styles, and a line that says which of them are examples; empty if none are.

    Args:
        named: whether the content is a list that names its own styles; then none stand in.

    Raises:
        UsageError: there is one style, where a mix needs two.
    """
    if styles and len(styles) < 2:
        raise UsageError(f"there is only one style, {styles[0]}", "give two or more to mix")
    examples, used = bundled_folder("examples"), []
    if content is None:
        content = examples / "content" / FIRST_CONTENT
        used.append(f"content {FIRST_CONTENT}")
    if not styles and not named:
        styles = [examples / "style" / name for name in _STYLES]
        used.append(f"styles {', '.join(_STYLES)}")
    return content, styles or [], f"not given, so an example: {'; '.join(used)}" if used else ""
