"""The picture of `SweepLab`: the curves at one position, and where all positions end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers import metrics
from helpers.drawing import plots
from helpers.drawing.axes import CurveAxes, Size
from helpers.experiment import Hyperparameter, Run
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.figure.seed_curves import PARTS, SeedCurves, stacked, write_legend

_NO_STRENGTHS = ("learning_rate", "width")  # more of these makes no simpler network
_LEFT = 92  # pixels at scale 1 before the axes of the curves


class Ends(NamedTuple):
    """Where the curves of all positions end.

    Attributes:
        epochs: After how many.
        values: {"train", "validation" or "best": float64 (positions, seeds)}, by ascending
            position; NaN where a run diverged. "best" is the best validation of any epoch.
        choices: {"sweet spot" or "one standard error": position}, as far as there is one.
    """

    epochs: int
    values: dict[str, np.ndarray]
    choices: dict[str, float]

    def at(self, part: str, index: int) -> tuple[float, float, float]:
        """Mean, lowest and highest end over seeds at one position; NaN if a run diverged."""
        ends = self.values[part][index]
        return float(ends.mean()), float(ends.min()), float(ends.max())


def ends_of(runs: Mapping[float, Sequence[Run]], metric: str, name: str) -> Ends:
    """Where the curves of a sweep end.

    Args:
        runs: {position: runs, one per seed}.
        metric: "loss" or "accuracy".
        name: The hyperparameter that was swept, or "width".
    """
    epochs = max(run.epochs for row in runs.values() for run in row)
    best = np.min if metric == "loss" else np.max
    values = {part: [] for part in (*PARTS, "best")}
    for row in runs.values():
        curves = {part: stacked(row, f"{part}_{metric}", epochs) for part in PARTS}
        for part, curve in curves.items():
            values[part].append(curve[:, -1])
        values["best"].append(best(curves["validation"], axis=1))
    choices = _choose(runs, metric, name not in _NO_STRENGTHS)
    return Ends(epochs, {part: np.array(rows) for part, rows in values.items()}, choices)


class SweepChart:
    """Curves with their range over seeds at the left, the U-curve of all positions at the right.

    Args:
        size: How large.
        setting: The strength that was swept.
        positions: Its values, ascending.
        seeds: How many seeds there are.
        epochs: Where the axis of epochs ends.
        guessing, top: As for `CurveAxes`.
        baseline: The accuracy of always naming the commonest class.
    """

    def __init__(
        self,
        size: Size,
        setting: Hyperparameter,
        positions: Sequence[float],
        seeds: int,
        epochs: int,
        guessing: float,
        baseline: float,
        top: float | None = None,
    ):
        self.size, self.setting, self.metric = size, setting, "loss"
        self.places = plots.strength_axis(positions, setting.log)
        with size.style():
            figure = size.figure()
            middle = 0.585 * size.span
            left = size.axes(figure, left=_LEFT, right=middle - 60, top=96, bottom=56)
            right = size.axes(figure, left=middle + 32, right=size.span - 64, top=96, bottom=56)
            self._curves = SeedCurves(left, size, epochs, guessing, top)
            self._curve_axes = CurveAxes(right, size, guessing, top)
            for curve_axes in (self._curves.curve_axes, self._curve_axes):
                curve_axes.mark_baseline(baseline)
            self._prepare_axes(right)
            self._make_ends(right)
            told = f"mean and range of {seeds} seeds" if seeds > 1 else "one seed"
            write_legend(figure, size, _LEFT, 38, f"{told}   ○ best epoch")
            self._write_header(figure, right)
        moving = [*self._curves.moving, *self._right.values(), *self._header.values()]
        names = [(x, setting.spell(p)) for p, x in self.places.items()]
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
        with self.live_figure.lock:
            other_axes = metric != self.metric
            if other_axes:
                self._set_metric(metric)
            self._header["title"].set_text(self.setting.spell(position))
            self._curves.show(runs, metric, ends.epochs if ends else 0)
            self._draw_ends(list(self.places).index(position), ends)
            if other_axes:  # only now: a redrawn still goes out with the lines as they are
                self.live_figure.redraw()
        self.live_figure.update()

    def above(self, ends: Ends) -> list[float]:
        """Positions whose validation ends above the axes."""
        high = ends.values["validation"].mean(axis=1) > self._curve_axes.high
        return [p for p, is_high in zip(self.places, high, strict=True) if is_high]

    def _set_metric(self, metric):
        self.metric = metric
        for curve_axes in (self._curves.curve_axes, self._curve_axes):
            curve_axes.set_metric(metric)
        self._curve_axes.ax.set_ylabel("")

    # Made once -----------------------------------------------------------------------------

    def _prepare_axes(self, ax):
        ticks = plots.strength_ticks(self.places, self.setting.log)
        ax.set_xticks(list(ticks), list(ticks.values()))
        places = list(self.places.values())
        room = 0.05 * (places[-1] - places[0])
        ax.set_xlim(places[0] - room, places[-1] + room)
        symbol = "" if self.setting.symbol in self.setting.label else f" {self.setting.symbol}"
        ax.set(xlabel=self.setting.label + symbol, ylabel="")
        ax.yaxis.tick_right()  # at the left, the words behind the curves need the room
        if self.setting.log and 0 in self.places:  # left of it nothing is to scale
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 0}
            where = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
            style = where | self.size.type(10, plots.MUTED)
            ax.text((places[0] + places[1]) / 2, 0, "//", bbox=ground, zorder=6, **style)

    def _make_ends(self, ax):
        size, found = self.size, {}
        for part, name in PARTS.items():
            found[f"{part} range"] = _band(ax, plots.LINE_STYLES[name]["color"])
        (found["here"],) = ax.plot([], [], color=plots.INK, linewidth=1.6 * size.scale)
        for part, name in PARTS.items():
            (found[part],) = ax.plot([], [], label=name, **size.line_style(name))
        thin_look = size.line_style("validation", linestyle=(0, (1, 1.5)), linewidth=1.5)
        (found["best"],) = ax.plot([], [], label="best validation", **thin_look)
        red, green = (plots.LINE_STYLES[n]["color"] for n in ("validation", "best"))
        edge = {"mec": "white", "mew": size.scale}
        (found["above"],) = ax.plot([], [], "^", ls="", clip_on=False, ms=8 * size.scale,
                                    color=red, **edge)  # fmt: skip
        (found["dots"],) = ax.plot([], [], "o", ls="", color=plots.INK, ms=8 * size.scale, **edge)
        hollow = {"mfc": "white", "ms": 9 * size.scale, "mew": 2.2 * size.scale}
        (found["one standard error"],) = ax.plot([], [], "D", color=green, **hollow)
        (found["sweet spot"],) = ax.plot([], [], "*", color=green, ms=17 * size.scale, **edge)
        self._right = found

    def _write_header(self, figure, right):
        size, green = self.size, plots.LINE_STYLES["best"]["color"]
        x0, x1 = _LEFT * size.scale / size.width, right.get_position().x0

        def words(x, y, points, colour=plots.INK):
            style = size.type(points, colour, weight="bold", va="top")
            return figure.text(x, 1 - y * size.scale / size.height, "", **style)

        self._header = {
            "title": words(x0, 9, 15),
            "when": words(x1, 9, 12),
            "sweet spot": words(x1, 38, 11, green),
            "one standard error": words(x1, 62, 11, green),
        }

    # Drawn for each frame ------------------------------------------------------------------

    def _draw_ends(self, at, all_ends):
        curve_axes, found = self._curve_axes, self._right
        x = np.array(list(self.places.values()))
        nothing = Ends(0, dict.fromkeys((*PARTS, "best"), np.full((len(x), 1), np.nan)), {})
        epochs, ends, choices = all_ends or nothing
        means = {part: e.mean(axis=1) for part, e in ends.items()}
        for part, mean in means.items():
            found[part].set_data(x, mean)
        for part in PARTS:
            low, high = ends[part].min(axis=1), ends[part].max(axis=1)
            found[f"{part} range"].set_data(x, low, high)
        found["here"].set_data([x[at]] * 2, [-1e9, 1e9])
        inside = [means[p][at] for p in PARTS if curve_axes.low <= means[p][at] <= curve_axes.high]
        found["dots"].set_data([x[at]] * len(inside), inside)
        high = x[means["validation"] > curve_axes.high]
        found["above"].set_data(high, np.full(len(high), curve_axes.high))
        for name, sign in (("sweet spot", "★"), ("one standard error", "◆")):
            choice = choices.get(name)
            words = f"{sign} {name}: {self.setting.spell(choice)}" if choice is not None else ""
            self._header[name].set_text(words)
            i = list(self.places).index(choice) if choice is not None else None
            found[name].set_data(*(([x[i]], [means["validation"][i]]) if words else ([], [])))
        when = f"All {len(x)} positions"
        self._header["when"].set_text(f"{when} after {epochs} epochs" if epochs else when)


def _band(ax, colour):
    return ax.fill_between([], [], [], color=colour, alpha=0.22, linewidth=0)


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
