"""Every command takes settings, and works with what --show-config says it would."""

from __future__ import annotations

import functools
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from config_parts import COMMANDS, RUNNABLE, Settings, own_settings, shown  # noqa: F401
from conftest import PAIR, CommandLine, pixels

from stylectl.cli.app import app
from stylectl.cli.config.context import configurable
from stylectl.cli.config.keys import COMMAND_LINE_ONLY, all_keys, hints_of, keys_of, long_names
from stylectl.cli.config.show import _plain

KEYS = {
    words: keys
    for words, keys in all_keys(configurable(typer.main.get_command(app))).items()
    if keys
}

# What a file may name: it is read, nothing is written to it.
READ = {
    "mask", "content", "style", "perceptual", "images", "teacher", "encoder", "init", "data",
    "networks", "preview_content", "preview_style", "results", "contents", "styles",
}  # fmt: skip


@pytest.mark.parametrize("words", RUNNABLE)
def test_every_command_shows_its_options(cli: CommandLine, settings: Settings, words: str) -> None:
    told = shown(cli, words)
    options = {
        long_names(parameter)[0]
        for parameter in COMMANDS[words].params
        if parameter.param_type_name == "option"
    }
    assert set(told) == options
    assert {str(option["name"]) for option in told.values()} <= {"None", "default"}


@pytest.mark.parametrize("words", RUNNABLE)
def test_every_command_takes_a_file_and_a_variable(
    cli: CommandLine, settings: Settings, words: str
) -> None:
    table = words.replace(" ", ".")
    file = settings.project(f"quiet = true\n[{table}]\nmax_pixels = 5\n")
    if "max_pixels" not in {key.name for key in KEYS[words]}:
        file = settings.project("quiet = true")
    told = shown(cli, words)
    assert told["quiet"]["value"] in (True, "true")
    assert told["quiet"]["name"] == str(file)
    if "max_pixels" in told:
        assert told["max_pixels"]["value"] == 5
    settings.variable(f"STYLECTL_{words.replace(' ', '_')}_QUIET".upper(), "no")
    assert shown(cli, words)["quiet"]["value"] in (False, "false")


@pytest.mark.parametrize("words", RUNNABLE)
def test_every_command_has_both_quiet_and_verbose(words: str) -> None:
    assert {"quiet", "verbose"} <= {key.name for key in KEYS[words]}


def test_no_variable_means_two_things() -> None:
    own = [
        list(key.option.envvar or ())[: len(key.names)] for keys in KEYS.values() for key in keys
    ]
    names = list(itertools.chain(*own))
    assert len(names) == len(set(names))
    for keys in KEYS.values():
        every = [name for key in keys for name in key.option.envvar or ()]
        assert len(every) == len(set(every))
    shared = {name for keys in KEYS.values() for key in keys for name in key.shared}
    assert not shared & {"debug", "no_config", "update_golden"}
    commands = {words.replace(" ", "_").upper() for words in KEYS}
    mixed = {f"STYLECTL_{name.upper()}" for name in shared} & set(names)
    assert not mixed, f"{mixed}: for all commands, or for one of {commands}?"


def test_an_option_set_for_all_commands_means_the_same_to_all() -> None:
    """A new option of an old name: share its meaning, or list it in `keys.APART`."""
    kinds: dict[str, dict[object, str]] = {}
    for words, keys in KEYS.items():
        hints = hints_of(COMMANDS[words])
        for key in keys:
            for name in key.shared:
                kind = re.sub(r" \| None|list\[|\]|<class '|'>", "", str(hints[key.parameter]))
                kinds.setdefault(name, {})[kind] = words
    assert [name for name, found in kinds.items() if len(found) > 1] == []


def test_no_file_decides_what_is_written() -> None:
    """A new option that takes a path: list it here if it is read, else in COMMAND_LINE_ONLY."""
    for words, keys in KEYS.items():
        hints = hints_of(COMMANDS[words])
        paths = {key.name for key in keys if "Path" in str(hints[key.parameter])}
        assert paths <= READ, words
    assert {"output", "overwrite", "resume"} <= COMMAND_LINE_ONLY


def test_arguments_cannot_be_set() -> None:
    for words, command in COMMANDS.items():
        arguments = {p.name for p in command.params if p.param_type_name == "argument"}
        assert not arguments & {key.parameter for key in keys_of(words, command)}


CASES = {
    "stylize": ("a.png", "b.png", "--size", "9"),
    "interpolate": ("--alpha", "0.5"),
    "multistyle": ("--weights", "2,1"),
    "grid": ("a", "b"),
    "video": ("a.mp4",),
    "attention": ("a.png", "b.png"),
    "study make": ("a", "b", "--content", "c", "--style", "d"),
    "study tally": ("a.json",),
    "train": ("--ema", "0.5"),
    "train encoder": ("--images", "x", "--teacher", "y"),
    "evaluate": ("a", "b"),
}


@pytest.mark.parametrize("words", CASES)
def test_a_command_gets_what_is_shown(
    cli: CommandLine, settings: Settings, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    settings.user('device = "cpu"\nstyle_size = 99\n[train]\nminutes = 2\n')
    settings.project(
        'color = "match"\nweights = "mine"\npairs = 3\nquiet = true\nfps = "24000/1001"\n'
        '[stylize]\nseed = 5\n[study.make]\npool = 9\n[train.encoder]\nzoom = [1, 2]\n'
        '[interpolate]\nalpha = [0.25, 1]\n[evaluate]\nperceptual = "vgg.pth"\n'
    )  # fmt: skip
    settings.variable("STYLECTL_TILE", "128")
    settings.variable("STYLECTL_POINT", "1,2 50%,3")
    settings.variable("STYLECTL_TRAIN_CONTENT_ZOOM", "1.5 2.5")
    used: dict[str, Any] = {}
    root = configurable(typer.main.get_command(app))
    command = root
    for word in words.split():
        command = command.commands[word]
    expected = shown(cli, words, *CASES[words])
    monkeypatch.setattr("typer.main.get_command", lambda _: root)
    command.callback = functools.wraps(command.callback)(lambda **given: used.update(given))
    json_too = ("--json",) if "json" in expected else ()
    ended = cli(*words.split(), *CASES[words], *json_too)
    assert ended.code == 0, ended.err
    for option in command.params:
        if option.param_type_name == "option":
            name = long_names(option)[0]
            value = _plain(used[option.name])
            told = expected[name]["value"]
            if words.startswith("train"):  # a table, not JSON
                assert str(told).startswith("(") if value in (None, []) else told in (
                    value, json.dumps(value)
                ), name  # fmt: skip
            else:
                assert told == value, name
    sources = {str(option["name"]) for option in expected.values()}
    assert any(str(settings.project_file) in source for source in sources) or words == "train"


def test_the_picture_is_that_of_the_same_options(
    cli: CommandLine, settings: Settings, folder: Path
) -> None:
    assert cli(*PAIR, "--strength", "0.4", "--color", "content", "-o", "typed.png").code == 0
    Path("stylectl.toml").write_text('strength = 0.9\ncolor = "content"')
    settings.variable("STYLECTL_STYLIZE_STRENGTH", "0.4")
    assert cli(*PAIR, "-o", "set.png").code == 0
    assert cli("--no-config", *PAIR, "-o", "none.png").code == 0
    assert (pixels(Path("typed.png")) == pixels(Path("set.png"))).all()
    assert (pixels(Path("typed.png")) != pixels(Path("none.png"))).any()


def test_verbose_says_what_is_set_by_what(
    cli: CommandLine, settings: Settings, folder: Path
) -> None:
    file = folder.absolute() / "stylectl.toml"
    file.write_text("strength = 0.5")
    settings.variable("STYLECTL_COLOR", "content")
    told = cli(*PAIR, "-v").err
    assert f"strength is 0.5, set by {file}\n" in told
    assert "color is content, set by STYLECTL_COLOR\n" in told
    assert "set by" not in cli(*PAIR, "-o", "x.png").err


def test_the_files_are_told_on_stderr(cli: CommandLine, settings: Settings) -> None:
    told = cli("--show-config", "stylize").err
    assert (
        told
        == f"project file: none from here upwards\nuser's file: {settings.user_file} (none there)\n"
    )
    file = settings.project("")
    settings.user("")
    told = cli("--show-config", "stylize").err
    assert told == f"project file: {file} (read)\nuser's file: {settings.user_file} (read)\n"
    assert cli("--show-config", "stylize", "-q").err == ""
    told = cli("--no-config", "--show-config", "stylize").err
    assert told.count("(not read)") == 2


def test_showing_needs_no_pictures_and_does_nothing(cli: CommandLine, folder: Path) -> None:
    before = sorted(Path().iterdir())
    ended = cli("--show-config", *PAIR, "--strength", "0.25", "--size", "8")
    assert ended.code == 0
    assert ended.out.splitlines()[0] == "option\tvalue\tfrom"
    assert "--strength\t0.25\tcommand line" in ended.out.splitlines()
    assert "--tile\tauto\tdefault" in ended.out.splitlines()
    assert sorted(Path().iterdir()) == before


def test_what_is_typed_wrong_is_wrong_there_too(cli: CommandLine) -> None:
    assert cli("--show-config", "stylize", "--size", "x").code == 2
    assert cli("--show-config", "stylize", "--no-such").code == 2


def test_a_recipe_is_said_to_count_more(cli: CommandLine) -> None:
    told = cli("--show-config", "train", "--recipe", "lean").err
    assert "what the recipe lean sets counts more than files, variables and defaults" in told


def test_the_defaults_of_help_are_those_of_the_file(cli: CommandLine, settings: Settings) -> None:
    settings.project("strength = 0.5")
    assert re.search(r"--strength .*\[default: 0.5\]", cli("stylize", "--help").out)
    assert "env var" not in cli("stylize", "--help").out
