"""Every command line and every block of code in the pages runs: see docs_scene.py."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import docs_options
import docs_scene as scene
import pytest
from docs_pages import Code, code_of, commands_of, pages
from docs_shell import Shell, warm_shell

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the pages speak to a POSIX shell")

CODE = [code for page in pages() for code in code_of(page)]
COMMANDS = [code for code in CODE if commands_of(code)]
RUN_BY = {
    "python": "python - <<'END'\nCODEEND",
    "make": "cat > Makefile <<'END'\nCODEEND\nmake",
}
BLOCKS = [code for code in CODE if code.language not in ("inline", "sh", "bash")]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with warm_shell(tmp_path_factory.mktemp("docs")) as shell:
        yield shell


def run_block(script: str, shell: Shell, folder: Path) -> str:
    """What is wrong with a script, or ""; skips the test if a program is missing."""
    words = script.split()
    for program in scene.NOT_EVERYWHERE:
        if program in words and not shutil.which(program):
            pytest.skip(f"there is no {program}")
    return shell.run(folder, script)


def problem_of(code: Code, shell: Shell, folder: Path) -> str:
    """What is wrong with the commands, or ""."""
    script = commands_of(code)
    if code.language == "inline" and script.startswith("stylectl "):
        try:
            docs_options.parse(shlex.split(script)[1:])
        except docs_options.Unfinished:
            return ""  # names a command or an option of it
        except ValueError as error:
            return str(error)
    return run_block(script, shell, folder)


@pytest.mark.parametrize("code", COMMANDS, ids=str)
def test_commands(code: Code, shell: Shell, tmp_path: Path) -> None:
    problem = problem_of(code, shell, tmp_path / "here")
    assert not problem, f"{code}\n{code.text}\n{problem}"


@pytest.mark.parametrize("code", BLOCKS, ids=str)
def test_other_blocks(code: Code, shell: Shell, tmp_path: Path) -> None:
    if script := RUN_BY.get(code.language):
        problem = run_block(script.replace("CODE", code.text), shell, tmp_path / "here")
        assert not problem, f"{code}\n{code.text}\n{problem}"
    elif code.language == "toml":
        tomllib.loads(code.text)
    elif code.language == "json":
        json.loads(code.text)
    else:
        assert code.language == ""
        first = [line.lstrip("$ ").split(" ")[0] for line in code.text.splitlines()]
        assert not {"stylectl", "python", "pip"} & set(first), "commands belong in a ```sh block"


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("sh", "stylectl stylize photo.jpg painting.jpg --colour match", "No such option"),
        ("sh", "for i in 1 2; do stylectl stylize none.jpg painting.jpg || true; done", "none.jpg"),
        ("sh", "torchrun -m stylectl train --recipes lean", "NoSuchOption"),
        ("sh", "pip install 'stylectl[all]'", "no extra all"),
        ("inline", "stylectl stylize photo.jpg painting.jpg --colour match", "NoSuchOption"),
        ("inline", "stylectl paint", "No such command"),
    ],
)
def test_what_is_wrong_is_found(
    language: str, text: str, told: str, shell: Shell, tmp_path: Path
) -> None:
    assert told in problem_of(Code("page.md", 1, language, text), shell, tmp_path / "here")


def test_a_name_alone_is_no_command(shell: Shell, tmp_path: Path) -> None:
    for text in ("stylectl stylize", "stylectl train encoder", "stylectl study"):
        assert not problem_of(Code("page.md", 1, "inline", text), shell, tmp_path / "here")
