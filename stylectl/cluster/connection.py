"""Ray, reached or started, and kept from talking."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from stylectl.errors import DeviceError, UsageError

_MEBIBYTE = 1 << 20
# Only jobs and results pass through Ray's store of objects, never pictures; 75 MiB is its least.
_STORE = 128 * _MEBIBYTE
_PATIENCE = 10.0  # seconds
_STDERR = 2


def check_ray(address: str | None) -> None:
    """Finds out, without importing it, whether Ray can be used.

    Raises:
        UsageError: it is not installed, or the address is one of Ray Client.
    """
    if not all(importlib.util.find_spec(name) for name in ("ray", "pyarrow")):
        raise _missing()
    if address and address.startswith("ray://"):
        raise UsageError(
            f"{address} is for Ray Client, which Ray Data does not work with",
            "run on a host of the cluster, with --address auto, or through `ray job submit`",
        )


@contextlib.contextmanager
def connected(address: str | None, *, verbose: bool) -> Iterator[ModuleType]:
    """The package ray, connected: to the cluster at an address, to the one that RAY_ADDRESS names,
    or to one of its own on this machine, which ends with it.

    A connection that this process has already is used and left as it is.

    Args:
        verbose: lets Ray talk on stderr; else it is silent.

    Raises:
        UsageError: Ray is not installed.
        DeviceError: there is no cluster, or it is of another version.
    """
    _set_environment(verbose)
    with warnings.catch_warnings():
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise _missing() from error
        _quieten(verbose)
        _keep_off_stdout(verbose)
        if ray.is_initialized():
            yield ray
            return
        _initialise(ray, address or os.environ.get("RAY_ADDRESS"), verbose)
        try:
            yield ray
        finally:
            ray.shutdown()


def _initialise(ray: ModuleType, address: str | None, verbose: bool) -> None:
    talk = {
        "logging_level": logging.INFO if verbose else logging.CRITICAL,
        "log_to_driver": verbose,
    }
    try:
        if address and address not in ("auto", "local"):
            _knock(address)
        with _mute(not verbose), _same_signals():
            if address and address != "local":
                ray.init(address=address, **talk)
            else:
                ray.init("local", include_dashboard=False, object_store_memory=_STORE, **talk)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        where = f"the Ray cluster at {address}" if address else "Ray"
        raise DeviceError(
            f"{where} cannot be used: {first}",
            "start one with `ray start --head`, or leave --address out" if address else "",
        ) from error


def _knock(address: str) -> None:
    """Raises OSError or ValueError if nothing answers there; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("it has no port, such as :6379")
    socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()


def _set_environment(verbose: bool) -> None:
    """What Ray and the processes that it starts read there; what is set already stays."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # stylectl tells nobody anything
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # never of itself, after an end
    # Ray lets its workers give way to all else: beside other work they would hardly begin.
    os.environ.setdefault("RAY_worker_niceness", "0")
    if not verbose:
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # else it writes to our stderr


def _quieten(verbose: bool) -> None:
    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False  # the command line has its own
    context.print_on_execution_start = verbose
    if not verbose:
        warnings.simplefilter("ignore")  # Ray has filters of its own, set when it is imported
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def _same_signals() -> Iterator[None]:
    """Keeps what SIGTERM means to this process; Ray would make it an exit on the spot."""
    meant = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, meant)


def _keep_off_stdout(verbose: bool) -> None:
    """Ray prints its processes' errors to stdout, which is for data; no setting changes that."""
    from ray._private import worker

    def to_stderr(data: dict[str, Any], *_: object, **__: object) -> None:
        if verbose:
            print(*data["lines"], sep="\n", file=sys.stderr)  # noqa: T201

    # Its parts look it up by this name.
    worker.print_to_stdstream = to_stderr


@contextlib.contextmanager
def _mute(wanted: bool) -> Iterator[None]:
    """Drops what Ray's C++ part writes to stderr; for moments in which nothing else is written."""
    if not wanted:
        yield
        return
    sys.stderr.flush()
    ours = os.dup(_STDERR)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), _STDERR)
        yield
    finally:
        os.dup2(ours, _STDERR)
        os.close(ours)


def _missing() -> UsageError:
    return UsageError(
        "--engine ray needs Ray, which is not installed", "pip install 'stylectl[ray]'"
    )
