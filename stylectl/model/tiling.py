"""A picture computed in parts that equal the whole: tiles with exactly the surroundings they read.

Attention runs over style positions, so given the style and the statistics of Zc, all that a part
of the result depends on is the convolutions' surroundings of that part. Two passes: the first
encodes every tile and gathers the statistics, the second paints and decodes every tile.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from stylectl.model.conditioning import Conditioning
from stylectl.model.decoder import with_maps
from stylectl.model.encoder import STRIDE
from stylectl.model.network import StyleTransferNetwork
from stylectl.model.receptive_field import (
    Picture,
    Region,
    Size,
    Window,
    regions_read,
    run_on_region,
)
from stylectl.model.statistics import InstanceStatistics


@dataclass(frozen=True)
class TiledNetwork:
    """A network that computes regions of Zc and of the picture.

    Attributes:
        network: in evaluation mode.
        grid: rows and columns of the whole content's Zc: an eighth of the picture's.
    """

    network: StyleTransferNetwork
    grid: Size

    @property
    def size(self) -> Size:
        """Height and width of the whole picture."""
        return self.grid[0] * STRIDE, self.grid[1] * STRIDE

    def encode(self, image: Window, region: Region) -> Tensor:
        """The region of Zc, (B, C, h, w).

        Args:
            image: gives regions (B, 3, h', w') of the content, in pixels.
            region: in positions of Zc.
        """
        stages = self.network.encoding()
        regions = regions_read(stages, region, self.size)
        return run_on_region(stages, image(regions[0]), regions)

    def paint(
        self,
        zc: Window,
        image: Window,
        region: Region,
        statistics: InstanceStatistics,
        conditioning: Conditioning,
    ) -> Tensor:
        """The region of the picture, (B, 3, 8h, 8w) in [0, 1].

        Args:
            zc: gives regions (B, C, h', w') of Zc.
            image: as in `encode`.
            region: in positions of Zc.
            statistics: of the whole Zc.
            conditioning: for the whole content; its maps are cut here.
        """
        stages = self.network.decoder.stages(conditioning.mixture())
        regions = regions_read(stages, region.times(STRIDE), self.grid)
        read = regions[0].widened(self.network.paint_reach, self.grid)
        part = conditioning.window(read.rows, read.columns)
        painted = self.network.paint(zc(read), statistics, part)
        mixture = conditioning.window(regions[0].rows, regions[0].columns).mixture()
        feature = with_maps(regions[0].crop(painted, read), mixture)
        picture = Picture(self.size, image)
        return run_on_region(stages, feature, regions, picture)

    def read_of_pixels(self, pixels: Region) -> Region:
        """The region of the content that a region of the result is made of, both in pixels."""
        painted = regions_read(self.network.decoder.stages(), pixels, self.grid)[0]
        zc = painted.widened(self.network.paint_reach, self.grid)
        return regions_read(self.network.encoding(), zc, self.size)[0]
