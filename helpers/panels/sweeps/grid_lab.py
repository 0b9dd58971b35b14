"""`GridLab`: two strengths at a time, every pair trained at once and shown as a map.

land = GridLab(parts, base, "l2", "dropout")      # 7 × 7 pairs and three seeds
land                        # as the last expression of a cell: shows it
land.train()                # what the button does; training runs in a thread
land.l2.value, land.dropout.value = 0.02, 0.5       # move the cursor
land.wait()                 # until it rests; raises what went wrong
land.runs                   # {(l2, dropout): [Run per seed]}
land.lowest, land.as_good   # the pair that came out lowest; those that may be as good
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers import metrics, reference
from helpers.data import Part, Parts
from helpers.drawing.axes import size_of
from helpers.experiment import HYPERPARAMETERS, Experiment, Run, grid
from helpers.formatting import plural
from helpers.panels.base.panel import button
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.sweeps.base import BankPanel, positions_of, seeds_of
from helpers.panels.sweeps.grid_chart import GridChart

Pair = tuple[float, float]


class Marks(NamedTuple):
    """What stands out among the cells of a map.

    Attributes:
        means: (y positions, x positions), the mean final validation loss; NaN where a run
            diverged.
        lowest: The pair with the lowest mean; None if at every one a run diverged.
        error: The standard error of that mean.
        as_good: The other pairs whose mean is within that error of the lowest, ascending.
    """

    means: np.ndarray
    lowest: Pair | None
    error: float
    as_good: list[Pair]


def mark(runs: Mapping[Pair, Sequence[Run]], positions, validation: Part) -> Marks:
    """Compare all pairs by their final validation loss.

    The standard error has two sources: the luck of the validation rows, which one seed shows as
    well as ten, and that of the seeds.

    Args:
        runs: {(x, y): runs, one per seed}, for every pair of positions.
        positions: Those of x, those of y.
        validation: The rows that the losses are of.
    """
    ends = {pair: np.array([metrics.final_loss(run) for run in row]) for pair, row in runs.items()}
    means = {pair: float(values.mean()) for pair, values in ends.items()}
    whole = np.array([[means[x, y] for x in positions[0]] for y in positions[1]])
    whole[np.isinf(whole)] = np.nan
    lowest = min(sorted(means), key=means.__getitem__)
    if math.isinf(means[lowest]):
        return Marks(whole, None, math.nan, [])
    rows = np.mean([row_losses(run, validation) for run in runs[lowest]], axis=0)
    variance = rows.var(ddof=1) / len(rows) if len(rows) > 1 else 0.0
    if len(ends[lowest]) > 1:
        variance += ends[lowest].var(ddof=1) / len(ends[lowest])
    error = math.sqrt(variance)
    bound = means[lowest] + error
    return Marks(
        whole, lowest, error, [p for p in sorted(means) if means[p] <= bound and p != lowest]
    )


def row_losses(run: Run, part: Part) -> np.ndarray:
    """The cross-entropy of each row, in nats, with the weights as they are now: (rows,)."""
    logits = reference.forward(part.x, run.weights, run.experiment.activation)
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    return np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(part)), part.y]


class GridLab(BankPanel):
    """All pairs of positions of two strengths times several seeds; a cursor moves among them.

    Args:
        parts: What `helpers.data.split` returns.
        base: All else; a network of the default shape if None.
        x, y: The strengths, two names in `HYPERPARAMETERS`.
        positions: {name: its values}; for a name that is not in it, every second one of the
            setting's own.
        seeds: Each pair is trained once with each.
        top: Where the axis of losses ends; twice the loss of guessing if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        l2, dropout, ...: The two `HyperparameterSlider`, under the strengths' names.
        positions: {name: its values, ascending}.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as said above.
    """

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        x: str = "l2",
        y: str = "dropout",
        positions: Mapping[str, Iterable[float]] | None = None,
        seeds: Iterable[int] = range(3),
        *,
        top: float | None = None,
        size: str = "page",
    ):
        for axis, name in (("x", x), ("y", y)):
            if name not in HYPERPARAMETERS:
                raise ValueError(f"{axis}={name!r}: must be one of {', '.join(HYPERPARAMETERS)}")
        if x == y:
            raise ValueError(f"y={y!r}: must be another strength than x")
        given = dict(positions or {})
        if unknown := set(given) - {x, y}:
            raise ValueError(f"positions for {', '.join(sorted(unknown))}: must be for {x} or {y}")
        base = base or Experiment()
        self.x, self.y, self.seeds = x, y, seeds_of(base, seeds)
        settings = HYPERPARAMETERS[x], HYPERPARAMETERS[y]
        self.positions = {
            s.name: positions_of(s, given.get(s.name, s.positions[::2])) for s in settings
        }
        self._pairs: list[Pair] = list(itertools.product(*self.positions.values()))
        self._runs: dict[Pair, list[Run]] = {}
        self._marks: Marks | None = None
        chart = GridChart(
            size_of(size), settings, tuple(self.positions.values()), len(self.seeds), base.epochs,
            metrics.baseline_loss(parts.train.y), top,
        )  # fmt: skip
        experiments = grid(base, **self.positions, seed=self.seeds)
        super().__init__(parts, base, experiments, chart, size)
        self._knobs = []
        for setting in settings:
            at, start = self.positions[setting.name], getattr(base, setting.name)
            knob = HyperparameterSlider(setting, start if start in at else at[0], at, fixed=True)
            knob.observe(self._moved, "value")
            setattr(self, setting.name, knob)
            self._knobs.append(knob)
        tooltip = "Put the cursor on the lowest cell"
        self._go = button("Go to ★", "crosshairs", tooltip, self._press(self.go_to_lowest))
        self.children = self._lay_out(self._knobs, [self._go.add_class("push")])
        self._show()

    def go_to_lowest(self) -> None:
        """Put the cursor on the lowest cell; nothing happens while there is none."""
        if (lowest := self.lowest) is not None:
            for knob, value in zip(self._knobs, lowest, strict=True):
                knob.value = value

    # What can be read ----------------------------------------------------------------------

    @property
    def runs(self) -> dict[Pair, list[Run]]:
        """What has been trained so far: {(x, y): [Run per seed]}; empty before the first."""
        with self._lock:
            return dict(self._runs)

    @property
    def lowest(self) -> Pair | None:
        """The pair whose mean validation loss after the last epoch is lowest, if any."""
        with self._lock:
            return self._marks and self._marks.lowest

    @property
    def as_good(self) -> list[Pair]:
        """The other pairs within one standard error of the lowest (`mark`): perhaps as good."""
        with self._lock:
            return list(self._marks.as_good) if self._marks else []

    @property
    def experiment(self) -> Experiment:
        """The experiment under the cursor, with the first seed."""
        return self.base.replace(**dict(zip(self.positions, self._cell, strict=True)),
                                 seed=self.seeds[0])  # fmt: skip

    @property
    def _cell(self) -> Pair:
        return tuple(knob.value for knob in self._knobs)

    # For `BankPanel` ------------------------------------------------------------------------

    def _take(self, runs: list[Run]) -> None:
        n = len(self.seeds)
        found = {pair: runs[i * n : (i + 1) * n] for i, pair in enumerate(self._pairs)}
        marks = mark(found, tuple(self.positions.values()), self.parts.validation)
        with self._lock:
            self._runs, self._marks = found, marks
        epochs = max(run.epochs for run in runs)
        self._chart.take(marks, epochs)

    def _draw(self) -> None:
        with self._lock:
            runs = self._runs.get(self._cell, [])
        self._chart.show(self._cell, runs)
        self._go.disabled = self.lowest is None

    def _introduce(self) -> str:
        (_, first), (_, second) = self.positions.items()
        return (
            f"Nothing is trained yet. “Train all” trains {len(self._experiments)} networks: "
            f"{len(first)} × {len(second)} cells × {len(self.seeds)} seeds, "
            f"{self.base.epochs} epochs each. The sliders can be moved meanwhile."
        )

    def _sentences(self) -> list[str]:
        with self._lock:
            runs, marks = self._runs[self._cell], self._marks
        return [self._describe_cell(runs), *self._compare(marks), *self._warn(marks)]

    def _describe_cell(self, runs: Sequence[Run]) -> str:
        name, seeds = self._spell(self._cell), len(self.seeds)
        lost = sum(run.diverged is not None for run in runs)
        if lost:
            return f"{name}: {lost} of {seeds} runs diverged, so there is no mean."
        train, validation, accuracy = (
            np.array([getattr(run, curve)[-1] for run in runs], float)
            for curve in ("train_loss", "validation_loss", "validation_accuracy")
        )
        share = float(accuracy.mean())
        error = metrics.accuracy_error(share, len(self.parts.validation))
        spread = f" ({validation.min():.3f} to {validation.max():.3f} over seeds)"
        return (
            f"{name} after {self._done} epochs: training loss {train.mean():.3f}, validation "
            f"loss {validation.mean():.3f}{spread if seeds > 1 else ''}, "
            f"validation accuracy {100 * share:.1f} ± {100 * error:.1f} %."
        )

    def _compare(self, marks: Marks) -> list[str]:
        if marks.lowest is None:
            return ["At every cell a run diverged."]
        low, cells = float(np.nanmin(marks.means)), marks.means.size
        here = "here" if marks.lowest == self._cell else f"at {self._spell(marks.lowest)}"
        said = [f"Lowest of {cells} cells: {low:.3f}, {here}."]
        many, seeds = len(marks.as_good), len(self.seeds)
        others = {0: "no other is", 1: "1 other is"}.get(many, f"{many} others are")
        said.append(
            f"One standard error ({len(self.parts.validation)} validation rows, "
            f"{plural(seeds, 'seed')}) is {marks.error:.3f}: {others} as close"
            + (" and may be as good." if many else ".")
        )
        return said

    def _warn(self, marks: Marks) -> list[str]:
        said = []
        worse = int((marks.means >= self._chart.guessing).sum())
        if worse:
            said.append(
                f"{plural(worse, 'cell')} at the loss of guessing ({self._chart.guessing:.2f}) or "
                "above share the last shade."
            )
        lost = int(np.isnan(marks.means).sum())
        if lost:
            said.append(f"✕\N{NO-BREAK SPACE}A run diverged: {plural(lost, 'cell')}.")
        return said

    def _spell(self, pair: Pair) -> str:
        return ", ".join(
            HYPERPARAMETERS[name].spell(value)
            for name, value in zip(self.positions, pair, strict=True)
        )

    def _end(self) -> None:
        super()._end()
        self._runs, self._marks = {}, None

    def __repr__(self):
        first, second = (f"{name}: {len(p)}" for name, p in self.positions.items())
        return (
            f"GridLab({self.parts.table}, {first} × {second} positions × "
            f"{len(self.seeds)} seeds, {self.base.epochs} epochs)"
        )
