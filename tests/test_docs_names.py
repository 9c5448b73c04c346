"""What the pages name is there: files, headings, options, modules; and the map is whole."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import docs_options
import pytest
from docs_pages import ROOT, anchors_of, code_of, links_of, options_listed, pages
from safetensors import safe_open

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
# Options of other programs than ours that the text names.
FOREIGN = {"--nproc-per-node", "--requeue", "--logdir"}


def broken_links(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    broken = []
    for link in links_of(page):
        target, _, anchor = link.partition("#")
        if target.startswith(("https://", "http://")):
            continue
        file = page.parent / target if target else page
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(link)
    return broken


def unknown_options(page: Path) -> list[str]:
    """Options in the text that no command has, and in tables of a command's options, that it has
    not.
    """
    scripts = "".join(file.read_text() for file in ROOT.glob("benchmarks/*.py"))
    known = docs_options.option_names() | set(OPTION.findall(scripts)) | FOREIGN
    text = [code.text for code in code_of(page) if code.language == "inline"]
    named = [code for code in text if code.startswith("-")]
    unknown = [o for code in named for o in OPTION.findall(code) if o not in known]
    for command, code in options_listed(page):
        of_it = docs_options.option_names(command.removeprefix("stylectl "))
        unknown += [f"{command}: {o}" for o in OPTION.findall(code) if o not in of_it]
    return unknown


def missing_names(page: Path) -> list[str]:
    """Files and Python names in the text that do not exist."""
    missing = []
    for code in (code.text for code in code_of(page) if code.language == "inline"):
        if re.fullmatch(r"(stylectl|tests|benchmarks|examples|weights|docs)/[\w./]*\w", code):
            missing += [] if (ROOT / code).exists() else [code]
        elif dotted := re.match(r"stylectl(\.\w+)+", code):
            missing += [] if exists(dotted[0]) else [code]
    return missing


def exists(dotted: str) -> bool:
    """Whether there is such a module, or such a name in one."""
    module, _, name = dotted.rpartition(".")
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError:
        return bool(module) and exists(module) and hasattr(importlib.import_module(module), name)
    return True


@PAGES
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@PAGES
def test_options_exist(page: Path) -> None:
    assert unknown_options(page) == []


@PAGES
def test_files_and_names_exist(page: Path) -> None:
    assert missing_names(page) == []


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading\n[here](#a-heading) [no](#none) ![no](none.jpg) `--strength` `--streng`\n"
        "`tests/none.py` `stylectl.Stylizer` `stylectl.Stiliser`\n\n"
        "| option of `stylectl grid` | |\n|---|---|\n| `--cell N` | `--crop` |\n| `--crop N` | |\n"
    )
    assert broken_links(page) == ["#none", "none.jpg"]
    assert unknown_options(page) == ["--streng", "stylectl grid: --crop"]
    assert missing_names(page) == ["tests/none.py", "stylectl.Stiliser"]


def test_the_map_names_every_folder() -> None:
    map_ = (ROOT / "CONTRIBUTING.md").read_text().split("```")[1]
    folders = {path.parent.name for path in ROOT.glob("stylectl/*/*.py")}
    named = set(re.findall(r"^  (\w+)/", map_, re.MULTILINE))
    assert named == folders
    top = set(re.findall(r"^(\w+)/", map_, re.MULTILINE))
    assert all((ROOT / name).is_dir() for name in top)


def test_the_card_tells_what_the_weights_say_of_themselves() -> None:
    card = (ROOT / "weights" / "README.md").read_text()
    with safe_open(ROOT / "weights" / "lean.safetensors", "pt") as file:
        header = json.loads(file.metadata()["stylectl"])
    runs = [*header["history"], header]
    assert re.findall(r"^\| \d+\. .*?\| ([\d,]+)", card, re.MULTILINE) == [
        f"{run['steps']:,}" for run in runs
    ]
    assert f"{sum(run['minutes'] for run in runs):.0f} minutes in all" in card
    assert f"{len(runs)}" == re.findall(r"^\| (\d+)\.", card, re.MULTILINE)[-1]


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            links = (link.partition("#")[0] for link in links_of(page))
            waiting += [page.parent / link for link in links if "://" not in link]
    assert {page.resolve() for page in pages()} - reached == set()
