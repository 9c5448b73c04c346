"""Which weights there are, whether they are whole, whose licence they have, what trained them."""

from __future__ import annotations

from collections.abc import Iterator

from stylectl.errors import WeightsError
from stylectl.findings import Finding
from stylectl.stylize.settings import DEFAULT_WEIGHTS
from stylectl.weights.description import kind_of, licence_of, training_of
from stylectl.weights.files import sha256
from stylectl.weights.imagenet import cached_vgg16
from stylectl.weights.layout import read_layout
from stylectl.weights.registry import Named, bundled_weights, user_weights
from stylectl.weights.verification import verify

_AGAIN = "install stylectl again, from a whole copy"


def named_weights() -> Iterator[Finding]:
    """The bundled weights, then the user's own, each checked in full; and VGG-16, if fetched."""
    bundled = bundled_weights()
    if DEFAULT_WEIGHTS not in [named.name for named in bundled]:
        message = "the default weights are missing from this installation"
        yield Finding(DEFAULT_WEIGHTS, "problem", message, _AGAIN)
    for named in [*bundled, *user_weights()]:
        yield _checked(named)
    vgg16 = cached_vgg16()
    there = vgg16.is_file()
    message = f"fetched, {vgg16}" if there else "not fetched"
    purpose = "only for training preset paper and for stylectl evaluate"
    yield Finding("vgg16", "ok", f"{message}; {purpose}", data={"fetched": there})


def _checked(named: Named) -> Finding:
    checks = verify(named.path)
    data = {"file": str(named.path), "origin": named.origin}
    if checks[-1].state == "problem":
        hint = _AGAIN if named.origin == "bundled" else checks[-1].hint
        return Finding(named.name, "problem", checks[-1].message, hint, data)
    try:
        layout, digest = read_layout(named.path), sha256(named.path)
    except (WeightsError, OSError) as error:  # gone since
        return Finding(named.name, "problem", str(error), data=data)
    told = {
        "what": kind_of(layout),
        "licence": licence_of(layout.header),
        "trained": training_of(layout.header),
        "sha256": digest,
    }
    message = f"{told['what']}; licence {told['licence']}; {told['trained']}; sha256 {digest}"
    warnings = [check.message for check in checks if check.state == "warning"]
    if named.hidden:
        warnings.append("bundled weights have this name: give the file's path, or rename it")
    if warnings:
        return Finding(named.name, "warning", "; ".join([*warnings, message]), data=data | told)
    return Finding(named.name, "ok", message, data=data | told)
