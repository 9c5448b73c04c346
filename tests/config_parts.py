"""What the tests of settings share: files and variables that are this test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import CommandLine, Ended

from stylectl.cli.app import app
from stylectl.cli.config.context import configurable
from stylectl.cli.config.keys import commands

COMMANDS = dict(commands(configurable(typer.main.get_command(app))))
RUNNABLE = [words for words, command in COMMANDS.items() if command.callback]


class Settings:
    """The files and variables of one test."""

    def __init__(self, project: Path, user: Path, set_variable: Callable[[str, str], None]) -> None:
        self.project_file, self.user_file = project / "stylectl.toml", user / "stylectl.toml"
        self.variable = set_variable

    def project(self, text: str) -> Path:
        """Writes the project's file."""
        self.project_file.write_text(text)
        return self.project_file

    def user(self, text: str) -> Path:
        """Writes the user's."""
        self.user_file.parent.mkdir(exist_ok=True)
        self.user_file.write_text(text)
        return self.user_file


@pytest.fixture(name="settings")
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """No files and variables but those that the test makes; the project is the working folder."""
    project, user = tmp_path / "project", tmp_path / "of the user"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.delenv("STYLECTL_NO_CONFIG")
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: user)
    return Settings(project, user, monkeypatch.setenv)


def shown(cli: CommandLine, words: str, *arguments: object, root: tuple[str, ...] = ()) -> Any:
    """What --show-config says of a command's options; those without --json as a table says it."""
    has_json = any(p.name == "as_json" for p in COMMANDS[words].params)
    more = ("--json",) if has_json else ()
    ended = cli(*root, "--show-config", *words.split(), *more, *arguments)
    assert ended.code == 0, ended.err
    if has_json:
        return json.loads(ended.out)["options"]
    rows = [line.split("\t") for line in ended.out.splitlines()[1:]]
    return {
        name.removeprefix("--").replace("-", "_"): {"value": value, "name": origin}
        for name, value, origin in rows
    }


def refused(ended: Ended, *told: str) -> None:
    """A usage error of one clear line, and a hint."""
    assert ended.code == 2, ended.err
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert len(lines) == 2, ended.err
    assert lines[0].startswith("error: ") and lines[1].startswith("hint: ")
    for words in told:
        assert words in lines[0], lines[0]
