"""The method of the paper as pure modules: tensors in, tensors out; no files, no terminal."""

from stylectl.model.alignment import StyleFeatures
from stylectl.model.conditioning import Conditioning
from stylectl.model.config import PRESETS, ModelConfig
from stylectl.model.network import StyleTransferNetwork
from stylectl.model.statistics import InstanceStatistics, instance_statistics

__all__ = [
    "PRESETS",
    "Conditioning",
    "InstanceStatistics",
    "ModelConfig",
    "StyleFeatures",
    "StyleTransferNetwork",
    "instance_statistics",
]
