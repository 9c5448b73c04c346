"""A picture computed in tiles is the picture computed as a whole, and no tile reads too little."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from conftest import random_network
from torch import Tensor, nn

from stylectl.model import (
    PRESETS,
    Conditioning,
    StreamedStatistics,
    StyleTransferNetwork,
    TiledNetwork,
    instance_statistics,
)
from stylectl.model.receptive_field import (
    Picture,
    Region,
    Stage,
    reach_of,
    regions_read,
    run,
    run_on_region,
)

TOLERANCE = 1e-3  # in fp32, before rounding to 8 bits


def image(height: int, width: int, batch: int = 1, seed: int = 0) -> Tensor:
    """Noise over a gradient: no two places are alike, and far parts differ in mean."""
    generator = torch.Generator().manual_seed(seed)
    ramp = torch.linspace(0, 0.5, height)[:, None] * torch.linspace(0.2, 1, width)
    return ramp + torch.rand(batch, 3, height, width, generator=generator) / 2


def regions(grid: tuple[int, int], tile: int) -> list[Region]:
    return Region.all_of(grid).cut(tile)


def tiled(
    network: StyleTransferNetwork,
    content: Tensor,
    conditioning: Conditioning,
    tile: int,
    *,
    cached: bool = True,
) -> Tensor:
    """The picture by both passes, in tiles of `tile` pixels; Zc is kept or computed twice."""
    grid = content.shape[2] // 8, content.shape[3] // 8
    parts = TiledNetwork(network, grid)
    statistics = StreamedStatistics()
    zc = torch.empty(len(content), network.config.width, *grid)
    whole = Region.all_of((content.shape[2], content.shape[3]))
    result = torch.empty_like(content)

    def pixels_of(region: Region) -> Tensor:
        return region.crop(content, whole)

    def encoded(region: Region) -> Tensor:
        return parts.encode(pixels_of, region)

    for region in regions(grid, tile // 8):
        part = encoded(region)
        statistics.add(part)
        zc[:, :, region.rows, region.columns] = part
    known = statistics.result(like=zc)
    for region in regions(grid, tile // 8):
        features = (lambda wanted: wanted.crop(zc, Region.all_of(grid))) if cached else encoded
        pixels = region.times(8)
        part = parts.paint(features, pixels_of, region, known, conditioning)
        result[:, :, pixels.rows, pixels.columns] = part
    return result


def difference(network: StyleTransferNetwork, content: Tensor, tile: int, **chosen: Any) -> float:
    """The largest difference between the picture in tiles and as a whole."""
    cached = chosen.pop("cached", True)
    with torch.inference_mode():
        styles = [network.encode_style(image(48, 56, seed=n)) for n in (1, 2)]
        chosen.setdefault("shares", (1.0,))
        conditioning = Conditioning(tuple(styles[: len(chosen["shares"])]), **chosen)
        whole = network(content, conditioning)
        part = tiled(network, content, conditioning, tile, cached=cached)
    assert whole.std() > 0.005  # there is something to compare
    return float((part - whole).abs().max())


@pytest.mark.parametrize("tile", [8, 24, 64, 1000])
@pytest.mark.parametrize("size", [(16, 16), (16, 400), (200, 16), (136, 168)])
def test_tiles_make_the_whole_picture(
    network: StyleTransferNetwork, size: tuple[int, int], tile: int
) -> None:
    assert difference(network, image(*size), tile) <= TOLERANCE


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize(
    "changes",
    [
        {"gate": "affine"},
        {"gate": "none"},
        {"upsampling": "bilinear"},
        {"upsampling": "bilinear_first"},
        {"feature": "relu4_3", "shortcut_size": 3, "full_resolution_convs": 3},
        {"style_kernels": False},
        {"kernel_size": 7, "style_stride": 4},
        {"detail": False},
        {"experts": 0},
        {"residual_blocks": 3},
    ],
    ids=str,
)
def test_every_architecture(changes: dict[str, Any], cached: bool) -> None:
    network = random_network(**changes)
    assert difference(network, image(136, 104), 40, cached=cached) <= TOLERANCE


@pytest.mark.parametrize("preset", list(PRESETS))
def test_both_presets(preset: str) -> None:
    torch.manual_seed(0)
    network = StyleTransferNetwork(PRESETS[preset]).eval().requires_grad_(False)
    assert network.kernels is not None
    network.kernels.output.weight.normal_(std=0.01)
    assert difference(network, image(96, 128), 64) <= TOLERANCE


def test_the_bundled_weights() -> None:
    from skimage import data

    from stylectl.weights.registry import load_network, resolve

    network = load_network(resolve("lean"))[0].eval()
    photo = torch.from_numpy(data.astronaut()[:192, :248]).permute(2, 0, 1)[None] / 255
    assert difference(network, photo, 64) <= TOLERANCE


@pytest.mark.parametrize(
    "chosen",
    [
        {"permutation": torch.tensor([3, 1, 2, 0, 7, 5, 6, 4])},
        {"shares": (0.3, 0.7)},
        {"shares": tuple(torch.rand(2, 1, 1, 12, 17).unbind())},
    ],
    ids=lambda chosen: ", ".join(chosen),
)
def test_everything_that_can_be_chosen(
    network: StyleTransferNetwork, chosen: dict[str, Any]
) -> None:
    assert difference(network, image(96, 136), 32, **chosen) <= TOLERANCE


def test_a_batch_has_statistics_of_its_own_each(network: StyleTransferNetwork) -> None:
    assert difference(network, image(64, 72, batch=2), 40) <= TOLERANCE


def test_statistics_of_a_tile_alone_would_not_do(network: StyleTransferNetwork) -> None:
    content = image(136, 168)
    with torch.inference_mode():
        style = network.encode_style(image(48, 56, seed=1))
        whole = network(content, style)
        corner = network(content[..., :64, :64], style)
    assert (corner[..., :32, :32] - whole[..., :32, :32]).abs().max() > 10 * TOLERANCE


# --- the statistics


def test_streamed_statistics_are_those_of_the_whole() -> None:
    generator = torch.Generator().manual_seed(0)
    x = 500 + torch.randn(2, 5, 40, 33, generator=generator, dtype=torch.float64)
    x[..., 20:, :] += 300
    expected = instance_statistics(x)
    for tile in (1, 7, 40):
        streamed = StreamedStatistics()
        for region in reversed(regions((40, 33), tile)):
            streamed.add(region.crop(x, Region.all_of((40, 33))))
        found = streamed.result(like=x)
        torch.testing.assert_close(found.mean, expected.mean, rtol=1e-13, atol=0)
        torch.testing.assert_close(found.std, expected.std, rtol=1e-11, atol=0)


def test_streamed_statistics_do_not_suffer_from_float32() -> None:
    x = 1000 + torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    streamed = StreamedStatistics()
    for region in regions((64, 64), 4):
        streamed.add(region.crop(x, Region.all_of((64, 64))))
    std = streamed.result(like=x).std
    assert std.dtype == torch.float32
    torch.testing.assert_close(std, x.double().std((2, 3), correction=0, keepdim=True).float())


# --- the receptive field


def measured(network: StyleTransferNetwork, size: int, at: tuple[int, int]) -> Region:
    """The pixels of a content that a pixel of the result depends on: where its gradient is."""
    network = network.double().requires_grad_(False)
    style = network.encode_style(image(48, 56, seed=1).double())
    seen = torch.zeros(size, size, dtype=torch.bool)
    for seed in range(4):  # ReLU and pooling hide some of it from every single content
        content = image(size, size, seed=seed).double()
        fixed = instance_statistics(network.encode(content))
        content.requires_grad_()
        network(content, style, statistics=fixed)[..., at[0], at[1]].sum().backward()
        assert content.grad is not None
        seen |= content.grad.abs().sum((0, 1)) > 0
    rows, columns = seen.any(1).nonzero(), seen.any(0).nonzero()
    return Region(
        slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    )


def listening(**changes: Any) -> StyleTransferNetwork:
    """A network in which everything that can be read is."""
    small = {"channels": (8, 8, 16, 64), "heads": 4, "groups": 4}
    network = random_network(**{**small, **changes})
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data.normal_(std=(2 / module.weight[0].numel()) ** 0.5)
    for parameter in network.decoder.output.parameters():
        parameter.data /= 1000  # a saturated Tanh has no gradient
    return network


@pytest.mark.parametrize("at", [(128, 131), (135, 133)])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"upsampling": "bilinear"},
        {"upsampling": "bilinear_first"},
        {"gate": "none", "kernel_size": 5},
        {"feature": "relu4_3"},
        {"detail": False},
        {"residual_blocks": 0},
    ],
    ids=str,
)
def test_the_derived_receptive_field_is_the_measured_one(
    changes: dict[str, Any], at: tuple[int, int]
) -> None:
    network = listening(**changes)
    size = 272
    if changes.get("feature"):  # which sees farther
        size, at = 400, (at[0] + 40, at[1] + 40)
    grid = size // 8, size // 8
    pixel = Region(slice(at[0], at[0] + 1), slice(at[1], at[1] + 1))
    derived = TiledNetwork(network, grid).read_of_pixels(pixel)
    assert derived.rows.start > 0 and derived.columns.stop < size  # the border hides nothing
    assert measured(network, size, at) == derived


@pytest.mark.parametrize("changed", ["the chain", "what is added"])
def test_reading_one_position_less_would_show(network: StyleTransferNetwork, changed: str) -> None:
    stages = network.decoder.stages()
    x = torch.randn(1, network.config.width, 30, 30, generator=torch.Generator().manual_seed(0))
    pixels = image(240, 240)
    whole = Region.all_of((240, 240))
    picture = Picture((240, 240), lambda region: region.crop(pixels, whole))
    wanted = Region(slice(80, 120), slice(88, 120))

    def less(stage: Stage, change: int) -> Stage:
        if changed == "the chain":
            return replace(stage, reach=max(0, stage.reach + change))
        added = [replace(part, reach=max(0, part.reach + change)) for part in stage.added]
        return replace(stage, added=added)

    for change, exact in ((0, True), (-1, False)):
        chain = [less(stage, change) for stage in stages]
        read = regions_read(chain, wanted, (30, 30))
        part = run_on_region(chain, read[0].crop(x, Region.all_of((30, 30))), read, picture)
        expected = wanted.crop(run(stages, x, pixels), whole)
        assert torch.allclose(part, expected, atol=1e-6) == exact


def test_the_reach_of_layers() -> None:
    assert reach_of(nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 5), nn.Conv2d(1, 1, 3, dilation=4)) == 6
    assert reach_of(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3))) == 2
    with pytest.raises(TypeError, match="ReLU"):
        reach_of(nn.ReLU())


def test_regions_of_a_chain() -> None:
    chain = [Stage(lambda x: x, reach=1), Stage(lambda x: x, down=2), Stage(lambda x: x, up=2)]
    read = regions_read(chain, Region(slice(3, 9), slice(0, 2)), (12, 4))
    assert read[3] == Region(slice(3, 9), slice(0, 2))
    assert read[2] == Region(slice(1, 5), slice(0, 1))
    assert read[1] == Region(slice(2, 10), slice(0, 2))
    assert read[0] == Region(slice(1, 11), slice(0, 3))
