"""What a run leaves to look at: log.jsonl, the curves drawn from it, TensorBoard's files."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from stylectl.errors import OutputError, TrainingError
from stylectl.media import atomic_output, shown
from stylectl.training.curves import draw_curves
from stylectl.training.events import HeldOut, Notice, OnEvent, StepEvent

if TYPE_CHECKING:
    from torch.utils.tensorboard.writer import SummaryWriter

LOG_EVERY = 10  # steps between lines of log.jsonl
LOG, CURVES, TENSORBOARD = "log.jsonl", "curves.png", "tensorboard"


class Records:
    """The records of a run in its folder; a context manager.

    Args:
        folder: the run's.
        step: the step that the run goes on from; what was logged after it will be logged again.
        tensorboard: whether to write for TensorBoard too.
        on_event: is told, once, that curves cannot be drawn.

    Raises:
        OutputError: when a file cannot be written.
    """

    def __init__(self, folder: Path, step: int, tensorboard: bool, on_event: OnEvent) -> None:
        self.path = folder / LOG
        self.curves: Path | None = folder / CURVES
        if not installed("matplotlib"):
            self.curves = None
            on_event(Notice("no loss curves: pip install 'stylectl[train]' draws them"))
        self.board: SummaryWriter | None = None
        try:
            before = _logged(self.path) if step and self.path.is_file() else []
            if kept := "".join(_line(event) for event in before if event.step <= step):
                with atomic_output(self.path, overwrite=True) as temporary:
                    temporary.write_text(kept, "utf-8")
            self.log = self.path.open("a" if kept else "w", encoding="utf-8")
            if tensorboard:
                from torch.utils.tensorboard.writer import SummaryWriter

                self.board = SummaryWriter(str(folder / TENSORBOARD), purge_step=step + 1)
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, event: StepEvent) -> None:
        """Log a step, if it is one of those that are logged."""
        if event.step % LOG_EVERY and event.progress < 1 and event.losses:
            return
        scalars = {f"loss/{name}": value for name, value in event.losses.items()}
        scalars |= {n: getattr(event, n) for n in ("learning_rate", "images_per_second")}
        self._write(event, scalars)

    def write_held_out(self, event: HeldOut) -> None:
        """Log the losses of images that are not trained on."""
        self._write(event, {f"held_out/{name}": value for name, value in event.held_out.items()})

    def _write(self, event: StepEvent | HeldOut, scalars: dict[str, float]) -> None:
        try:
            self.log.write(_line(event))
            self.log.flush()
            if self.board:
                for name, value in scalars.items():
                    self.board.add_scalar(name, value, event.step)
        except OSError as error:
            raise self._unwritable(error) from error

    def draw(self) -> None:
        """Draw the curves anew."""
        if self.curves:
            draw_curves(_logged(self.path), self.curves)

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A disk that was full is so still: it is the first error that is told.
        ending = contextlib.suppress(OSError) if error else contextlib.nullcontext()
        if self.board:
            with ending:
                self.board.close()
        with ending:
            self.log.close()

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{shown(self.path)} cannot be written: {error.strerror or error}",
            "free some space on its disk; --resume goes on from the last checkpoint",
        )


def check_tensorboard() -> None:
    """Raises TrainingError when TensorBoard's writer is not installed."""
    if not installed("tensorboard"):
        raise TrainingError("TensorBoard is not installed", "pip install 'stylectl[tensorboard]'")


def installed(package: str) -> bool:
    """Whether a package can be imported, without doing so."""
    return importlib.util.find_spec(package) is not None


def _line(event: StepEvent | HeldOut) -> str:
    return json.dumps(asdict(event)) + "\n"


def _logged(path: Path) -> list[StepEvent | HeldOut]:
    """What a log holds; a line that a crash cut short is left out."""
    events = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError, TypeError):
            values = json.loads(line)
            events.append(HeldOut(**values) if "held_out" in values else StepEvent(**values))
    return events
