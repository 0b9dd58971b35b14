"""`SweepLab`: every position of a hyperparameter, with every seed, trained as one program.

    sweep = SweepLab(parts, base, "l2")     # 13 positions, 0 included, and five seeds
    sweep                       # as the last expression of a cell: shows it
    sweep.train()               # what the button does; training runs in a thread
    sweep.l2.value = 0.03       # what the slider does, also while the networks still train
    sweep.wait()                # until it stops; raises what went wrong
    sweep.runs                  # {position: [Run per seed]}

Moving the slider never trains anything: it shows what there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpers import metrics
from helpers.experiment import Run
from helpers.formatting import plural
from helpers.panels.base.slider import SLIDERS
from helpers.panels.sweeps.bank import Position, Results
from helpers.panels.sweeps.slider_sweep import METRICS, SliderSweep
from helpers.panels.sweeps.sweep_chart import Ends, SweepChart, ends_of


class SweepLab(SliderSweep):
    """All positions of one hyperparameter times several seeds, and where all of them end.

    At the left are the curves of the slider's position, at the right the last values of all
    positions, with the lowest (the sweet spot) and, of a regularisation strength, the largest
    that is within one standard error of it.

    Args:
        parts: What `helpers.data.split` returns.
        base: What the experiments have in common; a network of the default shape if None.
        name: A name in `HYPERPARAMETERS`; or "width", the units of the first hidden layer (further
            layers keep their share), where each width takes seconds to compile.
        positions: The slider's values; the hyperparameter's own (of widths: `widths`) if None.
        seeds: Each position is trained once with each.
        metric: What the curves show, "loss" or "accuracy".
        top: Where the axis of losses ends; twice the baseline's loss if None.
        size: "page", or "lecture" for a projector.

    Attributes:
        name: Of the slider.
        slider: The `HyperparameterSlider`, whose `value` is one of `positions`; also under its
            own name, such as `l2`.
        positions: Ascending.
        seeds: Each once.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as described.
    """

    def _make_chart(self, size, top) -> SweepChart:
        return SweepChart(
            size, SLIDERS[self.name], self._positions[self.name], len(self.seeds),
            self.base.epochs, metrics.baseline_loss(self.parts.train.y, self.parts.validation.y),
            metrics.baseline_accuracy(self.parts.train.y, self.parts.validation.y), top,
        )  # fmt: skip

    def _summarise(self, runs: dict[Position, list[Run]]) -> dict[str, Ends]:
        return {metric: ends_of(runs, metric, self.name) for metric in METRICS}

    def _draw_results(self, results: Results, position: Position) -> None:
        metric = self._metric.value
        ends = results.summary and results.summary[metric]
        self.chart.show(position, metric, results.runs.get(position, ()), ends)

    def _describe(self, runs: Sequence[Run]) -> str:
        name = self._metric.value
        form = ".2f" if name == "loss" else ".1%"
        train, validation = (
            [float(getattr(run, f"{part}_{name}")[-1]) for run in runs]
            for part in ("train", "validation")
        )
        return (
            f"training {name} {_mean(train):{form}}, validation {name} {_mean(validation):{form}}"
            f" ({min(validation):{form}} to {max(validation):{form}} over "
            f"{plural(len(runs), 'seed')})"
        )

    def _remark(self, results: Results, position: Position) -> list[str]:
        ends, said = results.summary[self._metric.value], []
        sweet_spot = ends.choices.get("sweet spot")
        if sweet_spot is None:
            return ["At every position a run diverged, so there is no sweet spot."]
        said.append(f"Sweet spot: {self._spell(sweet_spot)}.")
        largest = ends.choices.get("one standard error", sweet_spot)
        if largest != sweet_spot:
            said.append(
                f"{self._spell(largest)} is within one standard error of it "
                f"(over the {len(self.seeds)} seeds)."
            )
        if above := self.chart.above(ends):
            where = ", ".join(map(self._spell, above))
            name = self._metric.value
            said.append(f"▲\N{NO-BREAK SPACE}Validation {name} is above the axis at {where}.")
        return said


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
