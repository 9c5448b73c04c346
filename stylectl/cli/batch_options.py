"""The options for many pictures in one run, and what they mean for a single one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from stylectl.cli import options
from stylectl.cli.config.sources import on_the_command_line
from stylectl.cli.streams import STREAM
from stylectl.errors import UsageError

FormatName = Literal["png", "jpg", "jpeg", "webp", "tif", "tiff", "avif", "bmp"]
DEFAULT_FORMAT: FormatName = "png"
EngineName = Literal["plain", "ray"]
DEFAULT_ENGINE: EngineName = "plain"
CONTENT_HELP = (
    "The photo; or a folder of photos, a .txt or .csv list of them, or - for standard input."
)
_MANY = "Folders and lists"

OptionalContent = Annotated[
    Path | None, typer.Argument(metavar="CONTENT", help=CONTENT_HELP, show_default=False)
]

Recursive = Annotated[
    bool,
    typer.Option(
        "-r",
        "--recursive",
        help="Paint what is in folders within the folder too, into such folders.",
        rich_help_panel=_MANY,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Keep results whose content, style, settings and weights are unchanged; do the rest.",
        rich_help_panel=_MANY,
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Go on as --resume does, then paint what arrives in the folder until Ctrl-C.",
        rich_help_panel=_MANY,
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        min=1,
        help="Most pictures of one size that go through the network at once.",
        show_default="1 on a CPU, else 4",
        rich_help_panel=_MANY,
    ),
]
Engine = Annotated[
    EngineName,
    typer.Option(
        help="Who paints: plain is this process, ray the workers of a cluster (docs/ray.md).",
        rich_help_panel=_MANY,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT|auto",
        help="The Ray cluster.",
        show_default="RAY_ADDRESS, else this machine",
        rich_help_panel=_MANY,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        min=1,
        help="Processes that paint, with --engine ray.",
        show_default="one per GPU, else per 4 CPU cores",
        rich_help_panel=_MANY,
    ),
]
Format = Annotated[
    FormatName | None,
    typer.Option(
        metavar="NAME",
        help="png, jpg, webp, tiff, avif or bmp, where no file name says it: for folders and "
        "standard output.",
        show_default=DEFAULT_FORMAT,
        rich_help_panel=options.FILES,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="PATH|-",
        help="Where to write; the suffix decides the format: png, jpg, webp, tiff, avif or bmp. "
        "A folder for several contents; - for standard output.",
        show_default="./CONTENT_stylized_STYLE.png",
        rich_help_panel=options.FILES,
    ),
]


@dataclass(frozen=True)
class BatchChoices:
    """What was chosen of the options above; `format` is None where none was.

    Attributes:
        format_typed: whether `format` stands on the command line, not in a settings file.
    """

    recursive: bool
    resume: bool
    watch: bool
    batch_size: int | None
    format: FormatName | None
    engine: EngineName = DEFAULT_ENGINE
    address: str | None = None
    workers: int | None = None
    format_typed: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> BatchChoices:
        """Those among all that a command was given, its context included."""
        typed = "format" in on_the_command_line(given["context"])
        known = {**given, "format_typed": typed}
        return cls(**{field.name: known[field.name] for field in fields(cls)})

    @property
    def suffix(self) -> str:
        """Of the names of results."""
        return f".{self.format or DEFAULT_FORMAT}"

    def check_single(self, content: Path, output: Path | None) -> None:
        """Raises UsageError for an option that has no effect on, or contradicts, one picture."""
        check_places(content, output)
        several = {
            "--resume": self.resume,
            "--watch": self.watch,
            "--engine ray": self.engine == "ray",
            "--address": self.address is not None,
        }
        for option, given in several.items():
            if given:
                raise UsageError(
                    f"{option} is for folders{' and lists' * (option != '--watch')}",
                    f"{content} is one picture: leave it out",
                )
        if not self.format_typed or output is None or output == STREAM or output.is_dir():
            return
        if output.suffix and not _agree(output.suffix, self.suffix):
            raise UsageError(
                f"--format {self.format} contradicts the name of {output}",
                "leave it out: the suffix decides the format",
            )

    def check_engine(self) -> None:
        """Raises UsageError for options that the engine does not know, or if there is no Ray."""
        if self.engine != "ray":
            if self.address is not None:
                raise UsageError("--address is for --engine ray", "add it, or leave this out")
            return
        if self.watch:
            raise UsageError(
                "--watch does not go with --engine ray",
                "watch without it, or run it with --resume now and then",
            )
        from stylectl.cluster.connection import check_ray

        check_ray(self.address)

    def single_output(self, content: Path, output: Path | None, name: str) -> Path:
        """Where the picture of a single content goes.

        Args:
            output: what was asked for.
            name: of the file if nothing was, without a suffix.

        Raises:
            UsageError: as `check_single` does.
        """
        self.check_single(content, output)
        if output is None:
            return STREAM if content == STREAM else Path(name + self.suffix)
        return output


def check_places(*paths: Path | None) -> None:
    """Raises UsageError for what names an object store: a path of it would be made as a folder."""
    for path in paths:
        match = path and re.match(r"([a-z][a-z0-9+.-]+):/+(?=.)", str(path))
        if match and path and not path.exists():
            name = f"{match[1]}://{str(path)[match.end() :]}"
            raise UsageError(
                f"{name} is no place in a file system",
                "mount it, or copy the files: stylectl reads and writes files",
            )


def _agree(first: str, second: str) -> bool:
    same = {".jpeg": ".jpg", ".tif": ".tiff"}
    first, second = (same.get(suffix.lower(), suffix.lower()) for suffix in (first, second))
    return first == second
