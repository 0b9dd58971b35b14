"""The picture of `SweepLab`: the curves at one position, and where all positions end."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers import metrics
from helpers.drawing.curves import LOUDEST, MAIN, Curves, stacked
from helpers.drawing.style import COLORS
from helpers.drawing.sweep import SYMBOLS, UCurve
from helpers.experiment import Run
from helpers.panels.sweeps.bank_chart import BankChart

_NO_STRENGTHS = ("learning_rate", "width")  # more of these makes no simpler network
_LEFT = 92  # pixels at scale 1 before the axes of the curves
_LABELS = 108  # room for the words behind curves
_TICKS = 56  # and for the ticks of the axes at the right
_HEADER = 38  # letters of a line above the axes at the right, at most


class Ends(NamedTuple):
    """Where the curves of all positions end.

    Attributes:
        values: {"training", "validation" or "best": float64 (positions, seeds)}, by ascending
            position; NaN where a run diverged. "best" is the best validation of any epoch.
        choices: {"sweet spot" or "one standard error": position}, as far as there is one.
    """

    values: dict[str, np.ndarray]
    choices: dict[str, float]


def ends_of(runs: Mapping[float, Sequence[Run]], metric: str, name: str) -> Ends:
    """Find where the curves of a sweep end.

    Args:
        runs: {position: runs, one per seed}.
        metric: "loss" or "accuracy".
        name: The hyperparameter that was swept, or "width".
    """
    epochs = max(run.epochs for row in runs.values() for run in row)
    best = np.min if metric == "loss" else np.max
    curves = {r: [stacked(row, r, metric, epochs) for row in runs.values()] for r in MAIN}
    values = {role: np.array([rows[:, -1] for rows in found]) for role, found in curves.items()}
    values["best"] = np.array([best(rows, axis=1) for rows in curves["validation"]])
    return Ends(values, _choose(runs, metric, name not in _NO_STRENGTHS))


class SweepChart(BankChart):
    """Curves with their range over seeds at the left, the U-curve of all positions at the right.

    Without a `top` the axes grow so that both ends of all runs are seen.

    Attributes:
        u_curve: What is drawn at the right.
        header: {what it says: text}.
    """

    def _make(self, figure):
        middle = 0.45 * self.size.span
        second = middle + _LABELS + _TICKS
        left = self._curve_axes(figure, _LEFT, middle, 88)
        right = self._curve_axes(figure, second, self.size.span - _LABELS, 88)
        self.curves, self._axes = Curves(left), (left, right)
        self.u_curve = UCurve(right, *self.hyperparameters, *self.positions)
        right.ax.set_ylabel("")
        self._loudest = LOUDEST * self.baseline_loss if self._top is None else 0.0
        self._write_seeds(figure, _LEFT, 38, "mean and range")
        self.title = self._write(figure, _LEFT, 9)
        green = {"points": 11, "color": COLORS["best"]}
        self.header = {
            "when": self._write(figure, second, 9, 12),
            "sweet spot": self._write(figure, second, 36, **green),
            "one standard error": self._write(figure, second, 58, **green),
        }
        self._names = {right.ax: [(x, self.spell(p)) for p, x in self.u_curve.places.items()]}
        return [*self.curves.moving, *self.u_curve.moving, self.title, *self.header.values()]

    def _set_axes(self, metric, ends):
        if metric == self.curves.axes.metric and not self._make_room(metric, ends):
            return False
        for axes in self._axes:
            axes.set_metric(metric)
        self.u_curve.axes.ax.set_ylabel("")
        return True

    def _draw(self, position, runs, epochs, ends: Ends | None):
        """Mark a position among the ends of all; None before anything is trained."""
        values, choices = (ends.values, ends.choices) if ends else ({}, {})
        self.u_curve.show(values, choices, position)
        after = f" after {epochs} epochs" if epochs else ""
        self.header["when"].set_text(f"All {len(self.u_curve.places)} positions{after}")
        for name, sign in SYMBOLS.items():
            words = f"{sign} {name}: {self.spell(choices[name])}" if name in choices else ""
            if len(words) > _HEADER:  # the axis names the hyperparameter
                words = f"{sign} {name}: {choices[name]:g}"
            self.header[name].set_text(words)

    def above(self, ends: Ends) -> list[float]:
        """Give the positions whose validation ends above the axes."""
        high = ends.values["validation"].mean(axis=1) > self._axes[1].high
        return [p for p, is_high in zip(self.u_curve.places, high, strict=True) if is_high]

    def _make_room(self, metric, ends) -> bool:
        """Let the axes of losses end above all ends; says whether they end elsewhere now."""
        means = [ends.values[role].mean(axis=1) for role in MAIN if ends and metric == "loss"]
        highest = np.nanmax(np.array(means), initial=0.0)
        if not self._axes[0].top < highest < self._loudest:
            return False
        for axes in self._axes:  # to a fifth of a nat, so that it is seldom redrawn
            axes.top = float(np.ceil(5 * 1.1 * highest) / 5)
        return True


def _choose(runs, metric, is_strength) -> dict[str, float]:
    """The sweet spot, and the largest strength that does as well as far as seeds can tell."""

    def miss(run):
        return np.inf if run.diverged else 1 - float(run.validation_accuracy[-1])

    measure = metrics.final_loss if metric == "loss" else miss
    try:
        found = {"sweet spot": metrics.sweet_spot(runs, measure)}
        if is_strength and all(len(row) > 1 for row in runs.values()):
            found["one standard error"] = metrics.one_standard_error(runs, measure)
    except ValueError:  # at every position a run diverged
        return {}
    return found
