"""Shells complete commands, options, choices and the names of weights, at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = """
import sys
sys.path.insert(0, {root!r})
from stylectl.cli.app import main
try:
    main({arguments!r})
finally:
    heavy = {{"torch", "torchvision", "safetensors"}} & set(sys.modules)
    print("heavy:", sorted(heavy), file=sys.stderr)
"""


def stylectl(*arguments: str, cwd: Path = ROOT, **variables: str) -> str:
    """What it prints; torch must not have been imported."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(root=str(ROOT), arguments=list(arguments))],
        env={**os.environ, **variables}, cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == "heavy: []\n"
    return done.stdout


def completed(shell: str, line: str, cwd: Path = ROOT) -> set[str]:
    """What a shell is told when Tab is pressed at the end of a line."""
    words = f"stylectl {line}"
    out = stylectl(
        cwd=cwd,
        _STYLECTL_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS=words,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
    )
    return {each.split("\t")[0] for each in out.splitlines()}  # fish adds the help


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell: str) -> None:
    script = stylectl("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "stylectl" in script and f"complete_{shell}" in script
    program = shutil.which(shell)
    if program:  # that it is one
        subprocess.run([program, "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("sty", {"stylize"}),
        ("study ", {"make", "tally"}),
        ("stylize --stren", {"--strength"}),
        ("stylize --device ", {"auto", "cpu", "cuda", "mps"}),
        ("multistyle --rest c", {"content"}),
        ("stylize --weights l", {"lean"}),
        ("multistyle --model ", {"lean"}),
        ("evaluate --weights lean --weights l", {"lean"}),
        ("train --recipe lean-", {"lean-gpu"}),
    ],
)
def test_what_is_completed(shell: str, line: str, wanted: set[str]) -> None:
    assert completed(shell, line) == wanted


def test_zsh_gets_them_too() -> None:
    assert "cuda" in " ".join(completed("zsh", "stylize --device "))
    assert "lean" in " ".join(completed("zsh", "stylize --weights "))


def test_a_wrong_settings_file_does_not_keep_from_completing(tmp_path: Path) -> None:
    (tmp_path / "stylectl.toml").write_text("strenght = 1")
    (tmp_path / "here").mkdir()
    found = completed("bash", "stylize --device ", cwd=tmp_path / "here")
    assert "cpu" in found
