"""The network over one content: as a whole where it fits, else in tiles that make the same picture.

When memory runs out the tiles become smaller, and what was finished stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stylectl.model import (
    Conditioning,
    InstanceStatistics,
    StreamedStatistics,
    StyleTransferNetwork,
    TiledNetwork,
)
from stylectl.model.encoder import STRIDE
from stylectl.model.network import Adjust
from stylectl.model.receptive_field import Region
from stylectl.stylize import sizes
from stylectl.stylize.devices import is_out_of_memory
from stylectl.stylize.events import Detail, Notice, OnEvent, Progress, Stage
from stylectl.stylize.levels import empty_image, from_unit
from stylectl.stylize.memory import feature_bytes, free_memory
from stylectl.stylize.precision import check_finite
from stylectl.stylize.settings import MINIMUM_TILE


@dataclass(frozen=True)
class Painting:
    """A content, what it is painted with, and how the result is held.

    Attributes:
        network: on `device`.
        device: where it computes.
        content: (B, 3, H, W), levels or floats, anywhere.
        conditioning: for the padded content, on `device`.
        dtype: of the result: float32, or levels.
        notify: is told about progress.
        adjust: changes the statistics of the whole content before they are used.
    """

    network: StyleTransferNetwork
    device: torch.device
    content: Tensor
    conditioning: Conditioning
    dtype: torch.dtype
    notify: OnEvent
    adjust: Adjust | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width with the padding."""
        return sizes.padded_size((self.content.shape[2], self.content.shape[3]))

    def paint(self, tile: int | None, may_cut: bool) -> Tensor:
        """The picture (B, 3, H, W), where the content is.

        Args:
            tile: side of the tiles in pixels, a multiple of 8; None for all at once.
            may_cut: whether the picture may be cut into tiles if memory runs out.

        Raises:
            FloatingPointError: it is not finite.
        """
        if tile is None:
            try:
                return self._whole()
            except (RuntimeError, MemoryError) as error:
                tile = _smaller(max(self.size))
                if not (may_cut and tile and is_out_of_memory(error)):
                    raise
            self._say_smaller(tile)
        return self._in_tiles(tile)

    def _whole(self) -> Tensor:
        self.notify(Stage("stylise"))
        self.notify(Detail(f"{self._shape()} computed as a whole"))
        window = self._window(Region.all_of(self.size))
        painted = self.network(window, self.conditioning, statistics=self.adjust).float()
        check_finite(painted)
        height, width = self.content.shape[2:]
        return from_unit(painted[..., :height, :width], self.dtype).to(self.content.device)

    def _in_tiles(self, tile: int) -> Tensor:
        grid = self.size[0] // STRIDE, self.size[1] // STRIDE
        parts = TiledNetwork(self.network, grid)
        self.notify(Stage("encode content"))
        self.notify(Detail(f"{self._shape()} computed in tiles of {tile} pixels"))
        zc, statistics, tile = self._encoded(parts, tile)
        if self.adjust:
            statistics = self.adjust(statistics)
        self.notify(Stage("stylise"))
        height, width = self.content.shape[2:]
        result = empty_image(self.content, (height, width), self.dtype)

        def paint(region: Region) -> None:
            painted = parts.paint(zc, self._window, region, statistics, self.conditioning).float()
            check_finite(painted)
            given = region.times(STRIDE)
            pixels = given.within((height, width))  # without the padding
            part = from_unit(pixels.crop(painted, given), self.dtype)
            result[..., pixels.rows, pixels.columns] = part.to(result.device)

        self._each_tile(grid, tile, paint)
        return result

    def _encoded(
        self, parts: TiledNetwork, tile: int
    ) -> tuple[Callable[[Region], Tensor], InstanceStatistics, int]:
        """Regions of Zc, its statistics, and the side of the tiles that memory was enough for."""
        batch, width = len(self.content), self.network.config.width
        kept: Tensor | None = None
        if feature_bytes(self.network.config, self.size, batch) < free_memory(self.device) // 4:
            layout = torch.channels_last
            kept = torch.empty(batch, width, *parts.grid, device=self.device, memory_format=layout)
        streamed = StreamedStatistics()

        def encode(region: Region) -> None:
            zc = parts.encode(self._window, region)
            if kept is not None:
                kept[..., region.rows, region.columns] = zc
            streamed.add(zc)  # last: a tile that fails is done again

        def encoded(region: Region) -> Tensor:
            if kept is None:
                return parts.encode(self._window, region)
            return region.crop(kept, Region.all_of(parts.grid))

        tile = self._each_tile(parts.grid, tile, encode)
        return encoded, streamed.result(torch.empty(0, device=self.device)), tile

    def _window(self, region: Region) -> Tensor:
        """Pixels of the padded content as the network takes them."""
        window = sizes.window(self.content, region.rows, region.columns)
        # The layout in which convolutions are fastest.
        return window.to(self.device).contiguous(memory_format=torch.channels_last)

    def _each_tile(self, grid: tuple[int, int], tile: int, work: Callable[[Region], None]) -> int:
        """Does the work for all of the grid, and gives the side of the tiles it ended with."""
        waiting = deque(Region.all_of(grid).cut(tile // STRIDE))
        done = 0
        while waiting:
            self.notify(Progress(done, done + len(waiting)))
            smaller = None
            try:
                work(waiting[0])
            except (RuntimeError, MemoryError) as error:
                smaller = _smaller(tile)
                if not smaller or not is_out_of_memory(error):
                    raise
            if smaller:  # outside of the handler, which would hold on to the memory
                tile = smaller
                self._say_smaller(tile)
                waiting = deque(part for region in waiting for part in region.cut(tile // STRIDE))
                continue
            waiting.popleft()
            done += 1
        self.notify(Progress(done, done))
        return tile

    def _shape(self) -> str:
        height, width = self.content.shape[2:]
        return f"{width}×{height} pixels are"  # noqa: RUF001

    def _say_smaller(self, tile: int) -> None:
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.notify(Notice(f"memory ran out: going on in tiles of {tile} pixels"))


def _smaller(tile: int) -> int | None:
    """Half of a tile's side; None if it cannot be smaller."""
    half = tile // 2 // STRIDE * STRIDE
    return half if half >= MINIMUM_TILE else None
