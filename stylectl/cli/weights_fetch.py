"""`stylectl weights fetch`: the one network that is downloaded, before it is needed."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from stylectl.cli import options
from stylectl.cli.report import Report

_NAMES = Literal["vgg16"]


def fetch(
    name: Annotated[
        _NAMES,
        typer.Argument(metavar="vgg16", help="torchvision's VGG-16 of ImageNet, 528 MB."),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL|FILE",
            help="Take a copy instead, such as a mirror's; its checksum must be the same.",
            show_default="download.pytorch.org",
            rich_help_panel=options.FILES,
        ),
    ] = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Download ImageNet's VGG-16, for training preset paper and for evaluate.

    Example: [bold]stylectl weights fetch vgg16[/bold]

    Painting needs no download. The file goes into torch hub's cache (TORCH_HOME),
    where other programs find it too; one that is there and whole is left alone, a
    damaged one replaced. Nothing is kept unless its SHA-256 is right.
    """
    from stylectl.media.paths import shown

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        from stylectl.weights.imagenet import SHA256, cached_vgg16, fetch_vgg16

        downloaded = fetch_vgg16(source, report.on_event)
        file = cached_vgg16()
        if downloaded or as_json:
            facts = {"name": name, "sha256": SHA256, "downloaded": downloaded}
            report.wrote(shown(file), facts, f"{file.stat().st_size / 2**20:.0f} MB, checked")
        else:
            report.note(f"{shown(file)} is there already, and whole")
