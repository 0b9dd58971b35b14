"""The picture of `SweepLab`: the curves at one position, and where all positions end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from helpers import metrics
from helpers.drawing import plots
from helpers.drawing.axes import CurveAxes, Size
from helpers.experiment import Hyperparameter, Run
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.figure.seed_curves import PARTS, SeedCurves, stacked, write_legend

_NO_STRENGTHS = ("learning_rate", "width")  # more of these makes no simpler network
_LEFT = 92  # pixels at scale 1 before the axes of the curves


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
        self.runs: Mapping[float, Sequence[Run]] = {}
        self.done = 0  # epochs
        self.choices: dict[str, float] = {}  # "sweet spot", "one standard error"
        self._ends: dict[str, np.ndarray] = {}  # (positions, seeds), NaN where a run diverged
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

    def set_metric(self, metric: str) -> None:
        """Show "loss" or "accuracy"."""
        with self.live_figure.lock:
            self.metric = metric
            for curve_axes in (self._curves.curve_axes, self._curve_axes):
                curve_axes.set_metric(metric)
            self._curve_axes.ax.set_ylabel("")
            if self.runs:
                self.take(self.runs)
            self.live_figure.redraw()

    def take(self, runs: Mapping[float, Sequence[Run]]) -> None:
        """Take over what was trained so far: {position: runs, one per seed}."""
        done = max(run.epochs for row in runs.values() for run in row)
        best = np.min if self.metric == "loss" else np.max
        choices = _choose(runs, self.metric, self.setting.name not in _NO_STRENGTHS)
        ends = {part: [] for part in (*PARTS, "best")}
        for row in runs.values():
            for part in PARTS:
                ends[part].append(stacked(row, f"{part}_{self.metric}", done)[:, -1])
            ends["best"].append(best(stacked(row, f"validation_{self.metric}", done), axis=1))
        with self.live_figure.lock:
            self.runs, self.done, self.choices = dict(runs), done, choices
            self._ends = {part: np.array(values) for part, values in ends.items()}

    def show(self, position: float) -> None:
        """Draw the curves of one position, and mark it among all."""
        with self.live_figure.lock:
            self._header["title"].set_text(self.setting.spell(position))
            self._curves.show(self.runs.get(position, ()), self.metric, self.done)
            self._draw_ends(list(self.places).index(position))
        self.live_figure.update()

    def end(self, part: str, position: float) -> tuple[float, float, float]:
        """Mean, lowest and highest end of a curve over seeds; NaN if a run diverged."""
        ends = self._ends[part][list(self.places).index(position)]
        return float(ends.mean()), float(ends.min()), float(ends.max())

    def above(self) -> list[float]:
        """Positions whose validation ends above the axes."""
        high = self._ends["validation"].mean(axis=1) > self._curve_axes.high
        return [p for p, is_high in zip(self.places, high, strict=True) if is_high]

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

    def _draw_ends(self, at):
        curve_axes, found = self._curve_axes, self._right
        x = np.array(list(self.places.values()))
        nothing = np.full((len(x), 1), np.nan)
        ends = {part: self._ends.get(part, nothing) for part in (*PARTS, "best")}
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
            choice = self.choices.get(name)
            words = f"{sign} {name}: {self.setting.spell(choice)}" if choice is not None else ""
            self._header[name].set_text(words)
            i = list(self.places).index(choice) if choice is not None else None
            found[name].set_data(*(([x[i]], [means["validation"][i]]) if words else ([], [])))
        when = f"All {len(x)} positions"
        self._header["when"].set_text(f"{when} after {self.done} epochs" if self.done else when)


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
