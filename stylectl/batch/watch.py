"""A folder that is watched: which pictures have arrived in it, each once it is complete.

The system's notifications (through watchdog) say where to look; whether a file is complete its size
and time of writing decide. Now and then the whole folder is looked through, since notifications
get lost, and network folders give none of what other hosts do.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from stylectl.batch.listing import Entry, Folder
from stylectl.errors import InputError, OutputError, UsageError
from stylectl.media import shown

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

# Seconds for which a file must stay as it is, by what was last heard of it. After a close or a
# move nothing more is to be expected; a file that is being written may pause.
_QUIET = {"closed": 0.2, "moved": 0.2, "created": 1.0, "seen": 2.0, "modified": 2.0}
# Where the end of writing is told, a file that was written to and not closed is still open.
_STILL_OPEN = 30.0
_TELLS_CLOSING = sys.platform == "linux"
_LOOK_THROUGH = 10.0  # seconds
_TICK = 0.1

State = tuple[int, int]  # size and time of writing


@dataclass
class _Candidate:
    """A file that may still be growing."""

    kind: str
    state: State
    since: float

    @property
    def quiet(self) -> float:
        if self.kind == "modified" and _TELLS_CLOSING:
            return _STILL_OPEN
        return _QUIET[self.kind]


class Arrivals:
    """Tells which pictures have come to a folder, or have changed. A context manager.

    Args:
        folder: what counts in it is as for a batch.
        known: the pictures that are there and dealt with.

    Raises:
        UsageError: watchdog is not installed.
        OutputError: the system watches no more folders.
    """

    def __init__(self, folder: Folder, known: Iterable[Entry]) -> None:
        self._folder = folder
        self._known: dict[Path, State | None] = {
            entry.content: _state(entry.content) for entry in known
        }
        self._candidates: dict[Path, _Candidate] = {}
        self._heard: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._next_look = time.monotonic()
        self._observer = observer(folder, self._heard)

    def __enter__(self) -> Arrivals:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def wait(self) -> list[Entry]:
        """Waits for pictures that are complete, each told once until it changes."""
        while True:
            self._listen()
            if time.monotonic() >= self._next_look:
                self._look_through()
            if ready := self._complete():
                return [self._folder.entry(path) for path in sorted(ready)]

    def _listen(self) -> None:
        """Takes up what was heard; waits a little if nothing was."""
        with contextlib.suppress(queue.Empty):
            kind, name = self._heard.get(timeout=_TICK)
            while True:
                path = self._inside(Path(name))
                if path is not None and self._folder.has(path) and (state := _state(path)):
                    self._candidates[path] = _Candidate(kind, state, time.monotonic())
                kind, name = self._heard.get_nowait()

    def _inside(self, path: Path) -> Path | None:
        """The path as the folder's own begin; None if it is not in there."""
        for root in (self._folder.path, self._folder.path.resolve()):
            if path.is_relative_to(root):
                return self._folder.path / path.relative_to(root)
        return None

    def _look_through(self) -> None:
        self._next_look = time.monotonic() + _LOOK_THROUGH
        with contextlib.suppress(InputError):  # a network folder may be away for a while
            for entry in self._folder.entries():
                path, state = entry.content, _state(entry.content)
                if state and path not in self._candidates and state != self._known.get(path):
                    self._candidates[path] = _Candidate("seen", state, time.monotonic())

    def _complete(self) -> list[Path]:
        """Candidates that have not changed for long enough; they are none any more."""
        now, ready = time.monotonic(), []
        for path, candidate in list(self._candidates.items()):
            state = _state(path)
            if state is None or state == self._known.get(path):
                del self._candidates[path]
            elif state != candidate.state:
                candidate.state, candidate.since = state, now
            elif state[0] and now - candidate.since >= candidate.quiet:
                del self._candidates[path]
                self._known[path] = state
                ready.append(path)
        return ready


def observer(folder: Folder, heard: queue.SimpleQueue[tuple[str, str]]) -> BaseObserver:
    """Starts to put what happens to files of a folder into a queue: kind and path.

    Raises:
        UsageError: watchdog is not installed.
        OutputError: the system watches no more folders.
    """
    try:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer
    except ImportError as error:
        raise UsageError(
            "--watch needs watchdog, which is not installed", "pip install 'stylectl[watch]'"
        ) from error

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in _QUIET and not event.is_directory:
                path = event.dest_path if event.event_type == "moved" else event.src_path
                heard.put((event.event_type, os.fsdecode(path)))

    watching = Observer()
    watching.schedule(Handler(), str(folder.path), recursive=folder.recursive)
    try:
        watching.start()
    except OSError as error:
        raise OutputError(
            f"{shown(folder.path)} cannot be watched: {error.strerror or error}",
            "the system's limit on watched folders may be too low",
        ) from error
    return watching


def _state(path: Path) -> State | None:
    try:
        now = os.stat(path)
    except OSError:
        return None
    return now.st_size, now.st_mtime_ns
