"""Photos and paintings that are never trained on: their losses tell learning from remembering."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from stylectl.training.data import ImagePool
from stylectl.training.stylization import StylizationTask

PAIRS = 64  # that the losses are means of
_SEED = 20230620  # their own randomness: never the training's


@dataclass(frozen=True)
class HeldOutImages:
    """Pools beside those that a task draws from."""

    contents: ImagePool
    styles: ImagePool

    @classmethod
    def taken_from(cls, contents: ImagePool, styles: ImagePool, share: float) -> HeldOutImages:
        """A share of every folder's images, which are then no longer in the pools.

        Raises:
            TrainingError: when a folder has no two images.
        """
        return cls(contents.hold_out(share), styles.hold_out(share))

    def __len__(self) -> int:
        return len(self.contents) + len(self.styles)

    @torch.no_grad()
    def losses(self, task: StylizationTask) -> dict[str, float]:
        """The task's terms, without an adversary's: means over the same crops every time."""
        size, generator = task.settings.batch_size, torch.Generator().manual_seed(_SEED)
        batches = [
            task.losses_of(self.contents, self.styles, generator, range(size))
            for _ in range(-(-PAIRS // size))
        ]
        names = batches[0]
        return {n: torch.stack([terms[n] for terms in batches]).mean().item() for n in names}
