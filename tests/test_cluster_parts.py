"""What of a cluster can be tested without one: options, workers' numbers, what a worker checks."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from batch_parts import ROOT, RUN, photos
from conftest import CommandLine, fails

from stylectl.cluster.crew import Crew, crew_for
from stylectl.errors import (
    DeviceError,
    InputError,
    OutputError,
    StylectlError,
    UsageError,
    WeightsError,
)

__all__ = ["photos"]
RAY = ("--engine", "ray")
FOUR = {"CPU": 4.0}


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray, as far as options are concerned."""
    monkeypatch.setattr("stylectl.cluster.connection.check_ray", lambda address: None)


def test_without_ray(cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name != "ray" and find(name))
    _, hint = fails(cli, 2, "--engine ray needs Ray", arguments=(*RUN, *RAY))
    assert hint == "hint: pip install 'stylectl[ray]'"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*RUN, *RAY, "--watch"), "--watch does not go with --engine ray"),
        ((*RUN, "--address", "auto"), "--address is for --engine ray"),
        ((*RUN[:3], "-o", "s3://bucket/out", *RAY), "s3://bucket/out is no place in a file system"),
        (("stylize", "gs://bucket/in", "cup.png", *RAY), "gs://bucket/in is no place in a file"),
        (("stylize", "cat.png", "cup.png", *RAY), "--engine ray is for folders and lists"),
        (("stylize", "-", "cup.png", *RAY), "--engine ray is for folders and lists"),
        (("stylize", "cat.png", "cup.png", "--address", "x:1"), "--address is for folders and"),
    ],
)
def test_wrong_usage(
    cli: CommandLine, photos: Path, present: None, arguments: tuple[str, ...], message: str
) -> None:
    fails(cli, 2, message, arguments=arguments)


def test_ray_client(cli: CommandLine, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    fails(cli, 2, "Ray Client", arguments=(*RUN, *RAY, "--address", "ray://head:10001"))


def test_help_does_not_import_ray() -> None:
    code = (
        "import sys; from stylectl.cli.app import main\n"
        "try: main(['stylize', '--help'])\nexcept SystemExit: pass\n"
        "print('ray' in sys.modules, 'stylectl.cluster.workshop' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "--engine" in out.stdout and out.stdout.splitlines()[-1] == "False False"


@pytest.mark.parametrize(
    ("hosts", "device", "workers", "threads", "crew"),
    [
        ([{"CPU": 8.0}], "auto", None, None, Crew(2, 4, 0)),
        ([{"CPU": 2.0}], "auto", None, None, Crew(1, 2, 0)),
        ([{"CPU": 2.0}], "auto", 2, None, Crew(2, 1, 0)),
        ([{"CPU": 8.0}], "cpu", None, 1, Crew(8, 1, 0)),
        ([{"CPU": 8.0}], "cpu", 3, None, Crew(3, 2, 0)),
        ([FOUR, {"CPU": 6.0}, {}], "auto", None, None, Crew(2, 4, 0)),
        ([FOUR, {"CPU": 6.0}], "auto", 3, None, Crew(3, 3, 0)),
        ([{**FOUR, "GPU": 2.0}, FOUR], "auto", None, None, Crew(2, 1, 1)),
        ([{**FOUR, "GPU": 2.0}], "cuda", 3, None, Crew(3, 1, 0.5)),
        ([{**FOUR, "GPU": 2.0}], "auto", 1, None, Crew(1, 1, 1)),
        ([{**FOUR, "GPU": 2.0}], "cpu", None, None, Crew(1, 4, 0)),
    ],
)
def test_how_many_workers(
    hosts: list[dict[str, float]],
    device: str,
    workers: int | None,
    threads: int | None,
    crew: Crew,
) -> None:
    assert crew_for(hosts, device, workers, threads) == crew


@pytest.mark.parametrize(
    ("hosts", "device", "workers", "error", "message"),
    [
        ([FOUR], "cuda", None, DeviceError, "no GPU"),
        ([{}], "auto", None, DeviceError, "no CPU"),
        ([FOUR], "auto", 5, UsageError, "--workers 5 do not fit: Ray has 4"),
    ],
)
def test_no_such_workers(
    hosts: Any, device: str, workers: int | None, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        crew_for(hosts, device, workers)


def test_a_flag_stands_while_a_run_goes_on(tmp_path: Path) -> None:
    from stylectl.batch.claims import Claims
    from stylectl.cluster.flag import raised

    with raised(tmp_path) as flag:
        assert flag.exists()
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from pathlib import Path; from stylectl.cluster.flag import raised\n"
            "with raised(Path(sys.argv[2])) as flag:\n"
            "    print(len(list(flag.parent.glob('running-*'))))\n"
        )
        command = [sys.executable, "-c", code, ROOT, str(tmp_path)]
        assert subprocess.check_output(command) == b"2\n"  # another's, alive, stays
    left = flag.parent / "running-left"
    left.touch()
    with raised(tmp_path) as flag:
        assert list(flag.parent.glob("running-*")) == [flag]
    assert not flag.exists()
    assert Claims(tmp_path).take(flag)


@pytest.fixture
def order(photos: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from stylectl.checksum import sha256
    from stylectl.cluster.flag import raised
    from stylectl.cluster.worker import Order

    monkeypatch.setattr("stylectl.cluster.flag._PATIENCE", 0.3)
    folder = Path("out")
    with raised(folder) as flag:
        settings = {"device": "cpu", "precision": "auto", "batch_size": None}
        yield Order(
            Path.cwd(),
            folder,
            flag,
            str(weights),
            sha256(weights),
            **settings,  # type: ignore
        )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"version": "0.0.1"}, WeightsError, "and the run is of 0.0.1"),
        ({"place": Path("/none/such")}, InputError, "has no folder /none/such"),
        ({"flag": Path("out/.stylectl/running-else")}, OutputError, "does not see what is written"),
        ({"sha256": "0" * 64}, WeightsError, "has other weights"),
        ({"weights": "none"}, WeightsError, "none"),
    ],
)
def test_what_a_worker_finds_out(
    order: Any, change: dict[str, Any], error: type[StylectlError], message: str
) -> None:
    import pickle

    from stylectl.cluster.worker import TROUBLE, Worker

    worker = Worker(dataclasses.replace(order, **change))
    (row,) = worker({"jobs": [pickle.dumps([])]})
    told = pickle.loads(row["told"][0])
    assert row["number"] == [TROUBLE] and isinstance(told, error)
    assert message in told.message and told.hint


def test_a_worker_tells_in_the_order_of_the_jobs_and_stops_when_the_flag_is_down(
    order: Any,
) -> None:
    import pickle

    from stylectl.batch.job import Job, Settings
    from stylectl.cluster.worker import Worker

    contents = [Path("photos/none.jpg"), *sorted(Path("photos").iterdir())]
    jobs = [
        (number, Job(content, (Path("cup.png"),), Path("out", f"{number}.png"), Settings()))
        for number, content in enumerate(contents)
    ]
    worker = Worker(order)
    sealed = {"jobs": [pickle.dumps(jobs)]}
    rows = list(worker(sealed))
    assert [row["number"][0] for row in rows] == list(range(5))
    assert [pickle.loads(row["told"][0]).status for row in rows] == ["failed", *["done"] * 4]
    os.remove(order.flag)
    assert list(worker(sealed)) == []
