"""STYLECTL_STRENGTH for all commands, STYLECTL_STYLIZE_STRENGTH for one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from stylectl.cli.config.keys import COMMAND_LINE_ONLY, Key
from stylectl.errors import UsageError
from stylectl.toml import meant

_PREFIX = "STYLECTL_"
DEBUG, NO_CONFIG = "STYLECTL_DEBUG", "STYLECTL_NO_CONFIG"
_OTHERS = frozenset({DEBUG, NO_CONFIG, "STYLECTL_UPDATE_GOLDEN"})
# What Kubernetes sets in every pod beside a service that is called stylectl.
_FOREIGN = re.compile(r"STYLECTL_(SERVICE_(HOST|PORT)|PORT)(_\w+)?")


def name_variables(keys: Iterable[Key]) -> None:
    """Tells click the variables of each option, the command's own before those of all."""
    for key in keys:
        own = f"{_PREFIX}{key.command.replace(' ', '_')}_"
        names = [own + name for name in key.names] + [_PREFIX + name for name in key.shared]
        key.option.envvar = [name.upper() for name in names]
        key.option.show_envvar = False  # two for each line of the help: the epilog says it once


def variable_of(key: Key) -> str | None:
    """The one that click takes the option's value from; None where none is set."""
    names = key.option.envvar or ()
    return next((name for name in names if os.environ.get(name)), None)


def check_variables(keys: Mapping[str, Sequence[Key]]) -> None:
    """Raises UsageError for a variable that is set and that no option has."""
    known = {name for those in keys.values() for key in those for name in key.option.envvar or ()}
    for name, value in os.environ.items():
        if not name.startswith(_PREFIX) or not value or name in known | _OTHERS:
            continue
        if _FOREIGN.fullmatch(name):
            continue
        option = name.removeprefix(_PREFIX).lower()
        if any(option == only or option.endswith(f"_{only}") for only in COMMAND_LINE_ONLY):
            raise UsageError(
                f"the environment variable {name} sets what is given on the command line only",
                "unset it",
            )
        raise UsageError(
            f"the environment variable {name} belongs to no option{meant(name, known)}",
            "variables are STYLECTL_OPTION or STYLECTL_COMMAND_OPTION, with _ for -",
        )
