"""Findings as lines on stdout: coloured on a terminal, plain elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from stylectl.cli.report import plain_line

if TYPE_CHECKING:
    from stylectl.findings import Finding

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "bold red"}
_WIDTH = max(map(len, _COLOURS))


def show_heading(text: str) -> None:
    """What the findings below are about."""
    plain_line((text, "bold"), "")


def show_findings(findings: Iterable[Finding]) -> None:
    """A line for each: its state, what it is, what was found; and one for a hint."""
    for finding in findings:
        state = f"  {finding.state:{_WIDTH}}  "
        plain_line((state, _COLOURS[finding.state]), f"{finding.name}: {finding.message}")
        if finding.hint:
            plain_line((" " * len(state) + "hint: ", "cyan"), finding.hint)
