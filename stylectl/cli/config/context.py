"""The context of a command: fills in what files and variables set, and knows where from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from stylectl.cli.config import environment
from stylectl.cli.config.files import SettingsFile, settings_files
from stylectl.cli.config.keys import Key, all_keys, commands, hints_of
from stylectl.cli.config.values import range_of, written
from stylectl.errors import StylectlError, UsageError
from stylectl.toml import wrong_type


@dataclass(frozen=True)
class Origin:
    """Where an option's value comes from.

    Attributes:
        kind: "command line", "environment", "project file", "user file" or "default".
        name: of the variable or the file; "" for others.
        rank: the smaller, the more it counts.
    """

    kind: str
    name: str
    rank: int

    def __str__(self) -> str:
        return self.name or self.kind


def configurable(root: Any) -> Any:
    """Makes files and variables count for all commands below the root; gives the root back.

    The root must have the options `no_config` and `show_config`.
    """
    environment.name_variables(key for keys in all_keys(root).values() for key in keys)
    for _, command in commands(root):
        command.context_class = ConfiguredContext
    return root


class ConfiguredContext(typer.Context):
    """Gives click its `default_map` out of files, and names the origin of a value in errors.

    What is wrong with files and variables is said when the command is about to run, or when
    something is missing that they may have meant to give; --help is there all the same.

    Attributes:
        files: those that were read, the strongest first.
        keys: the command's options that can be set by them.
    """

    def __init__(self, command: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(command, *args, **kwargs)
        self.files: list[SettingsFile] = []
        self.keys: Sequence[Key] = ()
        self._from: dict[str, SettingsFile] = {}  # by parameter
        self._problem: UsageError | None = None
        root: Any = self.find_root()
        self._shows = bool(root.params.get("show_config"))
        if self.resilient_parsing:  # completion: nothing will run
            return
        if self._shows:  # what is missing is no matter then
            command.no_args_is_help = False
            for parameter in command.params:
                parameter.required = False
        try:
            self._configure(root.command, no_files=bool(root.params.get("no_config")))
        except UsageError as error:
            self._problem, self.default_map = error, None

    @property
    def words(self) -> str:
        """The command without the program's name, such as "study make"."""
        own = self.info_name or ""
        return f"{self.parent.words} {own}" if isinstance(self.parent, ConfiguredContext) else own

    def origin(self, parameter: str) -> Origin:
        """Where the value of a parameter comes from, as click says."""
        source = self.get_parameter_source(parameter)
        if source and source.name == "COMMANDLINE":
            return Origin("command line", "", 0)
        if source and source.name == "ENVIRONMENT":
            key = next(key for key in self.keys if key.parameter == parameter)
            return Origin("environment", environment.variable_of(key) or "", 1)
        if source and source.name == "DEFAULT_MAP":
            file = self._from[parameter]
            return Origin(file.kind, str(file), 2 + self.files.index(file))
        return Origin("default", "", 2 + len(self.files))

    def configured(self) -> list[Key]:
        """The options that files or variables have set."""
        return [key for key in self.keys if self.origin(key.parameter).name]

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool | None:
        done = super().__exit__(kind, error, trace)
        if self._problem and isinstance(error, typer.BadParameter):
            raise self._problem from None
        return done

    def invoke(self, callback: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Runs the command, or shows what it would run with."""
        if self.invoked_subcommand:  # which has a context of its own
            return super().invoke(callback, *args, **kwargs)
        if self._problem:
            raise self._problem
        try:
            self._settle_talk(kwargs)
            if self._shows:
                from stylectl.cli.config.show import show_config

                show_config(self)
                raise typer.Exit()
            self._tell_origins()
            return super().invoke(callback, *args, **kwargs)
        except StylectlError as error:
            self._add_origins(error)
            raise

    def _configure(self, root: Any, no_files: bool) -> None:
        keys, every = all_keys(root), dict(commands(root))
        self.keys = keys.get(self.words, ())
        environment.check_variables(keys)
        if not no_files:
            self.files = settings_files()
        for file in self.files:
            file.check_keys(keys, every)
        variables = {key: name for key in self.keys if (name := environment.variable_of(key))}
        if not (self.keys and (self.files or variables)):
            return
        hints = hints_of(self.command)
        values: dict[str, Any] = {}
        for file in reversed(self.files):  # the stronger one last: it replaces
            for key, value in file.values(self.words, self.keys, hints).values():
                self._check(key, value, hints, str(file))
                values[key.parameter] = value
                self._from[key.parameter] = file
        for key, name in variables.items():
            self._check(key, key.option.value_from_envvar(self), hints, name)
        self.default_map = values

    def _check(self, key: Key, value: Any, hints: Mapping[str, Any], where: str) -> None:
        """Raises UsageError if click would refuse the value, as if one had typed it."""
        try:
            key.option.process_value(self, value)
        except typer.BadParameter:
            wanted = wrong_type(None, hints[key.parameter])
            raise UsageError(
                f"{where}: {key.name} must be {wanted}{range_of(key.option)}, not {written(value)}",
                f"see stylectl {self.words} --help",
            ) from None

    def _settle_talk(self, given: dict[str, Any]) -> None:
        """Of --quiet and --verbose the one counts that comes from the stronger place."""
        if not (given.get("quiet") and given.get("verbose")):
            return
        quiet, verbose = self.origin("quiet"), self.origin("verbose")
        if quiet.rank == verbose.rank:
            raise UsageError("quiet and verbose exclude each other", "leave one of the two out")
        weaker, stronger = ("quiet", "verbose")[:: 1 if verbose.rank < quiet.rank else -1]
        given[weaker] = self.params[weaker] = False
        source = self.get_parameter_source(stronger)
        assert source is not None
        self.set_parameter_source(weaker, source)

    def _tell_origins(self) -> None:
        if self.params.get("verbose"):
            from stylectl.cli.report import say, stderr_console

            for key in self.configured():
                value = self.params[key.parameter]
                say(stderr_console(), f"{key.name} is {value}, set by {self.origin(key.parameter)}")

    def _add_origins(self, error: StylectlError) -> None:
        """Says of an option that an error is about by what it was set, if not by the command."""
        for key in self.configured():
            name = key.name.replace("_", "[-_]")
            if re.search(rf"(--|(?<![\w-])){name}(?![\w-])", f"{error.message} {error.hint}"):
                error.message += f" ({key.name} is set by {self.origin(key.parameter)})"
                error.args = (error.message,)
