"""What decides a training run: plain data without torch, of which the CLI takes its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from typing import Any, Literal, TypeVar

from stylectl.errors import UsageError

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


def _number(default: float | None, low: float, high: float | None = None) -> Any:
    """A field whose limits `check_limits` holds and the CLI shows."""
    limits = {"min": low} if high is None else {"min": low, "max": high}
    return field(default=default, metadata=limits)


def _range(low: float, high: float, lowest: float) -> Any:
    """A field of a low and a high number, drawn from in between; `check_limits` holds them."""
    return field(default=(low, high), metadata={"min": lowest})


def limits(settings: type, name: str) -> dict[str, Any]:
    """The "min" and perhaps "max" of a setting."""
    return next(dict(f.metadata) for f in fields(settings) if f.name == name)


_Settings = TypeVar("_Settings")


def fields_from(
    settings: type[_Settings], values: Mapping[str, Any], suffix: str = ""
) -> _Settings:
    """Settings made of the values that are named as their fields, with `suffix` behind the names.

    Raises:
        UsageError: as the settings do.
    """
    names: list[str] = [f.name for f in fields(settings)]  # type: ignore[arg-type]
    return settings(**{n: values[n + suffix] for n in names if n + suffix in values})


def check_limits(settings: Any) -> None:
    """Raises UsageError for the first number or range of an object that is beyond its limits."""
    for each in fields(settings):
        value, low = getattr(settings, each.name), each.metadata.get("min")
        if low is None or value is None:
            continue
        high = each.metadata.get("max", float("inf"))
        if isinstance(value, tuple):
            if not low <= value[0] <= value[1] < high:  # also for NaN
                raise UsageError(
                    f"{each.name} is {value[0]:g} to {value[1]:g}",
                    f"give a low and a high number, at least {low:g}",
                )
            continue
        if not low <= value <= high:  # also for NaN
            wanted = f"at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"
            raise UsageError(f"{each.name} is {value:g}", f"it must be {wanted}")


@dataclass(frozen=True)
class LossWeights:
    """The weight of each term; 0 leaves it out, and out of the computation.

    The paper names only L_adv and L_REMD [S]; the rest, and every weight, is a choice [C], for
    feature maps divided by their root mean square.

    Raises:
        UsageError: on negative weights.
    """

    content: float = _number(1.0, 0)
    style: float = _number(10.0, 0)
    gram: float = _number(0.0, 0)
    remd: float = _number(1.0, 0)
    # What else keeps the content: STROTSS's, and the fine edges that the deep layers do not see.
    self_similarity: float = _number(0.0, 0)
    ssim: float = _number(0.0, 0)
    identity: float = _number(10.0, 0)
    identity_features: float = _number(0.0, 0)
    # Pixels of decode(Z) against the image, so that strength 0 gives the content back. Alone, it
    # trains an autoencoder: a start that saves much of the stylisation's time.
    reconstruction: float = _number(20.0, 0)
    adversarial: float = _number(0.0, 0)
    total_variation: float = _number(0.0, 0)

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

    batch_size: int = _number(4, 1)
    crop: int = _number(128, SMALLEST_CROP)
    # Crops show the image this many times as large, drawn log-uniformly: strokes of many scales.
    content_zoom: tuple[float, float] = _range(0.6, 1.3, SMALLEST_FACTOR)
    style_zoom: tuple[float, float] = _range(0.6, 1.6, SMALLEST_FACTOR)
    # How much stronger (above 1) or calmer the paintings are shown than they are; for sharpness,
    # how much of what a crop has beyond its blur is added to it.
    style_contrast: tuple[float, float] = _range(1.0, 1.0, SMALLEST_FACTOR)
    style_saturation: tuple[float, float] = _range(1.0, 1.0, SMALLEST_FACTOR)
    style_sharpness: tuple[float, float] = _range(0.0, 0.0, 0)
    learning_rate: float = _number(1e-3, 0)
    # Learning rate of the encoder as a share of the network's; 0 keeps it frozen, as in the paper.
    encoder_rate: float = _number(0.0, 0)
    # How often a batch's channel groups are shuffled (GS); 1 is the paper's.
    shuffle: float = _number(1.0, 0, 1)
    # Decay of a moving average of the weights over steps, which is what is kept; 0 keeps the last.
    ema: float = _number(0.0, 0, LARGEST_DECAY)
    discriminator_width: int = _number(32, 1)
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

    batch_size: int = _number(8, 1)
    crop: int = _number(128, SMALLEST_CROP)
    zoom: tuple[float, float] = _range(0.5, 1.5, SMALLEST_FACTOR)
    learning_rate: float = _number(2e-3, 0)
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

    steps: int | None = _number(None, 1)
    minutes: float | None = _number(None, 0)

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
