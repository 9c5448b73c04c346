"""`stylectl weights verify`: whether weights files are whole, and are what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import options
from stylectl.cli.findings import show_findings, show_heading
from stylectl.cli.report import Report
from stylectl.errors import WeightsError

if TYPE_CHECKING:
    from stylectl.findings import Finding


def verify(
    weights: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|FILE",
            help="Weights by name, or files.",
            show_default="all that weights list has",
        ),
    ] = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Check that weights are whole: layout, checksum, numbers, model, tensors.

    Example: [bold]stylectl weights verify lean my.safetensors[/bold]

    The checks of a file end at its first problem; the other files are checked
    all the same, and the exit code is 5. A file of others, without a checksum,
    is used like any other, but whether a byte of it has changed cannot be told:
    a warning.
    """
    from stylectl.weights.registry import bundled_weights, user_weights

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        report.stage("verify")
        everything = [*bundled_weights(), *user_weights()]
        named = [(text, None) for text in weights or ()] or [(n.name, n.path) for n in everything]
        checked = [(name, *_verified(name, path)) for name, path in named]
        report.end()
        if as_json:
            report.print_json({"files": [_described(*each) for each in checked]})
        elif not quiet:
            for name, file, findings in checked:
                show_heading(name if file in (None, name) else f"{name}  {file}")
                show_findings(findings)
    bad = [name for name, _, findings in checked if findings[-1].state == "problem"]
    if bad:
        raise WeightsError(
            f"{len(bad)} of {len(checked)} failed: {', '.join(bad)}",
            "use another copy; bundled weights come back with `pip install --force-reinstall`",
        )


def _verified(name: str, path: object | None) -> tuple[str | None, list[Finding]]:
    from stylectl.findings import Finding
    from stylectl.media.paths import shown
    from stylectl.weights.registry import resolve

    try:
        file = resolve(name) if path is None else resolve(str(path))
    except WeightsError as error:
        return None, [Finding.of_error("file", error)]
    from stylectl.weights.verification import verify as check  # torch: seconds

    return shown(file), check(file)


def _described(name: str, file: str | None, findings: list[Finding]) -> dict[str, object]:
    states = [finding.state for finding in findings]
    worst = next(state for state in ("problem", "warning", "ok") if state in states)
    checks = [finding.to_dict() for finding in findings]
    return {"weights": name, "file": file, "state": worst, "checks": checks}
