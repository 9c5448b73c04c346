"""A whole evaluation: networks loaded, pairs compared, pictures, sheet and figures written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from stylectl.evaluation.comparison import InputFailed, InputRead, Measured, Outcome, compare
from stylectl.evaluation.files import named_images, result_stem
from stylectl.evaluation.lpips import Lpips
from stylectl.evaluation.methods import Method, Painter, ResultFolder
from stylectl.evaluation.request import Request
from stylectl.evaluation.summary import Summary
from stylectl.evaluation.thumbnails import Thumbnails
from stylectl.evaluation.written import write_figures
from stylectl.evaluation.yardstick import LAYER_RMS, Yardstick
from stylectl.media import DEFAULT_MAX_PIXELS, make_folder, write_image
from stylectl.model.encoder import VGG
from stylectl.stylize.devices import choose_device, memory_errors
from stylectl.stylize.events import OnEvent
from stylectl.stylize.stylizer import Stylizer
from stylectl.weights.files import sha256
from stylectl.weights.imagenet import imagenet_vgg16
from stylectl.weights.registry import resolve
from stylectl.weights.vgg import load_vgg


class Evaluation:
    """Loads what a checked request names.

    Raises:
        WeightsError: weights or networks to measure by cannot be used or had.
        DeviceError, UsageError: as for `Stylizer`.
    """

    def __init__(self, request: Request, on_event: OnEvent | None = None) -> None:
        self.request = request
        self.device = choose_device(request.device)
        self.contents, self.styles = named_images(request.contents), named_images(request.styles)
        self.pairs = len(self.contents) * len(self.styles)
        self._max_pixels = request.max_pixels or DEFAULT_MAX_PIXELS
        with memory_errors(self.device):
            self._lpips = Lpips(self.device) if request.lpips else None
            self.yardstick = Yardstick(self._stacks(), self.device, self._lpips)
        self.methods = self._load_methods(on_event)
        self.summary = Summary(self.methods)
        names = [method.name for method in self.methods]
        self._thumbnails = Thumbnails(names, request.sheet_side) if request.sheet else None

    def run(self) -> Iterator[Outcome]:
        """Compares; yields an outcome for every picture that should be there.

        Raises:
            OutputError: a picture to be kept cannot be written.
            DeviceError: memory ran out.
            WeightsError: weights give numbers that are not finite.
        """
        outcomes = compare(
            self.contents, self.styles, self.methods, self.yardstick, self.request.size,
            self._max_pixels,
        )  # fmt: skip
        with memory_errors(self.device):
            for outcome in outcomes:
                self.summary.add(outcome)
                if self._thumbnails:
                    self._thumbnails.add(outcome)
                if isinstance(outcome, Measured):
                    self._keep(outcome)
                if not isinstance(outcome, InputRead | InputFailed):
                    yield outcome

    def write(self) -> dict[str, Any]:
        """Writes sheet and figures where they are wanted; gives the figures for JSON.

        Raises:
            OutputError: one of them cannot be written.
        """
        request = self.request
        described = {
            "size": request.size,
            "device": str(self.device),
            "perceptual": [
                {"file": str(file), "sha256": sha256(file)} for file in request.perceptual
            ]
            or "torchvision VGG-16, IMAGENET1K_V1",
            "layer_rms": LAYER_RMS,
            **({"lpips": self._lpips.described} if self._lpips else {}),
            **self.summary.to_dict(),
        }
        if request.figures:
            write_figures(request.figures, described, overwrite=request.overwrite)
        sheet = self._thumbnails.sheet() if self._thumbnails else None
        if request.sheet and sheet is not None:
            rgb = sheet.permute(1, 2, 0).numpy()
            write_image(request.sheet, rgb, overwrite=request.overwrite)
        return described

    def _stacks(self) -> list[VGG]:
        files = self.request.perceptual
        return [load_vgg(file) for file in files] if files else [imagenet_vgg16()]

    def _load_methods(self, on_event: OnEvent | None) -> list[Method]:
        request, names = self.request, self.request.method_names()
        methods: list[Method] = []
        for name, weights in zip(names, request.weights, strict=False):
            file = resolve(weights)
            stylizer = Stylizer.load(file, device=self.device, precision=request.precision)
            described = {"weights": weights, "sha256": sha256(file), "seed": request.seed}
            methods.append(Painter(name, stylizer, described, on_event, request.seed))
        folders = zip(names[len(request.weights) :], request.results, strict=True)
        methods += [ResultFolder(n, f, request.size, self._max_pixels) for n, f in folders]
        return methods

    def _keep(self, outcome: Measured) -> None:
        painted = outcome.method in [m.name for m in self.methods if isinstance(m, Painter)]
        folder = self.request.saved_folder(outcome.method)
        if not painted or folder is None:
            return
        make_folder(folder, "choose another --save")
        file = folder / f"{result_stem(outcome.content, outcome.style)}.png"
        rgb = np.divide(np.asarray(outcome.image), np.float32(255), dtype=np.float32)
        write_image(file, rgb, overwrite=self.request.overwrite)
