"""The names of the methods, carried by the page and the answers where nobody reads them by chance.

Veiled, not encrypted: it keeps an honest person blind without a key file that could get lost.
"""

from __future__ import annotations

import base64
import json
import zlib


def veil(names: dict[str, str]) -> str:
    """The names by their marks on the page, as text in which they cannot be read."""
    return base64.b64encode(zlib.compress(json.dumps(names, sort_keys=True).encode())).decode()


def unveil(legend: str) -> dict[str, str]:
    """The names by their marks again.

    Raises:
        ValueError: the text is no legend, or is damaged.
    """
    try:
        names = json.loads(zlib.decompress(base64.b64decode(legend, validate=True)))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ValueError("not a table of names")
    return names
