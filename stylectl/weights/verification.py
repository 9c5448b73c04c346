"""Everything that can be found out about a weights file without painting with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.findings import Finding, State
from stylectl.media import shown
from stylectl.resources import bundled_folder
from stylectl.weights.files import check_finite, is_pickle, load_tensors, sha256
from stylectl.weights.layout import DIGEST_KEY, GET_AGAIN, Layout, check_is_file, read_layout
from stylectl.weights.network import check_encoder, model_config, network_of
from stylectl.weights.vgg import vgg_from_tensors

SUMS = "SHA256SUMS"  # beside the bundled weights, as sha256sum writes and checks it

_Told = tuple[State, str] | None  # None: there is nothing to check


def verify(path: Path) -> list[Finding]:
    """Checks a weights file, up to the first problem; the file is only read.

    The checks: its layout; the checksum in its header; for bundled weights the SHA-256 that the
    package knows; that every number is finite; that its configuration is known and possible; and
    that its tensors are those of that configuration.
    """
    work = _Verification(path)
    checks: tuple[tuple[str, Callable[[], _Told]], ...] = (
        ("layout", work.layout),
        ("checksum", work.checksum),
        ("known file", work.known_file),
        ("numbers", work.numbers),
        ("configuration", work.configuration),
        ("tensors", work.fit),
    )
    findings: list[Finding] = []
    for name, check in checks:
        try:
            told = check()
        except WeightsError as error:
            return [*findings, Finding.of_error(name, error)]
        except OSError as error:
            unreadable = f"{shown(path)} cannot be read: {error.strerror or error}"
            return [*findings, Finding(name, "problem", unreadable, "check its permissions")]
        if told:
            findings.append(Finding(name, *told))
    return findings


class _Verification:
    """One file, read step by step."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._layout: Layout | None = None
        self._tensors: dict[str, Tensor] = {}
        self._header: dict[str, object] = {}

    def layout(self) -> _Told:
        if is_pickle(self.path):
            check_is_file(self.path)
            return "warning", "a pickle, read with weights_only: nothing in it is executed"
        self._layout = read_layout(self.path)
        return "ok", f"{len(self._layout.tensors)} tensors in {self._layout.size:,} bytes"

    def checksum(self) -> _Told:
        self._tensors, self._header = load_tensors(self.path)
        if self._layout is None or DIGEST_KEY not in self._layout.header:
            return "warning", "the file has none, so nothing tells whether a byte has changed"
        return "ok", "of the description and of all numbers matches"

    def known_file(self) -> _Told:
        if self.path.resolve().parent != bundled_folder("weights").resolve():
            return None
        known = known_sha256(self.path)
        if known is None:
            return "warning", f"{SUMS} beside it does not name it"
        if sha256(self.path) != known:
            raise WeightsError(
                f"{shown(self.path)} is not the file that came with stylectl",
                "install stylectl again",
            )
        return "ok", "the very file that came with stylectl"

    def numbers(self) -> _Told:
        check_finite(self.path, self._tensors)
        count = sum(value.numel() for value in self._tensors.values())
        return "ok", f"{count:,}, all finite"

    def configuration(self) -> _Told:
        if "encoder" in self._header and "model" not in self._header:
            model_config(self.path, self._header, "encoder")
            return "ok", "an encoder alone, to train others from"
        if not self._is_vgg:
            model_config(self.path, self._header)
            return "ok", "known"
        return "warning", "none: a VGG stack, told by the names of its tensors"

    def fit(self) -> _Told:
        if self._is_vgg:
            vgg = vgg_from_tensors(self._tensors, shown(self.path))
            return "ok", f"a chain of {len(vgg.layers)} convolutions"
        if "model" in self._header:
            network_of(self.path, model_config(self.path, self._header), self._tensors)
        else:
            config = model_config(self.path, self._header, "encoder")
            check_encoder(self.path, config, self._tensors)
        return "ok", "all that the configuration needs, and no other"

    @property
    def _is_vgg(self) -> bool:
        described = {"model", "encoder"} & self._header.keys()
        return not described and bool(
            {"conv1_1.weight", "features.0.weight"} & self._tensors.keys()
        )


def known_sha256(path: Path) -> str | None:
    """What the package says a bundled file's SHA-256 is; None if it says nothing.

    Raises:
        WeightsError: its list cannot be read.
    """
    sums = path.with_name(SUMS)
    if not sums.is_file():
        return None
    try:
        lines = [line.split(maxsplit=1) for line in sums.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{shown(sums)} cannot be read: {error}", GET_AGAIN) from None
    return next((line[0] for line in lines if line[1:] == [path.name]), None)
