"""The decoder's weights follow the style: what each style is told, and what that makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from conftest import random_network, save_network
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import UsageError
from stylectl.model import (
    Conditioning,
    StyleFeatures,
    StyleTransferNetwork,
    instance_statistics,
)
from stylectl.model.experts import ExpertChoice, ExpertConv2d
from stylectl.training.start import starting_network
from stylectl.weights.registry import load_network


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


CONTENT, STYLE = noise(1, 3, 48, 64), noise(1, 3, 40, 32, seed=1)
WIDE = noise(1, 3, 48, 160)  # its ends are beyond the decoder's reach of its middle


@pytest.fixture(scope="module")
def network() -> StyleTransferNetwork:
    return random_network(experts=2).requires_grad_(False)


@pytest.fixture(scope="module")
def styles(network: StyleTransferNetwork) -> tuple[StyleFeatures, StyleFeatures]:
    other = network.encode_style(noise(1, 3, 32, 48, seed=2).square())
    return network.encode_style(STYLE), other


def expert_conv(experts: int = 3) -> ExpertConv2d:
    conv = ExpertConv2d(4, 5, experts=experts).requires_grad_(False)
    assert conv.experts is not None and conv.expert_biases is not None
    conv.experts.copy_(noise(*conv.experts.shape))
    conv.expert_biases.copy_(noise(*conv.expert_biases.shape, seed=1))
    return conv


# --- one convolution


def test_its_weights_are_its_own_and_the_experts_as_told() -> None:
    conv, x = expert_conv(), noise(1, 4, 6, 7)
    assert conv.experts is not None and conv.expert_biases is not None and conv.bias is not None
    weight, bias = conv.weight, conv.bias
    for told, expert, expert_bias in zip(
        (0.5, -1.0, 0.25), conv.experts, conv.expert_biases, strict=True
    ):
        weight, bias = weight + told * expert.view(5, 4, 3, 3), bias + told * expert_bias
    expected = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)
    torch.testing.assert_close(conv(x, (torch.tensor([[0.5, -1.0, 0.25]]),)), expected)


def test_every_picture_of_a_batch_has_weights_of_its_own() -> None:
    conv, x, told = expert_conv(), noise(3, 4, 6, 7), noise(3, 3, seed=2)
    together = conv(x, (told,))
    for index in range(3):
        alone = conv(x[index : index + 1], (told[index : index + 1],))
        torch.testing.assert_close(together[index : index + 1], alone)


def test_one_mixture_serves_a_batch() -> None:
    conv, x, told = expert_conv(), noise(2, 4, 6, 7), noise(1, 3, seed=2)
    torch.testing.assert_close(conv(x, (told,)), conv(x, (told.expand(2, 3),)))


@torch.inference_mode()
def test_a_large_map_is_the_small_ones_side_by_side() -> None:
    conv, told = expert_conv(), noise(1, 3, seed=2)
    x = noise(1, 4, 140, 130)  # beyond the size from which borders are computed apart
    padded = F.pad(x, (1, 1, 1, 1), mode="reflect")
    corner = conv(padded[..., :40, :40], (told,))[..., 1:-1, 1:-1]
    torch.testing.assert_close(conv(x, (told,))[..., :38, :38], corner)


def test_told_nothing_it_is_a_plain_convolution() -> None:
    conv, x = expert_conv(), noise(1, 4, 6, 7)
    expected = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), conv.weight, conv.bias)
    torch.testing.assert_close(conv(x), expected)
    torch.testing.assert_close(conv(x, (torch.zeros(1, 3),)), expected)


def test_maps_say_how_much_of_what_each_style_makes_of_it_counts() -> None:
    conv, x, share = expert_conv(), noise(1, 4, 6, 7), noise(1, 1, 6, 7, seed=3)
    told = tuple(noise(2, 1, 3, seed=2).unbind())
    expected = conv(x, told[:1]) * share + conv(x, told[1:]) * (1 - share)
    torch.testing.assert_close(conv(x, told, torch.cat([share, 1 - share], 1)), expected)


# --- what a style asks for


def test_the_choice_sees_texture_and_not_layout() -> None:
    choice, zs, shallow = ExpertChoice([4, 5], 3, 2), noise(2, 4, 6, 8), noise(2, 5, 12, 16)
    told = choice([zs, shallow])
    assert told.shape == (2, 3, 2)
    assert choice([100 * zs, shallow]).abs().max() <= 1
    torch.testing.assert_close(choice([zs.flip(2), shallow.flip(3)]), told)
    assert (choice([zs.square(), shallow]) - told).abs().max() > 1e-3
    assert (choice([zs, shallow.square()]) - told).abs().max() > 1e-3


def test_it_is_calibrated_to_what_styles_are_like() -> None:
    choice = ExpertChoice([4], 3, 2)
    styles = 50 + noise(64, 4, 6, 8) * noise(64, 4, 1, 1, seed=1)
    choice.calibrate([styles])
    mean = styles.mean((2, 3))
    torch.testing.assert_close(choice.mean[:4], mean.mean(0))
    torch.testing.assert_close(choice.std[:4], mean.std(0))
    asked = choice([styles])
    assert asked.std(0).mean() > 0.1  # styles differ, though all are near 50


def test_calibrated_again_it_says_the_same() -> None:
    choice, styles = ExpertChoice([4], 3, 2), noise(64, 4, 6, 8)
    choice.calibrate([styles])
    told = choice([styles])
    choice.calibrate([3 * styles + 1])
    assert torch.equal(choice([styles]), told)
    choice.calibrate([3 * styles + 1], anew=True)
    torch.testing.assert_close(choice.mean[:4], (3 * styles + 1).mean((0, 2, 3)))
    torch.testing.assert_close(choice([styles]), told, rtol=0, atol=1e-4)


def test_a_normalised_one_cannot_die() -> None:
    """However far its hidden layer drifts as one, styles are told apart as before."""
    choice, zs = ExpertChoice([4], 3, 2, "normalised"), noise(2, 4, 6, 8)
    told = choice([zs])
    with torch.no_grad():
        choice.hidden.bias -= 100
        torch.testing.assert_close(choice([zs]), told, rtol=0, atol=1e-4)
        choice.hidden.weight -= 10
        drifted = choice([zs])
    assert (drifted[0] - drifted[1]).abs().mean() > 0.1 * (told[0] - told[1]).abs().mean()


def test_what_it_sees_more_is_calibrated_when_it_comes() -> None:
    choice, styles, shallow = ExpertChoice([4, 5], 3, 2), noise(64, 4, 6, 8), noise(64, 5, 6, 8)
    with torch.no_grad():
        choice.hidden.weight[:, 8:] = 0  # a choice that saw the first map alone
        choice.mean[:8], choice.std[:8] = 3.0, 2.0
        told = choice([styles, shallow])
        choice.calibrate([styles, shallow])
        assert (choice.mean[:8] == 3).all() and (choice.std[:8] == 2).all()
        torch.testing.assert_close(choice([styles, shallow]), told, rtol=0, atol=1e-4)
    torch.testing.assert_close(choice.mean[8:13], shallow.mean((2, 3)).mean(0))
    assert not (choice.std[8:] == 1).any()


# --- in the network


def without_experts(network: StyleTransferNetwork) -> StyleTransferNetwork:
    """The same network, of which no expert says anything."""
    plain = random_network(experts=0)
    known = plain.state_dict()
    plain.load_state_dict({k: v for k, v in network.state_dict().items() if k in known})
    return plain.requires_grad_(False)


def test_they_change_the_picture(network: StyleTransferNetwork) -> None:
    difference = network(CONTENT, STYLE) - without_experts(network)(CONTENT, STYLE)
    assert difference.abs().mean() > 1e-3


def test_every_convolution_of_the_decoder_has_experts(network: StyleTransferNetwork) -> None:
    style = network.encode_style(STYLE)
    assert style.mixture is not None
    full = network(CONTENT, style)
    convolutions = [m for m in network.decoder.modules() if isinstance(m, ExpertConv2d)]
    assert len(convolutions) == style.mixture.shape[1]
    for conv in convolutions:
        assert conv.experts is not None
        kept = conv.experts.clone()
        conv.experts.zero_()
        assert (network(CONTENT, style) - full).abs().max() > 1e-4
        conv.experts.copy_(kept)


def test_two_styles_in_a_batch_are_each_by_itself(network: StyleTransferNetwork) -> None:
    both = torch.cat([STYLE, STYLE.square()])
    together = network(CONTENT.expand(2, 3, 48, 64), both)
    for index in range(2):
        alone = network(CONTENT, both[index : index + 1])
        torch.testing.assert_close(together[index : index + 1], alone, rtol=1e-4, atol=1e-5)


def test_without_style_no_expert_is_asked(network: StyleTransferNetwork) -> None:
    plain = network.decode(network.encode(CONTENT), CONTENT)
    assert torch.equal(plain, without_experts(network).decode(network.encode(CONTENT), CONTENT))


def test_mixtures_are_blended_like_features(styles) -> None:
    a, b = (style.mixture for style in styles)
    mixture = Conditioning(styles, (0.3, 0.7)).mixture()
    assert mixture is not None and mixture.maps is None
    torch.testing.assert_close(mixture.told[0], 0.3 * a + 0.7 * b)


def test_maps_of_shares_are_maps_of_mixtures(styles) -> None:
    share = noise(1, 1, 6, 8)
    mixture = Conditioning(styles, (share, 1 - share)).mixture()
    assert mixture is not None and mixture.maps is not None
    assert len(mixture.told) == 2 == mixture.maps.shape[1]
    torch.testing.assert_close(mixture.maps.sum(1), torch.ones(1, 6, 8))


def test_maps_that_are_the_same_everywhere_are_numbers(
    network: StyleTransferNetwork, styles
) -> None:
    everywhere = torch.ones(1, 1, 6, 8)
    expected = network(CONTENT, Conditioning(styles, (0.3, 0.7)))
    for shares in ((0.3 * everywhere, 0.7 * everywhere), (0.3, 0.7 * everywhere)):
        mapped = network(CONTENT, Conditioning(styles, shares))
        torch.testing.assert_close(mapped, expected, atol=1e-5, rtol=0)


def test_each_style_decodes_where_it_counts(network: StyleTransferNetwork, styles) -> None:
    left = torch.zeros(1, 1, 6, 20)
    left[..., :10] = 1
    conditioning = Conditioning(styles, (left, 1 - left))
    mapped, feature = network(WIDE, conditioning), painted(network, conditioning)
    for style, columns in zip(styles, (slice(0, 32), slice(128, 160)), strict=True):
        alone = network.decode(feature, WIDE, Conditioning((style,)).mixture())
        torch.testing.assert_close(mapped[..., columns], alone[..., columns])
        assert (mapped - alone).abs().max() > 1e-3


def painted(network: StyleTransferNetwork, conditioning: Conditioning) -> Tensor:
    """The feature that is decoded."""
    zc = network.encode(WIDE)
    return network.paint(zc, instance_statistics(zc), conditioning)


# --- learning


def test_they_learn_from_their_start() -> None:
    config = random_network(experts=2).config
    torch.manual_seed(0)
    network = StyleTransferNetwork(config)  # as training starts
    assert network.decoder.choice is not None
    network(CONTENT, STYLE).square().mean().backward()
    conv = network.decoder.output
    assert conv.experts is not None and conv.experts.grad is not None
    assert conv.experts.grad.abs().max() > 0
    with torch.no_grad():
        conv.experts.add_(0.1)
    network(CONTENT, STYLE).square().mean().backward()
    gradient = network.decoder.choice.hidden.weight.grad
    assert gradient is not None and gradient.abs().max() > 0


def test_weights_without_them_go_on_with_them(tmp_path: Path) -> None:
    file = save_network(tmp_path / "plain.safetensors", random_network(experts=0))
    changed = starting_network("lean", None, [file], False, {"experts": 2}).eval()
    assert changed.config.experts == 2
    with torch.inference_mode():
        before = random_network(experts=0)(CONTENT, STYLE)
        torch.testing.assert_close(changed(CONTENT, STYLE), before)
    again = save_network(tmp_path / "again.safetensors", random_network(experts=2))
    kept = starting_network("lean", None, [again], False, {"experts": 2, "temperature": 5.0})
    assert kept.decoder.output.experts is not None and kept.decoder.output.experts.any()
    with pytest.raises(UsageError, match="do not fit"):
        starting_network("lean", None, [again], False, {"experts": 1})


def test_more_of_them_that_see_more_change_nothing_at_first(tmp_path: Path) -> None:
    before = random_network(experts=2, experts_see="feature", residual_blocks=0)
    file = save_network(tmp_path / "two.safetensors", before)
    changes = {"experts": 5, "experts_see": "layers", "residual_blocks": 1}
    changed = starting_network("lean", None, [file], False, changes).eval()
    told, was = (n.encode_style(STYLE).mixture for n in (changed, before))
    assert told is not None and was is not None
    assert told.shape[2] == 5 and told[..., 2:].abs().max() > 0
    torch.testing.assert_close(told[:, : was.shape[1], :2], was)
    with torch.inference_mode():
        torch.testing.assert_close(changed(CONTENT, STYLE), before(CONTENT, STYLE))
    changed(CONTENT, STYLE).square().mean().backward()
    assert changed.decoder.choice is not None
    for weight in (changed.decoder.output.experts, changed.decoder.choice.hidden.weight):
        assert weight is not None and weight.grad is not None
        assert (weight.grad.abs().amax(0 if weight.shape[0] != 5 else 1) > 0).any()


def test_what_they_see_decides() -> None:
    assert random_network(experts=2, experts_see="feature").config.seen_layers == ()
    assert random_network(experts=0, experts_see="layers").config.seen_layers == ()
    seeing = random_network(experts=2, experts_see="layers")
    assert seeing.config.seen_layers == ("relu3_1", "relu2_1")
    zs, *others = seeing.look(STYLE)
    assert [x.shape[1] for x in others] == [seeing.config.channels[2], seeing.config.channels[1]]
    told = seeing.style_features(zs, *others).mixture
    other = seeing.style_features(zs, others[0], others[1].square()).mixture
    assert told is not None and other is not None and not torch.equal(told, other)


@pytest.mark.parametrize("had", [0, 1])
def test_convolutions_added_later_are_told_behind_the_others(tmp_path: Path, had: int) -> None:
    before = random_network(residual_blocks=had)
    file = save_network(tmp_path / "before.safetensors", before)
    changed = starting_network("lean", None, [file], False, {"residual_blocks": 2}).eval()
    with torch.inference_mode():
        torch.testing.assert_close(changed(CONTENT, STYLE), before(CONTENT, STYLE))
        told, was = (n.encode_style(STYLE).mixture for n in (changed, before))
    assert told is not None and was is not None and told.shape[1] == was.shape[1] + 2 * (2 - had)
    torch.testing.assert_close(told[:, : was.shape[1]], was)
    assert told[:, was.shape[1] :].abs().max() > 0
    again = save_network(tmp_path / "again.safetensors", changed)
    with pytest.raises(UsageError, match="do not fit"):
        starting_network("lean", None, [again], False, {"residual_blocks": 1})
    with pytest.raises(UsageError, match="do not fit"):
        starting_network("lean", None, [file], False, {"residual_blocks": 2, "experts": 0})


def test_another_form_of_their_choice_is_begun_anew(tmp_path: Path) -> None:
    before = random_network(experts=2, experts_choice="plain")
    file = save_network(tmp_path / "before.safetensors", before)
    changes = {"experts_choice": "normalised"}
    fresh = starting_network("lean", None, [file], False, changes).state_dict()
    for key, value in before.state_dict().items():
        if not key.startswith("decoder.choice."):
            assert torch.equal(fresh[key], value), key
    assert len(before.state_dict()["decoder.choice.hidden.bias"]) == 64
    assert len(fresh["decoder.choice.hidden.bias"]) == 128
    same = {"experts_choice": before.config.experts_choice}
    kept = starting_network("lean", None, [file], False, same).state_dict()
    for key, value in before.state_dict().items():
        assert torch.equal(kept[key], value), key


def test_a_file_keeps_them(network: StyleTransferNetwork, tmp_path: Path) -> None:
    loaded = load_network(save_network(tmp_path / "kept.safetensors", network))[0].eval()
    with torch.inference_mode():
        assert torch.equal(loaded(CONTENT, STYLE), network(CONTENT, STYLE))
