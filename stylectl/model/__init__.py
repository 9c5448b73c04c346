"""The method of the paper as pure modules: tensors in, tensors out; no files, no terminal."""

from stylectl.model.alignment import StyleFeatures
from stylectl.model.conditioning import Conditioning
from stylectl.model.config import PRESETS, ModelConfig
from stylectl.model.network import StyleTransferNetwork
from stylectl.model.statistics import (
    InstanceStatistics,
    StreamedStatistics,
    instance_statistics,
)
from stylectl.model.tiling import TiledNetwork

__all__ = [
    "PRESETS",
    "Conditioning",
    "InstanceStatistics",
    "ModelConfig",
    "StreamedStatistics",
    "StyleFeatures",
    "StyleTransferNetwork",
    "TiledNetwork",
    "instance_statistics",
]
