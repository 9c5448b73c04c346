"""What a command of the pages does in the tests: less of the same, or a check of its words."""

from __future__ import annotations

import contextlib
import os
import re
import runpy
import signal
import sys
from pathlib import Path

import docs_scene as scene

SECONDS_OF_THE_ENDLESS = 4


def become(words: list[str]) -> None:
    """Runs a command to its end, as a process of its own would."""
    starts = [" ".join(words[:length]) for length in (3, 2, 1)]  # the longest first
    if any(start in scene.NOT_RUN for start in starts):
        return check_only(words)
    known = {cheaper.start: cheaper for cheaper in scene.CHEAPER}
    start = next((start for start in starts if start in known), "")
    if start and known[start].unless not in words:
        given = words[len(start.split()) :]
        cheaper = known[start]
        words = [*start.split(), *cheaper.before.split(), *given, *cheaper.after.split()]
    if words[0] == "stylectl":
        stylectl_main(words[1:])
    else:
        python_main(words[1:])


def check_only(words: list[str]) -> None:
    """Of what is not run, all that can be wrong without it."""
    import docs_options

    if "stylectl" in words:  # also after torchrun -m
        with contextlib.suppress(docs_options.Unfinished):
            docs_options.parse(words[words.index("stylectl") + 1 :])
    elif words[0] == "pip":
        extras = set(re.findall(r"\w+", " ".join(re.findall(r"\[(.*?)\]", " ".join(words)))))
        section = Path("pyproject.toml").read_text().split("[project.optional-dependencies]")[1]
        if unknown := extras - set(re.findall(r"^(\w+) = \[", section, re.MULTILINE)):
            sys.exit(f"there is no extra {', '.join(sorted(unknown))}")
    elif words[0] == "python" and not (scene.ROOT / words[1]).is_file():
        sys.exit(f"there is no {words[1]}")


def stylectl_main(arguments: list[str]) -> None:
    """`stylectl ARGUMENTS`."""
    from stylectl.cli.app import main as run

    endless = any(word in scene.ENDLESS for word in arguments)
    sys.argv = ["stylectl", *arguments]
    if endless:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
        signal.alarm(SECONDS_OF_THE_ENDLESS)
    try:
        run(arguments)
    except SystemExit as end:
        if not (endless and end.code == 130):
            raise


def python_main(arguments: list[str]) -> None:
    """`python ARGUMENTS`: a script, `-c CODE`, `-m MODULE`, or `-` for what stdin holds."""
    what, *rest = arguments
    if what in ("-", "-c"):
        code = sys.stdin.read() if what == "-" else rest[0]
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
    elif what == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.insert(0, str(Path(what).parent.resolve()))
        runpy.run_path(what, run_name="__main__")
