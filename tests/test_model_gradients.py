"""Gradients reach what is trained and nothing else; the discriminator's three scales."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stylectl.model import Conditioning, ModelConfig, StyleTransferNetwork
from stylectl.model.discriminator import Discriminator


def make(**changes: Any) -> StyleTransferNetwork:
    """A network past its first step: layers that start at zero pass no gradient back."""
    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "channels": (8, 8, 16, 64),
        "heads": 4,
        "groups": 4,
        "gate_channels": 8,
        "kernel_channels": 8,
        "full_resolution_convs": 1,
        "residual_blocks": 1,
    }
    network = StyleTransferNetwork(ModelConfig(**(settings | changes))).double()
    for p in network.parameters():
        if p.dim() > 1 and not p.any():  # layers that start at zero
            nn.init.normal_(p, std=0.1)
    return network


def backward(network: StyleTransferNetwork) -> None:
    generator = torch.Generator().manual_seed(1)
    content = torch.rand(2, 3, 32, 40, dtype=torch.float64, generator=generator)
    style = torch.rand(2, 3, 40, 32, dtype=torch.float64, generator=generator)
    order = torch.tensor([1, 2, 3, 0])
    conditioning = Conditioning((network.encode_style(style),), permutation=order)
    network(content, conditioning).square().sum().backward()


def reached(module: nn.Module) -> set[str]:
    """Names of the parameters with a finite gradient that is not zero."""
    return {
        name
        for name, p in module.named_parameters()
        if p.grad is not None and p.grad.isfinite().all() and p.grad.abs().max() > 1e-12
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"gate": "threshold"},
        {"gate": "affine"},
        {"gate": "none"},
        {"style_kernels": False},
        {"style_stride": 2, "upsampling": "bilinear", "shortcut_size": 1},
    ],
    ids=str,
)
def test_gradients_reach_every_trainable_parameter(changes: dict[str, Any]) -> None:
    network = make(**changes)
    backward(network)
    trainable = {name for name, p in network.named_parameters() if p.requires_grad}
    encoder = {f"encoder.{name}" for name, _ in network.encoder.named_parameters()}
    assert trainable == {name for name, _ in network.named_parameters()} - encoder
    if changes.get("gate") == "affine":
        # Shifts a row's scores by one constant, which softmax ignores when keys are not normalised.
        trainable -= {"alignment.key.bias"}
    assert reached(network) == trainable
    assert all(p.grad is None for p in network.encoder.parameters())


def test_the_first_step_reaches_phi_and_the_decoder() -> None:
    network = make()
    assert network.kernels is not None
    nn.init.zeros_(network.kernels.output.weight)  # as it is made
    backward(network)
    assert {"kernels.output.weight", "kernels.output.bias", "decoder.output.weight"} <= reached(
        network
    )


def test_an_unfrozen_encoder_is_reached() -> None:
    network = make()
    network.encoder.requires_grad_(True)
    backward(network)
    convs = {name for name, _ in network.encoder.named_parameters() if name.startswith("conv")}
    assert len(convs) == 16
    assert convs <= reached(network.encoder)


def test_a_whole_masked_row_passes_finite_gradients() -> None:
    network = make(gate="threshold")
    gating = network.alignment.gating
    assert gating is not None
    last = gating.convs[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    with torch.no_grad():
        last.bias.copy_(torch.tensor([1.0, -100.0] * 4))
    backward(network)
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())
    assert {"alignment.query.weight", "alignment.key.weight"} <= reached(network)


def discriminator(width: int = 4) -> Discriminator:
    torch.manual_seed(0)
    return Discriminator(width)


@pytest.mark.parametrize("size", [(64, 64), (96, 160), (256, 256)])
def test_the_discriminator_judges_three_scales(size: tuple[int, int]) -> None:
    scores = discriminator()(torch.rand(2, 3, *size))
    assert [tuple(score.shape) for score in scores] == [
        (2, 1, size[0] // scale, size[1] // scale) for scale in (8, 16, 32)
    ]


def test_each_scale_sees_a_smaller_image_in_signed_range() -> None:
    network = discriminator()
    seen: list[Tensor] = []
    for scale in network.scales:
        scale.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    network(torch.full((1, 3, 64, 64), 0.75))
    assert [tuple(x.shape[2:]) for x in seen] == [(64, 64), (32, 32), (16, 16)]
    for x in seen:  # a flat image stays flat up to the border, so averaging pads nothing in
        torch.testing.assert_close(x, torch.full_like(x, 0.5))


def test_the_discriminator_passes_gradients_to_itself_and_the_image() -> None:
    network = discriminator()
    image = torch.rand(2, 3, 64, 64, requires_grad=True)
    torch.stack([score.square().mean() for score in network(image)]).sum().backward()
    assert reached(network) == {name for name, _ in network.named_parameters()}
    assert image.grad is not None and image.grad.abs().flatten(2).sum(2).min() > 0


def test_scales_have_weights_of_their_own() -> None:
    network = discriminator()
    image = torch.rand(1, 3, 64, 64)
    network(image)[1].sum().backward()
    assert {name.split(".")[1] for name in reached(network)} == {"1"}


def test_the_spectral_norm_bounds_every_strided_layer() -> None:
    network = discriminator(8)
    for _ in range(50):  # power iterations
        network(torch.rand(1, 3, 32, 32))
    network.eval()
    strided = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
    assert len(strided) == 9
    for conv in strided:
        norm = torch.linalg.matrix_norm(conv.weight.flatten(1), 2)
        torch.testing.assert_close(norm, torch.tensor(1.0), atol=0.05, rtol=0)
