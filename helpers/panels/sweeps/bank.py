"""`Bank`: networks of one or more shapes that a thread trains side by side, all to one epoch."""

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from helpers import cache
from helpers.data import Parts
from helpers.experiment import Experiment, Run

Position = float | tuple[float, ...]  # of one slider, or of several
RATE = 8  # most publications a second ...
SHARE = 6  # ... and the pause after one is so many times as long as it took


class Results(NamedTuple):
    """What has been trained so far; published as a whole, and never changed.

    Attributes:
        runs: {position: [Run per seed]}, positions ascending.
        epochs: How many have been trained.
        summary: What `BankPanel._summarise` computed from the runs.
        from_disk: Whether they were trained before and kept on disk.
        seconds_left: How long the remaining epochs will take; None if unknown.
    """

    runs: dict[Position, list[Run]]
    epochs: int
    summary: Any
    from_disk: bool = False
    seconds_left: float | None = None


NOTHING = Results({}, 0, None)


class Bank:
    """One trainer for each shape; what was trained to the end is kept on disk.

    Args:
        experiments: {position: one for each seed}; they may differ in the units of their layers.
        parts: What `helpers.data.split` returns.
        summarise: Computes from {position: runs} what is published beside them.
        show: Called whenever `results` or `waits_for` was replaced.

    Attributes:
        results: What was published last.
        waits_for: What takes so long, in words; may be empty.
        replace: Set it to have the next step begin again.
        networks: How many there are.
    """

    def __init__(
        self,
        experiments: Mapping[Position, list[Experiment]],
        parts: Parts,
        summarise: Callable[[dict[Position, list[Run]]], Any],
        show: Callable[[], None],
    ):
        self.results, self.waits_for, self.replace = NOTHING, "", False
        self._positions = {position: len(seeds) for position, seeds in experiments.items()}
        self._experiments = list(itertools.chain(*experiments.values()))
        self.networks = len(self._experiments)
        self._parts, self._summarise, self._show = parts, summarise, show
        shapes: dict[tuple[int, ...], list[int]] = {}
        for i, experiment in enumerate(self._experiments):
            shapes.setdefault(experiment.hidden, []).append(i)
        self._shapes = list(shapes.values())  # indices of the experiments of each shape
        self._trainers: list = []  # one for each shape that is compiled
        self._seconds = 0.0  # of training; the first epoch, which compiles, does not count
        self._published_epoch, self._next_time = 0, 0.0

    @property
    def epoch(self) -> int:
        """How many epochs all networks have been trained; 0 until all are compiled."""
        compiled = len(self._trainers) == len(self._shapes)
        return min(trainer.epoch for trainer in self._trainers) if compiled else 0

    def step(self) -> bool:
        """Compile the next shape or train all networks one epoch; whether there is more to do."""
        if self.replace:
            self.replace, self._trainers = False, []
        elif not self._trainers and self._recall():
            return False
        epoch, whole, start = self.epoch, self._experiments[0].epochs, time.monotonic()
        if not epoch:
            self._compile_next()
        elif epoch < whole:  # else only making it known failed
            for trainer in self._trainers:
                if trainer.epoch == epoch:  # else it is ahead, since another one failed
                    trainer.advance(1)
            self._seconds += time.monotonic() - start
        more = self.epoch < whole
        if not more or time.monotonic() > self._next_time:
            runs = self.publish()
            if not more:
                cache.save(cache.name_of(self._experiments, self._parts), runs)
        return more

    def publish(self) -> list[Run]:
        """Make known what was trained since it was made known last, if anything."""
        start, epoch = time.monotonic(), self.epoch
        if epoch <= self._published_epoch:
            return []
        runs: list = [None] * self.networks
        for shape, trainer in zip(self._shapes, self._trainers, strict=True):
            for i, run in zip(shape, trainer.runs, strict=True):
                runs[i] = run
        left = self._experiments[0].epochs - epoch
        seconds_left = self._seconds / (epoch - 1) * left if epoch > 1 else None
        self._put(runs, epoch, seconds_left=seconds_left)
        now = time.monotonic()
        self._published_epoch = epoch
        self._next_time = now + max(1 / RATE, SHARE * (now - start))
        return runs

    def put(self, runs: Mapping[Position, list[Run]]) -> None:
        """Make other runs of the same positions known."""
        epochs = max(run.epochs for row in runs.values() for run in row)
        self.results = Results(dict(runs), epochs, self._summarise(runs))
        self._show()

    def close(self) -> None:
        """Let go of what was trained."""
        self.results, self._trainers = NOTHING, []

    def _put(self, runs: list[Run], epochs: int, **more) -> None:
        rest = iter(runs)
        by_position = {p: list(itertools.islice(rest, n)) for p, n in self._positions.items()}
        self.results = Results(by_position, epochs, self._summarise(by_position), **more)
        self._show()

    def _recall(self) -> bool:
        """Take over what was trained to the end before, if it is on disk."""
        runs = cache.load(cache.name_of(self._experiments, self._parts))
        if runs is not None:
            self._put(runs, self._experiments[0].epochs, from_disk=True)
        return runs is not None

    def _compile_next(self) -> None:
        """Train the first epoch of the next shape, which is when it is compiled."""
        shape, shapes = len(self._trainers), len(self._shapes)
        if not shape:
            self._seconds, self._published_epoch = 0.0, 0
            self._wait_for("Loading TensorFlow: some seconds, the first time.")
        from helpers.training import Trainer

        group = [self._experiments[i] for i in self._shapes[shape]]
        many = f" ({shape + 1} of {shapes} shapes)" if shapes > 1 else ""
        self._wait_for(f"Compiling {len(group)} networks as one program{many}: some seconds.")
        trainer = Trainer(group, self._parts)
        trainer.advance(1)
        self._trainers.append(trainer)
        self.waits_for = ""

    def _wait_for(self, words: str) -> None:
        self.waits_for = words
        self._show()
