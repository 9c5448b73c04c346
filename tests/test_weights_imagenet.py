"""Preset paper's encoder: from a local file, or downloaded whole and right, or not at all."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
import torch
from conftest import small_config
from torch import Tensor
from torch.nn import functional as F

from stylectl.errors import OutputError, WeightsError
from stylectl.stylize.events import Event, Progress, Stage
from stylectl.weights import imagenet
from stylectl.weights.files import write_tensors
from stylectl.weights.imagenet import fetch_vgg16, imagenet_vgg16_encoder

# torchvision's vgg16().features: the positions of its convolutions, block by block.
POSITIONS = [(0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)]
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def torchvision_state(widths: tuple[int, ...] = (8, 8, 16, 32, 32)) -> dict[str, Tensor]:
    """A state as of torchvision's VGG-16, with fewer channels."""
    torch.manual_seed(0)
    state, inputs = {}, 3
    for positions, width in zip(POSITIONS, widths, strict=True):
        for position in positions:
            state[f"features.{position}.weight"] = torch.randn(width, inputs, 3, 3) / 5
            state[f"features.{position}.bias"] = torch.randn(width) / 5
            inputs = width
    return {**state, "classifier.0.weight": torch.randn(2, 2), "classifier.0.bias": torch.ones(2)}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_local_file_becomes_the_encoder(tmp_path: Path, suffix: str) -> None:
    state, path = torchvision_state(), tmp_path / f"vgg16{suffix}"
    torch.save(state, path) if suffix == ".pth" else write_tensors(path, state, {})
    encoder = imagenet_vgg16_encoder(small_config(), path)
    assert encoder.layers[-1] == "conv4_1"
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    image = torch.rand(1, 3, 32, 32)
    x = F.relu(
        F.conv2d(
            F.pad((image - MEAN[:, None, None]) / STD[:, None, None], (1, 1, 1, 1), "reflect"),
            state["features.0.weight"],
            state["features.0.bias"],
        )
    )
    assert torch.allclose(encoder.features(image, ["relu1_1"])[0], x, atol=1e-5)
    assert torch.equal(encoder.state_dict()["conv4_1.weight"], state["features.17.weight"])


def test_relu4_3_takes_more_layers(tmp_path: Path) -> None:
    torch.save(torchvision_state(), tmp_path / "vgg16.pth")
    encoder = imagenet_vgg16_encoder(small_config(feature="relu4_3"), tmp_path / "vgg16.pth")
    assert encoder.layers[-1] == "conv4_3"


def test_other_channels_are_refused(tmp_path: Path) -> None:
    torch.save(torchvision_state((8, 8, 16, 24, 24)), tmp_path / "vgg16.pth")
    with pytest.raises(WeightsError, match=r"vgg16\.pth does not fit .* conv4_1"):
        imagenet_vgg16_encoder(small_config(), tmp_path / "vgg16.pth")


def test_a_missing_local_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.pth does not exist"):
        imagenet_vgg16_encoder(small_config(), tmp_path / "none.pth")


class Server:
    """Serves one body on 127.0.0.1, whatever it is asked for, and counts."""

    def __init__(self, body: bytes, promised: int) -> None:
        self.requests = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                self.send_response(200)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Serve(Protocol):
    """Serves a body at torchvision's URL; it may promise more bytes than it has, or another sum."""

    def __call__(
        self, body: bytes, promised: int | None = None, sha256: str | None = None
    ) -> Server: ...


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Torch hub's cache for downloads, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def body(tmp_path: Path) -> bytes:
    torch.save(torchvision_state(), tmp_path / "body.pth")
    return (tmp_path / "body.pth").read_bytes()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A function that serves bytes at torchvision's URL until the test ends."""
    servers: list[Server] = []

    def start(body: bytes, promised: int | None = None, sha256: str | None = None) -> Server:
        servers.append(Server(body, len(body) if promised is None else promised))
        digest = sha256 or hashlib.sha256(body).hexdigest()
        offer(monkeypatch, f"{servers[-1].root}/{NAME}", digest)
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def offer(monkeypatch: pytest.MonkeyPatch, url: str, sha256: str = "0" * 64) -> None:
    """Let torchvision's VGG-16 be another file elsewhere."""
    monkeypatch.setattr(imagenet, "url_of_vgg16", lambda: url)
    monkeypatch.setattr(imagenet, "SHA256", sha256)


NAME = "vgg16-397923af.pth"


def failed(cache: Path) -> WeightsError:
    with pytest.raises(WeightsError) as error:
        imagenet_vgg16_encoder(small_config())
        assert "\n" not in error.value.message
    return error.value


def test_download_is_cached_and_stdout_stays_empty(
    cache: Path, body: bytes, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve(body)
    first = imagenet_vgg16_encoder(small_config())
    again = imagenet_vgg16_encoder(small_config())
    assert server.requests == 1
    assert [file.name for file in cache.iterdir()] == [NAME]
    for name, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    assert capsys.readouterr().out == ""


def test_wrong_checksum_leaves_nothing(cache: Path, body: bytes, serve: Serve) -> None:
    serve(body, sha256="0" * 64)
    assert "invalid hash" in failed(cache).message
    assert list(cache.iterdir()) == []


def test_truncated_download_leaves_nothing(cache: Path, body: bytes, serve: Serve) -> None:
    serve(body[: len(body) // 2], len(body))
    assert f"of {len(body):,} bytes" in failed(cache).message
    assert list(cache.iterdir()) == []


def test_no_network_says_what_was_tried_and_what_to_do(
    cache: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = serve(b"")
    url = f"{closed.root}/{NAME}"
    closed.server.server_close()  # nobody listens on this port now
    offer(monkeypatch, url)
    error = failed(cache)
    assert url in error.message
    assert str(cache / NAME) in error.message
    assert "stylectl weights fetch vgg16 --from" in error.hint
    assert list(cache.iterdir()) == []


def test_a_damaged_cached_file_is_named(
    cache: Path, body: bytes, serve: Serve, tmp_path: Path
) -> None:
    server = serve(body)
    cache.mkdir(parents=True)
    (cache / NAME).write_bytes(body[:100])
    error = failed(cache)
    assert NAME in error.message and "damaged" in error.message
    assert "delete" in error.hint
    assert server.requests == 0


def test_fetch_tells_how_far_it_is_and_does_nothing_twice(
    cache: Path, body: bytes, serve: Serve
) -> None:
    server, events = serve(body), list[Event]()
    assert fetch_vgg16(on_event=events.append)
    assert (cache / NAME).read_bytes() == body
    assert isinstance(events[0], Stage) and isinstance(events[-1], Progress)
    assert events[-1].done == events[-1].total
    assert not fetch_vgg16()
    assert server.requests == 1


def test_fetch_replaces_a_damaged_file(cache: Path, body: bytes, serve: Serve) -> None:
    serve(body)
    cache.mkdir(parents=True)
    (cache / NAME).write_bytes(body[:-1] + b"x")
    assert fetch_vgg16()
    assert (cache / NAME).read_bytes() == body


@pytest.mark.parametrize("as_url", [True, False])
def test_fetch_takes_a_copy(cache: Path, body: bytes, serve: Serve, as_url: bool) -> None:
    server, copy = serve(body), cache.parents[2] / "body.pth"
    assert fetch_vgg16(copy.as_uri() if as_url else str(copy))
    assert (cache / NAME).read_bytes() == body
    assert server.requests == 0


def test_fetch_takes_no_other_file(cache: Path, body: bytes, serve: Serve) -> None:
    serve(body)
    other = cache.parents[2] / "other.pth"
    other.write_bytes(b"something else")
    for source, told in (
        (other, "invalid hash"),
        ("none.pth", "No such file"),
        ("ftp://x/y", "URLs begin with https"),
    ):
        with pytest.raises(WeightsError, match=told):
            fetch_vgg16(str(source))
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_made(cache: Path, body: bytes, serve: Serve) -> None:
    serve(body)
    cache.parents[1].write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be made"):
        fetch_vgg16()
