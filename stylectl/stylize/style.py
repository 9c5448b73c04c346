"""A style as the network sees it: encoded once, used for any number of contents."""

from __future__ import annotations

from dataclasses import dataclass

from stylectl.model import StyleFeatures


@dataclass(frozen=True, eq=False)
class StyleCode:
    """What `Stylizer.encode_style` gives and `Stylizer.stylize` takes.

    Attributes:
        features: keys and values of every style position, in float32.
        size: height and width in pixels at which the style was encoded.
    """

    features: StyleFeatures
    size: tuple[int, int]

    @property
    def batch(self) -> int:
        """How many styles it holds: 1, or one for each content of a batch."""
        return self.features.values.shape[0]
