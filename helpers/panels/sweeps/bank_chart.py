"""What the pictures of `SweepLab`, `GridLab` and `BoundaryLab` have in common."""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from helpers import metrics
from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes
from helpers.drawing.style import MUTED
from helpers.experiment import Run
from helpers.panels.base.slider import SLIDERS
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.sweeps.bank import Position

BELOW = 56  # pixels at scale 1 below all axes


class BankChart:
    """The curves of one position, with their range over seeds, beside what a subclass draws.

    A subclass makes `curves` and all else in `_make`, and draws all else in `_draw`.

    Args:
        size: How large.
        positions: {name in `SLIDERS`: its values, ascending}, one or two.
        parts: The rows.
        seeds: How many seeds there are.
        epochs: Where the axis of epochs ends.
        top: As for `CurveAxes`.

    Attributes:
        live_figure: The picture.
        curves: Of the position that is shown.
        title: The text that names the position.
        baseline_loss: Of a model that ignores the features.
    """

    def __init__(
        self,
        size: Size,
        positions: Mapping[str, Sequence[float]],
        parts: Parts,
        seeds: int,
        epochs: int,
        top: float | None = None,
    ):
        self.size, self.parts, self.seeds = size, parts, seeds
        self.hyperparameters = [SLIDERS[name] for name in positions]
        self.positions = list(positions.values())
        self._labels, self._epochs, self._top = (parts.train.y, parts.validation.y), epochs, top
        self.baseline_loss = metrics.baseline_loss(*self._labels)
        self._names: dict = {}  # as for `LiveFigure`
        with size.style():
            figure = size.figure()
            moving = self._make(figure)
        self.live_figure = LiveFigure(figure, moving, names=self._names)

    def show(
        self,
        position: Position,
        runs: Sequence[Run],
        epochs: int,
        metric: str,
        *more,
    ) -> None:
        """Draw one position.

        Args:
            position: Of the slider, or of both.
            runs: Those at this position, one per seed; empty before anything is trained.
            epochs: How many were trained.
            metric: What the axes of the curves show, "loss" or "accuracy".
            more: What else is drawn, as for `_draw`.
        """
        with self.live_figure.lock:
            other_axes = self._set_axes(metric, *more)
            self.title.set_text(self.spell(position))
            self.curves.show(runs, epochs)
            self._draw(position, runs, epochs, *more)
            if other_axes:  # only now: a redrawn still goes out with the lines as they are
                self.live_figure.redraw()
        self.live_figure.update()

    def spell(self, position: Position) -> str:
        """Name a position, in the words of Keras."""
        values = position if isinstance(position, tuple) else (position,)
        pairs = zip(self.hyperparameters, values, strict=True)
        return ", ".join(hyperparameter.spell(value) for hyperparameter, value in pairs)

    def _make(self, figure: Figure) -> list[Artist]:
        """Draw what stands still; returns the artists that move, from back to front."""
        raise NotImplementedError

    def _draw(self, position, runs: Sequence[Run], epochs: int, *more) -> None:
        """Draw all but the curves of a position; called with the figure's lock held."""
        raise NotImplementedError

    def _set_axes(self, metric: str, *_) -> bool:
        """Set what the axes show; says whether anything that stands still changed."""
        other = metric != self.curves.axes.metric
        if other:
            self.curves.axes.set_metric(metric)
        return other

    def _curve_axes(self, figure: Figure, left: float, right: float, top: float) -> CurveAxes:
        """Make axes of curves at margins as for `Size.axes`."""
        ax = self.size.axes(figure, left, right, top, BELOW)
        task = self.parts.task
        axes = CurveAxes(ax, self.size, self.baseline_loss, self._top, in_rows=True, task=task)
        axes.mark_baseline(metrics.baseline_score(*self._labels))
        axes.set_epochs(self._epochs)
        return axes

    def _write(self, figure: Figure, x: float, y: float, points=15.0, **style) -> Artist:
        """Make room for bold words that move."""
        return self.size.write(figure, x, y, "", points, weight="bold", **style)

    def _write_seeds(self, figure: Figure, x: float, y: float, told: str) -> None:
        told = f"{told} of {self.seeds} seeds" if self.seeds > 1 else "one seed"
        self.size.write(figure, x, y, told, 11, MUTED)
