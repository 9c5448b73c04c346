"""stylectl.toml: where it lies, which of its keys there are, and what it sets for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylectl.cli.config.keys import Key, long_names
from stylectl.cli.config.values import option_value
from stylectl.errors import UsageError
from stylectl.toml import meant, read_toml

NAME = "stylectl.toml"
HINT = (
    "keys are the long options of stylectl COMMAND --help, with _ for -; "
    "stylectl --no-config reads no file"
)


@dataclass(frozen=True)
class SettingsFile:
    """One file.

    Attributes:
        kind: "project file" or "user file".
        path: absolute.
        table: what stands in it.
    """

    kind: str
    path: Path
    table: dict[str, Any]

    def check_keys(self, keys: Mapping[str, Sequence[Key]], every: Mapping[str, Any]) -> None:
        """Raises UsageError for the first key that cannot stand where it does.

        Args:
            keys: what can be set, for every command.
            every: the commands themselves, by their words.
        """
        for table, name, value in _entries(self.table):
            if isinstance(value, dict):
                words = f"{table} {name}".strip()
                if words not in every:
                    raise self._wrong(f"there is no command {words!r}{meant(words, every)}")
                continue
            known = (key.names if table else key.shared for key in _within(keys, table))
            names = {each for names in known for each in names}
            if name not in names:
                raise self._wrong(_reason(name, table, names, keys, every))

    def values(
        self, command: str, keys: Sequence[Key], hints: Mapping[str, Any]
    ) -> dict[str, tuple[Key, Any]]:
        """What it sets for a command, by parameter; the command's own table goes first.

        Args:
            command: such as "study make".
            keys: those of the command.
            hints: the types of its parameters.

        Raises:
            UsageError: a value is of another type, or one option is set by two names.
        """
        entries = [e for e in _entries(self.table) if not isinstance(e[2], dict)]
        values: dict[str, tuple[Key, Any]] = {}
        for table in dict.fromkeys(("", command)):  # the later one wins
            here: dict[str, str] = {}
            for name, value in ((n, v) for t, n, v in entries if t == table):
                key = next((k for k in keys if name in (k.names if table else k.shared)), None)
                if key is None:  # another command's
                    continue
                twin = here.setdefault(key.parameter, name)
                if twin != name:
                    raise self._wrong(f"{twin} and {name} are one option")
                values[key.parameter] = key, self._value(name, value, key, hints[key.parameter])
        return values

    def _value(self, name: str, value: Any, key: Key, hint: Any) -> Any:
        try:
            return option_value(value, hint, key.option.metavar, self.path.parent)
        except UsageError as error:
            raise self._wrong(f"{name} must be {error.message}") from None

    def _wrong(self, message: str) -> UsageError:
        return UsageError(f"{self}: {message}", HINT)

    def __str__(self) -> str:
        return _shown(self.path)


def settings_files() -> list[SettingsFile]:
    """The project's file and the user's, as far as there are such; the former counts more.

    Raises:
        UsageError: one cannot be read.
    """
    found = {"user file": user_file(), "project file": project_file()}
    paths = {path: kind for kind, path in found.items() if path and os.path.isfile(path)}
    return [SettingsFile(kind, path, _read(path)) for path, kind in reversed(paths.items())]


def project_file() -> Path | None:
    """The nearest stylectl.toml: in the working directory or above it, up to the home directory."""
    try:
        here = Path.cwd()
    except OSError:  # deleted meanwhile
        return None
    for folder in (here, *here.parents):
        if os.path.isfile(folder / NAME):  # unlike Path's, false where nothing may be read
            return folder / NAME
        if str(folder) == os.path.expanduser("~"):
            break
    return None


def user_file() -> Path:
    """Where the user's own would lie."""
    import platformdirs  # not at start-up

    return platformdirs.user_config_path("stylectl", appauthor=False) / NAME


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except ValueError as error:
        raise UsageError(f"{_shown(path)} cannot be read: {error}", HINT) from None


def _shown(path: Path) -> str:
    from stylectl.media.paths import shown  # Pillow comes along, which start-up has no use for

    return shown(path)


def _entries(table: Mapping[str, Any], words: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every key with the words of its table and its value, tables included."""
    for name, value in table.items():
        yield words, name, value
        if isinstance(value, dict):
            yield from _entries(value, f"{words} {name}".strip())


def _within(keys: Mapping[str, Sequence[Key]], table: str) -> Iterator[Key]:
    """Those that can stand in a table; at the top level, those of all commands."""
    for command, those in keys.items():
        if table in ("", command):
            yield from those


def _reason(
    name: str,
    table: str,
    names: set[str],
    keys: Mapping[str, Sequence[Key]],
    every: Mapping[str, Any],
) -> str:
    """Why a key cannot stand in a table."""
    owners = [words for words, those in keys.items() for key in those if name in key.names]
    where = f"[{table.replace(' ', '.')}] has" if table else "there is"
    if owners and not table:
        tables = ", ".join(f"[{words.replace(' ', '.')}]" for words in owners)
        return f"{name} has its own meaning for each command: put it into {tables}"
    for words, command in every.items():
        if table in ("", words):
            for parameter in command.params:
                if name in long_names(parameter) or name == parameter.name:
                    return f"{name} is given on the command line only"
    return f"{where} no setting {name!r}{meant(name, names)}"
