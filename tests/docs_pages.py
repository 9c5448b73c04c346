"""What stands in the project's Markdown pages: blocks of code, commands, names, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt  # rich needs it, so it is there
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
SHELLS = ("sh", "bash")
PROGRAMS = ("stylectl", "python", "torchrun", "pip", "apt-get")  # begin a command in running text


@dataclass(frozen=True)
class Code:
    """Code on a page.

    Attributes:
        page: relative to the repository.
        line: of its first line.
        language: of a block, maybe ""; "inline" within text.
        text: the code.
    """

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page of the repository that people read."""
    folders = (ROOT, ROOT / "docs", ROOT / "weights", ROOT / "examples")
    return [page for folder in folders for page in sorted(folder.glob("*.md"))]


def code_of(page: Path) -> list[Code]:
    """All code on a page, in order."""
    name = page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else page.name
    found = []
    for token, line in _tokens(page):
        if token.type == "fence":
            found.append(Code(name, line + 1, token.info.strip(), token.content))
        elif token.type == "code_inline":
            found.append(Code(name, line, "inline", " ".join(token.content.split())))
    return found


def commands_of(code: Code) -> str:
    """What a shell can run of it; "" if nothing.

    In running text `…` and COMMAND stand for more of the same, and are left out.
    """
    if code.language in SHELLS:
        return code.text
    words = [word for word in code.text.split() if word not in ("…", "COMMAND")]
    if code.language == "inline" and len(words) > 1 and words[0] in PROGRAMS:
        return " ".join(words)
    return ""


def links_of(page: Path) -> list[str]:
    """Where the links and pictures of a page lead."""
    targets = (token.attrGet("href") or token.attrGet("src") for token, _ in _tokens(page))
    return [str(target) for target in targets if target]


def anchors_of(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in links."""
    lines = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.+?)\s*$", lines, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options_listed(page: Path) -> Iterator[tuple[str, str]]:
    """What tables say of a command's options: `stylectl VERB` in the head, code in first cells."""
    command, column = "", 0
    for token, _ in _tokens(page):
        if token.type == "table_open":
            command = ""
        elif token.type == "tr_open":
            column = 0
        elif token.type in ("th_open", "td_open"):
            column += 1
        elif token.type == "code_inline" and column == 1:
            if token.content.startswith("stylectl "):
                command = token.content
            elif command:
                yield command, token.content
        elif token.type == "table_close":
            column = 0


def _tokens(page: Path) -> Iterator[tuple[Token, int]]:
    """Every token of a page, those within text too, with its line, counted from 1."""
    parser = MarkdownIt("commonmark").enable("table")
    for token in parser.parse(page.read_text(encoding="utf-8")):
        line = (token.map or (0,))[0] + 1
        yield token, line
        for child in token.children or ():
            yield child, line
