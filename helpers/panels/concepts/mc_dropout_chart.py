"""The picture of `MCDropoutLab`: mean and standard deviation over the plane, passes at a point."""

from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.drawing.style import INK, MUTED, NEUTRAL, PAIR
from helpers.formatting import signed
from helpers.panels.concepts.chart import Moving
from helpers.panels.figure.decision_surface import BANDS, SurfacePaths, SurfaceView, write_keys
from helpers.panels.figure.live_figure import LiveFigure

WITHOUT = PAIR[0]  # the prediction without dropout, as in `DropoutLab`
DEVIATIONS = np.linspace(0, 0.5, BANDS + 1)  # 0.5: half of the passes say 0, the others 1
_LEFT, _TOP, _BELOW = 64, 88, 52  # pixels at scale 1 around the axes
_SHADES = LinearSegmentedColormap.from_list("deviation", ["#ffffff", "#7aa6a1", "#123c3a"])


class MCDropoutState(NamedTuple):
    """What is to be drawn.

    Attributes:
        surface: What the left map shows: its shades, and the boundary of the mean of the passes.
        title: What that is, in words.
        without: The boundary of the prediction without dropout.
        deviation: The region of each shade of the standard deviation.
        point: (2,), standardised.
        passes: P(second class) at the point in each pass, (passes,).
        prediction: P(second class) at the point without dropout.
    """

    surface: SurfacePaths
    title: str
    without: list[Path]
    deviation: list[Path]
    point: np.ndarray
    passes: np.ndarray
    prediction: float


class MCDropoutChart:
    """Two maps of the plane at the left, and the passes at one point at the right.

    Args:
        size: How large.
        parts: Rows with two features and two classes.
        low, high: Corners of the maps, (2,) each.
    """

    def __init__(self, size: Size, parts: Parts, low: np.ndarray, high: np.ndarray):
        span, margins = size.span, {"top": _TOP, "bottom": _BELOW}
        side = 0.288 * span
        second = _LEFT + side + 24
        third = second + side + 68
        moving = Moving(size)
        with size.style():
            figure = size.figure()
            maps = [size.axes(figure, x, x + side, **margins) for x in (_LEFT, second)]
            bars = size.axes(figure, third, span - 16, **margins)
            self.surface = SurfaceView(maps[0], size, parts, others=False)
            self.deviation = _DeviationView(maps[1], size, parts.train.x)
            for artist in [*self.surface.moving, *self.deviation.moving]:
                moving.keep(artist)
            self.without = self._trace_without(moving, maps[0])
            self.points = [self._mark_point(moving, ax) for ax in maps]
            for ax in maps:
                ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel=parts.names[0])
                for axis in (ax.xaxis, ax.yaxis):
                    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            maps[1].tick_params(labelleft=False)
            self.title = moving.keep(size.write(figure, _LEFT, 9, "", 14, weight="bold"))
            size.write(figure, second, 9, "Standard deviation", 14, weight="bold")
            write_keys(figure, size, self.surface.row_keys(flipped=False), _LEFT, 37)
            dashes = {"color": WITHOUT, "linewidth": 2 * size.scale, "linestyle": (0, (4, 1.6))}
            size.key(figure, _LEFT, 60, "boundary without dropout", **dashes)
            self.deviation.write_scale(figure, second, 40)
            self.histogram = _PassesView(moving, bars, third, parts.classes[1])
        self.live_figure = LiveFigure(figure, moving)

    def show(self, state: MCDropoutState) -> None:
        """Draw the maps and the passes at the point."""
        with self.live_figure.lock:
            self.title.set_text(state.title)
            self.surface.show(state.surface)
            self.deviation.show(state.deviation)
            self.without.set_paths(state.without)
            for mark in self.points:
                mark.set_data([state.point[0]], [state.point[1]])
            self.histogram.show(state.passes, state.prediction)
        self.live_figure.update()

    @staticmethod
    def _trace_without(moving: Moving, ax: Axes) -> PathCollection:
        style = {"linewidths": 2 * moving.size.scale, "linestyles": [(0, (4, 1.6))]}
        made = PathCollection([], facecolors="none", edgecolors=WITHOUT, **style)
        ax.add_collection(made, autolim=False)
        return moving.keep(made)

    @staticmethod
    def _mark_point(moving: Moving, ax: Axes):
        return moving.line(ax, "P", color=INK, ms=13, mec="white", mew=1.6, zorder=6)


class _DeviationView:
    """Shades of the standard deviation over the plane, and small dots for the training rows."""

    def __init__(self, ax: Axes, size: Size, x: np.ndarray):
        self.ax, self.size = ax, size
        self.colours = _SHADES((np.arange(BANDS) + 0.2) / BANDS)
        self.bands = PathCollection(
            [], facecolors=self.colours, edgecolors=self.colours, linewidths=0.7
        )
        ax.grid(False)
        ax.add_collection(self.bands, autolim=False)
        dots = {"color": INK, "alpha": 0.55, "ms": 3 * size.scale, "mec": "none"}
        self.moving: list[Artist] = [self.bands, *ax.plot(*x.T, "o", **dots)]

    def show(self, bands: list[Path]) -> None:
        """Draw the shades."""
        self.bands.set_paths(bands)

    def write_scale(self, figure, x: float, y: float) -> None:
        """Say which shade is which standard deviation, in boxes that stand still."""
        size, wide, tall = self.size, 15, 13
        size.write(figure, x, y, "0", 11, MUTED)
        for k, colour in enumerate(self.colours):
            left, below = size.place(x + 14 + wide * k, y + tall + 1)
            width, height = wide / size.span, tall * size.scale / size.height
            box = {"facecolor": colour, "edgecolor": NEUTRAL, "linewidth": 0.5 * size.scale}
            figure.add_artist(Rectangle((left, below), width, height, **box))
        size.write(figure, x + 20 + wide * BANDS, y, f"{DEVIATIONS[-1]:g}", 11, MUTED)


class _PassesView:
    """How the passes at one point are distributed, with their mean and standard deviation."""

    def __init__(self, moving: Moving, ax: Axes, left: float, name: str):
        size, self._edges = moving.size, np.linspace(0, 1, BANDS + 1)
        ax.set(xlim=(-0.01, 1.01), ylim=(0, 1.14), xlabel=f"P({name}) in a pass")
        ax.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        ax.set_xticks([0, 0.5, 1])
        style = {"step": "post", "gid": "passes"}
        self.bars = moving.band(ax, NEUTRAL, 1.0, **style)
        self.without = moving.line(ax, color=WITHOUT, linewidth=2.2, linestyle=(0, (4, 1.6)))
        self.deviation = moving.line(ax, color=INK, linewidth=2.2, marker="|", ms=12, mew=2.2)
        self.mean = moving.line(ax, "o", color=INK, ms=9, mec="white", mew=1.4)
        words = {"weight": "bold"}
        left -= 36  # where the labels of the ticks begin
        self.title = moving.keep(size.write(ax.figure, left, 9, "", 14, **words))
        self.words = [
            moving.keep(size.write(ax.figure, left, y, "", 12, colour, **words))
            for y, colour in ((37, INK), (60, WITHOUT))
        ]

    def show(self, passes: np.ndarray, prediction: float) -> None:
        """Draw the passes at the point."""
        shares = np.histogram(passes, self._edges)[0] / len(passes)
        self.bars.set_data(self._edges, np.zeros(BANDS + 1), np.append(shares, shares[-1]))
        mean, deviation = float(passes.mean()), float(passes.std())
        ends = np.clip([mean - deviation, mean + deviation], 0, 1)
        self.deviation.set_data(ends, [1.07] * 2)
        self.mean.set_data([mean], [1.07])
        self.without.set_data([prediction] * 2, [0, 1.14])
        count = len(passes)
        self.title.set_text(f"{count} {'pass' if count == 1 else 'passes'} at the cross")
        said = (f"mean {signed(mean)} ± {signed(deviation)}", f"without dropout {prediction:.2f}")
        for text, words in zip(self.words, said, strict=True):
            text.set_text(words)
