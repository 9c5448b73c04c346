"""Devices and precisions: which one is meant, and what happens where it cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from stylectl.errors import DeviceError, UsageError
from stylectl.model import StyleTransferNetwork
from stylectl.stylize import devices
from stylectl.stylize.devices import choose_device
from stylectl.stylize.events import Event, Notice
from stylectl.stylize.precision import check_finite, choose_precision, finite_result
from stylectl.stylize.stylizer import Stylizer

CPU = torch.device("cpu")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")


@pytest.mark.parametrize("present", [["cuda", "cpu"], ["mps", "cpu"], ["cpu"]])
def test_auto_takes_the_fastest_that_works(
    present: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        devices, "_trouble", lambda device: None if device.type in present else "none here"
    )
    assert choose_device("auto").type == present[0]


@pytest.mark.parametrize("name", ["cuda", "mps", "cuda:1"])
def test_a_device_that_is_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=f"device {name} cannot be used") as error:
        choose_device(name)
    assert "--device cpu" in error.value.hint


def test_a_device_that_is_listed_but_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*size: int, device: torch.device) -> torch.Tensor:
        raise RuntimeError("no kernel image is available\nand much more")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", fail)
    with pytest.raises(DeviceError) as error:
        choose_device("cuda")
    assert error.value.message.endswith("no kernel image is available")


@pytest.mark.parametrize("name", ["gpu", "", "meta", "cpu:x"])
def test_a_name_of_no_device(name: str) -> None:
    with pytest.raises(UsageError, match="no device"):
        choose_device(name)


def test_a_torch_device_is_taken() -> None:
    assert choose_device(CPU) == CPU


@pytest.mark.parametrize(
    ("given", "device", "chosen"),
    [
        ("auto", "cpu", "fp32"),
        ("auto", "mps", "fp32"),
        ("auto", "cuda", "fp16"),
        ("bf16", "cpu", "bf16"),
        ("fp16", "mps", "fp16"),
        ("fp32", "cuda", "fp32"),
    ],
)
def test_precision(given: str, device: str, chosen: str) -> None:
    assert choose_precision(given, torch.device(device)) == chosen


def test_precisions_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="no precision int8"):
        choose_precision("int8", CPU)
    with pytest.raises(UsageError, match="fp16 is not for the CPU") as error:
        choose_precision("fp16", CPU)
    assert "bf16" in error.value.hint


def test_bf16_is_near_fp32_and_not_the_same(
    weights: Path, photo: Image.Image, painting: Image.Image
) -> None:
    content = torch.rand(3, 40, 56)
    exact, half = (
        Stylizer.load(weights, device="cpu", precision=precision).stylize(content, painting)
        for precision in ("fp32", "bf16")
    )
    assert half.dtype == torch.float32
    assert 0 < float((exact - half).abs().mean()) < 0.02


def test_an_overflow_in_half_precision_is_computed_again() -> None:
    events: list[Event] = []
    large = torch.full((1, 64), 200.0)

    def product() -> torch.Tensor:
        result = large @ large.T
        check_finite(result)
        return result

    result = finite_result(product, CPU, "fp16", events.append)
    assert result.item() == 64 * 200.0**2
    (notice,) = events
    assert isinstance(notice, Notice) and "fp32" in notice.message
    events.clear()
    assert finite_result(lambda: large @ large.T / 1e9, CPU, "bf16", events.append).item() > 0
    assert events == []


def test_load_takes_device_and_precision(weights: Path) -> None:
    stylizer = Stylizer.load(weights, device="cpu", precision="bf16")
    assert (stylizer.device, stylizer.precision) == (CPU, "bf16")
    assert "model" in stylizer.header
    assert not stylizer.network.training


@needs_cuda
@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_cuda_paints_what_the_cpu_paints(weights: Path, precision: str) -> None:
    torch.manual_seed(0)
    content, style = torch.rand(3, 75, 101), torch.rand(3, 64, 64)
    expected = Stylizer.load(weights, device="cpu").stylize(content, style)
    stylizer = Stylizer.load(weights, device="cuda", precision=precision)
    code = stylizer.encode_style(style)
    result = stylizer.stylize(content, code)
    assert result.device == CPU
    assert float((result - expected).abs().mean()) < (1e-3 if precision == "fp32" else 0.02)
    assert stylizer.stylize(content.cuda(), code).is_cuda
    assert Stylizer.load(weights).precision == "fp16"
    code_on_cpu = Stylizer.load(weights, device="cpu").encode_style(style)
    assert stylizer.stylize(content, code_on_cpu).shape == content.shape


@needs_cuda
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_tiles_on_cuda_make_the_whole_picture(weights: Path, precision: str) -> None:
    torch.manual_seed(0)
    content, style = torch.rand(3, 300, 420), torch.rand(3, 64, 64)
    stylizer = Stylizer.load(weights, device="cuda", precision=precision)
    code = stylizer.encode_style(style)
    whole, tiled = (stylizer.stylize(content, code, tile=tile) for tile in ("off", 104))
    # Convolutions on CUDA round to TF32, differently for every shape.
    assert float((tiled - whole).abs().mean()) < (1e-3 if precision == "fp32" else 5e-3)


def test_a_network_is_used_where_it_is(network: StyleTransferNetwork) -> None:
    assert Stylizer(network, device="cpu").network is network
