"""`SweepLab`: every position of a hyperparameter, with every seed, trained as one program.

    sweep = SweepLab(parts, base, "l2")     # 13 positions, 0 included, and five seeds
    sweep                       # as the last expression of a cell: shows it
    sweep.train()               # what the button does; training runs in a thread
    sweep.l2.value = 0.03       # what the slider does, also while the networks still train
    sweep.wait()                # until it stops; raises what went wrong
    sweep.runs                  # {position: [Run per seed]}

Moving the slider never trains anything: it shows what there is.
"""

from collections.abc import Iterable, Sequence

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.formatting import plural
from helpers.panels.base.panel import choice
from helpers.panels.base.slider import SLIDERS
from helpers.panels.sweeps.bank import Position, Results
from helpers.panels.sweeps.base import BankPanel, last
from helpers.panels.sweeps.sweep_chart import Ends, SweepChart, ends_of
from helpers.tasks import METRICS
from helpers.validation import check_choice

NAMES = (*HYPERPARAMETERS, "width")


class SweepLab(BankPanel):
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
        seeds: Each position is trained once with each; 0 to 4 if None.
        metric: What the curves show, "loss" or "accuracy", which of a regression is R².
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

    _chart = SweepChart
    widths: tuple[float, ...] = SLIDERS["width"].positions
    usual_seeds: Iterable[int] = range(5)

    def __init__(
        self,
        parts: Parts,
        base: Experiment | None = None,
        name: str = "l2",
        positions: Iterable[float] | None = None,
        seeds: Iterable[int] | None = None,
        *,
        metric: str = "loss",
        top: float | None = None,
        size: str = "page",
    ):
        self.name = check_choice("name", name, NAMES)
        check_choice("metric", metric, METRICS)
        if positions is None:
            positions = self.widths if name == "width" else SLIDERS[name].positions
        seeds = self.usual_seeds if seeds is None else seeds
        super().__init__(parts, base, {name: positions}, seeds, top, size)
        (self.positions,), (self.slider,) = self._positions.values(), self._sliders
        self.metric = choice(parts.task.metrics, metric)
        self._finish(self.metric)

    def _summarise(self, runs: dict[Position, list[Run]]) -> dict[str, Ends]:
        return {metric: ends_of(runs, metric, self.name) for metric in METRICS}

    def _draw_results(self, results: Results, position: Position) -> None:
        metric = self.metric.value
        ends = results.summary and results.summary[metric]
        runs = results.runs.get(position, ())
        self.chart.show(position, runs, results.epochs, metric, ends)

    def _describe(self, runs: Sequence[Run]) -> str:
        metric, task = self.metric.value, self.parts.task
        form = ".1%" if metric == "accuracy" and task.classifies else ".2f"
        name = task.name_of(metric)
        train, validation = (last(runs, f"{part}_{metric}") for part in ("train", "validation"))
        return (
            f"training {name} {train.mean():{form}}, validation {name} {validation.mean():{form}}"
            f" ({validation.min():{form}} to {validation.max():{form}} over "
            f"{plural(len(runs), 'seed')}){self._spell_rmse(runs)}"
        )

    def _remark(self, results: Results, position: Position) -> list[str]:
        ends, said = results.summary[self.metric.value], []
        sweet_spot = ends.choices.get("sweet spot")
        if sweet_spot is None:
            return ["At every position a run diverged, so there is no sweet spot."]
        said.append(f"Sweet spot: {self.chart.spell(sweet_spot)}.")
        largest = ends.choices.get("one standard error", sweet_spot)
        if largest != sweet_spot:
            said.append(
                f"{self.chart.spell(largest)} is within one standard error of it "
                f"(over the {len(self.seeds)} seeds)."
            )
        if above := self.chart.above(ends):
            where = ", ".join(map(self.chart.spell, above))
            name = self.parts.task.name_of(self.metric.value)
            said.append(f"▲\N{NO-BREAK SPACE}Validation {name} is above the axis at {where}.")
        return said
