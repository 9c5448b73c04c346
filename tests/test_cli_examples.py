"""`stylectl examples` copies the bundled pictures out, and never over others."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from conftest import CommandLine, fails

from stylectl import examples
from stylectl.resources import bundled_folder

BUNDLED = sorted(bundled_folder("examples").glob("*/*.jpg"))


def test_copies_and_their_paths(cli: CommandLine, folder: Path) -> None:
    ended = cli("examples", "my pictures")
    assert ended.code == 0
    copies = [Path(line) for line in ended.out.splitlines()]
    assert [copy.relative_to("my pictures") for copy in copies] == [
        source.relative_to(bundled_folder("examples")) for source in BUNDLED
    ]
    for copy, source in zip(copies, BUNDLED, strict=True):
        assert copy.read_bytes() == source.read_bytes()
    assert sorted(Path("my pictures").rglob("*.*")) == sorted(copies)  # and nothing else


def test_the_suggested_command_works(cli: CommandLine, folder: Path) -> None:
    note = cli("examples", "my pictures").err
    assert note.startswith("note: try: stylectl stylize ")
    command = shlex.split(note.removeprefix("note: try: stylectl "))
    assert cli(*command, "--size", 64).code == 0
    assert Path("lighthouse_stylized_swirls.png").exists()


def test_the_default_folder_and_json(cli: CommandLine, folder: Path) -> None:
    ended = cli("examples", "--json")
    assert ended.err == ""
    files = json.loads(ended.out)["files"]
    assert files[0] == str(Path("stylectl_examples/content/lighthouse.jpg"))
    assert all(Path(file).is_file() for file in files) and len(files) == len(BUNDLED)


def test_quiet_says_the_paths_alone(cli: CommandLine, folder: Path) -> None:
    ended = cli("examples", "-q")
    assert ended.err == "" and len(ended.out.splitlines()) == len(BUNDLED)


def test_nothing_is_overwritten_unless_asked(cli: CommandLine, folder: Path) -> None:
    mine = Path("stylectl_examples/style/wave.jpg")
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    fails(cli, 4, f"{mine} exists already", "--overwrite", arguments=("examples",))
    assert cli("examples", "--overwrite").code == 0
    assert mine.read_bytes() == (bundled_folder("examples") / "style/wave.jpg").read_bytes()
    fails(cli, 4, f"and {len(BUNDLED) - 1} more exist already", arguments=("examples",))


def test_a_folder_that_cannot_be(cli: CommandLine, folder: Path) -> None:
    fails(cli, 4, "cannot be made", arguments=("examples", "cat.png"))


def test_an_installation_without_examples(
    cli: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "bundled_folder", lambda name: folder / "none")
    fails(cli, 3, "there are no examples", arguments=("examples",))
