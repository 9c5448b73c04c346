"""The six figures of every row, in a file each: what was measured is not measured again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylectl.ablation.rows import Row
from stylectl.evaluation.comparison import ResultFailed
from stylectl.evaluation.evaluation import Evaluation
from stylectl.evaluation.figures import Figures
from stylectl.evaluation.files import named_images, result_stem
from stylectl.evaluation.request import Request
from stylectl.media import make_folder
from stylectl.stylize.events import OnEvent
from stylectl.weights.files import sha256

OnPicture = Callable[[int, int], None]  # how many pictures of how many are measured


@dataclass(frozen=True)
class Measurement:
    """`stylectl evaluate`, alike for every row.

    Attributes:
        contents, styles: folders of images.
        perceptual: files of VGG stacks; () is torchvision's VGG-16.
        size: side in pixels of the squares that are painted and measured.
        device: where to compute.
        folder: where the files of figures lie.
    """

    contents: Path
    styles: Path
    perceptual: Sequence[Path]
    size: int
    device: str
    folder: Path

    def check(self) -> None:
        """Find out before anything is trained whether rows can be measured.

        Raises:
            InputError: contents or styles are missing or empty.
            WeightsError: the perceptual networks cannot be used or had.
        """
        Evaluation(self._request())

    def measure(
        self,
        rows: Mapping[str, Row],
        files: Mapping[str, Path],
        on_picture: OnPicture,
        on_event: OnEvent,
    ) -> dict[str, Figures]:
        """The means over all pairs of each row, by name; only what is not measured yet is.

        Args:
            rows: by name.
            files: the weights that each stage made.
            on_picture: called after every picture.
            on_event: the listener for stylizers.

        Raises:
            InputError: a content or style cannot be read.
            OutputError: a file cannot be written.
        """
        make_folder(self.folder, "choose another --out")
        pairs = len(named_images(self.contents)) * len(named_images(self.styles))
        measured = {name: self._kept(row, files[row.stage]) for name, row in rows.items()}
        missing = [name for name, mean in measured.items() if mean is None]
        done = 0
        for name in missing:
            row = rows[name]
            evaluation = Evaluation(self._request(row, files[row.stage]), on_event)
            for _ in _readable(evaluation):
                done += 1
                on_picture(done, pairs * len(missing))
            measured[name] = evaluation.write()["methods"][0]["mean"]
        return {name: mean for name, mean in measured.items() if mean is not None}

    def _request(self, row: Row | None = None, weights: Path | None = None) -> Request:
        return Request(
            self.contents,
            self.styles,
            [str(weights)] if weights else [],
            size=self.size,
            perceptual=self.perceptual,
            figures=self._file(row) if row else None,
            overwrite=True,
            device=self.device,
            seed=row.seed if row else None,
        )

    def _file(self, row: Row) -> Path:
        return self.folder / f"{row.name}.json"

    def _kept(self, row: Row, weights: Path) -> Figures | None:
        """The means in the row's file, if they are of these weights and this measurement."""
        try:
            described = json.loads(self._file(row).read_text(encoding="utf-8"))
            return described["methods"][0]["mean"] if self._same(described, row, weights) else None
        except (OSError, ValueError, LookupError, TypeError):
            return None  # measured anew, and replaced

    def _same(self, described: dict[str, Any], row: Row, weights: Path) -> bool:
        method, networks = described["methods"][0], described["perceptual"]
        used = [] if isinstance(networks, str) else [network["sha256"] for network in networks]
        contents, styles = named_images(self.contents), named_images(self.styles)
        return (
            (described["size"], method["seed"], method["sha256"])
            == (self.size, row.seed, sha256(weights))
            and used == [sha256(file) for file in self.perceptual]
            and method["pairs"].keys() == {result_stem(c, s) for c in contents for s in styles}
        )


def _readable(evaluation: Evaluation) -> Iterator[None]:
    """Measure picture after picture; of what cannot be read no row has figures."""
    for outcome in evaluation.run():
        if isinstance(outcome, ResultFailed):
            raise outcome.error
        yield
    for failure in evaluation.summary.unreadable:
        raise failure.error
