"""Which Python and which libraries there are."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import stylectl
from stylectl.findings import Finding

NEEDED = (
    "torch",
    "numpy",
    "pillow",
    "imageio",
    "imageio-ffmpeg",
    "safetensors",
    "typer",
    "rich",
    "platformdirs",
)
EXTRAS = {
    "matplotlib": "the curves of stylectl train; pip install 'stylectl[train]'",
    "tensorboard": "stylectl train --tensorboard; pip install 'stylectl[tensorboard]'",
    "lpips": "stylectl evaluate --lpips; pip install 'stylectl[lpips]'",
    "opencv-python-headless": "stylectl evaluate --video; pip install 'stylectl[bench]'",
}


def versions() -> Iterator[Finding]:
    """Python, stylectl and the libraries; one that is missing is a problem, unless it is extra."""
    where = Path(stylectl.__file__).parent
    yield _version("stylectl", stylectl.__version__, f" in {where}")
    yield _version("python", platform.python_version(), f" on {platform.platform()}")
    yield Finding("executable", "ok", sys.executable, data={"path": sys.executable})
    for name in NEEDED:
        version = _installed(name)
        if version is None:
            yield Finding(name, "problem", "is not installed", f"pip install {name}")
        else:
            yield _version(name, version)
    for name, purpose in EXTRAS.items():
        version = _installed(name)
        if version is None:
            yield Finding(name, "ok", f"not installed; only for {purpose}", data={"version": None})
        else:
            yield _version(name, version)


def _version(name: str, version: str, where: str = "") -> Finding:
    return Finding(name, "ok", version + where, data={"version": version})


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
