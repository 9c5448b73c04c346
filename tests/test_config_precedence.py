"""Command line, environment, project file, user file, default: the stronger one counts."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from config_parts import Settings, own_settings, shown  # noqa: F401 - a fixture
from conftest import CommandLine
from PIL import Image

# For each kind of option: a command, its option, and for each level a value, how it is written
# there, and what --show-config says of it.
OPTIONS = {
    "number": ("stylize", "strength", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]),
    "choice": ("stylize", "color", ["content", "match"]),
    "text": ("stylize", "tile", ["64", "72", "80", "88", "96", "104", "112"]),
    "list": ("attention", "point", [[f"{n},1", "2,3"] for n in range(7)]),
    "flag": ("video", "compare", [True, False]),
    "pair": ("train", "content_zoom", [[n / 2, 9.0] for n in range(1, 8)]),
}
LEVELS = (
    "user, all", "user, own", "project, all", "project, own", "environment, all",
    "environment, own", "command line",
)  # fmt: skip
PAIRS = list(itertools.combinations(range(len(LEVELS)), 2))


def place(settings: Settings, level: str, words: str, option: str, value: object) -> list[str]:
    """Sets the value there; gives the arguments if it is on the command line."""
    where, _, reach = level.partition(", ")
    own, many = reach == "own", value if isinstance(value, list) else [value]
    if where == "command line":
        flag = f"--{option.replace('_', '-')}"
        if isinstance(value, bool):
            return [flag] if value else []
        if option == "content_zoom":
            return [flag, *map(str, many)]
        return [text for each in many for text in (flag, str(each))]
    if where == "environment":
        prefix = f"STYLECTL_{words}_" if own else "STYLECTL_"
        settings.variable(f"{prefix}{option}".upper(), " ".join(map(str, many)))
        return []
    toml = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
    file = settings.user_file if where == "user" else settings.project_file
    before = file.read_text() if file.exists() else ""
    line = f"{option} = {toml}\n"
    (settings.user if where == "user" else settings.project)(
        before + f"[{words}]\n{line}" if own else line + before
    )
    return []


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize(("weaker", "stronger"), PAIRS)
def test_the_stronger_of_each_pair_counts(
    cli: CommandLine,
    settings: Settings,
    kind: str,
    weaker: int,
    stronger: int,
) -> None:
    words, option, values = OPTIONS[kind]
    first, second = values[weaker % len(values)], values[stronger % len(values)]
    if first == second:
        first, second = values[0], values[1]
    if LEVELS[stronger] == "command line" and second is False:
        first, second = False, True  # a flag can only be set there
    arguments = place(settings, LEVELS[weaker], words, option, first)
    arguments += place(settings, LEVELS[stronger], words, option, second)
    told = shown(cli, words, *arguments)[option]
    value = second if words != "train" else str(second)
    assert told["value"] == value
    origin = {
        "user": str(settings.user_file),
        "project": str(settings.project_file),
        "environment": f"STYLECTL_{option}".upper(),
        "command line": None if words != "train" else "command line",
    }[LEVELS[stronger].partition(",")[0]]
    if LEVELS[stronger] == "environment, own":
        origin = f"STYLECTL_{words}_{option}".upper()
    assert told["name"] == origin


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_stronger_than_the_default(
    cli: CommandLine,
    settings: Settings,
    kind: str,
    level: str,
) -> None:
    words, option, values = OPTIONS[kind]
    before = shown(cli, words)[option]
    assert before["name"] in (None, "default")
    arguments = place(settings, level, words, option, values[0])
    after = shown(cli, words, *arguments)[option]
    assert after["value"] not in (before["value"], None)


def test_an_empty_variable_is_none(cli: CommandLine, settings: Settings) -> None:
    settings.variable("STYLECTL_STRENGTH", "")
    settings.variable("STYLECTL_NO_SUCH", "")
    assert shown(cli, "stylize")["strength"] == {"value": 1.0, "source": "default", "name": None}


def test_a_switch_of_a_file_is_turned_off_by_its_variable(
    cli: CommandLine,
    settings: Settings,
) -> None:
    settings.project("compare = true")
    settings.variable("STYLECTL_COMPARE", "0")
    assert shown(cli, "video")["compare"]["value"] is False


def test_the_nearest_project_file_alone_counts(
    cli: CommandLine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.project("strength = 0.5\nseed = 3")
    below = Path("a/b")
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert shown(cli, "stylize")["strength"]["value"] == 0.5
    Path("../stylectl.toml").write_text("strength = 0.25")
    told = shown(cli, "stylize")
    assert (told["strength"]["value"], told["seed"]["value"]) == (0.25, None)


def test_the_search_ends_at_the_home_directory(
    cli: CommandLine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.project("strength = 0.5")
    home = Path("home").resolve()
    (home / "deep").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(home / "deep")
    assert shown(cli, "stylize")["strength"]["value"] == 1
    (home / "stylectl.toml").write_text("strength = 0.75")
    assert shown(cli, "stylize")["strength"]["value"] == 0.75


@pytest.mark.parametrize("how", ["option", "variable"])
def test_no_config_reads_no_file(
    cli: CommandLine,
    settings: Settings,
    how: str,
) -> None:
    settings.project("strength = 0.5")
    settings.user("nonsense")
    settings.variable("STYLECTL_SEED", "7")
    root = ("--no-config",) if how == "option" else ()
    if how == "variable":
        settings.variable("STYLECTL_NO_CONFIG", "1")
    told = shown(cli, "stylize", root=root)
    assert (told["strength"]["value"], told["seed"]["value"]) == (1, 7)


def test_paths_of_a_file_are_relative_to_it(
    cli: CommandLine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = settings.project(
        'weights = "nets/mine.safetensors"\n[multistyle]\nmask = ["a.png", "/b.png", "~/c.png"]'
    ).parent
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    mask = [str(project / "a.png"), "/b.png", os.path.expanduser("~/c.png")]
    told = shown(cli, "multistyle")
    assert told["mask"]["value"] == mask
    assert told["model"]["value"] == str(project / "nets/mine.safetensors")
    settings.project('weights = "mine"')
    assert shown(cli, "stylize")["weights"]["value"] == "mine"


def test_paths_of_a_variable_are_separated_as_in_path(cli: CommandLine, settings: Settings) -> None:
    settings.variable("STYLECTL_MASK", os.pathsep.join(["a b.png", "c.png"]))
    assert shown(cli, "multistyle")["mask"]["value"] == ["a b.png", "c.png"]


def test_weights_are_those_of_the_network_wherever_they_are_set(
    cli: CommandLine,
    settings: Settings,
) -> None:
    settings.project('weights = "mine"\n[multistyle]\nweights = "2,1"')
    assert shown(cli, "multistyle")["model"]["value"] == "mine"
    assert shown(cli, "multistyle")["weights"]["value"] == "2,1"
    assert shown(cli, "evaluate")["weights"]["value"] == ["mine"]
    settings.project("")
    settings.variable("STYLECTL_WEIGHTS", "yours")
    assert shown(cli, "multistyle")["model"]["value"] == "yours"
    assert shown(cli, "multistyle")["weights"]["value"] is None
    settings.variable("STYLECTL_MULTISTYLE_WEIGHTS", "3,4")
    assert shown(cli, "multistyle")["weights"]["value"] == "3,4"


@pytest.mark.parametrize("words", ["stylize", "multistyle", "interpolate"])
def test_the_name_of_a_result_counts_more_than_a_format_that_was_set(
    cli: CommandLine, settings: Settings, folder: Path, words: str
) -> None:
    (folder / "stylectl.toml").write_text('format = "jpg"')
    extra = ["--alpha", "0.5"] if words == "interpolate" else []
    styles = ["cup.png"] if words == "stylize" else ["cup.png", "cat.png"]
    ended = cli(words, "cat.png", *styles, *extra, "-o", "result.png", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    with Image.open("result.png") as image:
        assert image.format == "PNG"
