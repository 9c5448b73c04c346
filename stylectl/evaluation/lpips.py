"""LPIPS of a result and its content, as papers report it; by the package of its authors."""

from __future__ import annotations

import warnings
from importlib.metadata import version

import torch
from torch import Tensor, nn

from stylectl.errors import UsageError
from stylectl.weights.imagenet import imagenet_vgg16


class Lpips:
    """LPIPS 0.1 (CVPR 2018) over torchvision's VGG-16; its linear weights come with the package.

    Args:
        device: where it runs.

    Attributes:
        described: what measured, for JSON.

    Raises:
        UsageError: the package is not installed.
        WeightsError: VGG-16 cannot be downloaded, or is damaged.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        try:
            from lpips import LPIPS
        except ImportError as error:
            raise UsageError(
                "LPIPS is measured by a package that is not installed",
                "pip install 'stylectl[lpips]'",
            ) from error
        backbone = imagenet_vgg16()
        with torch.random.fork_rng(devices=()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package calls torchvision in an older way
            network = LPIPS(net="vgg", pnet_rand=True, verbose=False)  # random until the next lines
        ours, theirs = (
            [m for m in net.modules() if isinstance(m, nn.Conv2d)]
            for net in (backbone, network.net)
        )
        for own, its in zip(ours, theirs, strict=True):  # the 13 convolutions, in order
            its.load_state_dict(own.state_dict())
        # Figures of other versions are not to be compared with these.
        self.described = f"version 0.1 over torchvision VGG-16, package lpips {version('lpips')}"
        self.device = torch.device(device)
        self.network = network.requires_grad_(False).to(self.device)

    @torch.inference_mode()
    def __call__(self, result: Tensor, content: Tensor) -> float:
        """The distance of two images (1, 3, S, S) in [0, 1], S at least 32; 0 is the same."""
        pair = (image.to(self.device) for image in (result, content))
        return self.network(*pair, normalize=True).item()  # to [-1, 1], which it was made for
