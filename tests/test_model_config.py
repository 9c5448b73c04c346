"""The configuration: a round trip through JSON, and refusals that name the setting."""

from __future__ import annotations

import dataclasses
import json

import pytest

from stylectl.model import PRESETS, ModelConfig

UNUSUAL = ModelConfig(
    channels=(4, 8, 8, 48),
    feature="relu4_3",
    heads=6,
    style_stride=3,
    gate="affine",
    gate_channels=5,
    temperature=2.5,
    style_kernels=False,
    kernel_size=5,
    kernel_channels=7,
    groups=12,
    shortcut_size=1,
    upsampling="bilinear",
    full_resolution_convs=2,
    residual_blocks=2,
    detail=True,
    experts=3,
    experts_see="layers",
    experts_choice="normalised",
)


@pytest.mark.parametrize("config", [*PRESETS.values(), UNUSUAL], ids=[*PRESETS, "unusual"])
def test_a_config_survives_a_json_header(config: ModelConfig) -> None:
    assert isinstance(config.to_dict()["channels"], list)  # JSON knows no tuple
    restored = ModelConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert restored == config
    assert hash(restored) == hash(config)  # the channels are a tuple again, not a list


def test_the_unusual_config_tests_every_field() -> None:
    default = ModelConfig()
    for field in dataclasses.fields(ModelConfig):
        assert getattr(UNUSUAL, field.name) != getattr(default, field.name), field.name


def test_settings_that_are_not_stored_take_their_default() -> None:
    assert ModelConfig.from_dict({}) == ModelConfig()
    assert ModelConfig.from_dict({"gate": "none"}) == ModelConfig(gate="none")


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().heads = 4  # type: ignore[misc]


def test_unknown_settings_are_named() -> None:
    with pytest.raises(ValueError, match=r"unknown model settings: attention, dropout$"):
        ModelConfig.from_dict({"heads": 8, "dropout": 0.1, "attention": True})


@pytest.mark.parametrize(
    "settings",
    [
        {"channels": (4, 8, 8, 20), "heads": 4, "groups": 4},  # the decoder halves three times
        {"channels": (4, 8, 8, 64), "heads": 3},
        {"channels": (4, 8, 8, 64), "groups": 5},
    ],
)
def test_a_width_that_does_not_divide_is_refused(settings: dict) -> None:
    with pytest.raises(ValueError, match="must be divisible by 8"):
        ModelConfig(**settings)
    with pytest.raises(ValueError, match="must be divisible by 8"):
        ModelConfig.from_dict(settings)


@pytest.mark.parametrize("size", [2, 4])
def test_an_even_kernel_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"kernel_size must be odd, not {size}"):
        ModelConfig(kernel_size=size)


@pytest.mark.parametrize("channels", [(8, 16, 32), (8, 16, 32, 32, 32), (0, 16, 32, 32)])
def test_channels_are_four_positive_numbers(channels: tuple) -> None:
    with pytest.raises(ValueError, match=r"must be (four numbers|a whole number above 0)"):
        ModelConfig(channels=channels)


@pytest.mark.parametrize("name", ["gate", "feature", "upsampling"])
def test_an_unknown_choice_is_refused_with_the_known_ones(name: str) -> None:
    known = getattr(ModelConfig(), name)
    with pytest.raises(ValueError, match=f"{name} must be one of .*{known}.*, not 'other'"):
        ModelConfig.from_dict({name: "other"})


@pytest.mark.parametrize(
    "setting",
    [
        *({name: value} for name in ("heads", "groups", "style_stride") for value in (0, -1, 1.5)),
        *({name: 0} for name in ("gate_channels", "kernel_channels", "temperature")),
        {"shortcut_size": 2},
        *(
            {name: value}
            for name in ("full_resolution_convs", "residual_blocks", "experts")
            for value in (-1, 1.5)
        ),
        *({name: "no"} for name in ("style_kernels", "detail")),
        {"channels": ()},
    ],
)
def test_impossible_sizes_are_refused(setting: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(setting))):
        ModelConfig.from_dict(setting)
