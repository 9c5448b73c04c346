"""What one picture of a batch is made of: plain data that travels to other processes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from stylectl.stylize.settings import (
    DEFAULT_COLOR,
    DEFAULT_FEATHER,
    DEFAULT_LAYOUT,
    DEFAULT_PRECISION,
    DEFAULT_REST,
    DEFAULT_STITCH,
    DEFAULT_STRENGTH,
    DEFAULT_STYLE_SIZE,
    DEFAULT_TILE,
    ColorName,
    Layout,
    Rest,
    Stitch,
    TileSize,
)

Mode = Literal["stitch", "blend", "mask", "gradient"]


@dataclass(frozen=True)
class Together:
    """How several styles come together in one picture; of a single one it says nothing.

    Attributes:
        mode: what is not of this mode has no effect.
        weights: how much each style counts; None counts all alike.
        masks: files, for the mode "mask".
    """

    mode: Mode = "blend"
    weights: tuple[float, ...] | None = None
    stitch: Stitch = DEFAULT_STITCH
    masks: tuple[Path, ...] = ()
    feather: float = DEFAULT_FEATHER
    rest: Rest = DEFAULT_REST
    layout: Layout = DEFAULT_LAYOUT


@dataclass(frozen=True)
class Settings:
    """How pictures are painted, as `Stylizer.encode_style` and `Stylizer.stylize` take it.

    Attributes:
        stroke_size: as it is written, such as "2%" or "24": pixels differ from content to content.
        max_pixels: the most pixels an input may have; None is the limit of `media`.
    """

    strength: float = DEFAULT_STRENGTH
    color: ColorName = DEFAULT_COLOR
    size: int | None = None
    stroke_size: str | None = None
    style_size: int = DEFAULT_STYLE_SIZE
    seed: int | None = None
    precision: str = DEFAULT_PRECISION
    tile: TileSize = DEFAULT_TILE
    max_pixels: int | None = None
    together: Together = Together()

    def deciding(self) -> dict[str, object]:
        """Those that decide how a picture looks; of masks it is the files' content that does."""
        together = asdict(self.together)
        del together["masks"]
        decide = {**asdict(self), "together": together}
        del decide["tile"], decide["max_pixels"]  # the picture is the same
        return decide

    @property
    def digest(self) -> str:
        """A hash of what decides how a picture looks."""
        return hashlib.sha256(json.dumps(self.deciding(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Job:
    """One picture to be painted: may be pickled, and performed by any process that sees the files.

    Attributes:
        content: the photo.
        styles: the paintings.
        output: the file to write; its suffix decides the format.
        settings: how it is painted.
        replace: whether a file that stands at `output` may be replaced.
        redo: whether it is painted even if its result is there, recorded and unchanged.
    """

    content: Path
    styles: tuple[Path, ...]
    output: Path
    settings: Settings
    replace: bool = False
    redo: bool = False


@dataclass(frozen=True)
class Failure:
    """Why a picture was not painted: an error of stylectl's, or what an unforeseen one said."""

    message: str
    hint: str
    exit_code: int


@dataclass(frozen=True)
class Result:
    """How a job ended.

    Attributes:
        status: "done"; "kept" if its result was there already, unchanged; or "failed".
        size: width and height of the picture; None if it was not painted now.
        seconds: from reading to writing; the time of a network's batch counts for each in it.
        warnings: what could not be honoured, a line each.
        failure: None unless it failed.
    """

    job: Job
    status: Literal["done", "kept", "failed"]
    size: tuple[int, int] | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    failure: Failure | None = None
