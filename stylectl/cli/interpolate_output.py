"""What `stylectl interpolate` makes of its mixes: single files, a sheet or an animation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylectl.cli.interpolate_plan import Plan
from stylectl.cli.painting import Painter
from stylectl.cli.streams import OUTPUT, STREAM
from stylectl.stylize.interpolation import Weights

if TYPE_CHECKING:
    from PIL import Image

    from stylectl.media import Levels, Picture
    from stylectl.stylize.style import StyleCode

DEFAULT_PICTURE = 512
DEFAULT_FPS = 12.0


class Output:
    """The outputs of one run: checked before anything is painted, then painted and written.

    Args:
        picture_size: long edge of the pictures in a sheet or an animation; None is the default.
        fps: frames per second of an animation; None is the default.
    """

    def __init__(
        self, plan: Plan, painter: Painter, picture_size: int | None, fps: float | None
    ) -> None:
        self.plan, self.painter, self.report = plan, painter, painter.report
        self.picture_size = picture_size or DEFAULT_PICTURE
        self.fps = DEFAULT_FPS if fps is None else fps
        self._told: list[dict[str, Any]] = []

    def check(self, inputs: Sequence[Path]) -> None:
        """Raises what is to be said of outputs and frame rate before any input is read."""
        if self.plan.kind == "animation":
            from stylectl.media.animation import check_fps

            check_fps(self.fps)
            self.painter.check_output(self.plan.outputs[0], inputs)
        elif self.plan.folder is not None and not self.plan.folder.exists():
            self.painter.check_output(self.plan.folder, inputs)
        else:
            for output in self.plan.outputs:
                self.painter.check_picture(output, inputs)

    def check_fits(self, size: tuple[int, int]) -> None:
        """Raises OutputError if outputs cannot hold what a content of this size becomes."""
        if self.plan.kind == "animation":
            from stylectl.media.animation import check_animation

            check_animation(self.plan.outputs[0], self._picture(size))
            return
        if self.plan.arrangement is not None:
            from stylectl.figures.sheet import sheet_size

            arrangement = self.plan.arrangement
            places = [*arrangement.corners, *(place for _, place in arrangement.points)]
            size = sheet_size(places, self._picture(size))
        for output in self.plan.outputs:
            self.painter.check_fits(output, size)

    def paint(
        self, content: Path, photo: Picture, styles: Sequence[tuple[Path, Picture, StyleCode]]
    ) -> None:
        """Paints all mixes, writes them and tells so."""
        codes = [code for _, _, code in styles]
        if self.plan.kind == "files":
            self._write_files(photo, codes)
        elif self.plan.kind == "sheet":
            self._write_sheet(content, photo, styles)
        else:
            self._write_animation(photo, codes)
        if self.report.as_json:
            files = {"content": str(content), "styles": [str(path) for path, _, _ in styles]}
            self.report.print_json({"outputs": self._told, **files, **self.painter.facts()})

    def _write_files(self, photo: Picture, codes: Sequence[StyleCode]) -> None:
        if self.plan.folder is not None:
            self.plan.folder.mkdir(exist_ok=True)
        painted = self._painted(photo, codes)
        for output, (mix, rgb) in zip(self.plan.outputs, painted, strict=True):
            self.painter.write(output, rgb, photo)
            self._tell(output, photo.size, {"mix": mix})

    def _write_sheet(
        self, content: Path, photo: Picture, styles: Sequence[tuple[Path, Picture, StyleCode]]
    ) -> None:
        from stylectl.figures.sheet import Cell, draw_sheet
        from stylectl.media import picture_from_pil

        arrangement, size = self.plan.arrangement, self._picture(photo.size)
        assert arrangement is not None
        painted = self._painted(photo, [code for _, _, code in styles])
        unpainted, label = self._image(photo.pixels, photo, size), f"content: {content.stem}"
        cells = [Cell(unpainted, label, *arrangement.content)]
        for letter, place, (path, style, _) in zip(
            _LETTERS, arrangement.corners, styles, strict=False
        ):
            cells.append(Cell(self._image(style.pixels, style), f"{letter}: {path.stem}", *place))
        for (_, place), (mix, rgb) in zip(arrangement.points, painted, strict=True):
            cells.append(Cell(self._image(rgb, photo, size), _formula(mix), *place))
        sheet = draw_sheet(cells, size)
        self.painter.write(self.plan.outputs[0], picture_from_pil(sheet).pixels)
        self._tell(self.plan.outputs[0], sheet.size, {"mixes": self.plan.mixes})

    def _write_animation(self, photo: Picture, codes: Sequence[StyleCode]) -> None:
        from stylectl.media.animation import write_animation

        size = self._picture(photo.size)
        frames: dict[Weights, Image.Image] = {}
        for mix, rgb in self._painted(photo, codes):
            frames[mix] = self._image(rgb, photo, size)
        self.report.stage("write")
        written = write_animation(
            self.plan.outputs[0],
            (frames[mix] for mix in self.plan.mixes),
            self.fps,
            overwrite=self.painter.choices.overwrite,
        )
        self._tell(self.plan.outputs[0], written, {"mixes": self.plan.mixes, "fps": self.fps})

    def _painted(
        self, photo: Picture, codes: Sequence[StyleCode]
    ) -> Iterator[tuple[Weights, Levels]]:
        """Each mix once: there and back are the same pictures."""
        from stylectl.stylize.mix import StyleMix

        mixes = list(dict.fromkeys(self.plan.mixes))
        for number, mix in enumerate(mixes, 1):
            self.report.progress = f"{number}/{len(mixes)} "
            yield mix, self.painter.paint(photo, StyleMix(tuple(codes), mix))
        self.report.progress = ""

    def _picture(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of a picture in a sheet or an animation."""
        scale = min(1.0, self.picture_size / max(size))
        return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))

    def _image(
        self, pixels: Levels, picture: Picture, size: tuple[int, int] | None = None
    ) -> Image.Image:
        """As it looks on the white of a sheet."""
        from PIL import Image

        from stylectl.figures.pictures import on_paper

        image = on_paper(pixels, picture.opacity)
        return image if size is None else image.resize(size, Image.Resampling.LANCZOS)

    def _tell(self, output: Path, size: tuple[int, int], more: dict[str, Any]) -> None:
        self._told.append({"output": str(output), "width": size[0], "height": size[1], **more})
        told = OUTPUT if output == STREAM else str(output)
        self.report.wrote_one(told, size, str(self.painter.stylizer.device))


_LETTERS = "ABCD"


def _formula(mix: Weights) -> str:
    """A mix as a sum, such as "0.25 A + 0.75 B"."""
    counted = [(weight, letter) for weight, letter in zip(mix, _LETTERS, strict=False) if weight]
    if len(counted) == 1:
        return counted[0][1]
    return " + ".join(f"{weight:.2g} {letter}" for weight, letter in counted)
