"""The picture of `StoppingLab`: a run with its stopping line, and what every patience costs."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes, thin
from helpers.drawing.curves import loss_top
from helpers.drawing.losses import any_loss
from helpers.drawing.style import COLORS, INK, LINE_STYLES, MUTED
from helpers.experiment import Run
from helpers.panels.concepts.chart import Moving
from helpers.panels.figure.live_figure import LiveFigure
from helpers.reference import Stop

_GREEN = COLORS["best"]
_LEFT = 76  # where the axes of the curves begin, in pixels at scale 1


class StoppingState(NamedTuple):
    """What is to be drawn.

    Attributes:
        stop: Where the run is stopped.
        monitored: The loss that is watched, (epochs,).
        is_data_loss: Whether that is the data loss.
        patience, min_delta: As set.
        trained: Epochs trained with every patience from 0 on.
        given_up: Loss given up with each.
    """

    stop: Stop
    monitored: np.ndarray
    is_data_loss: bool
    patience: int
    min_delta: float
    trained: np.ndarray
    given_up: np.ndarray


class StoppingChart:
    """Curves and stopping line at the left; at the right what every patience trains and loses.

    Args:
        size: How large.
        run: What was recorded.
        most: The greatest patience.
        most_lost: Where the axis of losses given up ends.
        top: Where the axis of losses ends; just above all data losses if None.
    """

    def __init__(self, size: Size, run: Run, most: int, most_lost: float, top: float | None):
        self.size, self.run, self._top, self._moving = size, run, top, Moving(size)
        middle, tall = 0.66 * size.span, size.height / size.scale
        half = (tall - 66 - 56 - 62) / 2  # of the height of either axes at the right
        side = {"left": middle + 36, "right": size.span - 30}
        with size.style():
            figure = size.figure()
            ax = size.axes(figure, left=_LEFT, right=middle - 112, top=106, bottom=56)
            self._sides = (
                size.axes(figure, **side, top=66, bottom=tall - 66 - half),
                size.axes(figure, **side, top=66 + half + 62, bottom=56),
            )
            top = loss_top(run) if top is None else top
            self.curve_axes = CurveAxes(ax, size, math.log(2), top, task=run.task)
            ax.set(xlabel="epoch", xlim=(0, run.epochs), ylabel=any_loss(run.task))
            self._make_curves(ax)
            self._make_sides(most, most_lost)
            self._write_header(figure)
        self.live_figure = LiveFigure(figure, self._moving)

    def show(self, state: StoppingState) -> None:
        """Draw where the run stops, which epoch is restored, and what that costs."""
        with self.live_figure.lock:
            other_axes = self._make_room(state.monitored)
            self._draw_run(state)
            self._draw_sides(state)
            if other_axes:  # only now: a redrawn still goes out with the lines as they are
                self.live_figure.redraw()
        self.live_figure.update()

    def above(self) -> str:
        """The name of a line that leaves the axes at the top, or nothing."""
        high = self.curve_axes.high
        lines = (self._train, self._validation, self.monitored)
        names = [ln.get_label() for ln in lines if np.max(ln.get_ydata(), initial=0) > high]
        return " and ".join(names)

    # Made once -----------------------------------------------------------------------------

    def _make_curves(self, ax):
        moving, run, at = self._moving, self.run, thin(self.run.epochs)

        def line(role, label, **changes):
            return moving.line(ax, label=label, **LINE_STYLES[role] | changes)

        self.wait = moving.band(ax, _GREEN, 0.14)
        self._train, self._validation = (line(role, role) for role in ("training", "validation"))
        self._train.set_data(at + 1, run.train_loss[at])
        self._validation.set_data(at + 1, run.validation_loss[at])
        self.monitored = line("reported", "val_loss", linewidth=2.6)
        self.beat = line("best", "to beat", linewidth=1.6)
        self.veil = moving.band(ax, "white", 0.72, zorder=2.5)
        self.line = moving.line(ax, color=INK, linewidth=2.2)
        self._drop = line("best", "_", linestyle=(0, (1, 1.6)))
        self.mark = moving.line(ax, "o", ms=11, mew=2.6, mfc="white", mec=_GREEN, zorder=6)
        bold = {"weight": "bold", "ha": "center", "va": "bottom"}
        self.stopped = moving.text(ax, 11.5, **bold)
        self.restored = moving.text(ax, 11.5, _GREEN, **bold)
        self._saved = moving.text(ax, 11.5, MUTED, ha="center", va="top", bbox=self.size.ground())
        tip = {"weight": "bold", "va": "center_baseline"}
        roles = ("training", "validation", "reported")
        self._tips = [moving.text(ax, 11.5, COLORS[role], **tip) for role in roles]

    def _make_sides(self, most, most_lost):
        moving, ends = self._moving, (1.05 * self.run.epochs, most_lost)
        heads, colors = ("Epochs trained", "Loss given up"), (INK, COLORS["validation"])
        self.steps, self.dots, self.values = [], [], []
        for ax, head, color, end in zip(self._sides, heads, colors, ends, strict=True):
            ax.set(xlim=(-0.02 * most, most), ylim=(0, end))
            ax.yaxis.set_major_locator(MaxNLocator(4))
            above = {"transform": ax.transAxes, "weight": "bold", "va": "bottom"}
            ax.text(0, 1.04, head, **self.size.type(12.5, color, **above))
            self.steps.append(moving.line(ax, color=color, linewidth=2.2, label=head.lower()))
            self.dots.append(moving.line(ax, "o", color=color, ms=10, mec="white", mew=1.5))
            self.values.append(moving.text(ax, 12.5, color, x=1, y=1.04, ha="right", **above))
        self._sides[1].set_xlabel("patience")

    def _write_header(self, figure):
        size, right = self.size, self._sides[0].get_position().x0 * self.size.span
        size.write(figure, right, 9, "At every patience", 15, weight="bold")
        beat = size.line_style("best", linewidth=1.6)
        _, end = size.key(figure, _LEFT, 38, "loss to beat", **beat)
        bar = {"color": _GREEN, "alpha": 0.25, "linewidth": 11 * size.scale}
        size.key(figure, end + 24, 38, "waiting", solid_capstyle="butt", **bar)
        self._title = self._moving.keep(size.write(figure, _LEFT, 9, "", 15, weight="bold"))

    # Drawn for each frame ------------------------------------------------------------------

    def _make_room(self, monitored) -> bool:
        """Let the axis of losses end above the lowest watched loss; says whether it has moved."""
        top = max(loss_top(self.run), min(1.06 * monitored.max(), 2 * monitored.min()))
        if self._top is not None or top == self.curve_axes.top:
            return False
        self.curve_axes.top = float(top)
        self.curve_axes.set_metric("loss")
        self.curve_axes.ax.set_ylabel(any_loss(self.run.task))
        return True

    def _draw_run(self, state):
        run, axes, stop = self.run, self.curve_axes, state.stop
        epochs, low, high = run.epochs, -1.0, axes.high
        at = thin(epochs)
        shown = ([], []) if state.is_data_loss else (at + 1, state.monitored[at])
        self.monitored.set_data(*shown)
        curves = {"training": run.train_loss, "validation": run.validation_loss}
        curves |= {} if state.is_data_loss else {"val_loss": state.monitored}
        self._tips[2].set_text("")
        marked = [f"{n} ▲" if v[-1] > axes.high else n for n, v in curves.items()]
        ends = [float(values[-1]) for values in curves.values()]
        axes.place_labels(list(zip(self._tips, marked, ends, strict=False)), epochs)

        self._draw_beat(state)
        end = stop.trained
        self.wait.set_data([stop.best, end], [low, low], [high, high])
        self.veil.set_data([end, epochs], [low, low], [high, high])
        self.line.set_data([end] * 2 if stop.stopped else [], [low, high] if stop.stopped else [])
        loss = float(state.monitored[stop.restored - 1])
        self.mark.set_data([stop.restored], [min(loss, high)])
        self._drop.set_data([stop.restored] * 2, [min(loss, high), high])
        self._stamp(stop, epochs, high)
        self._title.set_text(f"patience={state.patience}, min_delta={state.min_delta:g}")

    def _draw_beat(self, state):
        """The loss that the next epoch has to get below, until the run stops."""
        best = state.monitored.astype(float)[: state.stop.trained].copy()
        record = best[0]
        for i, loss in enumerate(best):
            if i and loss + state.min_delta < record:
                record = loss
            best[i] = record - state.min_delta
        x = np.arange(1, len(best) + 1)
        self.beat.set_data(np.repeat(x, 2)[1:], np.repeat(best, 2)[:-1])

    def _stamp(self, stop, epochs, high):
        axes = self.curve_axes
        left, right = -40, axes.reach(epochs) + 86
        stops = f"stops after epoch {stop.stopped}" if stop.stopped else "never stops"
        restored = f"restored: epoch {stop.restored}"
        rows = (
            (self.restored, restored, stop.restored, 21),
            (self.stopped, stops, stop.trained, 4),
        )
        for text, words, epoch, up in rows:
            half = 4.1 * len(words)
            middle = min(max(axes.reach(epoch), left + half), right - half)
            place = axes.at_reach(middle), axes.at_height(axes.height(high) + up)
            text.set(text=words, position=place)
        saved = epochs - stop.trained
        room = axes.reach(epochs) - axes.reach(stop.trained)
        place = (stop.trained + epochs) / 2, axes.at_height(axes.height(high) - 6)
        self._saved.set(text=f"{saved} epochs saved" if room > 130 else "", position=place)

    def _draw_sides(self, state):
        x, patience = np.arange(len(state.trained)), state.patience
        curves = ((state.trained, "d"), (state.given_up, ".3f"))
        drawn = zip(curves, self.steps, self.dots, self.values, strict=True)
        for (values, spelling), line, dot, text in drawn:
            line.set_data(np.repeat(x, 2)[1:], np.repeat(values, 2)[:-1])
            dot.set_data([patience], [min(values[patience], line.axes.get_ylim()[1])])
            text.set_text(format(values[patience], spelling))
