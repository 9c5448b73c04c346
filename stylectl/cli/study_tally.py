"""`stylectl study tally`: the shares, with their uncertainty, and the chart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stylectl.cli import options
from stylectl.cli.report import Report
from stylectl.errors import InputError

if TYPE_CHECKING:
    from stylectl.study.answers import Rejected
    from stylectl.study.tally import Share, Tally

_FILES = "Files"


def tally(
    answers: Annotated[
        list[Path], typer.Argument(metavar="ANSWERS", help="Files that people saved on the page.")
    ],
    chart: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw the shares as bars, such as a PNG.", rich_help_panel=_FILES
        ),
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Count the answers: each method's share for content, for style and overall.

    Example: [bold]stylectl study tally answers/*.json --chart study.png[/bold]

    Answers of one person are alike, and so are those about one pair: the 95 %
    intervals (Wilson's) count them as the smaller number of independent answers
    that they are worth.

    A file that is damaged, of another study, or of a person counted already is
    named and left out; the rest is counted, and the exit code is 3.
    """
    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        report.stage("count")
        _check_chart(chart, answers, overwrite)
        from stylectl.media import shown
        from stylectl.study.answers import read_all_answers
        from stylectl.study.tally import ENOUGH_PEOPLE
        from stylectl.study.tally import tally as count

        people, rejected = read_all_answers(answers)
        for file in rejected:
            report.warn(f"{shown(file.file)} {file.reason}: not counted")
        if not people:
            raise InputError("no file of answers can be counted", "give files saved on one page")
        counted = count(people)
        if counted.people < ENOUGH_PEOPLE:
            report.warn(
                f"answers of fewer than {ENOUGH_PEOPLE} people say little about how other people "
                "answer: the intervals are rough"
            )
        if chart:
            report.stage("draw")
            from stylectl.study.chart import write_chart

            write_chart(counted, chart, overwrite=overwrite)
        if as_json:
            report.print_json(_described(counted, rejected, chart))
        elif not quiet:
            typer.echo("\n".join(_table(counted)))
            if chart:
                report.wrote(str(chart), {}, "chart")
    if rejected:
        raise _incomplete(rejected, len(answers))


def _check_chart(chart: Path | None, answers: Sequence[Path], overwrite: bool) -> None:
    if chart:
        from stylectl.media import check_output, format_for_output

        format_for_output(chart)
        check_output(chart, overwrite=overwrite, inputs=answers)


def _incomplete(rejected: Sequence[Rejected], given: int) -> InputError:
    from stylectl.media import shown

    names = ", ".join(shown(file.file) for file in rejected)
    return InputError(
        f"{len(rejected)} of {given} files of answers were not counted: {names}",
        "the result above is of the others; leave these out to get exit code 0",
    )


def _table(counted: Tally) -> list[str]:
    """The lines for a human: a method a row, a question a column."""
    questions = counted.questions
    rows = [["", *(question.question for question in questions)]]
    for method, *shares in zip(counted.methods, *(q.shares for q in questions), strict=True):
        rows.append([method, *map(_cell, shares)])
    rows.append(["answers", *(f"{q.answers} (worth {q.worth:.0f})" for q in questions)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [
        *lines,
        f"people {counted.people}, pairs {counted.pairs}, chance {100 / len(counted.methods):.1f} %"
        "; in brackets: 95 % intervals for as many independent answers as these are worth",
    ]


def _cell(share: Share) -> str:
    return f"{share.share * 100:.1f} % [{share.low * 100:.1f}, {share.high * 100:.1f}]"


def _described(
    counted: Tally, rejected: Sequence[Rejected], chart: Path | None
) -> dict[str, object]:
    """What a program wants to know."""
    return {
        "chart": str(chart) if chart else None,
        **dataclasses.asdict(counted),
        "rejected": [{"file": str(file.file), "reason": file.reason} for file in rejected],
    }
