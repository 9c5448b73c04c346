"""A process that has imported torch, and becomes the commands of the pages one by one.

Importing torch takes seconds; forking a process that did takes milliseconds. `docs_client.py`
stands on the PATH as `stylectl`, `python` and the programs that are not run: it sends its words,
folder, environment and open files here, a fork of this process runs them, and its exit code goes
back.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import re
import runpy
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import docs_scene as scene

SECONDS_OF_THE_ENDLESS = 4


def main(address: str) -> None:
    """Serves until it is killed; comes back from `next_request` only in a fork."""
    import stylectl

    for module in pkgutil.walk_packages(stylectl.__path__, "stylectl."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # of an extra that is not installed
                importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        request = next_request(server)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    become(request["words"])


def next_request(server: socket.socket) -> Any:
    """What the next process is to do, in that process."""
    while True:
        ready, _, _ = select.select([server, sys.stdin], [], [])
        if sys.stdin in ready:  # closed: the tests have ended, in whatever way
            os.killpg(0, signal.SIGKILL)
        connection, _ = server.accept()
        if os.fork():
            connection.close()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _, files, _, _ = socket.recv_fds(connection, 1, 3)
        request = json.loads(connection.makefile().readline())
        child = os.fork()
        if not child:
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            connection.close()
            return request
        connection.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):  # the client was killed
            connection.sendall(f"{code if code >= 0 else 128 - code}\n".encode())
        os._exit(0)


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

    if words[0] == "stylectl":
        docs_options.parse(words[1:])
    elif words[0] == "torchrun":
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


if __name__ == "__main__":
    main(sys.argv[1])
