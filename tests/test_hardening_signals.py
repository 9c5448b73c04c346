"""Commands ended at random moments: nothing is lost, nothing is left (tests/kills.py does more)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from killing import SCENARIOS, SIGNALS, Server, Trial

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="it looks processes up in /proc")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if sys.platform == "win32":
        pytest.skip("Windows knows no such signals")
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.mark.parametrize("name", SCENARIOS)
def test_ended_at_random_moments(server: Server, tmp_path: Path, name: str) -> None:
    trial, random = Trial(name, server, tmp_path), Random(name)
    for kill in SIGNALS:
        trial.end_once(kill, random)
