"""`stylectl study make`: the page that people answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import options
from stylectl.cli.report import Report
from stylectl.study.settings import StudySettings

if TYPE_CHECKING:
    from stylectl.study.make import MadeStudy

_S = StudySettings()
_STUDY = "The study"


def make(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS",
            help="Folders of CONTENT_stylized_STYLE.EXT: two or more, each named after its method.",
        ),
    ],
    content: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of the contents.", rich_help_panel=options.FILES
        ),
    ],
    style: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Folder of the styles.", rich_help_panel=options.FILES),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The page to write.",
            rich_help_panel=options.FILES,
        ),
    ] = Path("study.html"),
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
    pairs: Annotated[
        int,
        typer.Option(
            metavar="NUMBER", help="Random pairs for each person.", rich_help_panel=_STUDY
        ),
    ] = _S.pairs,
    pool: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            help="The most pairs on the page, from which each person's are drawn.",
            rich_help_panel=_STUDY,
        ),
    ] = _S.pool,
    size: Annotated[
        int,
        typer.Option(
            metavar="PIXELS",
            help="Long edge of the pictures on the page; none is enlarged.",
            rich_help_panel=_STUDY,
        ),
    ] = _S.size,
    seed: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            help="Decides which pairs are on the page; each person's draw is made in the browser.",
            rich_help_panel=_STUDY,
        ),
    ] = _S.seed,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Write one HTML page that asks for the best picture: for content, for style and overall.

    Example: [bold]stylectl study make results/ours results/theirs
    --content photos --style paintings -o study.html[/bold]

    The page needs no server and no network: people open the file, answer, and
    send back the small file of answers that it saves. The methods have no names
    on it and stand in random order. Only pairs that all methods have are used.
    """
    settings = StudySettings(pairs, pool, size, seed)
    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        from stylectl.media import DEFAULT_MAX_PIXELS
        from stylectl.study.make import make_study

        made = make_study(
            results,
            content,
            style,
            output,
            settings,
            overwrite=overwrite,
            max_pixels=max_pixels or DEFAULT_MAX_PIXELS,
            on_event=report.on_event,
        )
        what = (
            f"{made.byte_count / 1e6:.1f} MB, {len(made.material.results)} methods, "
            f"{min(pairs, len(made.pairs))} of {len(made.pairs)} pairs for each person"
        )
        report.wrote(str(output), _described(made), what)


def _described(made: MadeStudy) -> dict[str, object]:
    """What a program wants to know."""
    material = made.material
    return {
        "bytes": made.byte_count,
        "methods": list(material.results),
        "pairs": [str(pair) for pair in made.pairs],
        "common_pairs": len(material.pairs),
        "missing": {method: [str(p) for p in pairs] for method, pairs in material.missing.items()},
        "strangers": {m: [str(file) for file in files] for m, files in material.strangers.items()},
    }
