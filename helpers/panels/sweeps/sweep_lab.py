"""`SweepLab`: every position of a strength, with every seed, trained as one program.

    sweep = SweepLab(parts, base, "l2")     # 13 positions, 0 included, and five seeds
    sweep                       # as the last expression of a cell: shows it
    sweep.train()               # what the button does; training runs in a thread
    sweep.l2.value = 0.03       # scrub, also while the curves still grow
    sweep.wait()                # until it rests; raises what went wrong
    sweep.runs                  # {position: [Run per seed]}

Moving the slider never trains anything: it shows what there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from helpers import metrics
from helpers.experiment import Experiment, Run
from helpers.panels.base.slider import SLIDERS
from helpers.panels.sweeps.slider_sweep import SliderSweep
from helpers.panels.sweeps.sweep_chart import SweepChart

if TYPE_CHECKING:
    from helpers.data import Parts


class SweepLab(SliderSweep):
    """All positions of one strength times several seeds; a slider scrubs through them.

    Args:
        parts: What `helpers.data.split` returns.
        base: All else; a network of the default shape if None.
        name: The strength, a name in `HYPERPARAMETERS`; or "width", the units of the first hidden
            layer (further ones keep their share), where each width takes seconds to compile.
        positions: Its values; the setting's own if None.
        seeds: Each position is trained once with each.
        metric: "loss" or "accuracy".
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

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        name: str = "l2",
        positions: Iterable[float] | None = None,
        seeds: Iterable[int] = range(5),
        *,
        metric: str = "loss",
        top: float | None = None,
        size: str = "page",
    ):
        super().__init__(parts, base, name, positions, seeds, metric, top, size)
        self.children = self._lay_out([self.slider], [self._metric.add_class("push")])
        self._show()

    def _make_chart(self, parts, epochs, size, top) -> SweepChart:
        setting, guessing = SLIDERS[self.name], math.log(parts.n_classes)
        baseline = metrics.baseline_accuracy(parts.validation.y)
        return SweepChart(
            size, setting, self.positions, len(self.seeds), epochs, guessing, baseline, top
        )

    # For `BankPanel` ------------------------------------------------------------------------

    def _take(self, runs: list[Run]) -> None:
        found = self._sorted(runs)
        with self._lock:
            self._runs = found
        self._chart.take(found)

    def _draw(self) -> None:
        self._chart.show(self.slider.value)

    def _introduce(self) -> str:
        return f"Nothing is trained yet. {self._plan()} The slider can be moved meanwhile."

    def _sentences(self) -> list[str]:
        chart, position = self._chart, self.slider.value
        spell, seeds = SLIDERS[self.name].spell, len(self.seeds)
        lost = sum(run.diverged is not None for run in self.runs[position])
        if lost:
            here = f"{spell(position)}: {lost} of {seeds} runs diverged, so there is no mean."
        else:
            (train, *_), (validation, low, high) = (
                chart.end(part, position) for part in ("train", "validation")
            )
            name, form = self._metric.value, (".2f" if self._metric.value == "loss" else ".1%")
            here = (
                f"{spell(position)} after {chart.done} epochs: training {name} {train:{form}}, "
                f"validation {name} {validation:{form}} ({low:{form}} to {high:{form}} over seeds)."
            )
        found, said = chart.choices, [here]
        if "sweet spot" in found:
            said.append(f"Sweet spot: {spell(found['sweet spot'])}.")
        if found.get("one standard error", found.get("sweet spot")) != found.get("sweet spot"):
            said.append(
                f"{spell(found['one standard error'])} does as well as far as "
                f"{seeds} seeds can tell."
            )
        above = chart.above()
        if above:
            where = ", ".join(map(spell, above))
            name = self._metric.value
            said.append(f"▲\N{NO-BREAK SPACE}Validation {name} is above the axis at {where}.")
        return said
