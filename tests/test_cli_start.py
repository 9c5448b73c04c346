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

VERBS = (
    "stylize",
    "interpolate",
    "multistyle",
    "grid",
    "video",
    "attention",
    "evaluate",
    "study",
    "study make",
    "study tally",
    "weights",
    "weights list",
    "weights show",
    "weights verify",
    "weights fetch",
    "weights import",
    "weights remove",
    "examples",
    "doctor",
)
LIGHT = """
import sys
VERBS = sys.argv[1:]
from stylectl.cli.app import main
for arguments in (["--help"], ["--version"], *([*verb.split(), "--help"] for verb in VERBS), []):
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
STYLIZE = "stylize --model {} cat.png cup.png"
INTERPOLATE = "interpolate --model {} cat.png cup.png cup.png"
MULTISTYLE = "multistyle --model {} cat.png cup.png cup.png"
for line in (
    STYLIZE + " --strength 2",
    STYLIZE + " --size 0",
    STYLIZE + " --precision fp16 --device cpu",
    STYLIZE + " -o out.gif",
    STYLIZE + " -o cup.png",
    STYLIZE + " -o none/out.png",
    "stylize cat.png cup.png --model none",
    "stylize --model {} none.png cup.png",
    "stylize --model {} cat.png none.png",
    INTERPOLATE + " --alpha 2",
    INTERPOLATE + " --steps 1",
    INTERPOLATE + " --steps 3 --fps 0 -o out.gif",
    INTERPOLATE + " -o none/out.png",
    INTERPOLATE + " none.png",
    MULTISTYLE + " --weights 1,-1",
    MULTISTYLE + " --mask cup.png",
    MULTISTYLE + " --mask none.png",
):
    try:
        main(line.format(sys.argv[1]).split())
    except SystemExit as end:
        print(end.code, "torch" in sys.modules)
"""


EARLY_CODES = (2, 2, 2, 4, 4, 4, 5, 3, 3, *(2, 2, 2, 4, 3), *(2, 2, 3))


def python(code: str, *arguments: str, cwd: Path = ROOT) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"]
    done = subprocess.run(
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_help_and_version_import_nothing_heavy() -> None:
    out = python(LIGHT, *VERBS)
    assert "Usage" in out and stylectl.__version__ in out
    assert out.splitlines()[-1] == "heavy: []"


def test_what_can_fail_early_fails_before_torch_is_imported(folder: Path, weights: Path) -> None:
    codes = python(EARLY, str(weights), cwd=folder).split("\n")[:-1]
    assert codes == [f"{code} False" for code in EARLY_CODES]


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
    assert codes == set(range(1, 11))
    for code in codes | {0, 130}:
        assert re.search(rf"(Exit codes:|;) {code} \w", epilog)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_an_example(cli: CommandLine, verb: str) -> None:
    assert f"Example: stylectl {verb}" in cli(*verb.split(), "--help").out


@pytest.mark.parametrize("verb", [*VERBS, "train", "train encoder"])
def test_no_list_of_choices_is_broken_within_a_word(
    cli: CommandLine, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for line in cli(*verb.split(), "--help").out.splitlines():
        assert not re.search(r"[<\[][^>\]]*\|[^>\]]*$", line), line  # opened and not closed


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
    from stylectl.stylize.mix import StyleMix
    from stylectl.stylize.style import StyleCode
    from stylectl.stylize.stylizer import Stylizer

    assert stylectl.Stylizer is Stylizer
    assert stylectl.StyleCode is StyleCode
    assert stylectl.StyleMix is StyleMix
    assert stylectl.StylectlError is errors.StylectlError
    assert set(stylectl.__all__) <= set(dir(stylectl))
    with pytest.raises(AttributeError, match="no attribute 'Painter'"):
        _ = stylectl.Painter  # type: ignore[attr-defined]


def test_a_terminal_sees_the_stage_and_a_log_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from stylectl.cli import report
    from stylectl.stylize.events import Notice, Progress, Stage

    def shown(quiet: bool, terminal: bool) -> str:
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=terminal, color_system=None, width=80)
        monkeypatch.setattr(report, "stderr_console", lambda: console)
        with report.Report(quiet=quiet, as_json=False) as talk:
            talk.on_event(Stage("encode style"))
            if talk._live:
                console.print(talk._live.get_renderable())
            talk.on_event(Stage("stylise"))
            talk.on_event(Progress(3, 12))
            if talk._live:
                console.print(talk._live.get_renderable())
            talk.on_event(Notice("beware"))
            talk.finish("out.png", (3, 2), {"device": "cpu"})
        return screen.getvalue()

    watched = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown(quiet=False, terminal=True))
    assert "encode style …" in watched
    assert "stylise …" in watched and "3/12 tiles" in watched and "left" in watched
    assert shown(quiet=True, terminal=True) == ""
    plain = shown(quiet=False, terminal=False)
    assert plain.startswith("warning: beware\nwrote out.png (3×2, ")  # noqa: RUF001
    assert "\x1b" not in plain and "encode" not in plain and "tiles" not in plain
