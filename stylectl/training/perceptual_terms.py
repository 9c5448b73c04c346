"""The terms that compare a result with its content and its style."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import TrainingError
from stylectl.evaluation import measures
from stylectl.evaluation.moments import moments_of
from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.evaluation.yardstick import CONTENT_LAYERS, REMD_LAYERS, SELF_SIMILARITY_LAYER
from stylectl.training.losses import remd_loss, self_similarity_loss
from stylectl.training.precision import NetworkPrecision
from stylectl.training.settings import LossWeights


class PerceptualTerms:
    """The unweighted terms of a result, those alone whose weight is not 0.

    Args:
        network: a perceptual network, calibrated.
        weights: which terms there are.
        precision: the context that the network runs in.
        samples: positions that REMD and self-similarity look at.

    Raises:
        TrainingError: when a term needs layers that the network does not reach.
    """

    def __init__(
        self,
        network: PerceptualNetwork,
        weights: LossWeights,
        precision: NetworkPrecision,
        samples: int,
    ) -> None:
        self.network, self.weights, self.precision = network, weights, precision
        self.samples = samples
        self.content_layers = [n for n in CONTENT_LAYERS if n in network.layers]
        self.remd_layers = [n for n in REMD_LAYERS if n in network.layers]
        if weights.content and not self.content_layers:
            raise _missing("content", CONTENT_LAYERS)
        if weights.remd and not self.remd_layers:
            raise _missing("remd", REMD_LAYERS)
        if weights.self_similarity and SELF_SIMILARITY_LAYER not in network.layers:
            raise _missing("self-similarity", [SELF_SIMILARITY_LAYER])

    def of_result(
        self, out: Tensor, content: Tensor, style: Tensor, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The terms of images out, content and style, (B, 3, H, W) each."""
        w = self.weights
        parts = {"ssim": 1 - measures.ssim(out, content)} if w.ssim else {}
        if not (w.content or w.style or w.gram or w.remd or w.self_similarity):
            return parts
        of_out = self._maps(out)
        kept = self.content_layers if w.content else []
        if w.self_similarity:
            kept = [SELF_SIMILARITY_LAYER, *kept]
        with torch.no_grad():
            of_style = self._maps(style) if w.style or w.gram or w.remd else {}
            of_content = self._maps(content, kept) if kept else {}
        if w.content:
            parts["content"] = measures.content_loss(of_out, of_content, self.content_layers)
        if w.style or w.gram:
            moments, expected = moments_of(of_out), moments_of(of_style)
            if w.style:
                parts["style"] = measures.style_loss(moments, expected)
            if w.gram:
                parts["gram"] = measures.gram_loss(moments, expected)
        if w.remd:
            parts["remd"] = remd_loss(of_out, of_style, self.remd_layers, self.samples, generator)
        if w.self_similarity:
            pair = (of_out[SELF_SIMILARITY_LAYER], of_content[SELF_SIMILARITY_LAYER])
            parts["self_similarity"] = self_similarity_loss(*pair, self.samples, generator)
        return parts

    def difference(self, result: Tensor, image: Tensor) -> Tensor:
        """MSE of the maps of two batches of images (B, 3, H, W), summed over layers."""
        with torch.no_grad():
            expected = self._maps(image)
        maps = self._maps(result)
        errors = [F.mse_loss(x.float(), expected[n].float()) for n, x in maps.items()]
        return torch.stack(errors).sum()

    def _maps(self, image: Tensor, layers: Sequence[str] | None = None) -> measures.Maps:
        with self.precision():
            return self.network(image, layers)


def _missing(term: str, layers: Sequence[str]) -> TrainingError:
    return TrainingError(
        f"the {term} term needs {' or '.join(layers)}, which no perceptual network reaches",
        f"add a deeper --perceptual network, or set --{term}-weight 0",
    )
