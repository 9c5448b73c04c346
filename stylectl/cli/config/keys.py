"""Which options can be set outside of the command line, and by which names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from typer.core import TyperOption

# What a command writes, replaces, goes on from or sends away is never decided by a file that
# happens to lie in some folder, nor by a variable that was set long ago.
COMMAND_LINE_ONLY = frozenset(
    {
        *("output", "out", "overwrite", "save", "save_stitched", "sheet", "figures", "chart"),
        *("preview", "resume", "watch", "recursive", "video", "engine", "address"),
        *("from", "name"),
        *("show_config", "no_config", "debug", "version", "help"),
    }
)

# Options that share a name with other commands', and mean something else: they can be set in
# their own command's table (or by its own variable) only. Those of train are its subcommands' too.
APART = frozenset(
    {
        ("multistyle", "weights"),  # of the styles
        ("evaluate", "size"),  # of the yardstick: figures compare at one size only
        ("evaluate", "seed"),  # of the order of what is measured, likewise
        ("study make", "size"),
        ("train ablation", "size"),
        ("train ablation", "steps"),
        ("study make", "seed"),
        ("study make", "content"),
        ("study make", "style"),
        ("weights import", "note"),
        ("train", "content"),
        ("train", "style"),
        ("train", "seed"),
        ("train", "precision"),  # of other choices
        ("train", "preset"),  # a model
        ("video", "preset"),  # a way to encode
        ("interpolate", "fps"),  # of animations only
        ("interpolate", "steps"),
        ("train", "batch_size"),
        ("train", "steps"),
    }
)
_ALSO = {("multistyle", "model"): ("weights",)}  # the network's weights, by their usual name


@dataclass(frozen=True, eq=False)  # hashed by identity: an option has no value of its own
class Key:
    """An option as files and variables know it.

    Attributes:
        command: of which it is, such as "study make".
        option: as typer made it.
        names: its long names, with _ for -; the first is the usual one.
        shared: the names by which it is set for all commands that have it.
    """

    command: str
    option: TyperOption
    names: tuple[str, ...]
    shared: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its usual name."""
        return self.names[0]

    @property
    def parameter(self) -> str:
        """What click and the command's function call it."""
        return self.option.name or self.name


def commands(root: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """All commands below a group, each with its words, such as "study make"."""
    for name, command in getattr(root, "commands", {}).items():
        words = (*path, name)
        yield " ".join(words), command
        yield from commands(command, words)


def all_keys(root: Any) -> dict[str, list[Key]]:
    """For every command the options that can be set outside of the command line."""
    return {path: keys_of(path, command) for path, command in commands(root)}


def keys_of(path: str, command: Any) -> list[Key]:
    """Those of one command."""
    keys = []
    for option in command.params:
        names = long_names(option) if isinstance(option, TyperOption) else ()
        if names and not COMMAND_LINE_ONLY & set(names):
            apart = {(path, names[0]), (path.partition(" ")[0], names[0])} & APART
            shared = () if apart else names + _ALSO.get((path, names[0]), ())
            keys.append(Key(path, option, names, shared))
    return keys


def long_names(option: Any) -> tuple[str, ...]:
    """The names that begin with two dashes, without them and with _ for -."""
    return tuple(o[2:].replace("-", "_") for o in option.opts if o.startswith("--"))


def hints_of(command: Any) -> Mapping[str, Any]:
    """The types of a command's parameters."""
    return get_type_hints(command.callback)
