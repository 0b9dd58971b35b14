"""The picture of `BoundaryLab`: what the network answers everywhere, and its curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.lines import Line2D

from helpers import metrics
from helpers.data import Parts
from helpers.drawing import plots
from helpers.drawing.axes import Size
from helpers.experiment import Hyperparameter, Run
from helpers.panels.figure.decision_surface import SurfacePaths, SurfaceView, compute, write_keys
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.figure.seed_curves import PARTS, SeedCurves, stacked

_LEFT = 78  # where the left axes begin, in pixels at scale 1


class BoundaryChart:
    """The surface of the first seed with the rows on it at the left, curves at the right.

    Args:
        size: How large.
        setting: What the slider sets.
        parts: Rows with two features and two classes.
        seeds: How many there are.
        epochs: Where the axis of epochs ends.
        guessing, top: As for `CurveAxes`.
    """

    def __init__(
        self,
        size: Size,
        setting: Hyperparameter,
        parts: Parts,
        seeds: int,
        epochs: int,
        guessing: float,
        top: float | None = None,
    ):
        self.size, self.setting, self.parts, self.seeds = size, setting, parts, seeds
        span, middle = size.span, 0.545 * size.span
        with size.style():
            figure = size.figure()
            left = size.axes(figure, left=_LEFT, right=middle - 22, top=88, bottom=56)
            right = size.axes(figure, left=middle + 72, right=span - 78, top=104, bottom=56)
            self.curves = SeedCurves(right, size, epochs, guessing, top)
            baseline = metrics.baseline_accuracy(parts.train.y, parts.validation.y)
            self.curves.curve_axes.mark_baseline(baseline)
            self.surface = SurfaceView(left, size, parts, others=seeds > 1)
            write_keys(figure, size, self.surface.row_keys(len(parts.flipped) > 0), _LEFT, 38)
            write_keys(figure, size, self.surface.line_keys, _LEFT, 61)
            header = self._write_header(figure, middle + 62)
        self.live_figure = LiveFigure(figure, [*self.surface.moving, *self.curves.moving, *header])

    def drawing(self, runs: Sequence[Run]) -> SurfacePaths:
        """Reckon what a position looks like; some milliseconds for each seed."""
        return compute(runs, self.parts)

    def show(
        self,
        position: float,
        drawing: SurfacePaths | None,
        runs: Sequence[Run],
        metric: str,
        epochs: int,
        rows: str = "training",
    ) -> None:
        """Draw one position.

        Args:
            position: Of the slider.
            drawing: Its surface; None before anything is trained.
            runs: Its runs, one per seed.
            metric: "loss" or "accuracy", for the curves.
            epochs: How many were trained.
            rows: Which rows stand on the surface, "training" or "validation".
        """
        with self.live_figure.lock:
            other_axes = metric != self.curves.curve_axes.metric
            if other_axes:
                self.curves.curve_axes.set_metric(metric)
            self.surface.show(drawing)
            self.surface.show_rows(rows)
            self.curves.show(runs, metric, epochs)
            self._header["title"].set_text(self.setting.spell(position))
            for (part, name), text in self._numbers.items():
                text.set_text(_number(runs, part, name, epochs))
            if other_axes:  # only now: a redrawn still goes out with the lines as they are
                self.live_figure.redraw()
        self.live_figure.update()

    # Made once -----------------------------------------------------------------------------

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
                style = {"colour": plots.LINE_STYLES[PARTS[part]]["color"], "weight": "bold"}
                self._numbers[part, name] = words(column, row, points=13, **style)
        across, up = scale / size.width, scale / size.height
        for column, name in enumerate(PARTS.values(), start=1):
            words(column, 1, name, colour=plots.LINE_STYLES[name]["color"], weight="bold")
            start, height = (x0 + columns[column]) * across, 1 - (rows[1] - 5) * up
            ends = [start, start + 60 * across]
            figure.add_artist(Line2D(ends, [height] * 2, **size.line_style(name)))
        return [*self._header.values(), *self._numbers.values()]


def _number(runs, part, name, epochs) -> str:
    if not runs or not epochs:
        return ""
    value = float(stacked(runs, f"{part}_{name}", epochs)[:, -1].mean())
    if not np.isfinite(value):
        return "diverged"
    return f"{value:.3f}" if name == "loss" else f"{100 * value:.1f} %"
