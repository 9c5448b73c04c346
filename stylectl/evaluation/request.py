"""What an evaluation is asked for, and all that can be wrong with it before torch is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylectl.errors import OutputError, UsageError
from stylectl.evaluation.figures import DEFAULT_SIZE
from stylectl.evaluation.files import named_images, result_files, result_stem
from stylectl.media import check_output, format_for_output, shown
from stylectl.stylize.settings import DEFAULT_DEVICE, DEFAULT_PRECISION, check_seed
from stylectl.weights.registry import resolve


@dataclass(frozen=True)
class Request:
    """`stylectl evaluate`: see its options.

    Attributes:
        contents, styles: a folder of images, or one.
        weights: names or files of weights that paint every pair.
        results: folders of pictures painted before.
        perceptual: files of VGG stacks; () is torchvision's VGG-16.
        max_pixels: None is the limit of `media`.
        seed: of the order of the channel groups in what the weights paint; None keeps the order.
    """

    contents: Path
    styles: Path
    weights: Sequence[str] = ()
    results: Sequence[Path] = ()
    size: int = DEFAULT_SIZE
    perceptual: Sequence[Path] = ()
    sheet: Path | None = None
    sheet_side: int = 160
    save: Path | None = None
    figures: Path | None = None
    overwrite: bool = False
    max_pixels: int | None = None
    device: str = DEFAULT_DEVICE
    precision: str = DEFAULT_PRECISION
    seed: int | None = None
    lpips: bool = False

    def method_names(self) -> list[str]:
        """A name for each of `weights`, then of `results`: short, or as given if two are alike.

        Raises:
            UsageError: the same is given twice.
        """
        given = [*self.weights, *map(str, self.results)]
        short = [_stem(text) for text in self.weights]
        short += [folder.resolve().name for folder in self.results]
        names = [
            text if short.count(name) > 1 else name for text, name in zip(given, short, strict=True)
        ]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"{name} is given twice", "name each of what is compared once")
        return names

    def saved_folder(self, name: str) -> Path | None:
        """Where the pictures of the weights of this name are kept; None if they are not."""
        if self.save is None or len(self.weights) == 1:
            return self.save
        return self.save / name.replace("/", "_").replace("\\", "_")


def check_request(request: Request) -> None:
    """Finds out early what cannot work; writes nothing.

    Raises:
        InputError: contents, styles or results are missing or empty.
        OutputError: an output exists without `overwrite`, or cannot be written.
        WeightsError: there are no such weights.
        UsageError: options that do not go together.
    """
    names = request.method_names()
    check_seed(request.seed)
    if request.seed is not None and not request.weights:
        raise UsageError("--seed has nothing to shuffle", "give --weights to paint with")
    contents, styles = named_images(request.contents), named_images(request.styles)
    for folder in request.results:
        result_files(folder)
    weights_files = [resolve(weights) for weights in request.weights]
    inputs = [*contents.values(), *styles.values(), *weights_files, *request.perceptual]
    if request.sheet:
        format_for_output(request.sheet)
    for output in (request.sheet, request.figures):
        if output:
            check_output(output, overwrite=request.overwrite, inputs=inputs)
    if request.sheet and request.figures and request.sheet.resolve() == request.figures.resolve():
        raise OutputError(f"{shown(request.sheet)} is two outputs at once", "choose another name")
    if request.save:
        _check_save(request, names)
        for name in names[: len(request.weights)]:
            folder = request.saved_folder(name)
            if folder and folder.is_dir():
                for content in contents:
                    for style in styles:
                        file = folder / f"{result_stem(content, style)}.png"
                        check_output(file, overwrite=request.overwrite)


def _check_save(request: Request, names: Sequence[str]) -> None:
    if not request.weights:
        raise UsageError("--save has nothing to keep", "give --weights to paint with")
    read = {folder.resolve() for folder in (request.contents, request.styles, *request.results)}
    for name in names[: len(request.weights)]:
        folder = request.saved_folder(name)
        if folder is None:
            continue
        if folder.resolve() in read:
            raise OutputError(f"{shown(folder)} is both --save and an input", "choose another one")
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{shown(folder)} is a file, no folder", "choose another --save")


def _stem(weights: str) -> str:
    path = Path(weights)
    return path.stem if path.suffix.lower() in (".safetensors", ".pth", ".pt") else path.name
