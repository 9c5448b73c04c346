"""Lets the warm process of `docs_warm.py` be a command: docs_client.py ADDRESS PROGRAM WORDS…"""

import json
import os
import signal
import socket
import sys

address, *words = sys.argv[1:]
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(address)
    socket.send_fds(connection, [b"+"], [0, 1, 2])
    request = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
    connection.sendall(json.dumps(request).encode() + b"\n")
    answers = connection.makefile()
    child = int(answers.readline())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(child, number))
    code = int(answers.readline() or 255)
if code:  # a loop or a pipe may hide it
    with open(os.environ["FAILURES"], "a") as failures:
        failures.write(f"{' '.join(words)}: exit code {code}\n")
sys.exit(code)
