"""The three-scale PatchGAN discriminator of the adversarial term [S: three scales; C: the rest]."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

SCALES = 3


class Discriminator(nn.Module):
    """Judges patches of an image (B, 3, H, W) in [0, 1], at least 32 pixels a side.

    One network each sees it at full, half and quarter size.

    Args:
        width: channels of the first layer; they double at each of the three strided layers.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_patch_network(width) for _ in range(SCALES))

    def forward(self, image: Tensor) -> list[Tensor]:
        """One map of patch scores per scale, (B, 1, H/8, W/8) at full size; 1 is real, 0 is not."""
        x = image * 2 - 1
        scores = []
        for index, network in enumerate(self.scales):
            if index:
                x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)  # (B, 3, H/2, W/2)
            scores.append(network(x))
        return scores


def _patch_network(width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for outputs in (width, 2 * width, 4 * width):
        # Spectral normalisation keeps a small discriminator from running away from the generator.
        conv = nn.Conv2d(inputs, outputs, 4, 2, 1)
        layers += [nn.utils.parametrizations.spectral_norm(conv), nn.LeakyReLU(0.2)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Conv2d(inputs, 1, 3, 1, 1))
