"""The six figures of a stylised picture: how much style arrived, how much content stayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylectl.errors import WeightsError
from stylectl.evaluation import measures
from stylectl.evaluation.figures import LPIPS, Figures
from stylectl.evaluation.moments import Moments, moments_of
from stylectl.evaluation.perceptual import LAYERS, PerceptualNetwork
from stylectl.model.encoder import VGG

# Fixed, never measured on the pictures at hand: figures of different runs are to be compared. Root
# mean squares over photos of VGG-19 with normalised weights and of a narrow one distilled from it.
LAYER_RMS = (1.80, 1.67, 1.79, 3.17, 4.56)

CONTENT_LAYERS = ("relu4_1", "relu5_1")
REMD_LAYERS = ("relu3_1", "relu4_1")
SELF_SIMILARITY_LAYER = "relu3_1"
SAMPLES = 1024  # positions that remd and self_similarity look at
_OUT_SEED, _STYLE_SEED = 0, 1  # the content shares the result's: the same places are compared


@dataclass(frozen=True)
class ContentTarget:
    """What a result is held against of its content.

    Attributes:
        image: (1, 3, S, S) in [0, 1].
        maps: the maps of `CONTENT_LAYERS`.
        self_similarity: (1, N, N).
    """

    image: Tensor
    maps: measures.Maps
    self_similarity: Tensor


@dataclass(frozen=True)
class StyleTarget:
    """What a result is held against of its style: moments of all maps, points of `REMD_LAYERS`."""

    moments: Mapping[str, Moments]
    points: measures.Maps


class Yardstick:
    """Measures results against contents and styles, images (1, 3, S, S) in [0, 1], S at least 32.

    Args:
        stacks: perceptual networks; each layer comes from the first that reaches it.
        device: where they run.
        lpips: measures a seventh figure, of a result and its content.

    Raises:
        WeightsError: no stack reaches one of the layers.
    """

    def __init__(
        self,
        stacks: Sequence[VGG],
        device: torch.device | str = "cpu",
        lpips: Callable[[Tensor, Tensor], float] | None = None,
    ) -> None:
        self.device, self.lpips = torch.device(device), lpips
        self.network = PerceptualNetwork(stacks)
        missing = [name for name in LAYERS if name not in self.network.layers]
        if missing:
            raise WeightsError(
                f"no perceptual network reaches {', '.join(missing)}",
                "add a deeper one with --perceptual",
            )
        self.network.divide_by(LAYER_RMS)
        self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def content_target(self, image: Tensor) -> ContentTarget:
        """What every result of this content is compared with."""
        image = image.to(self.device)
        maps = self.network(image, {*CONTENT_LAYERS, SELF_SIMILARITY_LAYER})
        return ContentTarget(
            image, {name: maps[name] for name in CONTENT_LAYERS}, _self_similarity(maps)
        )

    @torch.inference_mode()
    def style_target(self, image: Tensor) -> StyleTarget:
        """What every result in this style is compared with."""
        maps = self.network(image.to(self.device))
        points = {name: _points(maps[name], _STYLE_SEED) for name in REMD_LAYERS}
        return StyleTarget(moments_of(maps), points)

    @torch.inference_mode()
    def figures(self, result: Tensor, content: ContentTarget, style: StyleTarget) -> Figures:
        """The figures of a result of the size that its content has."""
        image = result.to(self.device)
        maps = self.network(image)
        moved = [
            measures.relaxed_earth_mover(_points(maps[name], _OUT_SEED), style.points[name])
            for name in REMD_LAYERS
        ]
        similarity, own = _self_similarity(maps), moments_of(maps)
        kept = measures.content_loss(maps, content.maps, CONTENT_LAYERS, sample_variance=True)
        seventh = {LPIPS: self.lpips(image, content.image)} if self.lpips else {}
        return {
            "style_loss": measures.style_loss(own, style.moments, sample_variance=True).item(),
            "gram": measures.gram_loss(own, style.moments).item(),
            "remd": torch.stack(moved).sum().item(),
            "content_loss": kept.item(),
            "self_similarity": measures.self_similarity_loss(
                similarity, content.self_similarity
            ).item(),
            "ssim": measures.ssim(image, content.image).item(),
            **seventh,
        }


def _points(x: Tensor, seed: int) -> Tensor:
    return measures.sampled_points(x, SAMPLES, torch.Generator().manual_seed(seed))


def _self_similarity(maps: measures.Maps) -> Tensor:
    return measures.self_similarity(_points(maps[SELF_SIMILARITY_LAYER], _OUT_SEED))
