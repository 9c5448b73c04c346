"""What is wrong in a file or a variable: one clear line that names it, and exit code 2."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Literal

import pytest
from config_parts import RUNNABLE, Settings, own_settings, refused, shown  # noqa: F401 - a fixture
from conftest import CommandLine
from hypothesis import given
from hypothesis import strategies as st

from stylectl.errors import UsageError
from stylectl.toml import parse_value, read_toml, wrong_type

STYLIZE = ("stylize", "cat.png", "cup.png")

WRONG_FILES = {
    'strenght = 0.5': "there is no setting 'strenght'; did you mean strength?",
    "xyzzy = 1": "there is no setting 'xyzzy'",
    "[stylise]\nseed = 1": "there is no command 'stylise'; did you mean stylize?",
    "[study.mak]\nsize = 1": "there is no command 'study mak'; did you mean study make?",
    "[study]\nsize = 1": "[study] has no setting 'size'",
    "[stylize]\nfps = 12": "[stylize] has no setting 'fps'",
    "[study.make]\npair = 1": "[study.make] has no setting 'pair'; did you mean pairs?",
    "[video]\nstrenght = 1": "[video] has no setting 'strenght'; did you mean strength?",
    'preset = "slow"': "preset has its own meaning for each command: put it into [video], [train]",
    "steps = 4": "steps has its own meaning for each command: put it into [interpolate], [train]",
    'output = "a.png"': "output is given on the command line only",
    "overwrite = true": "overwrite is given on the command line only",
    "[train]\nresume = true": "resume is given on the command line only",
    'content = "a.png"': "content has its own meaning for each command: put it into",
    '[stylize]\ncontent = "a.png"': "content is given on the command line only",
    'clip = "a.mp4"': "clip is given on the command line only",
    "strength = true": "strength must be a number, not True",
    'strength = "0.5"': "strength must be a number, not '0.5'",
    "size = 1.5": "size must be a whole number, not 1.5",
    "weights = true": "weights must be a text, not True",
    'quiet = "yes"': "quiet must be true or false, not 'yes'",
    "quiet = 1": "quiet must be true or false, not 1",
    'device = "gpu"': "device must be one of auto, cpu, cuda, mps, not 'gpu'",
    "color = 3": "color must be one of style, content, match, not 3",
    "seed = [1]": "seed must be a whole number, not [1]",
    "seed = 2026-11-23": "seed must be a whole number, not datetime.date(2026, 11, 23)",
    "max_pixels = 0": "max_pixels must be a whole number from 1 up, not 0",
    'weights = "a"\nmodel = "b"': "weights and model are one option",
    "strength = ": "cannot be read: Invalid value (at",
    "strength = 0.5\nstrength = 0.6": "cannot be read: Cannot overwrite a value",
    f"seed = {'[' * 20000}": "cannot be read: its values are nested too deeply",
    f"# {'x' * (1 << 20)}": "cannot be read: it has more than 1 MiB",
}  # fmt: skip


@pytest.mark.parametrize("place", ["project", "user"])
@pytest.mark.parametrize("text", WRONG_FILES, ids=lambda text: text[:30])
def test_a_wrong_file_is_refused_by_name(
    cli: CommandLine, settings: Settings, text: str, place: str
) -> None:
    file = settings.project(text) if place == "project" else settings.user(text)
    refused(cli(*STYLIZE), f"error: {file}", WRONG_FILES[text])


@pytest.mark.parametrize(
    ("text", "command", "told"),
    [
        ("content_zoom = [1, 2, 3]", "train", "content_zoom must be two numbers, [low, high]"),
        ("content_zoom = 1", "train", "content_zoom must be two numbers, [low, high], not 1"),
        ("point = []", "attention", "point must be a list of one or more"),
        ("point = [true]", "attention", "point must be a text, not True"),
        ("alpha = [0.5, 'x']", "interpolate", "alpha must be a number, not 'x'"),
        ("sheet_side = 9", "evaluate", "sheet_side must be a whole number from 16 to 2048, not 9"),
        ('[train]\nprecision = "fp16"', "train", "precision must be one of fp32, bf16"),
    ],
)
def test_so_is_a_wrong_value_for_another_command(
    cli: CommandLine, settings: Settings, text: str, command: str, told: str
) -> None:
    file = settings.project(text)
    refused(cli("--show-config", command), f"error: {file}: {told}")


WRONG_VARIABLES = {
    "STYLECTL_STRENGTH=much": "STYLECTL_STRENGTH: strength must be a number, not 'much'",
    "STYLECTL_STYLIZE_SEED=1.5": "STYLECTL_STYLIZE_SEED: seed must be a whole number, not '1.5'",
    "STYLECTL_DEVICE=gpu": "STYLECTL_DEVICE: device must be one of auto, cpu, cuda, mps, not 'gpu'",
    "STYLECTL_QUIET=perhaps": "STYLECTL_QUIET: quiet must be true or false, not 'perhaps'",
    "STYLECTL_MAX_PIXELS=0": "max_pixels must be a whole number from 1 up, not '0'",
    "STYLECTL_STRENGHT=1": "STYLECTL_STRENGHT belongs to no option; did you mean STYLECTL_STRENGTH",
    "STYLECTL_XYZZY=1": "STYLECTL_XYZZY belongs to no option",
    "STYLECTL_STYLIZE_FPS=1": "STYLECTL_STYLIZE_FPS belongs to no option",
    "STYLECTL_OUTPUT=a.png": "STYLECTL_OUTPUT sets what is given on the command line only",
    "STYLECTL_STYLIZE_OVERWRITE=1": "STYLECTL_STYLIZE_OVERWRITE sets what is given on the command",
    "STYLECTL_PRESET=slow": "STYLECTL_PRESET belongs to no option; did you mean STYLECTL_",
}


@pytest.mark.parametrize("variable", WRONG_VARIABLES)
def test_a_wrong_variable_is_refused_by_name(
    cli: CommandLine, settings: Settings, variable: str
) -> None:
    settings.variable(*variable.split("=", 1))
    refused(cli(*STYLIZE), WRONG_VARIABLES[variable])


def test_what_others_set_is_left_alone(cli: CommandLine, settings: Settings) -> None:
    for name in ("PORT", "PORT_80_TCP_ADDR", "SERVICE_HOST", "SERVICE_PORT_HTTP", "UPDATE_GOLDEN"):
        settings.variable(f"STYLECTL_{name}", "tcp://10.0.0.1:80")
    assert shown(cli, "stylize")["strength"]["name"] is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("strength = 2", "strength is 2, not in 0 to 1 (strength is set by {file})"),
        ("strength = nan", "strength is nan, not in 0 to 1 (strength is set by {file})"),
        ("style_size = 0", "style-size is 0 (style_size is set by {file})"),
        ("tile = 3", "tile is 3 (tile is set by {file})"),
        ('stroke_size = "thick"', "stroke-size is 'thick' (stroke_size is set by {file})"),
        ('precision = "fp16"\ndevice = "cpu"', "(precision is set by {file})"),
    ],
)
def test_a_value_out_of_range_names_its_file(
    cli: CommandLine, settings: Settings, folder: Path, text: str, told: str
) -> None:
    file = (folder / "stylectl.toml").absolute()
    file.write_text(text)
    refused(cli(*STYLIZE), told.format(file=file))


def test_and_its_variable(cli: CommandLine, settings: Settings) -> None:
    settings.variable("STYLECTL_STRENGTH", "2")
    refused(cli(*STYLIZE), "strength is 2, not in 0 to 1 (strength is set by STYLECTL_STRENGTH)")


def test_but_what_was_typed_is_not_blamed_on_them(cli: CommandLine, settings: Settings) -> None:
    settings.project("size = 64\nstrength = 0.5")
    refused(cli(*STYLIZE, "--style-size", "0"), "error: style-size is 0")
    assert "set by" not in cli(*STYLIZE, "--style-size", "0").err


def test_other_errors_keep_their_code_and_name_the_file(
    cli: CommandLine, settings: Settings
) -> None:
    file = settings.project('weights = "none"')
    ended = cli(*STYLIZE)
    assert ended.code == 5
    assert f"no weights are named 'none' (weights is set by {file})" in ended.err


def test_help_is_there_whatever_the_file_says(cli: CommandLine, settings: Settings) -> None:
    settings.project("strenght = 1")
    settings.variable("STYLECTL_SEED", "x")
    for words in RUNNABLE:
        ended = cli(*words.split(), "--help")
        assert (ended.code, ended.err) == (0, ""), words


def test_what_is_missing_is_blamed_on_the_file_that_may_have_meant_to_give_it(
    cli: CommandLine, settings: Settings
) -> None:
    settings.project('[train.encoder]\nimages = ["photos"]\nteachers = ["vgg.pth"]')
    refused(
        cli("train", "encoder"), "[train.encoder] has no setting 'teachers'; did you mean teach"
    )


def test_a_file_that_cannot_be_read(cli: CommandLine, settings: Settings) -> None:
    file = settings.project("")
    file.write_bytes(b"note = '\xff'")
    refused(cli(*STYLIZE), f"{file} cannot be read: 'utf-8' codec")
    file.unlink()
    file.mkdir()  # no file: as if it were not there
    assert shown(cli, "stylize")["strength"]["value"] == 1
    if os.geteuid():
        file.rmdir()
        settings.project("").chmod(0)
        refused(cli(*STYLIZE), f"{file} cannot be read: Permission denied")


def test_quiet_and_verbose_exclude_each_other(cli: CommandLine, settings: Settings) -> None:
    refused(cli(*STYLIZE, "-q", "-v"), "quiet and verbose exclude each other")
    settings.variable("STYLECTL_QUIET", "1")
    settings.variable("STYLECTL_STYLIZE_VERBOSE", "1")
    refused(cli(*STYLIZE), "(quiet is set by STYLECTL_QUIET) (verbose is set by STYLECTL_STYLIZE")


def test_but_the_stronger_one_counts(cli: CommandLine, settings: Settings) -> None:
    file = settings.project("quiet = true")
    told = shown(cli, "stylize", "-v")
    assert (told["quiet"]["value"], told["verbose"]["value"]) == (False, True)
    settings.user("verbose = true")
    told = shown(cli, "stylize")
    assert (told["quiet"]["value"], told["verbose"]["value"]) == (True, False)
    assert told["quiet"]["name"] == str(file)
    settings.variable("STYLECTL_QUIET", "1")
    assert shown(cli, "stylize", "-v")["quiet"] == {
        "value": False,
        "source": "command line",
        "name": None,
    }


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES = st.recursive(
    st.one_of(
        st.integers().map(str),
        st.floats().map(lambda x: repr(x)),
        st.sampled_from(["true", "false", "1e400", "10" * 300, "2026-11-23", "'cpu'", "[]", "{}"]),
        TEXTS.map(lambda text: f"'{text}'"),
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(values)}]"),
    max_leaves=4,
)
KEYS = st.sampled_from(
    ["strength", "seed", "tile", "weights", "device", "max_pixels", "quiet", "x"]
)


@given(lines=st.lists(st.tuples(KEYS, VALUES), max_size=3), junk=TEXTS)
def test_any_toml_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], junk: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    for text in ("\n".join(f"{key} = {value}" for key, value in lines), junk):
        file.write_text(text, encoding="utf-8")
        try:
            table = read_toml(file)
        except ValueError as error:
            assert str(error)
            continue
        assert isinstance(table, dict)
    for _, value in lines:
        parse_value(value)


@given(line=st.tuples(KEYS, VALUES))
def test_any_value_is_taken_or_refused(line: tuple[str, str]) -> None:
    import typer

    from stylectl.cli.app import app
    from stylectl.cli.config import context
    from stylectl.cli.config.files import SettingsFile

    table = {line[0]: parse_value(line[1])}
    file = SettingsFile("project file", Path("/p/stylectl.toml"), table)
    root = context.configurable(typer.main.get_command(app))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "settings_files", lambda: [file])
        with root.make_context("stylectl", ["stylize"], resilient_parsing=False) as parent:
            made = context.ConfiguredContext(
                root.commands["stylize"], info_name="stylize", parent=parent
            )
    assert made._problem is None or isinstance(made._problem, UsageError)
    assert made._problem is None or len(made._problem.message) < 300


class Part(str, Enum):
    HEAD, TAIL = "head", "tail"


@pytest.mark.parametrize(
    ("value", "hint", "wanted"),
    [
        ("head", Part, None),
        ("foot", Part, "one of head, tail"),
        (["head", "tail"], list[Part], None),
        (["foot"], list[Part], "a list of head, tail"),
        (["a"], list[Literal["a", "b"]], None),
        ([], list[str], "a list of texts"),
        (1, float | None, None),
        (True, int, "a whole number"),
        ({}, dict, None),
    ],
)
def test_types_in_words(value: object, hint: object, wanted: str | None) -> None:
    assert wrong_type(value, hint) == wanted
