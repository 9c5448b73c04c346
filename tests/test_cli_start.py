"""The command starts at once, says who it is, and refuses early what it can."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CommandLine

import stylectl
from stylectl import errors

ROOT = Path(__file__).parents[1]

LIGHT = """
import sys
from stylectl.cli.app import main
for arguments in (["--help"], ["--version"], ["stylize", "--help"], ["evaluate", "--help"], []):
    try:
        main(arguments)
    except SystemExit:
        pass
import stylectl
dir(stylectl), stylectl.__version__, stylectl.StylectlError
print("heavy:", sorted({"torch", "numpy", "PIL", "torchvision", "safetensors"} & set(sys.modules)))
"""

EARLY = """
import sys
from stylectl.cli.app import main
for arguments in (
    ["cat.png", "cup.png", "--strength", "2"],
    ["cat.png", "cup.png", "--size", "0"],
    ["cat.png", "cup.png", "--precision", "fp16", "--device", "cpu"],
    ["cat.png", "cup.png", "-o", "out.gif"],
    ["cat.png", "cup.png", "-o", "cup.png"],
    ["cat.png", "cup.png", "-o", "none/out.png"],
    ["cat.png", "cup.png", "--weights", "none"],
    ["none.png", "cup.png"],
    ["cat.png", "none.png"],
):
    try:
        main(["stylize", "--weights", sys.argv[1], *arguments])
    except SystemExit as end:
        print(end.code, "torch" in sys.modules)
"""


def python(code: str, *arguments: str, cwd: Path = ROOT) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"]
    done = subprocess.run(
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_help_and_version_import_nothing_heavy() -> None:
    out = python(LIGHT)
    assert "Usage" in out and stylectl.__version__ in out
    assert out.splitlines()[-1] == "heavy: []"


def test_what_can_fail_early_fails_before_torch_is_imported(folder: Path, weights: Path) -> None:
    codes = python(EARLY, str(weights), cwd=folder).split("\n")[:-1]
    assert codes == [f"{code} False" for code in (2, 2, 2, 4, 4, 4, 5, 3, 3)]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_leads_with_an_example_and_ends_with_the_exit_codes(
    cli: CommandLine, option: str
) -> None:
    ended = cli(option)
    assert (ended.code, ended.err) == (0, "")
    lines = [line.strip() for line in ended.out.splitlines() if line.strip()]
    assert lines[0].startswith("Usage: stylectl ")
    assert lines[1] == "Example: stylectl stylize photo.jpg painting.jpg"
    epilog = " ".join(ended.out.split())
    known = [error for error in vars(errors).values() if isinstance(error, type)]
    codes = {error.exit_code for error in known if issubclass(error, errors.StylectlError)}
    assert codes == set(range(1, 8))
    for code in codes | {0, 130}:
        assert re.search(rf"(Exit codes:|;) {code} \w", epilog)


def test_each_verb_has_an_example(cli: CommandLine) -> None:
    for verb in ("stylize", "evaluate"):
        assert f"Example: stylectl {verb}" in cli(verb, "--help").out


def test_no_arguments_is_help(cli: CommandLine) -> None:
    ended = cli()
    assert "Usage: stylectl" in ended.out + ended.err


def test_version(cli: CommandLine) -> None:
    assert cli("--version").out == f"stylectl {stylectl.__version__}\n"


def test_the_version_stands_in_one_place_or_agrees() -> None:
    written = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert written is None or written[1] == stylectl.__version__


def test_a_mistyped_verb_is_guessed(cli: CommandLine) -> None:
    assert "'stylize'" in cli("stylise").err


def test_the_package_gives_its_names() -> None:
    from stylectl.stylize.style import StyleCode
    from stylectl.stylize.stylizer import Stylizer

    assert stylectl.Stylizer is Stylizer
    assert stylectl.StyleCode is StyleCode
    assert stylectl.StylectlError is errors.StylectlError
    assert set(stylectl.__all__) <= set(dir(stylectl))
    with pytest.raises(AttributeError, match="no attribute 'Painter'"):
        _ = stylectl.Painter  # type: ignore[attr-defined]


def test_a_terminal_sees_the_stage_and_a_log_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from stylectl.cli import report
    from stylectl.stylize.events import Notice, Stage

    def shown(quiet: bool, terminal: bool) -> str:
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=terminal, width=80)
        monkeypatch.setattr(report, "_console", lambda: console)
        with report.Report(quiet=quiet, as_json=False) as talk:
            talk.on_event(Stage("encode style"))
            if talk._spinner:
                console.print(talk._spinner.renderable)
            talk.on_event(Notice("beware"))
            talk.finish("out.png", (3, 2), {"device": "cpu"})
        return screen.getvalue()

    assert "encode style …" in shown(quiet=False, terminal=True)
    assert shown(quiet=True, terminal=True) == ""
    plain = shown(quiet=False, terminal=False)
    assert plain.startswith("warning: beware\nwrote out.png (3×2, ")  # noqa: RUF001
    assert "\x1b" not in plain and "encode" not in plain
