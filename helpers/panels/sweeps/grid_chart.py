"""The picture of `GridLab`: all pairs as a map of cells, and the curves of the chosen one."""

import math

import matplotlib
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.drawing.curves import Curves
from helpers.drawing.style import COLORS, INK
from helpers.drawing.sweep import label_of, thin_ticks
from helpers.formatting import tick
from helpers.metrics import Marks
from helpers.panels.sweeps.bank_chart import BELOW, BankChart

_TICKS = 7  # labels kept ready beside the scale of colours
_OUTLINE = np.array([[-0.5, 0.5, 0.5, -0.5, -0.5], [-0.5, -0.5, 0.5, 0.5, -0.5]])  # of a cell

# The dark end is left out: lines in ink have to be seen on all of it. From white on, so that the
# dark theme, which turns lightness round, has a scale from black on.
SHADES = LinearSegmentedColormap.from_list(
    "losses", matplotlib.colormaps["GnBu"](np.linspace(0.06, 0.78, 256))
).with_extremes(bad="#d0d0d0")


class GridChart(BankChart):
    """A map of mean final validation losses at the left, the curves of one cell at the right.

    The cells stand in rows and columns of equal size, each position named at the axes. Losses
    above the baseline's are all shown in the last shade.
    """

    def _make(self, figure):
        self.shape = (len(self.positions[1]), len(self.positions[0]))
        self._marks: Marks | None = None  # those that are drawn
        middle = 0.56 * self.size.span
        left = self.size.axes(figure, 84, middle - 110, 96, BELOW)
        bar = self.size.axes(figure, middle - 96, middle - 80, 96, BELOW)
        self.curves = Curves(self._curve_axes(figure, middle + 44, self.size.span - 108, 96))
        for ax in (left, bar):
            ax.grid(False)
            ax.spines[["left", "bottom"]].set_visible(False)
        self._prepare_map(left)
        self._prepare_bar(bar)
        artists = [*self._make_map(left), *self._make_ticks(bar), *self.curves.moving]
        return [*artists, *self._write_header(figure, 84, middle + 44)]

    def _draw(self, cell, runs, epochs, marks: Marks | None):
        """Put the cursor on a cell of the map; None before anything is trained."""
        if marks is not None and marks is not self._marks:
            self._marks = marks
            self._draw_map(marks)
        x, y = self._at(cell)
        for line in self.cursor:
            line.set_data(x + _OUTLINE[0], y + _OUTLINE[1])

    # Made once -----------------------------------------------------------------------------

    def _prepare_map(self, ax):
        rows, columns = self.shape
        ax.set(xlim=(-0.5, columns - 0.5), ylim=(-0.5, rows - 0.5))
        ax.tick_params(length=0)
        scale = self.size.scale
        for axis, hyperparameter, positions in zip(
            (ax.xaxis, ax.yaxis), self.hyperparameters, self.positions, strict=True
        ):
            labels = dict(enumerate(map(tick, positions)))
            if axis is ax.xaxis:
                labels = thin_ticks(labels, ax.bbox.width / scale * (1 - 1 / len(positions)))
            axis.set_ticks(list(labels), list(labels.values()))
            axis.set_label_text(label_of(hyperparameter))

    def _prepare_bar(self, ax):
        ax.imshow(np.linspace(0, 1, 256)[:, None], cmap=SHADES, aspect="auto", origin="lower",
                  extent=(0, 1, 0, 1))  # fmt: skip
        ax.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))

    def _make_map(self, ax):
        size, green = self.size, COLORS["best"]
        self.norm, scale = Normalize(0, 1), size.scale
        cells = np.ma.masked_invalid(np.full(self.shape, np.nan))
        self.cells = ax.pcolormesh(
            np.arange(self.shape[1] + 1) - 0.5, np.arange(self.shape[0] + 1) - 0.5, cells,
            cmap=SHADES, norm=self.norm, edgecolors="white", linewidth=scale,
        )  # fmt: skip
        self.contours = [
            PathCollection([], facecolors="none", edgecolors=c, linewidths=w * scale)
            for c, w in (("#ffffffaa", 3.4), (INK, 1.3))
        ]
        for contour in self.contours:
            ax.add_collection(contour)
        edge = {"mec": "white", "mew": 1.6 * scale, "ls": ""}
        (self.lost,) = ax.plot([], [], "x", ls="", mec=INK, ms=8 * scale, mew=2 * scale)
        (self.close,) = ax.plot([], [], "D", color=green, ms=6.5 * scale, **edge)
        (self.lowest,) = ax.plot([], [], "*", color=green, ms=20 * scale, **edge)
        self.cursor = [
            ax.plot([], [], color=c, linewidth=w * scale, clip_on=False, solid_joinstyle="miter")[0]
            for c, w in (("white", 6.5), (INK, 3))
        ]
        return [self.cells, *self.contours, self.lost, self.close, self.lowest, *self.cursor]

    def _make_ticks(self, ax):
        style = self.size.type(11, va="center_baseline", ha="left")
        self.ticks = [ax.text(1.35, 0, "", **style) for _ in range(_TICKS)]
        (self._levels,) = ax.plot([], [], color=INK, linewidth=1.3 * self.size.scale)
        return [self._levels, *self.ticks]

    def _write_header(self, figure, left, right):
        self.size.write(figure, left, 9, "Final validation loss", 15, weight="bold")
        self._write_seeds(figure, right, 38, "mean and range")
        green = {"points": 11.5, "color": COLORS["best"]}
        self._best = self._write(figure, left, 38, **green)
        self._as_good = self._write(figure, left, 61, **green)
        self.title = self._write(figure, right, 9)
        return [self._best, self._as_good, self.title]

    # Drawn when results come -----------------------------------------------------------------

    def _draw_map(self, marks: Marks):
        means = np.ma.masked_invalid(marks.means)
        for artist in (self.close, self.lowest):
            artist.set_data([], [])
        self.lost.set_data(*np.nonzero(np.ma.getmaskarray(means).T))
        self.cells.set_array(means)
        for words in (self._best, self._as_good):
            words.set_text("")
        if means.mask.all():
            return
        low, high = float(means.min()), min(float(means.max()), self.baseline_loss)
        self.norm.vmin, self.norm.vmax = low, high if high > low else low + 1e-6
        self._draw_contours(means.clip(max=self.norm.vmax), means.max() > self.baseline_loss)
        self.lowest.set_data(*([i] for i in self._at(marks.lowest)))
        self._best.set_text(f"★ lowest: {low:.3f} at {self.spell(marks.lowest)}")
        close = [self._at(cell) for cell in marks.as_good]
        self.close.set_data([x for x, _ in close], [y for _, y in close])
        cells = "1 more cell" if len(close) == 1 else f"{len(close) or 'no'} more cells"
        self._as_good.set_text(f"◆ within one standard error: {cells}")

    def _draw_contours(self, means, cut):
        low, high = self.norm.vmin, self.norm.vmax
        room = 0.05 * (high - low)  # a level so near an end would only outline single cells
        found = MaxNLocator(_TICKS - 1).tick_values(low, high)
        levels = [v for v in found if low + room < v < high]
        for contour in self.contours:
            contour.set_paths(_contours(means, levels))
        share = (np.array(levels) - low) / (high - low)
        ends = [(x, y) for y in share for x in (0, 1, np.nan)]
        self._levels.set_data([x for x, _ in ends], [y for _, y in ends])
        digits = max(2, math.ceil(-math.log10(levels[1] - levels[0]) - 1e-9)) if levels[1:] else 2
        ticks = [(s, f"{v:.{digits}f}") for s, v in zip(share, levels, strict=True)]
        if cut:
            ticks = [t for t in ticks if t[0] < 0.93] + [(1.0, f"≥ {high:.2f}")]
        for text, level in zip(self.ticks, [*ticks, *[None] * _TICKS], strict=False):
            text.set_text(level[1] if level else "")
            text.set_y(level[0] if level else 0)

    def _at(self, cell):
        return tuple(p.index(v) for p, v in zip(self.positions, cell, strict=True))


def _contours(means, levels):
    """Paths of the contours between the middles of the cells, led on to the edge of the map."""
    if not levels:
        return []
    rows, columns = means.shape
    places = [np.r_[-0.5, np.arange(n), n - 0.5] for n in (columns, rows)]
    wide = np.pad(means.filled(np.nan), 1, mode="edge")
    ax = Figure().add_subplot()  # for computing only: nothing of it is drawn
    return ax.contour(*places, np.ma.masked_invalid(wide), levels).get_paths()
