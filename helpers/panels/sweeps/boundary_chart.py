"""The picture of `BoundaryLab`: what the network answers everywhere, and its curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from helpers import metrics
from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes
from helpers.drawing.curves import MAIN, Curves, stacked
from helpers.drawing.style import COLORS, MUTED
from helpers.experiment import Hyperparameter, Run
from helpers.formatting import percent
from helpers.panels.figure.decision_surface import SurfacePaths, SurfaceView, compute, write_keys
from helpers.panels.figure.live_figure import LiveFigure

_LEFT = 78  # where the left axes begin, in pixels at scale 1
_ROWS, _COLUMNS = (9, 24, 47, 70), (0, 140, 246)  # of the table above the curves
_SPELLINGS = {"loss": "{:.3f}".format, "accuracy": percent}


class BoundaryChart:
    """The surface of the first seed with the rows on it at the left, curves at the right.

    Args:
        size: How large.
        hyperparameter: What the slider sets.
        parts: Rows with two features and two classes.
        seeds: How many there are.
        epochs: Where the axis of epochs ends.
        baseline_loss, top: As for `CurveAxes`.

    Attributes:
        surface, curves: What is drawn at the left and at the right.
        numbers: {(role, metric): text} above the curves.
    """

    def __init__(
        self,
        size: Size,
        hyperparameter: Hyperparameter,
        parts: Parts,
        seeds: int,
        epochs: int,
        baseline_loss: float,
        top: float | None = None,
    ):
        self.hyperparameter, self.parts = hyperparameter, parts
        span, middle = size.span, 0.545 * size.span
        with size.style():
            figure = size.figure()
            left = size.axes(figure, left=_LEFT, right=middle - 22, top=88, bottom=56)
            right = size.axes(figure, left=middle + 72, right=span - 108, top=104, bottom=56)
            axes = CurveAxes(right, size, baseline_loss, top, in_rows=True)
            labels = parts.train.y, parts.validation.y
            axes.mark_baseline(metrics.baseline_accuracy(*labels))
            axes.set_epochs(epochs)
            self.curves = Curves(axes)
            self.surface = SurfaceView(left, size, parts, others=seeds > 1)
            write_keys(figure, size, self.surface.row_keys(len(parts.flipped) > 0), _LEFT, 38)
            write_keys(figure, size, self.surface.line_keys, _LEFT, 61)
            self._title = size.write(figure, _LEFT, _ROWS[0], "", 15, weight="bold")
            self.numbers = self._write_table(size, figure, middle + 62, seeds)
        header = [self._title, *self.numbers.values()]
        self.live_figure = LiveFigure(figure, [*self.surface.moving, *self.curves.moving, *header])

    def surface_paths(self, runs: Sequence[Run]) -> SurfacePaths:
        """Compute what a position looks like; some milliseconds for each seed."""
        return compute(runs, self.parts)

    def show(
        self,
        position: float,
        paths: SurfacePaths | None,
        runs: Sequence[Run],
        metric: str,
        epochs: int,
        rows: str = "training",
    ) -> None:
        """Draw one position.

        Args:
            position: Of the slider.
            paths: Its surface; None before anything is trained.
            runs: Its runs, one per seed.
            metric: "loss" or "accuracy", for the curves.
            epochs: How many were trained.
            rows: Which rows stand on the surface, "training" or "validation".
        """
        with self.live_figure.lock:
            other_axes = metric != self.curves.axes.metric
            if other_axes:
                self.curves.axes.set_metric(metric)
            self.surface.show(paths)
            self.surface.show_rows(rows)
            self.curves.show(runs, epochs)
            self._title.set_text(self.hyperparameter.spell(position))
            for (role, name), text in self.numbers.items():
                known = bool(runs) and epochs
                value = stacked(runs, role, name, epochs)[:, -1].mean() if known else np.nan
                words = _SPELLINGS[name](value) if np.isfinite(value) else "diverged"
                text.set_text(words if known else "")
            if other_axes:  # only now: a redrawn still goes out with the lines as they are
                self.live_figure.redraw()
        self.live_figure.update()

    def _write_table(self, size, figure, left, seeds):
        told = f"mean of {seeds} seeds" if seeds > 1 else "one seed"
        size.write(figure, left, _ROWS[1], told, 11, MUTED)
        found = {}
        for column, role in zip(_COLUMNS[1:], MAIN, strict=True):
            style = {"color": COLORS[role], "weight": "bold"}
            size.write(figure, left + column, _ROWS[1], role, **style)
            for row, metric in zip(_ROWS[2:], _SPELLINGS, strict=True):
                size.write(figure, left, row, metric)
                text = size.write(figure, left + column, row, "", 13, **style)
                found[role, metric] = text
        return found
