"""`GridLab`: two hyperparameters at a time, every pair trained and shown as a map.

land = GridLab(parts, base, "l2", "dropout")      # 7 × 7 pairs and three seeds
land                        # as the last expression of a cell: shows it
land.train()                # what the button does; training runs in a thread
land.l2.value, land.dropout.value = 0.02, 0.5       # move the cursor
land.wait()                 # until it stops; raises what went wrong
land.runs                   # {(l2, dropout): [Run per seed]}
land.lowest, land.as_good   # the pair that came out lowest; those that may be as good
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from helpers import metrics
from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.formatting import plural
from helpers.metrics import Marks, Pair
from helpers.panels.base.panel import button
from helpers.panels.sweeps.bank import Position, Results
from helpers.panels.sweeps.base import BankPanel, last
from helpers.panels.sweeps.grid_chart import GridChart
from helpers.validation import check_choice


class GridLab(BankPanel):
    """All pairs of positions of two hyperparameters times several seeds, as a map with a cursor.

    Args:
        parts, base, seeds, top, size: As for `SweepLab`.
        x, y: Two names in `HYPERPARAMETERS`.
        positions: {name: its values}; for a name that is not in it, every second one of the
            hyperparameter's own.

    Attributes:
        l2, dropout, ...: The two `HyperparameterSlider`s, under the hyperparameters' names.
        positions: {name: its values, ascending}.
        seeds, error: As for `SweepLab`.

    Raises:
        ValueError: If an argument is not as described.
    """

    _chart, _places = GridChart, "cells"

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
        check_choice("x", x, tuple(HYPERPARAMETERS))
        check_choice("y", y, tuple(HYPERPARAMETERS))
        if x == y:
            raise ValueError(f"y={y!r}: must be another hyperparameter than x")
        given = dict(positions or {})
        if unknown := set(given) - {x, y}:
            raise ValueError(f"positions for {', '.join(sorted(unknown))}: must be for {x} or {y}")
        usual = {name: HYPERPARAMETERS[name].positions[::2] for name in (x, y)}
        self.x, self.y = x, y
        super().__init__(parts, base, usual | given, seeds, top, size)
        self.positions = self._positions
        tooltip = "Put the cursor on the lowest cell"
        self.go_button = button("Go to ★", "crosshairs", tooltip, self._press(self.go_to_lowest))
        self._finish(self.go_button)

    def go_to_lowest(self) -> None:
        """Put the cursor on the lowest cell; nothing happens while there is none."""
        if (lowest := self.lowest) is not None:
            for slider, value in zip(self._sliders, lowest, strict=True):
                slider.value = value

    # What can be read ----------------------------------------------------------------------

    @property
    def lowest(self) -> Pair | None:
        """The pair whose mean validation loss after the last epoch is lowest, if any."""
        marks = self._bank.results.summary
        return marks and marks.lowest

    @property
    def as_good(self) -> list[Pair]:
        """The other pairs within one standard error of the lowest: perhaps as good.

        Validation rows and seeds vary in it.
        """
        marks = self._bank.results.summary
        return list(marks.as_good) if marks else []

    # For `BankPanel` -----------------------------------------------------------------------

    def _summarise(self, runs: dict[Position, list[Run]]) -> Marks:
        return metrics.mark_grid(runs, tuple(self._positions.values()), self.parts.validation)

    def _draw_results(self, results: Results, position: Position) -> None:
        runs = results.runs.get(position, ())
        self.chart.show(position, runs, results.epochs, "loss", results.summary)
        self.go_button.disabled = self.lowest is None

    def _describe(self, runs: Sequence[Run]) -> str:
        train, validation = last(runs, "train_loss"), last(runs, "validation_loss")
        over = f" ({validation.min():.3f} to {validation.max():.3f} over {len(runs)} seeds)"
        return (
            f"training loss {train.mean():.3f}, validation loss {validation.mean():.3f}"
            f"{over if len(runs) > 1 else ''}, {self._spell_score(runs)}"
        )

    def _remark(self, results: Results, position: Position) -> list[str]:
        marks: Marks = results.summary
        if marks.lowest is None:
            return ["At every cell a run diverged."]
        low, cells = float(np.nanmin(marks.means)), marks.means.size
        here = "here" if marks.lowest == position else f"at {self.chart.spell(marks.lowest)}"
        many = len(marks.as_good)
        others = {0: "no other is", 1: "1 other is"}.get(many, f"{many} others are")
        said = [
            f"Lowest of {cells} cells: {low:.3f}, {here}.",
            f"One standard error over {plural(len(self.parts.validation), 'validation row')} and "
            f"{plural(len(self.seeds), 'seed')} is {marks.error:.3f}: {others} as close"
            + (" and may be as good." if many else "."),
        ]
        if worse := int((marks.means >= self.chart.baseline_loss).sum()):
            said.append(
                f"{plural(worse, 'cell')} at the baseline's loss "
                f"({self.chart.baseline_loss:.2f}) or above share the last shade."
            )
        if diverged := int(np.isnan(marks.means).sum()):
            said.append(f"✕\N{NO-BREAK SPACE}A run diverged: {plural(diverged, 'cell')}.")
        return said
