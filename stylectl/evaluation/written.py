"""The JSON file of figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stylectl.media.atomic import atomic_output


def write_figures(path: Path, described: dict[str, Any], *, overwrite: bool) -> None:
    """Writes what was measured, readable by people too.

    Raises:
        OutputError: it exists without `overwrite`, or cannot be written.
    """
    with atomic_output(path, overwrite) as temporary:
        temporary.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
