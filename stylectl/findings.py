"""What a check found, told the same way by `stylectl doctor` and `stylectl weights verify`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stylectl.errors import StylectlError

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what it is, in a word or two.
        state: "ok"; "warning" where less works, or less is known, than could be; "problem" where
            something is broken.
        message: what was found, in one line.
        hint: what can be done about it, in one line; may be empty.
        data: the same as plain data for programs, and more of it.
    """

    name: str
    state: State
    message: str
    hint: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_error(cls, name: str, error: StylectlError) -> Finding:
        """The problem that an error tells of."""
        return cls(name, "problem", error.message, error.hint)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        told = {"name": self.name, "state": self.state, "message": self.message}
        return {**told, **({"hint": self.hint} if self.hint else {}), **self.data}
