"""`Bank`: networks of one or more shapes that train side by side, all to the same epoch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.experiment import Experiment, Run

if TYPE_CHECKING:
    from helpers.data import Parts


class Bank:
    """One trainer for each shape; a shape takes some seconds to compile.

    Args:
        experiments: What is trained; they may differ in the units of their layers.
        parts: What `helpers.data.split` returns.

    Attributes:
        epoch: How many epochs all networks have been trained; 0 until all are compiled.
    """

    def __init__(self, experiments: Sequence[Experiment], parts: Parts):
        self._experiments, self._parts, self.epoch = list(experiments), parts, 0
        shapes: dict[tuple[int, ...], list[int]] = {}
        for i, experiment in enumerate(self._experiments):
            shapes.setdefault(experiment.hidden, []).append(i)
        self._shapes = list(shapes.values())  # indices of the experiments of each shape
        self._trainers: list = []  # one for each shape that is compiled
        self._seconds = 0.0  # of training; the first epoch, which compiles, does not count

    @property
    def compiled(self) -> bool:
        """Whether all shapes are compiled."""
        return len(self._trainers) == len(self._shapes)

    @property
    def next_shape(self) -> str:
        """What `compile_next` will compile, in words."""
        shape, shapes = len(self._trainers), len(self._shapes)
        many = f" ({shape + 1} of {shapes} shapes)" if shapes > 1 else ""
        return f"{len(self._shapes[shape])} networks as one program{many}"

    @property
    def runs(self) -> list[Run]:
        """What has been trained so far, in the order of the experiments."""
        found = {
            i: run
            for shape, trainer in zip(self._shapes, self._trainers, strict=True)
            for i, run in zip(shape, trainer.runs, strict=True)
        }
        return [found[i] for i in range(len(found))]

    def compile_next(self) -> None:
        """Train the first epoch of the next shape, which is when it is compiled."""
        from helpers.training import Trainer

        group = [self._experiments[i] for i in self._shapes[len(self._trainers)]]
        trainer = Trainer(group, self._parts)
        trainer.advance(1)
        self._trainers.append(trainer)
        self.epoch = int(self.compiled)

    def advance(self) -> None:
        """Train all networks one epoch further."""
        start = time.monotonic()
        for trainer in self._trainers:
            if trainer.epoch <= self.epoch:  # else it is ahead, since another one failed
                trainer.advance(1)
        self.epoch += 1
        self._seconds += time.monotonic() - start

    def seconds_to(self, epoch: int) -> float | None:
        """How long the training up to an epoch will take; None if it cannot be told yet."""
        if self.epoch < 2:
            return None
        return self._seconds / (self.epoch - 1) * (epoch - self.epoch)
