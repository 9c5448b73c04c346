"""What every command that paints does alike: check, read, load, encode, paint, write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylectl.batch import painting
from stylectl.batch.job import Settings, Together
from stylectl.cli.report import Report
from stylectl.cli.streams import INPUT, OUTPUT, STREAM, check_stdout, read_stdin, write_stdout
from stylectl.errors import UsageError
from stylectl.stylize.settings import (
    ColorName,
    DeviceName,
    PrecisionName,
    check_precision,
    check_seed,
    check_size,
    check_strength,
    parse_stroke_size,
    parse_tile,
)

if TYPE_CHECKING:
    from stylectl.media import Levels, Picture
    from stylectl.media.alpha import FloatArray
    from stylectl.stylize.images import AnyImage
    from stylectl.stylize.mix import StyleMix
    from stylectl.stylize.style import StyleCode
    from stylectl.stylize.stylizer import Stylizer


@dataclass(frozen=True)
class Choices:
    """The options that all commands that paint share, checked.

    Raises:
        UsageError: a value is out of range.
    """

    strength: float
    color: ColorName
    size: int | None
    stroke_size: str | None
    style_size: int
    seed: int | None
    weights: str
    device: DeviceName
    precision: PrecisionName
    tile: str
    overwrite: bool
    max_pixels: int | None

    def __post_init__(self) -> None:
        check_strength(self.strength)
        check_size("size", self.size)
        check_size("style-size", self.style_size)
        if self.stroke_size is not None:
            parse_stroke_size(self.stroke_size)
        check_seed(self.seed)
        check_precision(self.precision, self.device)
        parse_tile(self.tile)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Choices:
        """Those among all that a command was given."""
        return cls(**{field.name: given[field.name] for field in fields(cls)})

    def settings(self, together: Together = Together()) -> Settings:  # noqa: B008  # frozen
        """What the library paints with."""
        shared = {field.name for field in fields(self)} & {field.name for field in fields(Settings)}
        chosen = {name: getattr(self, name) for name in shared}
        return Settings(**{**chosen, "tile": parse_tile(self.tile)}, together=together)


class Painter:
    """One run of a command, from files to files.

    A command checks and reads all its files before it encodes the first style: whatever can be
    wrong with them is found out before torch takes its seconds. "-" stands for standard input where
    a picture is read, and for standard output where one is written.

    Args:
        suffix: decides the format of what goes to standard output.

    Raises:
        WeightsError: there are no such weights.
    """

    def __init__(self, choices: Choices, report: Report, suffix: str = ".png") -> None:
        report.stage("read")
        from stylectl.weights.registry import resolve

        self.choices, self.report, self._suffix = choices, report, suffix
        self._settings = choices.settings()
        self._stdin_is_read = False
        self._weights_file = resolve(choices.weights)

    def check_output(self, output: Path, inputs: Iterable[Path]) -> None:
        """Raises OutputError if it cannot be written, or is an input."""
        from stylectl.media import check_output

        inputs = (*inputs, self._weights_file)
        check_output(output, overwrite=self.choices.overwrite, inputs=inputs)

    def check_picture(self, output: Path, inputs: Iterable[Path]) -> None:
        """The same for an image file."""
        from stylectl.media import format_for_output

        format_for_output(self.named(output))
        if output == STREAM:
            check_stdout(as_json=self.report.as_json)
        else:
            self.check_output(output, inputs)

    def check_fits(self, output: Path, size: tuple[int, int]) -> None:
        """Raises OutputError if the output's format cannot hold a width and height."""
        check_fits(self.named(output), size)

    def named(self, output: Path) -> Path:
        """A name whose suffix tells the format, for standard output too."""
        return Path(OUTPUT + self._suffix) if output == STREAM else output

    def read(self, path: Path) -> Picture:
        """An image file, its warnings told."""
        from stylectl.media import DEFAULT_MAX_PIXELS, read_image

        most = self.choices.max_pixels or DEFAULT_MAX_PIXELS
        data = None
        if path == STREAM:
            if self._stdin_is_read:
                raise UsageError(f"{INPUT} is given twice", "name a file for one of them")
            self._stdin_is_read = True
            path, data = Path(INPUT), read_stdin()
        picture = read_image(path, max_pixels=most, data=data)
        for warning in picture.warnings:
            self.report.warn(warning)
        width, height = picture.size
        self.report.detail(f"read {path}: {width}×{height} pixels")  # noqa: RUF001
        return picture

    def read_content(self, path: Path) -> Picture:
        """The same for what is painted over.

        Raises:
            UsageError: --stroke-size is out of range for its size.
        """
        picture = self.read(path)
        painting.stroke_size(self._settings, max(picture.size))
        return picture

    @cached_property
    def stylizer(self) -> Stylizer:
        """The network, loaded when it is first needed."""
        self.report.stage("load")
        from stylectl.stylize.stylizer import Stylizer

        stylizer = Stylizer.load(
            self._weights_file, device=self.choices.device, precision=self.choices.precision
        )
        self.report.detail(f"computing on {stylizer.device} in {stylizer.precision}")
        self.report.detail(f"weights {self.choices.weights}: {self._weights_file}")
        return stylizer

    def load(self) -> None:
        """Loads the network now: what else imports torch should not count as another stage."""
        _ = self.stylizer

    def encode(self, style: Picture, content: Picture) -> StyleCode:
        """A style, at --style-size, with the content's colours if --color asks for it."""
        return self.encode_image(style.pixels, content, self.choices.style_size)

    def encode_image(self, style: AnyImage, content: Picture, size: int | None) -> StyleCode:
        """The same for an image that is no file's, at any size; None leaves the size."""
        return painting.encode(
            self.stylizer,
            self._settings,
            style,
            content.pixels,
            self.report.on_event,
            size=size,
        )

    def paint(self, content: Picture, style: StyleCode | StyleMix) -> Levels:
        """The content in this style: (H, W, 3), in the content's levels."""
        return painting.paint(
            self.stylizer,
            self._settings,
            content.pixels,
            style,
            self.report.on_event,
            long_edge=max(content.size),
        )

    def write(
        self, output: Path, pixels: FloatArray | Levels, content: Picture | None = None
    ) -> None:
        """Writes an image; one painted of a content keeps what stays of it: alpha and EXIF."""
        self.report.stage("write")
        from stylectl.media import encode_image, write_image

        alpha, exif = (content.opacity, content.exif) if content else (None, None)
        if output == STREAM:
            data, warnings = encode_image(self.named(output), pixels, alpha=alpha, exif=exif)
            write_stdout(data)
        else:
            overwrite = self.choices.overwrite
            warnings = write_image(output, pixels, alpha=alpha, overwrite=overwrite, exif=exif)
        for warning in warnings:
            self.report.warn(warning)

    def facts(self) -> dict[str, Any]:
        """What --json tells about how the picture was computed."""
        from stylectl.weights.files import sha256

        return {
            "device": str(self.stylizer.device),
            "precision": self.stylizer.precision,
            "weights": {"name": self.choices.weights, "sha256": sha256(self._weights_file)},
        }


def check_fits(output: Path, size: tuple[int, int]) -> None:
    """Raises OutputError if the output's format cannot hold a width and height."""
    from stylectl.media import format_for_output

    format_for_output(output).check_fits(output, *size)
