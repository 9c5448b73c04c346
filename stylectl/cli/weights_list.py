"""`stylectl weights list`: all weights that have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylectl.cli import options
from stylectl.cli.report import Report
from stylectl.cli.tables import show_table

if TYPE_CHECKING:
    from stylectl.weights.catalogue import Listed

_COLUMNS = ("name", "what", "size", "parameters", "licence", "where")
_WORDS = ("what", "licence", "where")


def list_(
    quiet: options.Quiet = False, verbose: options.Verbose = False, as_json: options.Json = False
) -> None:
    """List the bundled weights and your own, with size and licence.

    Example: [bold]stylectl weights list[/bold]

    Only the start of each file is read: stylectl weights verify looks into them.
    Off a terminal the columns are separated by tabs.
    """
    from stylectl.media.paths import shown
    from stylectl.weights.catalogue import catalogue
    from stylectl.weights.registry import user_folder

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        listed = catalogue()
        for each in listed:
            if each.trouble:
                report.warn(each.trouble)
            if each.named.hidden:
                report.warn(
                    f"{shown(each.named.path)} has the name of bundled weights, which are meant by "
                    "it: give its path, or import it under another name"
                )
        if as_json:
            described = [_described(each) for each in listed]
            report.print_json({"user_folder": str(user_folder()), "weights": described})
            return
        report.end()
        show_table(dict.fromkeys(_COLUMNS), [_row(each) for each in listed], words=_WORDS)
        report.note(f"your own weights lie in {shown(user_folder())}")


def _row(each: Listed) -> list[str]:
    from rich.filesize import decimal

    from stylectl.media.paths import shown

    where = {"bundled": "bundled", "user": "yours"}[each.named.origin]
    return [
        shown(each.named.name),
        each.kind or "unreadable",
        "-" if each.size is None else decimal(each.size),
        "-" if each.parameters is None else f"{each.parameters:,}",
        each.licence,
        f"{where}, hidden" if each.named.hidden else where,
    ]


def _described(each: Listed) -> dict[str, Any]:
    named = each.named
    return {
        "name": named.name,
        "file": str(named.path),
        "origin": named.origin,
        "hidden": named.hidden,
        "what": each.kind,
        "bytes": each.size,
        "parameters": each.parameters,
        "licence": each.licence,
        "trouble": each.trouble,
    }
