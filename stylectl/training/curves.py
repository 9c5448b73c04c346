"""The loss curves of a run as a picture, one panel for each term."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylectl.media import atomic_output
from stylectl.training.events import HeldOut, StepEvent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3
PANEL = (3.2, 2.2)  # inches
_SMOOTHING = 0.02  # of the curve's points: the share that the smoothed curve looks back on


def draw_curves(events: Sequence[StepEvent | HeldOut], picture: Path) -> None:
    """Replace `picture` by the curves of these steps, if there are two; needs matplotlib.

    Orange are the losses of what is held out, which part from the others where a run overfits.

    Raises:
        OutputError: when it cannot be written.
    """
    finite = [event for event in events if isinstance(event, StepEvent) and event.losses]
    held_out = [event for event in events if isinstance(event, HeldOut)]
    if len(finite) < 2:
        return
    from matplotlib.figure import Figure  # without pyplot: no window, no state of its own

    terms = list(finite[-1].losses)
    rows = -(-len(terms) // COLUMNS)
    figure = Figure((PANEL[0] * COLUMNS, PANEL[1] * rows), layout="constrained")
    axes: list[Axes] = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
    for panel, term in zip(axes, terms, strict=False):
        points = [(e.step, e.losses[term]) for e in finite if term in e.losses]
        _draw_term(panel, term, [step for step, _ in points], [value for _, value in points])
        held = [(e.step, e.held_out[term]) for e in held_out if term in e.held_out]
        if held:
            panel.plot(*zip(*held, strict=True), color="tab:orange", marker=".", linewidth=1.5)
    for empty in axes[len(terms) :]:
        empty.remove()
    with atomic_output(picture, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=100)


def _draw_term(panel: Axes, term: str, steps: Sequence[int], values: Sequence[float]) -> None:
    panel.plot(steps, values, color="tab:blue", alpha=0.25, linewidth=0.8)
    weight = min(1.0, 1 / max(1.0, _SMOOTHING * len(values)))
    smooth = itertools.accumulate(values, lambda old, new: old + weight * (new - old))
    panel.plot(steps, list(smooth), color="tab:blue", linewidth=1.5)
    panel.set_title(term.replace("_", " "), fontsize=10)
    panel.set_xlabel("step", fontsize=8)
    panel.grid(alpha=0.3)
    if min(values) > 0 and max(values) > 20 * min(values):
        panel.set_yscale("log")
        for which in (panel.yaxis.set_major_formatter, panel.yaxis.set_minor_formatter):
            which("{x:g}")
    panel.tick_params(which="both", labelsize=8)
