"""`stylectl train encoder`: distil published perceptual networks into a narrow encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylectl.errors import TrainingError
from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model.encoder import VGG
from stylectl.training.data import ImagePool
from stylectl.training.precision import network_precision
from stylectl.training.settings import DistillationSettings


class EncoderDistillation:
    """The student learns maps from which 1x1 convolutions can predict the teacher's maps.

    The adapters let a student of other widths span the teacher's features; they are thrown away.

    Args:
        student: what is trained.
        teacher: a perceptual network, not calibrated.
        pool: the images.
        settings: what decides the run.
        device: where it trains.
        rows: the share of every batch that this process computes; all of it by default.

    Raises:
        TrainingError: when the teacher has no layer of the student.
    """

    def __init__(
        self,
        student: VGG,
        teacher: PerceptualNetwork,
        pool: ImagePool,
        settings: DistillationSettings,
        device: torch.device | str = "cpu",
        rows: range | None = None,
    ) -> None:
        self.settings, self.pool, self.device = settings, pool, torch.device(device)
        self.rows = rows
        self._precision = network_precision(self.device, settings.precision)
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.layers = [n for n in teacher.layers if n.replace("relu", "conv") in student.layers]
        if not self.layers:
            raise TrainingError("the teachers have no layer in common with the encoder")
        self.student = student.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.teacher = teacher.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.teacher.calibrate(pool.batch(16, settings.crop, settings.zoom, self.generator))
        with torch.no_grad():
            probe = torch.zeros(1, 3, 32, 32, device=device)
            taught, learned = teacher(probe), student.features(probe, self.layers)
        self.adapters = nn.ModuleList(
            nn.Conv2d(x.shape[1], taught[n].shape[1], 1)
            for n, x in zip(self.layers, learned, strict=True)
        ).to(device)
        self.student.requires_grad_(True)
        self.modules: dict[str, nn.Module] = {"student": student, "adapters": self.adapters}
        parameters = [p for m in self.modules.values() for p in m.parameters() if p.requires_grad]
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "student": torch.optim.Adam(parameters, settings.learning_rate)
        }

    def compile(self) -> None:
        """Run the teacher through torch.compile from now on."""
        self.teacher.compile()

    def losses(self) -> dict[str, Tensor]:
        """One batch's loss per layer and their sum, "total"."""
        s = self.settings
        image = self.pool.batch(s.batch_size, s.crop, s.zoom, self.generator, self.rows)
        image = image.contiguous(memory_format=torch.channels_last)
        with self._precision():
            with torch.no_grad():
                taught = self.teacher(image, self.layers)
            learned = self.student.features(image, self.layers)
            predicted = [a(x) for a, x in zip(self.adapters, learned, strict=True)]
        terms = {
            name: F.mse_loss(x.float(), taught[name].float())
            for name, x in zip(self.layers, predicted, strict=True)
        }
        return terms | {"total": torch.stack(list(terms.values())).sum()}
