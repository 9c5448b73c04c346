"""An ablation beside its training: checked before, measured, tabulated and painted after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from stylectl.ablation.measure import Measurement, OnPicture
from stylectl.ablation.rows import named_rows, tables_of
from stylectl.ablation.sheet import write_sheet
from stylectl.ablation.tables import markdown
from stylectl.evaluation.figures import Figures
from stylectl.evaluation.files import named_images
from stylectl.media.atomic import atomic_output
from stylectl.stylize.events import OnEvent


class Ablation:
    """What is measured of the stages of a recipe, and what is written of it.

    Args:
        stages: the names of the recipe's stages, in order.
        contents, styles, perceptual, size, device: as of `Measurement`.
        out: the run's folder, which `write` writes into.

    Raises:
        UsageError: a row of the paper's table has no stage.
    """

    TABLES, SHEET, VARIANTS, FIGURES = "ablation.md", "ablation.jpg", "variants.jpg", "figures"

    def __init__(
        self,
        stages: Sequence[str],
        contents: Path,
        styles: Path,
        perceptual: Sequence[Path],
        size: int,
        out: Path,
        device: str,
    ) -> None:
        self.stages, self.out = list(stages), out
        self.tables = tables_of(stages)
        self.rows = named_rows(self.tables)
        self.measurement = Measurement(
            contents, styles, perceptual, size, device, out / self.FIGURES
        )

    def check(self) -> None:
        """Find out before the training what would fail after it.

        Raises:
            InputError, WeightsError: as `Measurement.check` does.
        """
        self.measurement.check()

    def measure(
        self, weights: Sequence[Path], on_picture: OnPicture, on_event: OnEvent
    ) -> dict[str, Figures]:
        """The figures of every row, by name.

        Args:
            weights: the file that each stage made, in the order of `stages`.
            on_picture, on_event: as of `Measurement.measure`, whose errors it raises.
        """
        return self.measurement.measure(self.rows, self._files(weights), on_picture, on_event)

    def write(
        self, figures: Mapping[str, Figures], weights: Sequence[Path], on_event: OnEvent
    ) -> None:
        """Tables and sheets; those of an earlier run are replaced.

        Raises:
            OutputError: one cannot be written.
        """
        files, measured = self._files(weights), self.measurement
        for name, tables in ((self.SHEET, self.tables[:1]), (self.VARIANTS, self.tables[1:])):
            if tables:
                where = self.out / name
                write_sheet(where, tables, files, measured.size, measured.device, on_event)
        contents, styles = (len(named_images(f)) for f in (measured.contents, measured.styles))
        how = f"Means over {contents} contents × {styles} styles at {measured.size} pixels."  # noqa: RUF001
        with atomic_output(self.out / self.TABLES, overwrite=True) as temporary:
            temporary.write_text(markdown(self.tables, figures, how), encoding="utf-8")

    def _files(self, weights: Sequence[Path]) -> dict[str, Path]:
        return dict(zip(self.stages, weights, strict=True))
