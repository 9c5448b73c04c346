"""What decides a training run: plain data without torch, of which the CLI takes its defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stylectl.errors import UsageError

Precision = Literal["fp32", "bf16"]
Range = tuple[float, float]


@dataclass(frozen=True)
class LossWeights:
    """The weight of each term; 0 leaves it out, and out of the computation.

    The paper names only L_adv and L_REMD [S]; the rest, and every weight, is a choice [C], for
    feature maps divided by their root mean square.
    """

    content: float = 1.0
    style: float = 10.0
    gram: float = 0.0
    remd: float = 1.0
    identity: float = 10.0
    identity_features: float = 0.0
    # Pixels of decode(Z) against the image, so that strength 0 gives the content back. Alone, it
    # trains an autoencoder: a start that saves much of the stylisation's time.
    reconstruction: float = 20.0
    adversarial: float = 0.0
    total_variation: float = 0.0

    @property
    def judges_results(self) -> bool:
        """Whether any term looks at stylised pictures; else an autoencoder is trained."""
        return any(
            (self.content, self.style, self.gram, self.remd, self.adversarial, self.total_variation)
        )


@dataclass(frozen=True)
class StylizationSettings:
    """What decides `stylectl train`, beside the data, the model's configuration and the budget.

    Raises:
        UsageError: on crops or zooms that cannot work.
    """

    batch_size: int = 4
    crop: int = 128
    # Crops show the image this many times as large, drawn log-uniformly: strokes of many scales.
    content_zoom: Range = (0.6, 1.3)
    style_zoom: Range = (0.6, 1.6)
    learning_rate: float = 1e-3
    # Learning rate of the encoder as a share of the network's; 0 keeps it frozen, as in the paper.
    encoder_rate: float = 0.0
    # How often a batch's channel groups are shuffled (GS); 1 is the paper's.
    shuffle: float = 1.0
    discriminator_width: int = 32
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        _check_crops(self.crop, self.content_zoom, self.style_zoom)


@dataclass(frozen=True)
class DistillationSettings:
    """What decides `stylectl train encoder`, beside the data and the teachers.

    Raises:
        UsageError: on crops or zooms that cannot work.
    """

    batch_size: int = 8
    crop: int = 128
    zoom: Range = (0.5, 1.5)
    learning_rate: float = 2e-3
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        _check_crops(self.crop, self.zoom)


@dataclass(frozen=True)
class Budget:
    """When training ends: after `steps`, or after `minutes` of training if given (whichever first).

    Time spent before a resume counts; the learning rate follows the share of the budget used.
    """

    steps: int | None = None
    minutes: float | None = None

    def progress(self, step: int, seconds: float) -> float:
        """The share of the budget that is used, 0 to 1."""
        shares = [step / self.steps if self.steps else 0.0]
        if self.minutes:
            shares.append(seconds / 60 / self.minutes)
        return min(1.0, max(shares))


def _check_crops(crop: int, *zooms: Range) -> None:
    # relu5_1 must keep 2 x 2 positions, as reflection needs, and the style's stride divides by 16.
    if crop < 32 or crop % 16:
        raise UsageError(
            f"a crop of {crop} pixels cannot be used", "crops are multiples of 16, at least 32"
        )
    for low, high in zooms:
        if not 0 < low <= high < float("inf"):
            raise UsageError(
                f"{low:g} to {high:g} is no range of zooms", "give a low and a high one, above 0"
            )
