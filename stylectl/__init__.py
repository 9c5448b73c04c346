"""stylectl turns a photo into a painting: dynamic style kernels (CVPR 2023) on CPU or GPU.

    import stylectl
    from PIL import Image

    stylizer = stylectl.Stylizer.load()
    painting = stylizer.stylize(Image.open("photo.jpg"), Image.open("wave.jpg"))

Importing this package is instant: torch is imported with the first name that needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylectl.errors import StylectlError
    from stylectl.stylize.mix import StyleMix
    from stylectl.stylize.style import StyleCode
    from stylectl.stylize.stylizer import Stylizer

__version__ = "0.1.0"
__all__ = ["StyleCode", "StyleMix", "StylectlError", "Stylizer", "__version__"]

_HOMES = {
    "StyleCode": "stylectl.stylize.style",
    "StyleMix": "stylectl.stylize.mix",
    "StylectlError": "stylectl.errors",
    "Stylizer": "stylectl.stylize.stylizer",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value  # the next access does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
