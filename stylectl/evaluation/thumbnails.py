"""The contact sheet of a comparison, from small copies kept while it runs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stylectl.evaluation.comparison import InputFailed, InputRead, Outcome, ResultFailed
from stylectl.evaluation.sheets import comparison_sheet, contact_sheet, missing_square
from stylectl.evaluation.squares import as_tensor


class Thumbnails:
    """Collects the outcomes of `compare` as squares of `side` pixels.

    Args:
        methods: their names; of one the sheet has contents down and styles across, of several a
            row for each pair.
        side: of every square on the sheet, in pixels.
    """

    def __init__(self, methods: Sequence[str], side: int) -> None:
        self.methods, self.side = methods, side
        self._inputs: dict[str, dict[str, Tensor]] = {"content": {}, "style": {}}
        self._results: dict[tuple[str, str, str], Tensor] = {}

    def add(self, outcome: Outcome) -> None:
        """Takes one outcome; what failed stays grey."""
        if isinstance(outcome, InputRead):
            self._inputs[outcome.kind][outcome.name] = as_tensor(outcome.image, self.side)
        elif not isinstance(outcome, InputFailed | ResultFailed):
            key = outcome.method, outcome.content, outcome.style
            self._results[key] = as_tensor(outcome.image, self.side)

    def sheet(self) -> Tensor | None:
        """(3, H, W) in [0, 1]; None if there is no pair."""
        contents, styles = self._inputs["content"], self._inputs["style"]
        if not contents or not styles:
            return None
        if len(self.methods) == 1:
            rows = [
                torch.stack([self._result(self.methods[0], c, s) for s in styles]) for c in contents
            ]
            heads = [torch.stack(list(group.values())) for group in (contents, styles)]
            return contact_sheet(
                heads[0], heads[1], torch.stack(rows), list(contents), list(styles)
            )
        pairs = [(c, s) for c in contents for s in styles]
        return comparison_sheet(
            [
                [contents[c], styles[s], *(self._result(m, c, s) for m in self.methods)]
                for c, s in pairs
            ],
            self.methods,
            [f"{c}\n{s}" for c, s in pairs],
        )

    def _result(self, method: str, content: str, style: str) -> Tensor:
        result = self._results.get((method, content, style))
        return missing_square(self.side) if result is None else result
