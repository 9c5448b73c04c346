"""The adversarial term: a discriminator of paintings that trains along (least-squares GAN)."""

from __future__ import annotations

import torch
from torch import Tensor

from stylectl.model.discriminator import Discriminator
from stylectl.training.losses import least_squares
from stylectl.training.precision import NetworkPrecision
from stylectl.training.settings import StylizationSettings


class Adversary:
    """The discriminator, its optimiser and both sides' losses.

    Args:
        settings: its width and learning rate.
        device: where it trains.
        precision: the context that it runs in; losses are computed in fp32.
    """

    def __init__(
        self,
        settings: StylizationSettings,
        device: torch.device,
        precision: NetworkPrecision,
    ) -> None:
        self.discriminator = Discriminator(settings.discriminator_width).to(device)
        self.optimizer = torch.optim.Adam(
            self.discriminator.parameters(), settings.learning_rate, betas=(0.5, 0.999)
        )
        self.precision = precision

    def losses(self, out: Tensor, style: Tensor) -> dict[str, Tensor]:
        """ "adversarial" for the generator of `out`, "discriminator" for the discriminator.

        Each one's gradient reaches its own side alone, so that their sum can be minimised at once.
        """
        self.discriminator.requires_grad_(False)
        fooled = least_squares(self._scores(out), 1.0)
        self.discriminator.requires_grad_(True)
        real = least_squares(self._scores(style), 1.0)
        fake = least_squares(self._scores(out.detach()), 0.0)
        return {"adversarial": fooled, "discriminator": (real + fake) / 2}

    def _scores(self, image: Tensor) -> list[Tensor]:
        with self.precision():
            return [scores.float() for scores in self.discriminator(image)]
