"""`BoundaryLab`: two features, so that one sees what a network answers everywhere.

spirals = split(make_2d("spirals"), train=200, validation=200, flip_labels=0.1)
seen = BoundaryLab(spirals, base, "l2")    # 13 positions and three seeds; also "width"
seen                        # as the last expression of a cell: shows it
seen.train()                # what the button does; training runs in a thread
seen.l2.value = 0.01        # the surface follows, also while the networks still learn
seen.wait()                 # until it rests; raises what went wrong
seen.runs                   # {position: [Run per seed]}
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from helpers import metrics, reference
from helpers.data import Parts
from helpers.experiment import Experiment, Run
from helpers.panels.base.panel import caught, choice
from helpers.panels.base.slider import SLIDERS
from helpers.panels.figure.decision_surface import SurfacePaths, check_two_features
from helpers.panels.sweeps.boundary_chart import BoundaryChart
from helpers.panels.sweeps.slider_sweep import SliderSweep


class BoundaryLab(SliderSweep):
    """All positions of a slider times several seeds; the decision surface follows the slider.

    The surface is that of the first seed; the boundaries of the others are thin lines. The
    limits of all axes stay, so that positions can be compared.

    Args:
        parts: Rows with two features and two classes, such as `split(make_2d("moons"))`.
        base: All else; a network of the default shape if None.
        name: A name in `HYPERPARAMETERS`, or "width": units of the first hidden layer; further ones
            keep their share of it.
        positions: The slider's values; the setting's own if None.
        seeds: Each position is trained once with each.
        metric: What the curves show, "loss" or "accuracy".
        top: Where the axis of losses ends; twice the loss of guessing if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        l2, ...: The slider, under the hyperparameter's name; its `value` is one of
            `positions`.
        positions: Ascending.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as said above.
    """

    widths = (1, 2, 4, 8, 32, 128)  # each is a shape of its own, which takes seconds to compile

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        name: str = "l2",
        positions: Iterable[float] | None = None,
        seeds: Iterable[int] = range(3),
        *,
        metric: str = "loss",
        top: float | None = None,
        size: str = "page",
    ):
        check_two_features(parts)
        self._drawings: dict[float, SurfacePaths] = {}  # of the runs in `_runs`, as far as needed
        super().__init__(parts, base, name, positions, seeds, metric, top, size)
        self._rows = choice(("training rows", "validation rows"), "training rows").add_class("push")
        self._rows.observe(self._choose_rows, "value")
        self.children = self._lay_out([self.slider], [self._rows, self._metric])
        self._show()

    def _make_chart(self, parts, epochs, size, top) -> BoundaryChart:
        setting, guessing = SLIDERS[self.name], metrics.baseline_loss(parts.train.y)
        return BoundaryChart(size, setting, parts, len(self.seeds), epochs, guessing, top)

    # For `BankPanel` ------------------------------------------------------------------------

    def _take(self, runs: list[Run]) -> None:
        found = self._sorted(runs)
        with self._lock:
            self._runs, self._drawings = found, {}
        self._drawing(self.slider.value)

    @caught
    def _rest(self, problem: Exception | None) -> None:
        super()._rest(problem)
        for position in self.positions:
            if not self.closed and not self._worker.working:
                self._drawing(position)  # so that the slider need not wait for it

    def _drawing(self, position: float) -> SurfacePaths | None:
        """The surface at a position; made when it is first asked for."""
        with self._lock:
            runs, known = self._runs, self._drawings
        if not runs:
            return None
        if position not in known:  # two threads may both make it: they make the same
            known[position] = self._chart.drawing(runs[position])
        return known[position]

    def _draw(self) -> None:
        position = self.slider.value
        drawing, runs = self._drawing(position), self.runs.get(position, [])
        self._chart.show(position, drawing, runs, self._metric.value, self._epochs)

    @property
    def _epochs(self) -> int:
        with self._lock:
            return max((r.epochs for row in self._runs.values() for r in row), default=0)

    @caught
    def _choose_rows(self, change) -> None:
        self._chart.show_rows(change["new"].split()[0])

    def _introduce(self) -> str:
        rows, flipped = len(self.parts.train), len(self.parts.flipped)
        noise = f", {flipped} of them with a flipped label (ringed)" if flipped else ""
        return f"Nothing is trained yet: {rows} training rows{noise}. {self._plan()}"

    def _sentences(self) -> list[str]:
        position, seeds = self.slider.value, len(self.seeds)
        spell = SLIDERS[self.name].spell
        runs = self.runs[position]
        lost = sum(run.diverged is not None for run in runs)
        if lost:
            return [f"{spell(position)}: {lost} of {seeds} runs diverged, so there is no mean."]

        def mean(curve):
            return float(np.mean([getattr(run, curve)[-1] for run in runs]))

        share = mean("validation_accuracy")
        error = metrics.accuracy_error(min(1.0, share), len(self.parts.validation))
        said = [
            f"{spell(position)} after {self._done} epochs: training loss {mean('train_loss'):.3f}, "
            f"accuracy {100 * mean('train_accuracy'):.1f} %; validation loss "
            f"{mean('validation_loss'):.3f}, accuracy {100 * share:.1f} ± {100 * error:.1f} %"
            + (f" (means of {seeds} seeds)." if seeds > 1 else "."),
        ]
        flipped = self.parts.flipped
        if len(flipped):
            part = self.parts.train
            logits = reference.forward(
                part.x[flipped], runs[0].weights, runs[0].experiment.activation
            )
            learnt = int(((logits[:, 0] > 0) == part.y[flipped]).sum())
            said.append(f"It answers {learnt} of the {len(flipped)} flipped labels as flipped.")
        drawing = self._drawing(position)
        if drawing and not drawing.boundary:
            said.append("It gives every row the same answer: there is no boundary.")
        return said

    def _end(self) -> None:
        super()._end()
        self._drawings = {}
