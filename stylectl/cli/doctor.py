"""`stylectl doctor`: whether everything that stylectl needs is here and works."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from stylectl.cli import options
from stylectl.cli.findings import show_findings, show_heading
from stylectl.cli.report import Report
from stylectl.errors import StylectlError
from stylectl.stylize.settings import DEFAULT_DEVICE

if TYPE_CHECKING:
    from stylectl.findings import Finding


def doctor(
    device: options.Device = DEFAULT_DEVICE,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Check the installation: versions, devices, formats, ffmpeg, weights; and paint.

    Example: [bold]stylectl doctor --json[/bold]

    Every line is ok, a warning (less works, or is known, than could be) or a
    problem (something is broken). The self-test paints a small picture with the
    bundled weights on --device and compares it with what is stored: on any CPU
    it comes out alike, but for rounding. Nothing is written or downloaded.

    Exit code 0 if nothing is broken, warnings or not; 1 if there is a problem.
    """
    from stylectl.doctor.examination import examine

    # Not entered: the lines appear as they are found, which a spinner would get in the way of.
    report = Report(quiet=quiet, as_json=as_json, verbose=verbose)
    sections = []
    for section in examine(device):
        sections.append(section)
        if not (quiet or as_json):
            show_heading(section.name)
            show_findings(section.findings)
    findings = [finding for section in sections for finding in section.findings]
    problems = [finding for finding in findings if finding.state == "problem"]
    warnings = [finding for finding in findings if finding.state == "warning"]
    if as_json:
        told = {each.name: [finding.to_dict() for finding in each.findings] for each in sections}
        report.warnings += _lines(warnings)
        report.print_json({"ok": not problems, "problems": _lines(problems), "sections": told})
    elif not (quiet or problems):
        typer.echo(f"nothing is broken; warnings: {len(warnings)}" if warnings else "all is well")
    if problems:
        raise StylectlError(
            f"{len(problems)} of {len(findings)} checks found a problem: "
            + ", ".join(finding.name for finding in problems),
            "each problem's own hint says what to do",
        )


def _lines(findings: Iterable[Finding]) -> list[str]:
    return [f"{finding.name}: {finding.message}" for finding in findings]
