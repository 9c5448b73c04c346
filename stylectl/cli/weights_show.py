"""`stylectl weights show`: all that a weights file says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stylectl.cli import options
from stylectl.cli.report import Report

if TYPE_CHECKING:
    from stylectl.weights.layout import Layout


def show(
    weights: options.WeightsArgument,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    as_json: options.Json = False,
) -> None:
    """Show what weights are: their model, what trained them, licence and SHA-256.

    Example: [bold]stylectl weights show lean[/bold]

    --json has the whole header of the file, and the shape of every tensor.
    """
    from stylectl.weights.layout import read_layout, sha256
    from stylectl.weights.registry import resolve

    with Report(quiet=quiet, as_json=as_json, verbose=verbose) as report:
        path = resolve(weights)
        _check_has_header(path)
        layout = read_layout(path)
        report.end()
        if as_json:
            tensors = {name: [t.dtype, *t.shape] for name, t in layout.tensors.items()}
            facts = {"weights": weights, "file": str(path), "sha256": sha256(path)}
            known = {"bytes": layout.size, "parameters": layout.parameters}
            report.print_json({**facts, **known, "header": layout.header, "tensors": tensors})
        elif not quiet:
            lines = [*_file(path, layout, sha256(path)), *_model(path, layout), *_made(layout)]
            width = max(len(what) for what, _ in lines)
            for what, how in lines:
                typer.echo(f"{what:{width}}  {how}")


def _check_has_header(path: Path) -> None:
    from stylectl.errors import WeightsError
    from stylectl.media.paths import shown

    if path.suffix.lower() in (".pt", ".pth"):
        raise WeightsError(
            f"{shown(path)} is a pickle, which says nothing of itself",
            "a checkpoint becomes weights by: stylectl weights import FILE --name NAME",
        )


def _file(path: Path, layout: Layout, digest: str) -> list[tuple[str, str]]:
    from stylectl.media.paths import shown
    from stylectl.weights.description import kind_of, licence_of

    types = ", ".join(sorted({tensor.dtype for tensor in layout.tensors.values()}))
    card = path.with_name("README.md")
    return [
        ("file", shown(path.resolve())),
        ("what", kind_of(layout)),
        ("size", f"{layout.size:,} bytes"),
        ("parameters", f"{layout.parameters:,} in {len(layout.tensors)} tensors of {types}"),
        ("sha256", digest),
        ("licence", licence_of(layout.header)),
        *([("model card", shown(card))] if _is_bundled(path) and card.is_file() else []),
    ]


def _model(path: Path, layout: Layout) -> list[tuple[str, str]]:
    """The preset that the model is, or how it differs from the nearest, and every setting."""
    from stylectl.weights.description import one_line

    key = "model" if "model" in layout.header else "encoder"
    config = layout.header.get(key)
    if not isinstance(config, dict):
        return []
    from stylectl.weights.network import model_config  # torch: seconds
    from stylectl.weights.presets import nearest_preset

    name, changes = nearest_preset(model_config(path, layout.header, key))
    differs = ", ".join(f"{setting} {value}" for setting, value in changes.items())
    preset = ("preset", f"{name}, but {differs}" if differs else name)
    return [preset, *((f"  {one_line(name)}", one_line(str(config[name]))) for name in config)]


def _made(layout: Layout) -> list[tuple[str, str]]:
    from stylectl.weights.description import UNSTATED, one_line, training_facts, training_of

    version = one_line(layout.header.get("version"))
    facts: list[tuple[str, Any]] = [("trained", training_of(layout.header))]
    if facts[0][1] != UNSTATED:
        facts += training_facts(layout.header)
    return [*facts, *([("made by", f"stylectl {version}")] if version else [])]


def _is_bundled(path: Path) -> bool:
    from stylectl.weights.registry import bundled_weights

    return path in [named.path for named in bundled_weights()]
