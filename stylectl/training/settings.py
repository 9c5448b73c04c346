"""What decides a training run: plain data without torch, of which the CLI takes its defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Literal

from stylectl.errors import UsageError
from stylectl.training.limits import check_limits, number, span

Precision = Literal["fp32", "bf16"]
Range = tuple[float, float]

DEFAULT_PRESET = "lean"
CHECKPOINT_MINUTES = 3.0
PREVIEW_EVERY = 500  # steps
SMALLEST_CROP = 32  # pixels
LARGEST_DECAY = 0.99999  # with 1 an average would stay where it began
SMALLEST_FACTOR = 0.01  # of zooms, contrast and saturation, which are drawn log-uniformly


class Part(str, Enum):  # no Literal: typer knows no lists of those
    """A part of a network that a run can take from weights without the others."""

    ENCODER = "encoder"
    ALIGNMENT = "alignment"
    KERNELS = "kernels"
    DECODER = "decoder"


@dataclass(frozen=True)
class LossWeights:
    """The weight of each term; 0 leaves it out, and out of the computation.

    The paper names only L_adv and L_REMD [S]; the rest, and every weight, is a choice [C], for
    feature maps divided by their root mean square.

    Raises:
        UsageError: on negative weights.
    """

    content: float = number(1.0, 0)
    style: float = number(10.0, 0)
    gram: float = number(0.0, 0)
    remd: float = number(1.0, 0)
    # What else keeps the content: STROTSS's, and the fine edges that the deep layers do not see.
    self_similarity: float = number(0.0, 0)
    ssim: float = number(0.0, 0)
    identity: float = number(10.0, 0)
    identity_features: float = number(0.0, 0)
    # Pixels of decode(Z) against the image. Alone, it trains an autoencoder: a start that saves
    # much of the stylisation's time.
    reconstruction: float = number(20.0, 0)
    adversarial: float = number(0.0, 0)
    total_variation: float = number(0.0, 0)

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def judges_results(self) -> bool:
        """Whether any term looks at stylised pictures; else an autoencoder is trained."""
        others = {"identity", "identity_features", "reconstruction"}
        return any(weight for name, weight in asdict(self).items() if name not in others)


@dataclass(frozen=True)
class StylizationSettings:
    """What decides `stylectl train`, beside the data, the model's configuration and the budget.

    Raises:
        UsageError: on numbers, crops or zooms that cannot work.
    """

    batch_size: int = number(4, 1)
    crop: int = number(128, SMALLEST_CROP)
    # Crops show the image this many times as large, drawn log-uniformly: strokes of many scales.
    content_zoom: tuple[float, float] = span(0.6, 1.3, SMALLEST_FACTOR)
    style_zoom: tuple[float, float] = span(0.6, 1.6, SMALLEST_FACTOR)
    # How much stronger (above 1) or calmer the paintings are shown than they are; for sharpness,
    # how much of what a crop has beyond its blur is added to it.
    style_contrast: tuple[float, float] = span(1.0, 1.0, SMALLEST_FACTOR)
    style_saturation: tuple[float, float] = span(1.0, 1.0, SMALLEST_FACTOR)
    style_sharpness: tuple[float, float] = span(0.0, 0.0, 0)
    learning_rate: float = number(1e-3, 0)
    # Learning rate of the encoder as a share of the network's; 0 keeps it frozen, as in the paper.
    encoder_rate: float = number(0.0, 0)
    # How often a batch's channel groups are shuffled (GS); 1 is the paper's.
    shuffle: float = number(1.0, 0, 1)
    # Decay of a moving average of the weights over steps, which is what is kept; 0 keeps the last.
    ema: float = number(0.0, 0, LARGEST_DECAY)
    # Positions of a feature map that REMD and self-similarity look at, drawn anew in every batch.
    samples: int = number(256, 2)
    # Share of every folder's images that is never trained on: its losses show overfitting.
    hold_out: float = number(0.0, 0, 0.5)
    # Whether units that no image reaches any more are begun anew before the first step.
    revive: bool = False
    # Whether what the experts are told is made to differ between styles before the first step.
    spread_experts: bool = False
    discriminator_width: int = number(32, 1)
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        _check_crop(self.crop)
        check_limits(self)


@dataclass(frozen=True)
class DistillationSettings:
    """What decides `stylectl train encoder`, beside the data and the teachers.

    Raises:
        UsageError: on numbers, crops or zooms that cannot work.
    """

    batch_size: int = number(8, 1)
    crop: int = number(128, SMALLEST_CROP)
    zoom: tuple[float, float] = span(0.5, 1.5, SMALLEST_FACTOR)
    learning_rate: float = number(2e-3, 0)
    precision: Precision = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        _check_crop(self.crop)
        check_limits(self)


@dataclass(frozen=True)
class Budget:
    """When training ends: after `steps`, or after `minutes` of training if given (whichever first).

    Time spent before a resume counts; the learning rate follows the share of the budget used.

    Raises:
        UsageError: on numbers that cannot work.
    """

    steps: int | None = number(None, 1)
    minutes: float | None = number(None, 0)

    def __post_init__(self) -> None:
        check_limits(self)

    def progress(self, step: int, seconds: float) -> float:
        """The share of the budget that is used, 0 to 1."""
        shares = [step / self.steps if self.steps else 0.0]
        if self.minutes:
            shares.append(seconds / 60 / self.minutes)
        return min(1.0, max(shares))


def _check_crop(crop: int) -> None:
    # relu5_1 must keep 2 x 2 positions, as reflection needs, and the style's stride divides by 16.
    if crop < SMALLEST_CROP or crop % 16:
        raise UsageError(
            f"a crop of {crop} pixels cannot be used",
            f"crops are multiples of 16, at least {SMALLEST_CROP}",
        )
