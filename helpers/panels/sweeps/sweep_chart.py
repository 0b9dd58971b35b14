"""The picture of `SweepLab`: the curves at one position, and where all positions end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers import metrics
from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes
from helpers.drawing.curves import LOUDEST, MAIN, Curves, stacked
from helpers.drawing.style import COLORS, MUTED
from helpers.drawing.sweep import SYMBOLS, UCurve
from helpers.experiment import Hyperparameter, Run
from helpers.panels.figure.live_figure import LiveFigure

_NO_STRENGTHS = ("learning_rate", "width")  # more of these makes no simpler network
_LEFT = 92  # pixels at scale 1 before the axes of the curves
_LABELS = 108  # room for the words behind curves
_TICKS = 56  # and for the ticks of the axes at the right


class Ends(NamedTuple):
    """Where the curves of all positions end.

    Attributes:
        epochs: After how many.
        values: {"training", "validation" or "best": float64 (positions, seeds)}, by ascending
            position; NaN where a run diverged. "best" is the best validation of any epoch.
        choices: {"sweet spot" or "one standard error": position}, as far as there is one.
    """

    epochs: int
    values: dict[str, np.ndarray]
    choices: dict[str, float]

    @property
    def highest(self) -> float:
        """The highest mean end of training or validation; 0 if every one diverged."""
        means = [self.values[role].mean(axis=1) for role in MAIN]
        return float(np.nanmax(means)) if np.isfinite(means).any() else 0.0


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
    return Ends(epochs, values, _choose(runs, metric, name not in _NO_STRENGTHS))


class SweepChart:
    """Curves with their range over seeds at the left, the U-curve of all positions at the right.

    Args:
        size: How large.
        hyperparameter: What was swept.
        positions: Its values, ascending.
        seeds: How many seeds there are.
        epochs: Where the axis of epochs ends.
        baseline_loss: As for `CurveAxes`.
        baseline_accuracy: The accuracy of always naming the commonest class.
        top: As for `CurveAxes`; if None, the axes grow so that both ends of all runs are seen.

    Attributes:
        curves, u_curve: What is drawn at the left and at the right.
        header: {what it says: text}.
    """

    def __init__(
        self,
        size: Size,
        hyperparameter: Hyperparameter,
        positions: Sequence[float],
        seeds: int,
        epochs: int,
        baseline_loss: float,
        baseline_accuracy: float,
        top: float | None = None,
    ):
        self.hyperparameter, self.metric = hyperparameter, "loss"
        self._loudest = LOUDEST * baseline_loss if top is None else 0.0
        with size.style():
            figure = size.figure()
            middle = 0.45 * size.span
            second = middle + _LABELS + _TICKS
            left = size.axes(figure, left=_LEFT, right=middle, top=88, bottom=56)
            right = size.axes(figure, second, size.span - _LABELS, top=88, bottom=56)
            axes = [CurveAxes(ax, size, baseline_loss, top, in_rows=True) for ax in (left, right)]
            for each in axes:
                each.mark_baseline(baseline_accuracy)
                each.set_epochs(epochs)
            self.curves = Curves(axes[0])
            self.u_curve = UCurve(axes[1], hyperparameter, positions)
            self._axes = axes
            right.set_ylabel("")
            self.header = self._write_header(size, figure, second, seeds)
        moving = [*self.curves.moving, *self.u_curve.moving, *self.header.values()]
        names = [(x, hyperparameter.spell(p)) for p, x in self.u_curve.places.items()]
        self.live_figure = LiveFigure(figure, moving, names={right: names})

    def show(
        self, position: float, metric: str, runs: Sequence[Run], ends: Ends | None = None
    ) -> None:
        """Draw the curves of one position, and mark it among all.

        Args:
            position: Of the slider.
            metric: What the axes show, "loss" or "accuracy".
            runs: Those at this position, one per seed.
            ends: Of all positions, for this metric; None before anything is trained.
        """
        spell, count = self.hyperparameter.spell, len(self.u_curve.places)
        done, values, choices = ends or Ends(0, {}, {})
        with self.live_figure.lock:
            other_axes = metric != self.metric or self._make_room(metric, ends)
            if other_axes:
                self.metric = metric
                for axes in self._axes:
                    axes.set_metric(metric)
                self._axes[1].ax.set_ylabel("")
            self.header["title"].set_text(spell(position))
            self.curves.show(runs, done)
            self.u_curve.show(values, choices, position)
            when = f"All {count} positions"
            self.header["when"].set_text(f"{when} after {done} epochs" if done else when)
            for name, sign in SYMBOLS.items():
                words = f"{sign} {name}: {spell(choices[name])}" if name in choices else ""
                self.header[name].set_text(words)
            if other_axes:  # only now: a redrawn still goes out with the lines as they are
                self.live_figure.redraw()
        self.live_figure.update()

    def above(self, ends: Ends) -> list[float]:
        """Give the positions whose validation ends above the axes."""
        high = ends.values["validation"].mean(axis=1) > self._axes[1].high
        return [p for p, is_high in zip(self.u_curve.places, high, strict=True) if is_high]

    def _make_room(self, metric, ends) -> bool:
        """Let the axes of losses end above all ends; says whether they end elsewhere now."""
        highest = ends.highest if ends and metric == "loss" else 0.0
        if not self._axes[0].top < highest < self._loudest:
            return False
        for axes in self._axes:  # to a fifth of a nat, so that it is seldom redrawn
            axes.top = float(np.ceil(5 * 1.1 * highest) / 5)
        return True

    def _write_header(self, size, figure, right, seeds):
        told = f"mean and range of {seeds} seeds" if seeds > 1 else "one seed"
        size.write(figure, _LEFT, 38, told, 11, MUTED)
        bold = {"weight": "bold"}
        return {
            "title": size.write(figure, _LEFT, 9, "", 15, **bold),
            "when": size.write(figure, right, 9, "", 12, **bold),
            "sweet spot": size.write(figure, right, 36, "", 11, COLORS["best"], **bold),
            "one standard error": size.write(figure, right, 58, "", 11, COLORS["best"], **bold),
        }


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
