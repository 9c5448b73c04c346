"""The one small hierarchy of errors a user can meet: what went wrong, what to do, and an exit code.

The library raises these; the CLI prints `message` and `hint` on two lines, and exits with
`exit_code`.
"""

from __future__ import annotations

from typing import ClassVar

_LONGEST = 1000  # characters of a message: what a file says may be megabytes


class StylectlError(Exception):
    """Any failure with a known cause.

    Args:
        message: what happened and to which file or value, in one line.
        hint: what the user can do about it, in one line; may be empty.

    Attributes:
        message: the same, made one printable line of bearable length: it may quote what a file or
            another library says, which can be anything.
        hint: likewise.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = _line(message), _line(hint)
        super().__init__(self.message)


class UsageError(StylectlError):
    """A value or a combination of options that cannot work."""

    exit_code = 2


class InputError(StylectlError):
    """An input file that is missing, unreadable, of an unsupported format or too large."""

    exit_code = 3


class OutputError(StylectlError):
    """An output that cannot be written, exists already, or is one of the inputs."""

    exit_code = 4


class WeightsError(StylectlError):
    """Weights that are missing, corrupt, or not made for this model."""

    exit_code = 5


class DeviceError(StylectlError):
    """A device that this machine does not have, or that ran out of memory."""

    exit_code = 6


class TrainingError(StylectlError):
    """Training that cannot start or go on; the last good checkpoint is kept."""

    exit_code = 7


class DamagedInputError(StylectlError):
    """An input that is cut off or damaged within; what could be read of it has been worked on."""

    exit_code = 8


class SomeFailedError(StylectlError):
    """Some pictures of a batch could not be painted; the others are done."""

    exit_code = 9


class AllFailedError(StylectlError):
    """No picture of a batch could be painted."""

    exit_code = 10


def printable(text: str) -> str:
    """The text with control characters and undecodable bytes escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _line(text: str) -> str:
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
    return printable(" ".join(text.splitlines()))
