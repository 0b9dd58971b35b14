"""`BoundaryLab`: two features, so that one sees what a network answers everywhere.

spirals = split(make_2d("spirals"), train=200, validation=200, flip_labels=0.1)
seen = BoundaryLab(spirals, base, "l2")    # 13 positions and three seeds; also "width"
seen                        # as the last expression of a cell: shows it
seen.train()                # what the button does; training runs in a thread
seen.l2.value = 0.01        # the surface follows, also while the networks still train
seen.wait()                 # until it stops; raises what went wrong
seen.runs                   # {position: [Run per seed]}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from helpers import metrics, reference
from helpers.data import Parts
from helpers.experiment import Experiment, Run
from helpers.formatting import plural
from helpers.panels.base.panel import caught, choice
from helpers.panels.base.slider import SLIDERS
from helpers.panels.figure.decision_surface import SurfacePaths, check_two_features
from helpers.panels.sweeps.bank import Position, Results
from helpers.panels.sweeps.boundary_chart import BoundaryChart
from helpers.panels.sweeps.slider_sweep import SliderSweep

ROWS = ("training rows", "validation rows")


class BoundaryLab(SliderSweep):
    """All positions of a slider times several seeds; the decision surface follows the slider.

    The surface is that of the first seed; the boundaries of the others are thin lines. The
    limits of all axes stay, so that positions can be compared. Arguments and attributes are those
    of `SweepLab`, with fewer seeds and widths, and:

    Args:
        parts: Rows with two features and two classes, such as `split(make_2d("moons"))`.
    """

    widths = (1, 2, 4, 8, 32, 128)  # each is a shape of its own, which takes seconds to compile

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        name: str = "l2",
        positions: Iterable[float] | None = None,
        seeds: Iterable[int] = range(3),
        **more,
    ):
        check_two_features(parts)
        self._rows = choice(ROWS, ROWS[0])
        super().__init__(parts, base, name, positions, seeds, **more)

    def _finish(self, *more) -> None:
        super()._finish(self._rows, *more)

    # For `BankPanel` -----------------------------------------------------------------------

    def _make_chart(self, size, top) -> BoundaryChart:
        return BoundaryChart(
            size, SLIDERS[self.name], self.parts, len(self.seeds), self.base.epochs,
            metrics.baseline_loss(self.parts.train.y, self.parts.validation.y), top,
        )  # fmt: skip

    def _summarise(self, runs: dict[Position, list[Run]]) -> dict[Position, SurfacePaths]:
        """The surface of this position; others are computed when they are first drawn."""
        position = self._position
        return {position: self.chart.surface_paths(runs[position])}

    @caught
    def _rest(self, problem: BaseException | None) -> None:
        super()._rest(problem)
        for position in self.positions:
            if not self.closed and not self._worker.working:
                self._surface(
                    self._bank.results, position
                )  # so that the slider need not wait for it

    def _surface(self, results: Results, position: Position) -> SurfacePaths | None:
        if not results.runs:
            return None
        surfaces = results.summary
        if position not in surfaces:  # two threads may both compute it: they get the same
            surfaces[position] = self.chart.surface_paths(results.runs[position])
        return surfaces[position]

    def _draw_results(self, results: Results, position: Position) -> None:
        self.chart.show(
            position, self._surface(results, position), results.runs.get(position, ()),
            self._metric.value, results.epochs, self._rows.value.split()[0],
        )  # fmt: skip

    def _introduce(self) -> list[str]:
        rows, flipped = len(self.parts.train), len(self.parts.flipped)
        noise = f", {flipped} of them with a flipped label (ringed)" if flipped else ""
        first, *rest = super()._introduce()
        return [f"{first[:-1]}: {plural(rows, 'training row')}{noise}.", *rest]

    def _describe(self, runs: Sequence[Run]) -> str:
        train_loss, train_accuracy, loss = (
            float(np.mean([getattr(run, curve)[-1] for run in runs]))
            for curve in ("train_loss", "train_accuracy", "validation_loss")
        )
        return (
            f"training loss {train_loss:.3f}, accuracy {100 * train_accuracy:.1f} %; "
            f"validation loss {loss:.3f}, {self._spell_accuracy(runs)}"
            + (f"; means of {len(runs)} seeds" if len(runs) > 1 else "")
        )

    def _remark(self, results: Results, position: Position) -> list[str]:
        runs, flipped, said = results.runs[position], self.parts.flipped, []
        if any(run.diverged for run in runs):
            return []
        if len(flipped):
            part, first = self.parts.train, runs[0]
            logits = reference.forward(part.x[flipped], first.weights, first.experiment.activation)
            learnt = int(((logits[:, 0] > 0) == part.y[flipped]).sum())
            said.append(f"It answers {learnt} of the {len(flipped)} flipped labels as flipped.")
        if not self._surface(results, position).boundary:
            said.append("It gives every row the same answer: there is no boundary.")
        return said
