"""`stylectl train`: the stylisation network's task, the losses of one batch."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from stylectl.errors import TrainingError
from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model import Conditioning, StyleTransferNetwork, instance_statistics
from stylectl.model.shuffle import random_permutation
from stylectl.training.adversary import Adversary
from stylectl.training.appearance import vary
from stylectl.training.data import ImagePool
from stylectl.training.losses import total_variation
from stylectl.training.perceptual_terms import PerceptualTerms
from stylectl.training.precision import network_precision
from stylectl.training.revival import dead_units, revive
from stylectl.training.settings import LossWeights, StylizationSettings
from stylectl.training.spreading import spread_experts

_CALIBRATION_CROPS = 16
_CALIBRATION_STYLES = 64
_REVIVAL_PAIRS = 32


class StylizationTask:
    """One batch: contents and styles in, loss terms out.

    Args:
        network: what is trained.
        perceptual: the network of the feature terms, not calibrated.
        contents: photos.
        styles: paintings.
        settings: what decides the run.
        weights: of the terms.
        device: where it trains.
        rows: the share of every batch that this process computes; all of it by default.

    Raises:
        TrainingError: when all weights are 0, or a term needs layers that `perceptual` lacks.
    """

    def __init__(
        self,
        network: StyleTransferNetwork,
        perceptual: PerceptualNetwork,
        contents: ImagePool,
        styles: ImagePool,
        settings: StylizationSettings,
        weights: LossWeights,
        device: torch.device | str = "cpu",
        rows: range | None = None,
    ) -> None:
        self.settings, self.weights, self.device = settings, weights, torch.device(device)
        self.contents, self.styles = contents, styles
        self.rows = range(settings.batch_size) if rows is None else rows
        if not any(asdict(weights).values()):
            raise TrainingError("every loss weight is 0", "give at least one term a weight")
        self._precision = network_precision(self.device, settings.precision)
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.perceptual = PerceptualTerms(
            perceptual.to(device, memory_format=torch.channels_last),  # type: ignore[call-overload]
            weights,
            self._precision,
            settings.samples,
        )
        perceptual.calibrate(
            contents.batch(_CALIBRATION_CROPS, settings.crop, settings.content_zoom, self.generator)
        )
        self.revived = self._revive() if settings.revive else 0  # units
        self._calibrate_experts()
        if settings.spread_experts:
            self._spread_experts()
        self.modules: dict[str, nn.Module] = {"network": network}
        self.optimizers: dict[str, torch.optim.Optimizer] = {"network": self._optimizer()}
        self.adversary: Adversary | None = None
        if weights.adversarial:
            self.adversary = Adversary(settings, self.device, self._precision)
            self.modules["discriminator"] = self.adversary.discriminator
            self.optimizers["discriminator"] = self.adversary.optimizer
        self.average: AveragedModel | None = None
        if settings.ema:
            self._keep_average(settings.ema)

    def _revive(self) -> int:
        return revive(self.network, *self._pairs(_REVIVAL_PAIRS, self.generator), self.generator)

    def _pairs(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        s = self.settings
        content = self.contents.batch(count, s.crop, s.content_zoom, generator)
        return content, self._some_styles(count, generator)

    def _some_styles(self, count: int, generator: torch.Generator) -> Tensor:
        s = replace(self.settings, batch_size=count)
        styles = self.styles.batch(count, s.crop, s.style_zoom, generator)
        return vary(styles, s, generator, range(count))

    def _calibrate_experts(self) -> None:
        choice = self.network.decoder.choice
        if choice is not None and (self.settings.revive or not choice.calibrated):
            styles = self._some_styles(_CALIBRATION_STYLES, self.generator)
            with torch.no_grad():
                choice.calibrate(self.network.look(styles), anew=self.settings.revive)

    def _spread_experts(self) -> None:
        with torch.no_grad():
            batches = (self._some_styles(_CALIBRATION_STYLES, self.generator) for _ in range(4))
            looked = [self.network.style_features(*self.network.look(b)) for b in batches]
            told = [style.mixture for style in looked if style.mixture is not None]
        spread_experts(self.network.decoder, torch.cat(told) if told else torch.zeros(()))

    def _keep_average(self, decay: float) -> None:
        average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(decay))
        self.average = average.requires_grad_(False)
        self.modules["average"] = average
        self.optimizers["network"].register_step_post_hook(
            lambda *_: average.update_parameters(self.network)
        )

    @property
    def result(self) -> StyleTransferNetwork:
        """The network to keep: with the average of its weights, if there is one."""
        return self.network if self.average is None else self.average.module  # type: ignore[return-value]

    def compile(self) -> None:
        """Run the convolutions through torch.compile from now on, but for the small encoder's."""
        network = self.network
        for module in (network.kernels, network.decoder, self.perceptual.network):
            if module is not None:
                module.compile()

    def _optimizer(self) -> torch.optim.Optimizer:
        rate, encoder_rate = self.settings.learning_rate, self.settings.encoder_rate
        encoder = self.network.encoder
        encoder.requires_grad_(encoder_rate > 0)
        learned = {id(p) for p in encoder.parameters()}
        groups = [{"params": [p for p in self.network.parameters() if id(p) not in learned]}]
        if encoder_rate:
            parameters = [p for p in encoder.parameters() if p.requires_grad]
            groups.append({"params": parameters, "lr": rate * encoder_rate})  # type: ignore[dict-item]
        return torch.optim.Adam(groups, rate, fused=True)

    def dead_units(self) -> tuple[int, int]:
        """How many units of the result no image reaches, of how many; asked at any time."""
        pairs = self._pairs(_REVIVAL_PAIRS, torch.Generator().manual_seed(self.settings.seed))
        network = deepcopy(self.result)  # what is compiled would not call the hooks
        dead = torch.cat(dead_units(network, *pairs))
        return int(dead.sum()), len(dead)

    def losses(self) -> dict[str, Tensor]:
        """The unweighted terms of one batch, "total" and, with an adversary, "discriminator"."""
        return self.losses_of(self.contents, self.styles, self.generator, self.rows, self.adversary)

    def losses_of(
        self,
        contents: ImagePool,
        styles: ImagePool,
        generator: torch.Generator,
        rows: range,
        adversary: Adversary | None = None,
    ) -> dict[str, Tensor]:
        """`losses` of images drawn from these pools; without an adversary none of its terms."""
        s, w, network = self.settings, self.weights, self.network
        size = s.batch_size
        content = contents.batch(size, s.crop, s.content_zoom, generator, rows)
        style = styles.batch(size, s.crop, s.style_zoom, generator, rows)
        style = vary(style, s, generator, rows)
        content, style = (t.contiguous(memory_format=torch.channels_last) for t in (content, style))
        permutation = None
        if float(torch.rand((), generator=generator)) < s.shuffle:
            permutation = random_permutation(network.config.groups, generator)
        with self._precision():
            content_maps, style_maps = network.look(content), network.look(style)
        zc, zs = content_maps[0], style_maps[0]
        parts: dict[str, Tensor] = {}
        if w.judges_results:
            out = self._stylise(zc, style_maps, permutation, content)
            parts |= self.perceptual.of_result(out, content, style, generator)
            if w.total_variation:
                parts["total_variation"] = total_variation(out)
            if adversary is not None:
                parts |= adversary.losses(out, style)
        if w.identity or w.identity_features:
            images = [(content, content_maps), (style, style_maps)]
            parts |= self._identity_terms(images, permutation)
        if w.reconstruction:
            parts["reconstruction"] = self._reconstruction(content, style, zc, zs, rows.start % 2)
        if not parts:
            return {}
        weights = asdict(w)
        total = torch.stack([weights[n] * v for n, v in parts.items() if n in weights]).sum()
        return parts | {"total": total}

    def _stylise(
        self, zc: Tensor, looked: Sequence[Tensor], permutation: Tensor | None, image: Tensor
    ) -> Tensor:
        network = self.network
        with self._precision():
            style = network.style_features(*looked)
            zcs = network.align(zc, instance_statistics(zc), style)
            modulated = network.modulate(zc, zcs, permutation)
            return network.decode(modulated, image, Conditioning((style,)).mixture()).float()

    def _reconstruction(
        self, content: Tensor, style: Tensor, zc: Tensor, zs: Tensor, odd: int
    ) -> Tensor:
        """Decoding Z itself must give the image back: of half the contents and half the styles.

        Which half does not depend on how the batch is shared: contents of its even rows, styles
        of its odd ones; `odd` is 1 where the first row of this share is an odd one.
        """
        even_rows, odd_rows = slice(odd, None, 2), slice(1 - odd, None, 2)
        with self._precision():
            images = torch.cat([content[even_rows], style[odd_rows]])
            decoded = self.network.decode(torch.cat([zc[even_rows], zs[odd_rows]]), images).float()
        return F.mse_loss(decoded, torch.cat([content[even_rows], style[odd_rows]]))

    def _identity_terms(
        self, images: Sequence[tuple[Tensor, Sequence[Tensor]]], permutation: Tensor | None
    ) -> dict[str, Tensor]:
        """An image, given with its maps, in its own style is itself (SANet)."""
        pairs = [
            (self._stylise(maps[0], maps, permutation, image), image) for image, maps in images
        ]
        parts = {}
        if self.weights.identity:
            parts["identity"] = torch.stack([F.mse_loss(a, b) for a, b in pairs]).sum()
        if self.weights.identity_features:
            errors = [self.perceptual.difference(a, b) for a, b in pairs]
            parts["identity_features"] = torch.stack(errors).sum()
        return parts
