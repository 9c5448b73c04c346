"""One frozen dataclass that describes a model, and the two presets made of it.

[S] stands in the paper's supplement, [F] in its figure 2, [C] is a choice of ours where both are
silent; each choice says what it decides.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Gate = Literal["threshold", "affine", "none"]
Feature = Literal["relu4_1", "relu4_3"]
Upsampling = Literal["nearest", "bilinear", "bilinear_first"]
View = Literal["feature", "layers"]
Choice = Literal["plain", "normalised"]

_SIZES = (
    "heads",
    "style_stride",
    "gate_channels",
    "kernel_size",
    "kernel_channels",
    "groups",
    "shortcut_size",
)


@dataclass(frozen=True)
class ModelConfig:
    """Everything that decides a model's shapes and its arithmetic; stored beside its weights.

    Raises:
        ValueError: when the settings contradict each other.
    """

    # Encoder: VGG-16's layout, stride 8 [S]; the channels of its four blocks.
    channels: tuple[int, int, int, int] = (64, 128, 256, 512)
    # [C] which "ReLU4" is the feature Z: relu4_1 is cheaper and keeps more detail than relu4_3.
    feature: Feature = "relu4_1"
    # SAE: heads G [S].
    heads: int = 8
    # [C] stride of the key and value convolutions: 2 keeps a quarter of the style positions, which
    # divides the cost of attention by four.
    style_stride: int = 1
    # CGM: [C] the form of the gate (DAGL's threshold, an affine map of the weights, or no gate).
    gate: Gate = "threshold"
    # [C] width of psi's two inner layers.
    gate_channels: int = 128
    # [C] tau, the sharpness of the softmax over cosine similarities.
    temperature: float = 10.0
    # SK: switch for the ablation; without it the decoder receives Zcs itself.
    style_kernels: bool = True
    # [C] k, the taps of each vertical and each horizontal kernel (2k+1 channels per channel [S]).
    kernel_size: int = 3
    # [C] width of phi's inner layer.
    kernel_channels: int = 512
    # GS: number of channel groups that are shuffled [S].
    groups: int = 8
    # Decoder: [C] size of the ResBlocks' shortcut convolution (table 1 says only "Conv").
    shortcut_size: int = 3
    # [C] how table 1's "x2 upsample" interpolates: its three alike, or the first alone bilinearly,
    # where nearest neighbours leave stairs of eight pixels along soft edges.
    upsampling: Upsampling = "nearest"
    # [C] ReLU-Conv pairs at full resolution before the last ReLU-Conv-Tanh. Table 1 has none; one
    # removes the 2x2 blocks that nearest upsampling leaves in a narrow decoder.
    full_resolution_convs: int = 0
    # [C] residual blocks at a quarter of the resolution, where strokes form: table 1 narrows
    # the feature at once.
    residual_blocks: int = 0
    # [C] the content's own fine detail enters the decoder after each upsampling, as in LapStyle's
    # revision network: a feature of stride 8 and few channels cannot hold it.
    detail: bool = False
    # [C] E, how many further sets of weights the decoder's convolutions add as the style asks.
    experts: int = 0
    # [C] what the experts know of a style: statistics of Zs, or those of relu3_1 and relu2_1 too,
    # where fine texture and colours are.
    experts_see: View = "feature"
    # [C] what chooses them: 64 plain ReLUs, or 128 units that are normalised and smooth, since
    # 55 of those 64 had died in earlier weights (docs/training.md).
    experts_choice: Choice = "plain"

    def __post_init__(self) -> None:
        if len(self.channels) != 4:
            raise ValueError(f"channels must be four numbers, not {self.channels}")
        sizes = {f"channels[{i}]": value for i, value in enumerate(self.channels)}
        sizes |= {name: getattr(self, name) for name in _SIZES}
        for name, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number above 0, not {value!r}")
        if not self.temperature > 0:
            raise ValueError("temperature must be above 0")
        for name in ("full_resolution_convs", "residual_blocks", "experts"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} must be a whole number, at least 0, not {value!r}")
        for name in ("style_kernels", "detail"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false, not {getattr(self, name)!r}")
        width = self.channels[-1]
        if width % self.heads or width % self.groups or width % 8:
            raise ValueError(
                f"the last of channels ({width}) must be divisible by 8, heads ({self.heads}) "
                f"and groups ({self.groups})"
            )
        for name, value, known in (
            ("gate", self.gate, get_args(Gate)),
            ("feature", self.feature, get_args(Feature)),
            ("upsampling", self.upsampling, get_args(Upsampling)),
            ("experts_see", self.experts_see, get_args(View)),
            ("experts_choice", self.experts_choice, get_args(Choice)),
        ):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, not {value!r}")
        for name in ("kernel_size", "shortcut_size"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} must be odd, not {getattr(self, name)}")

    @property
    def width(self) -> int:
        """C, the channels of the features Zc and Zs."""
        return self.channels[-1]

    @property
    def seen_layers(self) -> tuple[str, ...]:
        """The encoder's layers, beside the feature, whose statistics the experts see of a style."""
        return ("relu3_1", "relu2_1") if self.experts and self.experts_see == "layers" else ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a JSON header."""
        return asdict(self) | {"channels": list(self.channels)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ModelConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: on an unknown or contradictory setting.
        """
        unknown = sorted(set(data) - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"unknown model settings: {', '.join(unknown)}")
        settings = dict(data)
        if "channels" in settings:
            settings["channels"] = tuple(settings["channels"])
        return cls(**settings)


PRESETS: dict[str, ModelConfig] = {
    "paper": ModelConfig(),
    "lean": ModelConfig(
        channels=(16, 32, 64, 128),
        style_stride=4,
        gate_channels=32,
        kernel_channels=64,
        shortcut_size=1,
        full_resolution_convs=1,
        upsampling="bilinear_first",
        residual_blocks=2,
        detail=True,
        experts=16,
        experts_see="layers",
        experts_choice="normalised",
    ),
}
