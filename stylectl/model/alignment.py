"""Style-alignment encoding (SAE): what of the style belongs at each content position [F].

Multi-head attention with the content as query and the style as key and value. Softmax and sum run
over style positions, so given the style every content position is computed on its own: attention
runs in chunks of queries, and a picture may be cut into tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.model.config import ModelConfig
from stylectl.model.convolution import ReflectConv2d
from stylectl.model.gating import ContentGating, attention_weights
from stylectl.model.receptive_field import reach_of
from stylectl.model.statistics import InstanceStatistics, instance_statistics

_CHUNK_ELEMENTS = 1 << 19  # scores held at once: 2 MiB in fp32 stay in a CPU's cache (measured)
_CHUNK_ELEMENTS_GPU = 1 << 25  # 128 MiB in fp32: large enough to keep a GPU busy


@dataclass(frozen=True)
class StyleFeatures:
    """All that a content needs of a style, computed once: G heads, N style positions.

    Attributes:
        keys: (B, G, N, C/G); of unit length unless the gate is affine.
        values: (B, G, N, C/G).
        mean_key: (B, G, 1, C/G), so that mean_j S = q . mean_key needs no pass over the scores.
        grid: rows and columns of the style positions; rows * columns = N.
        mixture: (B, L, E), what the decoder's experts are told; None if it has none.
    """

    keys: Tensor
    values: Tensor
    mean_key: Tensor
    grid: tuple[int, int]
    mixture: Tensor | None = None

    def to(self, *args: Any) -> StyleFeatures:
        """The same on another device or of another type, as `Tensor.to`."""
        keys, values = self.keys.to(*args), self.values.to(*args)
        mixture = None if self.mixture is None else self.mixture.to(*args)
        return StyleFeatures(keys, values, self.mean_key.to(*args), self.grid, mixture)


@dataclass(frozen=True)
class Queries:
    """What each of a content's H x W positions asks of any style.

    Attributes:
        query: (B, G, HW, C/G); of unit length unless the gate is affine.
        gate: gamma and beta (B, G, HW, 2); None without a gate.
        grid: (H, W).
    """

    query: Tensor
    gate: Tensor | None
    grid: tuple[int, int]


class StyleAlignment(nn.Module):
    """SAE with the content-based gate: (Zc, style) -> Zcs (B, C, H, W), all heads side by side."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width, stride = config.width, config.style_stride
        # One 3x3 convolution each for query, key and value [S]; no residual.
        self.query = ReflectConv2d(width, width)
        self.key = ReflectConv2d(width, width, stride=stride)
        self.value = ReflectConv2d(width, width, stride=stride)
        self.gating = None if config.gate == "none" else ContentGating(config)

    @property
    def reach(self) -> int:
        """How many content positions an aligned one reads to each side."""
        gate = 0 if self.gating is None else reach_of(self.gating)
        return max(reach_of(self.query), gate)

    def encode_style(self, zs: Tensor) -> StyleFeatures:
        """Keys and values of a style feature Zs (B, C, H, W)."""
        # Keys of the mean-variance-normalised feature, values of the raw one [C: SANet, AdaAttN].
        key = self.key(instance_statistics(zs).normalise(zs))
        keys = self._directions(self._split_heads(key))
        values = self._split_heads(self.value(zs))
        return StyleFeatures(keys, values, keys.mean(2, keepdim=True), (key.shape[2], key.shape[3]))

    def forward(self, zc: Tensor, statistics: InstanceStatistics, style: StyleFeatures) -> Tensor:
        """The aligned style feature Zcs (B, C, H, W) of a content feature Zc (B, C, H, W).

        `statistics` are those of the whole content, also where `zc` is a part of it. The style's
        batch is 1 or B.
        """
        return self.attend(self.queries(zc, statistics), style)

    def queries(self, zc: Tensor, statistics: InstanceStatistics) -> Queries:
        """What the content asks of any style."""
        query = self._directions(self._split_heads(self.query(statistics.normalise(zc))))
        gate = self.gating(zc) if self.gating is not None else None
        return Queries(query, gate, (zc.shape[2], zc.shape[3]))

    def attend(self, queries: Queries, style: StyleFeatures) -> Tensor:
        """Zcs (B, C, H, W): for each query, the style's values by the gated attention."""
        query, gate = queries.query, queries.gate
        limit = _CHUNK_ELEMENTS if query.is_cpu else _CHUNK_ELEMENTS_GPU
        chunk = max(1, limit // (len(query) * self.config.heads * style.keys.shape[2]))
        parts = [
            self._attend(
                query[:, :, start : start + chunk],
                None if gate is None else gate[:, :, start : start + chunk],
                style,
            )
            for start in range(0, query.shape[2], chunk)
        ]
        aligned = torch.cat(parts, 2)  # (B, G, HW, C/G)
        return aligned.transpose(2, 3).reshape(len(query), -1, *queries.grid)  # (B, C, H, W)

    def attention(
        self, queries: Queries, positions: Tensor, style: StyleFeatures, *, gated: bool = True
    ) -> Tensor:
        """The weights (B, G, P, N) with which `attend` sums the style's values at P positions.

        Args:
            positions: (P,), which of the queries: row * W + column on their grid (H, W).
            gated: whether the gate decides; False gives the softmax that it starts from.
        """
        gate = queries.gate[:, :, positions] if gated and queries.gate is not None else None
        query = queries.query[:, :, positions]  # (B, G, P, C/G)
        weights, unit = attention_weights(self.config, query, gate, style.keys, style.mean_key)
        return weights / unit

    def _attend(self, query: Tensor, gate: Tensor | None, style: StyleFeatures) -> Tensor:
        """(B, G, Q, C/G) queries and (B, G, Q, 2) gates -> (B, G, Q, C/G)."""
        if gate is None:
            keys, values = (
                t.expand(query.shape[0], -1, -1, -1) for t in (style.keys, style.values)
            )
            return F.scaled_dot_product_attention(
                query, keys, values, scale=self.config.temperature
            )
        weights, unit = attention_weights(self.config, query, gate, style.keys, style.mean_key)
        return weights @ style.values / unit

    def _split_heads(self, x: Tensor) -> Tensor:
        batch, width, rows, columns = x.shape
        heads = self.config.heads
        x = x.reshape(batch, heads, width // heads, rows * columns)  # (B, G, C/G, HW)
        return x.transpose(2, 3).contiguous()  # (B, G, HW, C/G)

    def _directions(self, x: Tensor) -> Tensor:
        return x if self.config.gate == "affine" else F.normalize(x, dim=-1)
