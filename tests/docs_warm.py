"""A process that has imported torch, and becomes the commands of the pages one by one.

Importing torch takes seconds; forking a process that did takes milliseconds. `docs_client.py`
stands on the PATH as `stylectl`, `python` and the programs that are not run: it sends its words,
folder, environment and open files here, a fork of this process runs them, and its exit code goes
back.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from docs_commands import become


def main(address: str) -> None:
    """Serves until it is killed; comes back from `next_request` only in a fork."""
    import stylectl

    for module in pkgutil.walk_packages(stylectl.__path__, "stylectl."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # of an extra that is not installed
                importlib.import_module(module.name)
    from stylectl.training import preview

    preview.SIDE = 32  # of the pictures on a run's preview sheets
    gc.freeze()  # what is there is never garbage: forks need not look at it, nor copy it
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
    end(request["words"])


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


def end(words: list[str]) -> NoReturn:
    """Runs a command, and ends at once: to take torch down in order takes most of a second."""
    code: object = 0
    try:
        become(words)
    except SystemExit as exit_:
        code = exit_.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main(sys.argv[1])
