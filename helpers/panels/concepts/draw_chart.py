"""The picture of `Draw`: empty axes, what was drawn as wide pale lines, and the real curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import FuncFormatter, MaxNLocator

from helpers.drawing.axes import LIFT, Size
from helpers.drawing.style import LINE_STYLES, MUTED
from helpers.drawing.sweep import strength_axis, strength_ticks
from helpers.formatting import tick
from helpers.panels.concepts.chart import EndLabels, Moving
from helpers.panels.concepts.pencil import COLUMNS
from helpers.panels.figure.live_figure import LiveFigure

# Narrower than other panels: one pair of axes, of which the words can still be read on a phone.
SIZES = {"page": Size(600, 380, 1.0), "lecture": Size(1000, 600, LIFT)}
_RIBBON = 9  # points: the width of what was drawn
_PALE = 0.3
_DIGITS = 9.3  # pixels that a letter of a label takes


class Across:
    """The horizontal axis: where its values stand, and how they are spelled.

    Args:
        values: Both ends, or all values that are tried, ascending.
        log: Whether the axis is logarithmic; a 0 stands to the left of the others.
        name: What the values are, in words.

    Attributes:
        places: Where the values stand; even on the axis.
        columns: `COLUMNS` places from end to end.
    """

    def __init__(self, values: Sequence[float], log: bool, name: str):
        self.values, self.log, self.name = np.array(values, float), log, name
        self._places = strength_axis(self.values, log)
        self.places = np.array(list(self._places.values()))
        self.columns = np.linspace(self.places[0], self.places[-1], COLUMNS)
        self._tried = len(self.values) > 2
        whole = all(v == int(v) for v in self.values) and self.values[-1] - self.values[0] >= 20
        self._whole = whole and not log

    def place(self, values) -> np.ndarray:
        """Where values stand; NaN for those that a logarithmic axis cannot show."""
        values = np.asarray(values, float)
        if not self.log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(values > 0, np.log10(values), np.nan)
        return np.where(values == 0, self._places.get(0.0, np.nan), found)

    def spell(self, place: float) -> str:
        """The value at a place: the nearest of those that are tried, if they are given."""
        if self._tried:
            return tick(float(self.values[np.argmin(np.abs(self.places - place))]))
        value = 10**place if self.log else place
        return f"{value:.0f}" if self._whole else tick(float(f"{value:.2g}"))

    def point(self, place: float) -> str:
        """The same with what it is: "epoch 25" or "λ = 0.01"."""
        return f"{self.name} {'= ' if len(self.name) == 1 else ''}{self.spell(place)}"

    def set_axis(self, ax, width: float) -> None:
        """Set limits and ticks."""
        ax.set_xlim(self.places[0], self.places[-1])
        if self._tried:
            ticks = strength_ticks(self.values, self.log, width)
            ax.set_xticks(list(ticks), list(ticks.values()))
            if self.log and self.values[0] == 0:  # left of it there is no scale
                ground = {"facecolor": "white", "edgecolor": "none", "pad": 0}
                where = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
                ax.text(self.places[:2].mean(), 0, "//", color=MUTED, bbox=ground, **where)
        else:
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=self._whole or self.log))
            ax.xaxis.set_major_formatter(
                FuncFormatter(lambda place, _: tick(10**place if self.log else place))
            )


class DrawChart:
    """Axes with the drawn curves and, over them, the real ones.

    Args:
        size: How large.
        across: The horizontal axis.
        y: Both ends of the vertical axis.
        labels: Of the horizontal and the vertical axis.
        curves: Names of the curves. One that begins with a name of `LINE_STYLES` looks like it.

    Attributes:
        live_figure: The picture.
        strokes: For each curve what a browser needs to draw it, as in a frame of `LiveFigure`.
    """

    def __init__(self, size: Size, across: Across, y, labels, curves: Sequence[str]):
        self.across, self.y, self.curves = across, y, list(curves)
        moving, longest = Moving(size), max(len(f"your {name}") for name in curves)
        with size.style():
            figure = size.figure()
            right = size.span - 16 - _DIGITS * longest
            ax = size.axes(figure, left=74, right=right, top=18, bottom=58)
            across.set_axis(ax, (right - 74) * 100 / 72)
            ax.set(ylim=y, xlabel=labels[0], ylabel=labels[1])
            styles = [
                size.line_style(name.split()[0])
                if name.split()[0] in LINE_STYLES
                else size.line_style("sum", linestyle="-", linewidth=2.6)
                for name in curves
            ]
            colors = [style["color"] for style in styles]
            self._ribbons = [
                moving.line(ax, color=color, linewidth=_RIBBON, alpha=_PALE, solid_capstyle="round")
                for color in colors
            ]
            self._cores = [
                moving.line(ax, color=color, linewidth=1.2, label=f"your {name}")
                for name, color in zip(curves, colors, strict=True)
            ]
            self._real = [
                moving.keep(ax.plot([], [], label=name, **style)[0])
                for name, style in zip(curves, styles, strict=True)
            ]
            self._labels = EndLabels(moving, ax, colors + colors)
        names = {ax: [(p, across.point(p)) for p in across.columns]}
        self.live_figure = LiveFigure(figure, moving, names=names)
        self.strokes = [
            [
                _stroke(to_hex((*to_rgb(color), _PALE), keep_alpha=True), _RIBBON * size.scale),
                _stroke(color, 1.2 * size.scale),
            ]
            for color in colors
        ]

    def show(
        self,
        drawn: Mapping[str, np.ndarray],
        real: Mapping[str, tuple[np.ndarray, np.ndarray]],
        grown: float,
    ) -> None:
        """Draw what there is.

        Args:
            drawn: {curve: values at `across.columns`, NaN where nothing was drawn}.
            real: {curve: (places, values)}.
            grown: The share of the axis up to which the real curves have come.
        """
        nothing = np.array([]), np.array([])
        columns = self.across.columns
        edge = columns[0] + grown * (columns[-1] - columns[0])
        words, heights = [], []
        for i, name in enumerate(self.curves):
            values = drawn.get(name, np.full(COLUMNS, np.nan))
            known = np.isfinite(values)
            for line in (self._ribbons[i], self._cores[i]):
                line.set_data(columns[known], values[known])
            words.append(f"your {name}" if known.any() else "")
            heights.append(float(values[known][-1]) if known.any() else self.y[0])
        for i, name in enumerate(self.curves):
            x, values = real.get(name, nothing)
            until = x <= edge + 1e-9
            self._real[i].set_data(x[until], values[until])
            words.append(name if until.any() else "")
            heights.append(float(np.clip(values[until][-1], *self.y)) if until.any() else self.y[0])
            if until.any() and not self.y[0] <= values[until][-1] <= self.y[1]:
                words[-1] += " ▲" if values[until][-1] > self.y[1] else " ▼"
        self._labels.show(words, heights)
        self.live_figure.update()


def _stroke(color: str, points: float) -> dict:
    width = round(points * 100 / 72, 2)  # figures have 100 pixels to the inch
    return {"kind": "line", "color": color, "width": width, "cap": "round"}
