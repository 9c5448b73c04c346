"""A shell in the folder that the pages' commands expect, with `stylectl` on its PATH."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docs_scene as scene

import stylectl

TESTS = Path(__file__).parent
SECONDS = 300  # that a block may take on a busy machine
LONGEST_TAIL = 2000  # characters of what a failed command said


@dataclass(frozen=True)
class Shell:
    """Runs scripts, each in a folder of its own.

    Attributes:
        scene: the folder that each begins with a copy of.
        programs: a folder for the front of the PATH.
    """

    scene: Path
    programs: Path

    def run(self, folder: Path, script: str) -> str:
        """Runs a script in a new folder; what went wrong, or ""."""
        shutil.copytree(self.scene, folder)
        failures = folder.with_suffix(".failures")
        ours = ("STYLECTL_", "XDG_")  # settings of whoever runs the tests
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            **scene.ENVIRONMENT,
            "PATH": os.pathsep.join((str(self.programs), os.environ["PATH"])),
            "PYTHONPATH": str(Path(stylectl.__file__).parents[1]),
            "HOME": str(folder),
            "COLUMNS": "200",
            "FAILURES": str(failures),
        }
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
        shutil.rmtree(folder)
        hidden = failures.read_text() if failures.exists() else ""
        if not ended.returncode and not hidden:
            return ""
        return f"exit code {ended.returncode}\n{hidden}{ended.stdout[-LONGEST_TAIL:]}"


@contextlib.contextmanager
def warm_shell(folder: Path) -> Iterator[Shell]:
    """A shell whose commands need no seconds to start."""
    from docs_making import make_scene

    make_scene(folder / "scene")
    address, programs = folder / "socket", folder / "programs"
    programs.mkdir()
    client = f'exec "{sys.executable}" -I -S "{TESTS / "docs_client.py"}" "{address}"'
    not_run = {name for name in scene.NOT_RUN if " " not in name}
    for name in ("stylectl", "python", *not_run):
        (programs / name).write_text(f'#!/bin/sh\n{client} {name} "$@"\n')
        (programs / name).chmod(0o755)
    root = str(Path(stylectl.__file__).parents[1])
    server = subprocess.Popen(
        [sys.executable, TESTS / "docs_warm.py", address],
        env={**os.environ, **scene.ENVIRONMENT, "PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # with all its forks it is one group
    )
    try:
        assert server.stdout and server.stdout.readline() == b"ready\n"
        yield Shell(folder / "scene", programs)
    finally:
        server.communicate()  # closes its stdin, at which it ends, and all of its forks
