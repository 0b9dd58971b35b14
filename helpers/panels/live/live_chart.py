"""The picture of `LiveLab`: one run while it grows, where it was moved, what was pinned."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from helpers import metrics
from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes, thin
from helpers.drawing.curves import EXTRAS, MAIN, QUANTITIES, Curves, Moves
from helpers.experiment import Move, Run
from helpers.panels.figure.decision_surface import has_surface
from helpers.panels.figure.live_figure import LiveFigure
from helpers.panels.live.boundary_view import BoundaryView
from helpers.panels.live.losses_view import LossesView
from helpers.panels.live.side_view import SideView
from helpers.panels.live.weights_view import WeightsView

MOST_PINS = 4
_LEFT, _TOP, _BELOW = 104, 72, 56  # margins of the curves, in pixels at scale 1
_TITLE_ROW = 20  # of a title in several rows
_LABELS = 172  # room for the words behind them
_PIN_COLORS = ("#8a6fb0", "#9a7b00", "#4d4d4d", "#b0568b")


class Layout(NamedTuple):
    """What stands still in the picture.

    Attributes:
        epochs: Where the axis of epochs ends.
        metric: "loss" or "accuracy".
        log: Which axes are logarithmic, of "loss" and "epochs".
        side_view: The name of the view beside the curves, "" for none.
    """

    epochs: int
    metric: str = "loss"
    log: frozenset[str] = frozenset()
    side_view: str = ""


class LiveChart:
    """Curves with the gap shaded on axes whose limits stay, so that runs can be compared.

    Args:
        size: How large.
        parts: The rows of the first run.
        epochs: Where the axis of epochs ends at first.
        top: Where the axis of losses ends; at twice the baseline's loss if None.
        weights: How many weights a histogram beside the curves has to hold.

    Attributes:
        curve_axes: The axes of the curves.
        curves: What is drawn on them.
        moves, title: Where hyperparameters were moved, and the text above.
        pins: A pair of lines and a letter for each.
        extras: The roles of `EXTRAS` that are drawn, too.
        views: {name: picture that can stand beside the curves}.
        layout: What stands still.
    """

    def __init__(self, size: Size, parts: Parts, epochs: int, top: float | None, weights: int):
        self.size, self.layout, self.extras = size, Layout(epochs), set()
        self.views, self._rows = {}, 1
        labels = parts.train.y, parts.validation.y
        baseline_loss = metrics.baseline_loss(*labels)
        with size.style():
            figure = size.figure()
            ax = size.axes(figure, **self._margins())
            self.curve_axes = CurveAxes(ax, size, baseline_loss, top, task=parts.task)
            self.curve_axes.mark_baseline(metrics.baseline_score(*labels))
            self.views = self._make_views(figure, parts, baseline_loss, top, weights)
            self.moves = Moves(self.curve_axes)
            self.pins = [self._make_pin(ax, color) for color in _PIN_COLORS]
            self.curves = Curves(self.curve_axes, EXTRAS)
            self.title = size.write(figure, _LEFT, 8, points=15, weight="bold")
        line, *stamps = self.moves.moving
        pins = [artist for pin in self.pins for artist in pin]
        self._moving = [line, *pins, *self.curves.moving, *stamps, self.title]
        self._set_axes()
        self.live_figure = LiveFigure(figure, self._moving)

    def look_at(self, **changes) -> None:
        """Change fields of the `Layout`."""
        with self.live_figure.lock:
            layout = self.layout._replace(**changes)
            if layout != self.layout:
                self.layout = layout
                self._set_axes()
                more = self._beside.moving if self._beside else []
                self.live_figure.moving = [*self._moving, *more]
                self.live_figure.redraw()

    def set_parts(self, parts: Parts) -> None:
        """Tell the views that the next run has these rows."""
        with self.live_figure.lock:
            for view in self.views.values():
                view.set_parts(parts)
            if self._beside:
                self.live_figure.redraw()

    def follow(self, latest: Callable[[], Run | None], now: bool) -> None:
        """Let the view beside the curves do what takes longer; see `SideView.follow`."""
        if self._beside:
            self._beside.follow(latest, now)

    def words(self, run: Run) -> str:
        """Say what the view beside the curves shows."""
        return self._beside.words(run) if self._beside and run.epochs else ""

    def show(self, run: Run | None, title: str, moves: Sequence[Move], pins: Sequence[Run]) -> None:
        """Draw a run as far as it has come.

        Args:
            run: None if nothing is trained yet.
            title: What is set, in the words of Keras, with " · " between.
            moves: Where hyperparameters were moved, those included that are not in force yet.
            pins: Runs kept for comparison, at most four.
        """
        with self.live_figure.lock:
            self._set_title(title)
            self.curves.show([] if run is None else [run], extras=self.extras)
            self.moves.show(moves)
            self._show_pins(pins)
            if self._beside:
                self._beside.show(run)
        self.live_figure.update()

    def outside(self, run: Run) -> list[str]:
        """Say which curves end above or below the axes, a sentence each."""
        axes, said = self.curve_axes, []
        for role in (*MAIN, *(role for role in EXTRAS if role in self.extras)):
            name, take = QUANTITIES[role].name, getattr(QUANTITIES[role], axes.metric)
            end = float(take(run)[-1]) if take and run.epochs else axes.low
            if end > axes.high:
                where = f"{end:.2f}, is above the axis, which ends at {axes.high:g}"
                said.append(f"The {name} line, at {where}.")
            elif end < axes.low:
                where = f"{end:.1g}, is below the axis, which begins at {axes.low:g}"
                said.append(f"The {name} line, at {where}.")
        return said

    @property
    def _beside(self) -> SideView | None:
        """The view beside the curves."""
        return self.views.get(self.layout.side_view)

    # Made once -----------------------------------------------------------------------------

    def _make_views(self, figure, parts, baseline_loss, top, weights) -> dict[str, SideView]:
        size, names = self.size, view_names(parts)

        def axes(view):
            left, right = size.span - view.WIDTH + view.LEFT, size.span - view.RIGHT
            return size.axes(figure, left, right, _TOP, _BELOW)

        found: list[SideView] = [WeightsView(axes(WeightsView), size, weights)]
        found.append(LossesView(axes(LossesView), size, baseline_loss, top, parts.task))
        if "boundary" in names:
            left = size.span - BoundaryView.WIDTH + BoundaryView.LEFT
            found.append(BoundaryView(axes(BoundaryView), size, parts, left))
        return dict(zip(names, found, strict=True))

    def _make_pin(self, ax, color):
        size = self.size
        styles = (size.line_style(role, color=color, linewidth=1.3) for role in MAIN)
        lines = [ax.plot([], [], **style)[0] for style in styles]
        bold = {"weight": "bold", "va": "center_baseline", "ha": "center", "bbox": size.ground()}
        return [*lines, ax.text(0, 0, "", **size.type(11, color, **bold))]

    # Drawn when something stands elsewhere -------------------------------------------------

    def _margins(self) -> dict[str, float]:
        right = self.size.span - _LABELS - (self._beside.WIDTH if self._beside else 12)
        top = _TOP + (self._rows - 1) * _TITLE_ROW
        return {"left": _LEFT, "right": right, "top": top, "bottom": _BELOW}

    def _set_axes(self):
        epochs, metric, log, side_view = self.layout
        self.curve_axes.set_metric(metric, "loss" in log)
        self.curve_axes.set_epochs(epochs, "epochs" in log)
        self.curve_axes.ax.set_position(self.size.box(**self._margins()))
        for name, view in self.views.items():
            view.set_visible(name == side_view)
            view.set_axes(epochs, "loss" in log, "epochs" in log)

    def _set_title(self, words):
        """Write the title in as many rows as it takes above the curves, which make room for it."""
        room = self._margins()["right"] + _LABELS - _LEFT - 20
        points, rows = 15, wrapped(words, room, 15)
        if len(rows) > 1:
            points, rows = 12, wrapped(words, room, 12)
        self.title.set(text="\n".join(rows), fontsize=points * self.size.scale)
        if len(rows) != self._rows:
            self._rows = len(rows)
            self._set_axes()
            self.live_figure.redraw()

    # Drawn for each frame ------------------------------------------------------------------

    def _show_pins(self, pins):
        axes = self.curve_axes
        high = axes.at_height(axes.height(axes.high) - 9)
        for i, (*lines, letter) in enumerate(self.pins):
            for line, role in zip(lines, MAIN, strict=True):
                take = getattr(QUANTITIES[role], axes.metric)
                values = take(pins[i]) if i < len(pins) else np.empty(0)
                at = thin(len(values), log="epochs" in self.layout.log)
                line.set_data(at + 1, values[at])
            letter.set_text("")
            values = values[: self.layout.epochs]
            seen = np.flatnonzero((values <= high) & (values >= axes.low))
            if len(seen):  # on the line of the validation, at another place for each
                at = seen[round((len(seen) - 1) * (0.95 - 0.07 * i))]
                letter.set_text("ABCD"[i])
                letter.set_position((at + 1, values[at]))


def view_names(parts: Parts) -> list[str]:
    """Name the views that can stand beside the curves of a run on these rows."""
    return ["weights", "losses", "boundary"][: 3 if has_surface(parts) else 2]


def wrapped(words: str, room: float, points: float) -> list[str]:
    """Break words at " · " into rows that have room, in bold type of so many points.

    Args:
        words: What to write.
        room: In pixels at scale 1.
        points: Of the type, at scale 1.
    """
    font, rows = FontProperties(size=points, weight="bold"), [""]
    for word in words.split(" · "):
        longer = f"{rows[-1]} · {word}" if rows[-1] else word
        width = text_to_path.get_text_width_height_descent(longer, font, False)[0] * 100 / 72
        if width <= room or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows
