"""`stylectl train`: the stylisation network's task, its settings and the loss of one batch."""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model import StyleTransferNetwork, instance_statistics
from stylectl.model.discriminator import Discriminator
from stylectl.model.shuffle import random_permutation
from stylectl.training import losses as terms
from stylectl.training.data import ImagePool
from stylectl.training.settings import LossWeights, StylizationSettings


class StylizationTask:
    """One batch: contents and styles in, weighted loss terms out."""

    def __init__(
        self,
        network: StyleTransferNetwork,
        perceptual: PerceptualNetwork,
        contents: ImagePool,
        styles: ImagePool,
        settings: StylizationSettings,
        weights: LossWeights,
        device: torch.device | str = "cpu",
    ) -> None:
        self.settings, self.weights, self.device = settings, weights, torch.device(device)
        self.contents, self.styles = contents, styles
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.perceptual = perceptual.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        perceptual.calibrate(
            contents.batch(16, settings.crop, settings.content_zoom, self.generator)
        )
        self.content_layers = [n for n in ("relu4_1", "relu5_1") if n in perceptual.layers]
        self.remd_layers = [n for n in ("relu3_1", "relu4_1") if n in perceptual.layers]
        self.modules: dict[str, nn.Module] = {"network": network}
        self.optimizers: dict[str, torch.optim.Optimizer] = {"network": self._optimizer()}
        self.discriminator: Discriminator | None = None
        if weights.adversarial:
            self.discriminator = Discriminator(settings.discriminator_width).to(device)
            self.modules["discriminator"] = self.discriminator
            self.optimizers["discriminator"] = torch.optim.Adam(
                self.discriminator.parameters(), settings.learning_rate, betas=(0.5, 0.999)
            )

    def _optimizer(self) -> torch.optim.Optimizer:
        rate, encoder_rate = self.settings.learning_rate, self.settings.encoder_rate
        encoder = self.network.encoder
        encoder.requires_grad_(encoder_rate > 0).color.requires_grad_(False)
        learned = {id(p) for p in encoder.parameters()}
        groups = [{"params": [p for p in self.network.parameters() if id(p) not in learned]}]
        if encoder_rate:
            parameters = [p for p in encoder.parameters() if p.requires_grad]
            groups.append({"params": parameters, "lr": rate * encoder_rate})  # type: ignore[dict-item]
        return torch.optim.Adam(groups, rate)

    def losses(self) -> dict[str, Tensor]:
        """The unweighted terms of one batch, "total" and, with an adversary, "discriminator"."""
        s = self.settings
        content = self.contents.batch(s.batch_size, s.crop, s.content_zoom, self.generator)
        style = self.styles.batch(s.batch_size, s.crop, s.style_zoom, self.generator)
        content, style = (
            t.contiguous(memory_format=torch.channels_last) for t in (content, style)
        )
        with torch.autocast(self.device.type, torch.bfloat16, enabled=s.precision == "bf16"):
            parts = self._terms(content, style)
        weights = asdict(self.weights)
        total = torch.stack([weights[n] * v.float() for n, v in parts.items() if n in weights])
        return parts | {"total": total.sum()}

    def _terms(self, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        w, network = self.weights, self.network
        shuffled = float(torch.rand((), generator=self.generator)) < self.settings.shuffle
        permutation = (
            random_permutation(network.config.groups, self.generator) if shuffled else None
        )
        zc, zs = network.encode(content), network.encode(style)
        out = self._stylise(zc, zs, permutation)
        parts = self._perceptual_terms(out, content, style)
        if w.identity or w.identity_features:
            parts |= self._identity_terms(content, style, zc, zs, permutation)
        if w.reconstruction:
            # Decoding Zc itself must give the content back, so that strength 0 does.
            parts["reconstruction"] = F.mse_loss(network.decode(zc), content)
        if w.total_variation:
            parts["total_variation"] = terms.total_variation(out)
        if self.discriminator is not None:
            parts |= self._adversarial_terms(self.discriminator, out, style)
        return parts

    def _stylise(self, zc: Tensor, zs: Tensor, permutation: Tensor | None) -> Tensor:
        network = self.network
        style = network.alignment.encode_style(zs)
        zcs = network.align(zc, instance_statistics(zc), style)
        return network.decode(network.modulate(zc, zcs, permutation))

    def _perceptual_terms(self, out: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        w = self.weights
        with torch.no_grad():
            of_style = self.perceptual(style)
            of_content = self.perceptual(content, self.content_layers)
        of_out = self.perceptual(out)
        parts = {
            "content": terms.content_loss(of_out, of_content, self.content_layers),
            "style": terms.style_loss(of_out, of_style),
        }
        if w.gram:
            parts["gram"] = terms.gram_loss(of_out, of_style)
        if w.remd:
            parts["remd"] = terms.remd_loss(
                of_out, of_style, self.remd_layers, 256, self.generator
            )
        return parts

    def _identity_terms(
        self, content: Tensor, style: Tensor, zc: Tensor, zs: Tensor, permutation: Tensor | None
    ) -> dict[str, Tensor]:
        """An image in its own style is itself (SANet): in pixels, and in features."""
        pairs = [
            (self._stylise(zc, zc, permutation), content),
            (self._stylise(zs, zs, permutation), style),
        ]
        parts = {"identity": torch.stack([F.mse_loss(a, b) for a, b in pairs]).sum()}
        if self.weights.identity_features:
            errors = []
            for result, image in pairs:
                with torch.no_grad():
                    expected = self.perceptual(image)
                errors += [F.mse_loss(x, expected[n]) for n, x in self.perceptual(result).items()]
            parts["identity_features"] = torch.stack(errors).sum()
        return parts

    def _adversarial_terms(
        self, discriminator: Discriminator, out: Tensor, style: Tensor
    ) -> dict[str, Tensor]:
        # Frozen here so that the generator's term leaves no gradient in the discriminator.
        discriminator.requires_grad_(False)
        fooled = terms.least_squares(discriminator(out), 1.0)
        discriminator.requires_grad_(True)
        real = terms.least_squares(discriminator(style), 1.0)
        fake = terms.least_squares(discriminator(out.detach()), 0.0)
        return {"adversarial": fooled, "discriminator": (real + fake) / 2}
