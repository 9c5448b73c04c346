"""All sections of the examination, in order; one that breaks is a problem, not the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stylectl.errors import StylectlError
from stylectl.findings import Finding


@dataclass(frozen=True)
class Section:
    """What was found about one part of the installation."""

    name: str
    findings: tuple[Finding, ...]


def examine(device: str) -> Iterator[Section]:
    """Looks at one part after another, and yields each when it is done.

    Args:
        device: where the self-test paints, as `Stylizer` takes it.
    """
    for name, look in _SECTIONS.items():
        yield Section(name, tuple(_findings(name, look, device)))


def _findings(name: str, look: Callable[[str], Iterable[Finding]], device: str) -> list[Finding]:
    try:
        return list(look(device))
    except StylectlError as error:
        return [Finding.of_error(name, error)]
    except Exception as error:  # a library that is half installed raises anything at its import
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return [Finding(name, "problem", reason, "install stylectl and what it needs again")]


# Each imports its part only when it is looked at: a library that is broken breaks no other part.


def _versions(device: str) -> Iterable[Finding]:
    from stylectl.doctor.versions import versions

    return versions()


def _devices(device: str) -> Iterable[Finding]:
    from stylectl.doctor.devices import devices

    return devices(device)


def _pictures(device: str) -> Iterable[Finding]:
    from stylectl.doctor.pictures import formats

    return formats()


def _clips(device: str) -> Iterable[Finding]:
    from stylectl.doctor.clips import ffmpeg

    return ffmpeg()


def _weights(device: str) -> Iterable[Finding]:
    from stylectl.doctor.named_weights import named_weights

    return named_weights()


def _self_test(device: str) -> Iterable[Finding]:
    from stylectl.doctor.self_test import self_test

    return [self_test(device)]


_SECTIONS: dict[str, Callable[[str], Iterable[Finding]]] = {
    "versions": _versions,
    "devices": _devices,
    "images": _pictures,
    "video": _clips,
    "weights": _weights,
    "self-test": _self_test,
}
