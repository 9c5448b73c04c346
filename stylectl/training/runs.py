"""Whole training runs: what `stylectl train` and `stylectl train encoder` call."""

from stylectl.training.encoder_run import EncoderRun, train_encoder
from stylectl.training.events import (
    DataReady,
    OnEvent,
    ReadingImages,
    Saved,
    StepEvent,
    TrainingEvent,
)
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import (
    Budget,
    DistillationSettings,
    LossWeights,
    StylizationSettings,
)
from stylectl.training.stylization_run import StylizationRun, train_stylization

__all__ = [
    "Budget",
    "DataReady",
    "DistillationSettings",
    "EncoderRun",
    "LossWeights",
    "OnEvent",
    "ReadingImages",
    "RunFolder",
    "Saved",
    "StepEvent",
    "StylizationRun",
    "StylizationSettings",
    "TrainingEvent",
    "train_encoder",
    "train_stylization",
]
