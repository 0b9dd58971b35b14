"""The picture of `DropoutLab`: the network under one mask, and the average over those so far."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.path import Path
from matplotlib.ticker import NullLocator

from helpers.drawing.axes import Size
from helpers.drawing.style import INK, MUTED, PAIR
from helpers.formatting import signed
from helpers.panels.concepts.chart import EndLabels, Moving
from helpers.panels.figure.live_figure import LiveFigure

ONE, AVERAGE, (PREDICTION, ALL) = MUTED, INK, PAIR
_KEPT, _ALL_KEPT, _GONE = "#e3e6ea", "#f4dfea", "#b5b5b5"
_PILL = (92, 46)  # width and height of a unit, in pixels at scale 1
_INPUT = 52  # width of an input
_BOLD = (0.4, 1.0, 2.0)  # weights up to these sizes get lines of three widths


class DropoutState(NamedTuple):
    """What is to be drawn.

    Attributes:
        before, after: Activations of each hidden layer, (units,), before and after the mask.
        dropped: Which units are dropped, (units,) bool for each hidden layer.
        output: Of the network under this mask.
        factor: What survivors are multiplied by; None at prediction.
        outputs: Under each mask drawn so far, (masks,).
        prediction: The output without any mask.
        exact, standard_deviation: Mean and standard deviation of the output over every mask
            there is.
    """

    before: list[np.ndarray]
    after: list[np.ndarray]
    dropped: list[np.ndarray]
    output: float
    factor: float | None
    outputs: np.ndarray
    prediction: float
    exact: float
    standard_deviation: float


class DropoutChart:
    """The drawn network at the left, outputs and their running average at the right.

    Args:
        size: How large.
        network: Whose `x` and `kernels` are drawn.
        most: Where the axis of masks ends.
    """

    def __init__(self, size: Size, network, most: int):
        self.size, self.most, self._kernels = size, most, network.kernels
        self._moving = Moving(size)
        with size.style():
            figure = size.figure()
            middle = 0.535 * size.span
            self._net = size.axes(figure, left=0, right=middle, top=44, bottom=8)
            self.ax = size.axes(figure, left=middle + 46, right=size.span - 142, top=92, bottom=56)
            self._lay_units(middle, size.height / size.scale - 52, network.x)
            self._prepare_axes()
            self._make_net()
            self._make_lines()
            self._write_header(figure)
        self.live_figure = LiveFigure(figure, self._moving)

    def set_limits(self, low: float, high: float) -> None:
        """Set where the axis of outputs begins and ends."""
        with self.live_figure.lock:
            self.ax.set_ylim(low, high)
            self.live_figure.redraw()

    def show(self, state: DropoutState) -> None:
        """Draw the network under one mask, and the average as far as it has come."""
        with self.live_figure.lock:
            self._draw_units(state)
            self._draw_edges(state.dropped)
            self._draw_average(state)
        self.live_figure.update()

    # Made once -----------------------------------------------------------------------------

    def _lay_units(self, width, height, x):
        """Set the places of all units, in pixels at scale 1; the inputs stand still."""
        ax, counts = self._net, [len(self._kernels[0]), *(k.shape[1] for k in self._kernels)]
        ax.set(xlim=(0, width), ylim=(0, height))
        ax.set_axis_off()
        centres = np.linspace(42, width - 50, len(counts))
        pitch = min(60, height / max(counts))
        self._places = [
            np.column_stack([np.full(n, c), height / 2 + pitch * ((n - 1) / 2 - np.arange(n))])
            for n, c in zip(counts, centres, strict=True)
        ]
        self._tall = min(_PILL[1], pitch - 8)
        for k, kernel in enumerate(self._kernels):  # edges that are cut stay faintly visible
            for i, j in np.ndindex(kernel.shape):
                ends = np.array([self._start(k, i), self._places[k + 1][j]])
                ax.plot(*ends.T, color="#e6e6e6", linewidth=0.7 * self.size.scale, zorder=1)
        scale = self.size.scale
        pills = self._pills(_INPUT) | {"mfc": "white", "mec": MUTED}
        ax.plot(*self._places[0].T, **pills, ms=0.72 * _INPUT * scale, mew=1.2 * scale)
        for place, value in zip(self._places[0], x, strict=True):
            centred = {"ha": "center", "va": "center_baseline", "zorder": 4}
            ax.text(*place, signed(value), **self.size.type(11.5), **centred)

    def _start(self, layer, unit):
        """Where an edge starts: at the rim of an input, which lies under all that moves."""
        place = self._places[layer][unit]
        return place if layer else (place[0] + _INPUT / 2, place[1])

    def _make_net(self):
        ax, moving = self._net, self._moving
        widths = (0.8, 1.7, 3.0)
        self.edges = [moving.line(ax, color="#7d93a6", linewidth=w, zorder=2) for w in widths]
        pills = self._pills(_PILL[0]) | {"ms": 0.72 * _PILL[0], "mew": 2}
        self.gone = moving.line(ax, mfc="white", mec=_GONE, **pills)
        self.kept = moving.line(ax, mfc=_KEPT, mec=AVERAGE, **pills)
        self._out = moving.line(ax, mfc="white", mec=INK, **pills)
        self._out.set_data(*self._places[-1].T)

        def words(place, points, up=0.0, **more):
            x, y = place[0], place[1] + up * self._tall
            return moving.text(ax, points, x=x, y=y, ha="center", va="center_baseline", **more)

        hidden = np.concatenate(self._places[1:-1])
        self.small = [words(place, 10, up=0.22) for place in hidden]
        self.large = [words(place, 12.5, up=-0.2, weight="bold") for place in hidden]
        self.result = words(self._places[-1][0], 14, weight="bold")

    def _pills(self, width) -> dict:
        """Marks that are rounded rectangles so many pixels wide, which is 0.72 `width` points."""
        w, h, r = width / 2, self._tall / 2, 9
        corner = np.linspace(0, np.pi / 2, 6)
        arc = np.column_stack([np.cos(corner), np.sin(corner)]) * r
        turns = [arc @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
                 for a in (0, np.pi / 2, np.pi, 3 * np.pi / 2)]  # fmt: skip
        ends = [(w - r, h - r), (r - w, h - r), (r - w, r - h), (w - r, r - h)]
        outline = np.concatenate([t + e for t, e in zip(turns, ends, strict=True)])
        return {"marker": Path([*outline, outline[0]], closed=True), "ls": "", "zorder": 3}

    def _prepare_axes(self):
        ax = self.ax
        ax.set(xscale="log", xlim=(0.93, self.most), xlabel="masks drawn")
        ticks = [10**k for k in range(4) if 10**k <= self.most]
        ax.set_xticks(ticks, [f"{t}" for t in ticks])
        ax.xaxis.set_minor_locator(NullLocator())

    def _make_lines(self):
        ax, moving = self.ax, self._moving
        self._funnel = moving.band(ax, ALL, 0.13)
        dots = {"ls": "", "mfc": ONE, "mec": "none", "alpha": 0.35}
        self.dots = moving.line(ax, "o", ms=3.6, **dots)
        self.outside = [moving.line(ax, mark, ms=5, clip_on=False, **dots) for mark in "^v"]

        def line(label, color, linewidth=2.2, **style):
            return moving.line(ax, label=label, color=color, linewidth=linewidth, **style)

        self.exact = line("average of all masks", ALL, ls=(0, (1, 1.3)))
        self.goal = line("prediction", PREDICTION, ls=(0, (4, 1.6)))
        self.line = line("average so far", AVERAGE, 2.8, zorder=5)
        self._here = moving.line(ax, "o", ms=8, mfc=AVERAGE, mec="white", mew=1.5, zorder=6)
        self._labels = EndLabels(moving, ax, (AVERAGE, PREDICTION, ALL))

    def _write_header(self, figure):
        size, left = self.size, self.ax.get_position().x0 * self.size.span
        size.write(figure, left, 9, "Average of the output", 15, weight="bold")
        dot = {"marker": "o", "ms": 5 * size.scale, "mfc": ONE, "mec": "none", "alpha": 0.6}
        size.key(figure, left, 36, "output under one mask", ls="", **dot)
        size.write(figure, left, 60, "shaded: within two standard errors", 11, ALL)
        self._title = self._moving.keep(size.write(figure, 16, 9, "", 15, weight="bold"))

    # Drawn for each frame ------------------------------------------------------------------

    def _draw_units(self, state):
        hidden = np.concatenate(self._places[1:-1])
        before, after = np.concatenate(state.before), np.concatenate(state.after)
        dropped = np.concatenate(state.dropped)
        self.kept.set_data(*hidden[~dropped].T)
        self.gone.set_data(*hidden[dropped].T)
        predicts = state.factor is None
        for pill, fill in ((self.kept, _ALL_KEPT if predicts else _KEPT), (self._out, "white")):
            pill.set(mfc=fill, mec=PREDICTION if predicts else AVERAGE)
        for i, (small, large) in enumerate(zip(self.small, self.large, strict=True)):
            scaling = "" if predicts else spell_scaling(before[i], state.factor, dropped[i])
            color = MUTED if dropped[i] else INK
            small.set(text=scaling, color=color)
            y = hidden[i][1] - (0 if predicts else self._tall * 0.2)
            large.set(text="0" if dropped[i] else signed(after[i]), color=color, y=y)
        self.result.set_text(signed(state.output))
        if predicts:
            self._title.set_text("Prediction: all units, nothing scaled")
        else:
            self._title.set_text(f"Mask {len(state.outputs)}: survivors × {state.factor:.3g}")

    def _draw_edges(self, dropped: Sequence[np.ndarray]):
        alive = [np.ones(len(self._kernels[0]), bool), *(~d for d in dropped), np.ones(1, bool)]
        parts: list[list] = [[] for _ in self.edges]
        gap = [[np.nan, np.nan]]
        for k, kernel in enumerate(self._kernels):
            for i, j in np.argwhere(alive[k][:, None] & alive[k + 1][None]):
                bold = min(int(np.searchsorted(_BOLD[:2], abs(kernel[i, j]))), 2)
                parts[bold] += [[self._start(k, i), self._places[k + 1][j]], gap]
        for line, found in zip(self.edges, parts, strict=True):
            line.set_data(*(np.concatenate(found).T if found else ([], [])))

    def _draw_average(self, state):
        low, high = self.ax.get_ylim()
        n, values = np.arange(1, len(state.outputs) + 1), state.outputs
        inside = (values >= low) & (values <= high)
        self.dots.set_data(n[inside], values[inside])
        above, below = self.outside
        for marks, out, edge in ((above, values > high, high), (below, values < low, low)):
            marks.set_data(n[out], np.full(out.sum(), edge))
        average = np.cumsum(values) / n
        at = np.unique(np.geomspace(1, len(n), 200).astype(int)) - 1
        self.line.set_data(n[at], average[at])
        self._here.set_data([n[-1]], [average[-1]])
        x = np.geomspace(1, self.most, 100)
        self.goal.set_data(x, np.full(100, state.prediction))
        self.exact.set_data(x, np.full(100, state.exact))
        reach = 2 * state.standard_deviation / np.sqrt(x)
        self._funnel.set_data(x, state.exact - reach, state.exact + reach)
        ends = {"average": average[-1], "prediction": state.prediction, "all masks": state.exact}
        self._labels.show([f"{name} {signed(y)}" for name, y in ends.items()], [*ends.values()])


def spell_scaling(before: float, factor: float, dropped: bool) -> str:
    """What a mask does to an activation: `0.42 × 2`, or `0.42 × 0` where it is dropped."""
    return f"{signed(before)} × {0 if dropped else factor:.3g}"
