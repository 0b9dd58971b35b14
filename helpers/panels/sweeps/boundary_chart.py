"""The picture of `BoundaryLab`: what the network answers everywhere, and its curves."""

from collections.abc import Sequence

import numpy as np

from helpers.drawing.curves import MAIN, Curves, stacked
from helpers.drawing.style import COLORS
from helpers.experiment import Run
from helpers.formatting import percent
from helpers.panels.figure.decision_surface import (
    SurfacePaths,
    SurfaceView,
    check_two_features,
    compute,
    write_keys,
)
from helpers.panels.sweeps.bank_chart import BELOW, BankChart

_LEFT = 78  # where the left axes begin, in pixels at scale 1
_ROWS, _COLUMNS = (9, 24, 47, 70), (0, 140, 246)  # of the table above the curves
_SPELLINGS = {"loss": "{:.3f}".format, "accuracy": percent}


class BoundaryChart(BankChart):
    """The surface of the first seed with the rows on it at the left, curves at the right.

    The rows have two features and two classes.

    Attributes:
        surface: What is drawn at the left.
        numbers: {(role, metric): text} above the curves.
    """

    def _make(self, figure):
        size, parts, middle = self.size, self.parts, 0.545 * self.size.span
        check_two_features("parts", parts)
        left = size.axes(figure, _LEFT, middle - 22, 88, BELOW)
        self.curves = Curves(self._curve_axes(figure, middle + 72, size.span - 108, 104))
        self.surface = SurfaceView(left, size, parts, others=self.seeds > 1)
        write_keys(figure, size, self.surface.row_keys(len(parts.flipped) > 0), _LEFT, 38)
        write_keys(figure, size, self.surface.line_keys, _LEFT, 61)
        self.title = self._write(figure, _LEFT, _ROWS[0])
        self.numbers = self._write_table(figure, middle + 62)
        header = [self.title, *self.numbers.values()]
        return [*self.surface.moving, *self.curves.moving, *header]

    def surface_paths(self, runs: Sequence[Run]) -> SurfacePaths:
        """Compute what a position looks like; some milliseconds for each seed."""
        return compute(runs, self.parts)

    def _draw(self, position, runs, epochs, paths: SurfacePaths | None, rows: str):
        """Draw a surface with the "training" or the "validation" rows on it, and the numbers."""
        self.surface.show(paths)
        self.surface.show_rows(rows)
        for (role, name), text in self.numbers.items():
            known = bool(runs) and epochs
            value = stacked(runs, role, name, epochs)[:, -1].mean() if known else np.nan
            words = _SPELLINGS[name](value) if np.isfinite(value) else "diverged"
            text.set_text(words if known else "")

    def _write_table(self, figure, left):
        self._write_seeds(figure, left, _ROWS[1], "mean")
        found = {}
        for column, role in zip(_COLUMNS[1:], MAIN, strict=True):
            style = {"color": COLORS[role], "weight": "bold"}
            self.size.write(figure, left + column, _ROWS[1], role, **style)
            for row, metric in zip(_ROWS[2:], _SPELLINGS, strict=True):
                self.size.write(figure, left, row, metric)
                text = self.size.write(figure, left + column, row, "", 13, **style)
                found[role, metric] = text
        return found
