"""The picture of `Boundary`: what the network answers everywhere, and its curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from helpers import measures, plots
from helpers.data import Part, Parts
from helpers.experiment import Run, Setting
from helpers.panels.look import Size
from helpers.panels.seed_curves import PARTS, SeedCurves, stacked
from helpers.panels.stage import Stage

STEPS = 64  # of the grid along either feature: finer ones look no different
BANDS = 10  # shades of probability
_EDGES = np.linspace(0, 1, BANDS + 1)
_LEFT = 78  # where the left axes begin, in pixels at scale 1


class Drawing(NamedTuple):
    """What a position looks like between the points, ready to be drawn.

    Attributes:
        bands: The region of each shade of probability, from the first class to the second.
        boundary: Where the probability is one half, for the first seed.
        others: The same for the other seeds, in one path.
    """

    bands: list[Path]
    boundary: list[Path]
    others: list[Path]


class BoundaryChart:
    """The surface of the first seed with the rows on it at the left, curves at the right.

    Args:
        size: How large.
        setting: What the slider sets.
        parts: Rows with two features and two classes.
        seeds: How many there are.
        epochs: Where the axis of epochs ends.
        guessing, top: As for `Plane`.
    """

    def __init__(
        self,
        size: Size,
        setting: Setting,
        parts: Parts,
        seeds: int,
        epochs: int,
        guessing: float,
        top: float | None = None,
    ):
        self.size, self.setting, self.parts, self.seeds = size, setting, parts, seeds
        self._x = np.concatenate([parts.train.x, parts.validation.x])
        span, middle = size.span, 0.545 * size.span
        with size.style():
            figure = size.figure()
            left = size.axes(figure, left=_LEFT, right=middle - 22, top=88, bottom=56)
            right = size.axes(figure, left=middle + 62, right=span - 66, top=104, bottom=56)
            self.curves = SeedCurves(right, size, epochs, guessing, top)
            self._prepare_surface(left)
            moving = [*self._make_surface(left), *self._make_rows(left), *self.curves.moving]
            self._write_legend(figure)
            header = self._write_header(figure, middle + 62)
        self.stage = Stage(figure, [*moving, *header])
        self.show_rows("training")

    def drawing(self, runs: Sequence[Run]) -> Drawing:
        """Reckon what a position looks like; some milliseconds for each seed."""
        ax = Figure().add_subplot()  # for the reckoning only: nothing of it is drawn
        whole = _EDGES.copy()
        whole[[0, -1]] = -1, 2
        lines, bands = [], []
        for i, run in enumerate(runs):
            surface = measures.decision_surface(run, self._x, STEPS, margin=0.06)
            if not np.isfinite(surface.probability).all():
                lines.append([])
                continue
            if i == 0:
                bands = [
                    Path(p.vertices, p.codes) for p in ax.contourf(*surface, whole).get_paths()
                ]
            inside = surface.probability.min() < 0.5 < surface.probability.max()
            lines.append(ax.contour(*surface, [0.5]).get_paths() if inside else [])
        return Drawing(bands, lines[0], [path for found in lines[1:] for path in found])

    def show(
        self,
        position: float,
        drawing: Drawing | None,
        runs: Sequence[Run],
        metric: str,
        epochs: int,
    ) -> None:
        """Draw one position.

        Args:
            position: Of the slider.
            drawing: Its surface; None before anything is trained.
            runs: Its runs, one per seed.
            metric: "loss" or "accuracy", for the curves.
            epochs: How many were trained.
        """
        with self.stage.lock:
            self._bands.set_paths(drawing.bands if drawing else [])
            self._boundary.set_paths(drawing.boundary if drawing else [])
            self._others.set_paths(drawing.others if drawing else [])
            self.curves.show(runs, metric, epochs)
            self._header["title"].set_text(self.setting.spell(position))
            for (part, name), text in self._numbers.items():
                text.set_text(_number(runs, part, name, epochs))
        self.stage.update()

    def show_rows(self, which: str) -> None:
        """Show the "training" or the "validation" rows."""
        part: Part = getattr(self.parts, {"training": "train"}.get(which, which))
        with self.stage.lock:
            for label, marks in enumerate(self._rows):
                marks.set_data(*part.x[part.y == label].T)
            flipped = self.parts.flipped if which == "training" else []
            self._flipped.set_data(*part.x[flipped].T)
        self.stage.update()

    def set_metric(self, metric: str) -> None:
        """Show losses or accuracies at the right."""
        with self.stage.lock:
            self.curves.plane.set_metric(metric)
            self.stage.redraw()

    # Made once -----------------------------------------------------------------------------

    def _prepare_surface(self, ax):
        low, high = self._x.min(axis=0), self._x.max(axis=0)
        room = 0.06 * np.where(high > low, high - low, 1.0)
        ax.set(
            xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1])
        )
        ax.set(xlabel=self.parts.names[0], ylabel=self.parts.names[1])
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.grid(False)

    def _make_surface(self, ax):
        ends = [0.55 * np.array(to_rgb(look["color"])) + 0.45 for look in plots.CLASSES]
        shades = LinearSegmentedColormap.from_list("classes", [ends[0], "#ffffff", ends[1]])
        colours = shades((np.arange(BANDS) + 0.5) / BANDS)
        scale = self.size.scale
        # each band has an edge of its own colour, else the ground shines through between them
        self._bands = PathCollection([], facecolors=colours, edgecolors=colours, linewidths=0.7)
        self._others = PathCollection([], facecolors="none", edgecolors=plots.MUTED,
                                      linewidths=1.1 * scale)  # fmt: skip
        self._boundary = PathCollection([], facecolors="none", edgecolors=plots.INK,
                                        linewidths=2.4 * scale)  # fmt: skip
        found = [self._bands, self._others, self._boundary]
        for collection in found:
            ax.add_collection(collection, autolim=False)
        return found

    def _row_look(self, label):
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.8 * self.size.scale}
        look = plots.CLASSES[label] | edge | {"linestyle": ""}
        return look | {"markersize": look["markersize"] * self.size.scale}

    def _ring(self):
        scale = self.size.scale
        ring = {"marker": "o", "markerfacecolor": "none", "markeredgecolor": plots.INK}
        return ring | {"linestyle": "", "markersize": 13 * scale, "markeredgewidth": 1.7 * scale}

    def _make_rows(self, ax):
        self._rows = [ax.plot([], [], **self._row_look(label))[0] for label in range(2)]
        (self._flipped,) = ax.plot([], [], **self._ring())
        return [*self._rows, self._flipped]

    def _write_legend(self, figure):
        """Which mark is which, and what the lines are; it stands still."""
        rows = [(name, self._row_look(k)) for k, name in enumerate(self.parts.classes)]
        if len(self.parts.flipped):
            rows.append(("label flipped", self._ring()))
        self._place(figure, rows, 38)
        line = {"color": plots.INK, "linewidth": 2.4 * self.size.scale}
        lines = [("decision boundary", line)]
        if self.seeds > 1:
            thin = {"color": plots.MUTED, "linewidth": 1.1 * self.size.scale}
            lines.append(("with other seeds", thin))
        self._place(figure, lines, 61)

    def _place(self, figure, entries, y):
        across, up = self.size.scale / self.size.width, self.size.scale / self.size.height
        x = _LEFT
        for name, look in entries:
            wide = 18 if "marker" in look else 28
            ends = [(x + 9) * across] if wide == 18 else [x * across, (x + wide) * across]
            height = 1 - (y + 7.5) * up
            figure.add_artist(Line2D(ends, [height] * len(ends), **look))
            style = self.size.type(11, look.get("color", plots.INK), va="top")
            figure.text((x + wide + 6) * across, 1 - y * up, name, **style)
            x += wide + 6 + 7.8 * len(name) + 20

    def _write_header(self, figure, x0):
        size, scale = self.size, self.size.scale
        rows, columns = (9, 19, 44, 68), (0, 142, 242)

        def words(column, row, text="", points=12.0, colour=plots.INK, left=x0, **more):
            place = (
                (left + columns[column]) * scale / size.width,
                1 - rows[row] * scale / size.height,
            )
            return figure.text(*place, text, va="top", **size.type(points, colour, **more))

        words(
            0, 1, f"mean of {self.seeds} seeds" if self.seeds > 1 else "one seed", 11, plots.MUTED
        )
        self._header = {"title": words(0, 0, points=15, weight="bold", left=_LEFT)}
        self._numbers = {}
        for row, name in ((2, "loss"), (3, "accuracy")):
            words(0, row, name)
            for column, part in enumerate(PARTS, start=1):
                style = {"colour": plots.LOOKS[PARTS[part]]["color"], "weight": "bold"}
                self._numbers[part, name] = words(column, row, points=13, **style)
        across, up = scale / size.width, scale / size.height
        for column, name in enumerate(PARTS.values(), start=1):
            words(column, 1, name, colour=plots.LOOKS[name]["color"], weight="bold")
            start, height = (x0 + columns[column]) * across, 1 - (rows[1] - 5) * up
            ends = [start, start + 60 * across]
            figure.add_artist(Line2D(ends, [height] * 2, **size.look(name)))
        return [*self._header.values(), *self._numbers.values()]


def _number(runs, part, name, epochs) -> str:
    if not runs or not epochs:
        return ""
    value = float(stacked(runs, f"{part}_{name}", epochs)[:, -1].mean())
    if not np.isfinite(value):
        return "diverged"
    return f"{value:.3f}" if name == "loss" else f"{100 * value:.1f} %"
