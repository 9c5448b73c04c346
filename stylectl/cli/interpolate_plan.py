"""What `stylectl interpolate` is asked for: which mixes, and into which files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stylectl.cli.streams import STREAM
from stylectl.errors import UsageError
from stylectl.stylize.interpolation import (
    Arrangement,
    Weights,
    arranged,
    line,
    loop,
    strip,
    there_and_back,
)

DEFAULT_STEPS, DEFAULT_FRAMES = 5, 24


@dataclass(frozen=True)
class Plan:
    """The mixes to paint, and what is made of them.

    Attributes:
        kind: a file for each mix, or one for all.
        folder: of separate files; None if the output names no folder.
        arrangement: of a sheet.
    """

    kind: Literal["files", "sheet", "animation"]
    mixes: tuple[Weights, ...]
    outputs: tuple[Path, ...]
    folder: Path | None = None
    arrangement: Arrangement | None = None


def planned(
    content: Path,
    styles: Sequence[Path],
    alphas: Sequence[float] | None,
    steps: int | None,
    output: Path | None,
    suffix: str = ".png",
) -> Plan:
    """The plan that follows from the options; touches no file but to see what is a folder.

    Args:
        suffix: of the names that `output` does not give.

    Raises:
        UsageError: the options contradict each other.
    """
    if alphas and steps is not None:
        raise UsageError("--alpha and --steps do not go together", "give one of them")
    if alphas and len(styles) != 2:
        raise UsageError(
            f"--alpha mixes two styles, and there are {len(styles)}",
            "give --steps; or paint one mix by `stylectl multistyle --mode blend --weights`",
        )
    name = "_".join((content.stem, *(style.stem for style in styles)))
    kind = _kind(output, alphas)
    if kind == "animation":
        assert output is not None
        if alphas:
            _check_several(output, alphas)
            mixes = there_and_back(line(alphas))
        else:
            mixes = loop(len(styles), steps or DEFAULT_FRAMES)
        return Plan(kind, tuple(mixes), (output,))
    arrangement = strip(line(alphas)) if alphas else arranged(len(styles), steps or DEFAULT_STEPS)
    mixes = tuple(mix for mix, _ in arrangement.points)
    if kind == "sheet":
        return Plan(kind, mixes, (output or Path(f"{name}_sheet{suffix}"),), None, arrangement)
    if output is not None and not _is_folder(output):
        return Plan(kind, mixes, (output,))
    files = tuple((output or Path()) / f"{name}_{_tag(mix)}{suffix}" for mix in mixes)
    _check_distinct(files, alphas)
    return Plan(kind, mixes, files, output)


def check_goes_with(plan: Plan, picture_size: int | None, fps: float | None) -> None:
    """Raises UsageError for an option that would have no effect on what is written."""
    if plan.kind == "files" and picture_size is not None:
        raise UsageError(
            "--picture-size does not go with single files: they have the content's size",
            "it is for sheets and animations",
        )
    if plan.kind != "animation" and fps is not None:
        raise UsageError(
            "--fps goes with an animation only", "choose an output that ends in .gif, .webp or .mp4"
        )


def _kind(
    output: Path | None, alphas: Sequence[float] | None
) -> Literal["files", "sheet", "animation"]:
    single = alphas is not None and len(alphas) == 1
    if output is None:
        return "files" if alphas else "sheet"
    if _is_folder(output):
        return "files"

    from stylectl.media.animation import ANIMATIONS

    # WebP is both: of one mix a picture, of several an animation.
    suffix = output.suffix.lower()
    if suffix in ANIMATIONS and not (single and suffix == ".webp"):
        return "animation"
    return "files" if single else "sheet"


def _is_folder(output: Path) -> bool:
    return output != STREAM and (not output.suffix or output.is_dir())


def alpha_tag(alpha: float) -> str:
    """What tells the file of a mix of two styles by the first one's share."""
    return f"alpha{_short(alpha)}"


def _tag(mix: Weights) -> str:
    """What tells the file of a mix from those of the others."""
    if len(mix) == 2:
        return alpha_tag(mix[0])
    return "-".join(map(_short, mix))


def _short(weight: float) -> str:
    return f"{round(weight, 4):g}"


def _check_several(output: Path, alphas: Sequence[float]) -> None:
    if len(alphas) == 1:
        raise UsageError(
            f"{output.suffix} is an animation, and one alpha is one picture",
            "give more of them or --steps, or choose an output that ends in .png",
        )


def _check_distinct(files: Sequence[Path], alphas: Sequence[float] | None) -> None:
    for file, alpha in zip(files, alphas or (), strict=False):
        if files.count(file) > 1:
            raise UsageError(f"alpha {_short(alpha)} is given twice", "give each once")
