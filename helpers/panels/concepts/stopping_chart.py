"""The picture of `StoppingLab`: a run with its stopping line, and what every patience costs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes, thin
from helpers.drawing.curves import loss_top
from helpers.drawing.style import COLORS, INK, MUTED
from helpers.experiment import Run
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
        self.size, self.run = size, run
        with size.style():
            figure = size.figure()
            middle = 0.66 * size.span
            ax = size.axes(figure, left=_LEFT, right=middle - 112, top=106, bottom=56)
            tall = size.height / size.scale
            half = (tall - 66 - 56 - 62) / 2
            upper = size.axes(figure, left=middle + 36, right=size.span - 30, top=66,
                              bottom=tall - 66 - half)  # fmt: skip
            lower = size.axes(figure, left=middle + 36, right=size.span - 30,
                              top=66 + half + 62, bottom=56)  # fmt: skip
            self._top = top
            self.curve_axes = CurveAxes(
                ax, size, math.log(2), loss_top(run) if top is None else top
            )
            ax.set(xlabel="epoch", xlim=(0, run.epochs), ylabel="loss (nats)")
            self._sides = upper, lower
            moving = [
                *self._make_curves(ax),
                *self._make_sides(most, most_lost),
                *self._write_header(figure),
            ]
        self.live_figure = LiveFigure(figure, moving)

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
        lines = (self._train, self._validation, self._monitored)
        names = [ln.get_label() for ln in lines if np.max(ln.get_ydata(), initial=0) > high]
        return " and ".join(names)

    # Made once -----------------------------------------------------------------------------

    def _make_curves(self, ax):
        size, scale = self.size, self.size.scale
        at = thin(self.run.epochs)

        def line(look, label, **changes):
            return ax.plot([], [], label=label, **size.line_style(look, **changes))[0]

        self._wait = ax.fill_between([], [], [], color=_GREEN, alpha=0.14, linewidth=0)
        self._train = line("training", "training")
        self._validation = line("validation", "validation")
        self._train.set_data(at + 1, self.run.train_loss[at])
        self._validation.set_data(at + 1, self.run.validation_loss[at])
        self._monitored = line("reported", "val_loss", linewidth=2.6)
        self._beat = line("best", "to beat", linewidth=1.6)
        self._veil = ax.fill_between([], [], [], color="white", alpha=0.72, linewidth=0, zorder=2.5)
        self._line = ax.plot([], [], color=INK, linewidth=2.2 * scale)[0]
        self._drop = line("best", "_", linestyle=(0, (1, 1.6)))
        mark = {"ms": 11 * scale, "mew": 2.6 * scale, "mfc": "white", "mec": _GREEN}
        (self._mark,) = ax.plot([], [], "o", zorder=6, **mark)
        bold = {"weight": "bold", "va": "bottom"}
        self._stopped = ax.text(0, 0, "", **size.type(11.5, **bold))
        self._restored = ax.text(0, 0, "", **size.type(11.5, _GREEN, **bold))
        self._saved = ax.text(0, 0, "", ha="center", bbox=size.ground(),
                              **size.type(11.5, MUTED, va="top"))  # fmt: skip
        tip = {"weight": "bold", "va": "center_baseline"}
        looks = ("training", "validation", "reported")
        self._tips = [ax.text(0, 0, "", **size.type(11.5, COLORS[k], **tip))
                      for k in looks]  # fmt: skip
        return [self._wait, self._train, self._validation, self._monitored, self._beat, self._veil,
                self._line, self._drop, self._mark, self._stopped, self._restored, self._saved,
                *self._tips]  # fmt: skip

    def _make_sides(self, most, most_lost):
        size, scale = self.size, self.size.scale
        found, self._dots, self._steps = [], [], []
        heads = ("Epochs trained", "Loss given up")
        colours = (INK, COLORS["validation"])
        for ax, head, colour in zip(self._sides, heads, colours, strict=True):
            ax.set(xlim=(-0.02 * most, most))
            ax.yaxis.set_major_locator(MaxNLocator(4))
            ax.text(0, 1.04, head, transform=ax.transAxes, va="bottom",
                    **size.type(12.5, colour, weight="bold"))  # fmt: skip
            label = head.lower()
            found += ax.plot([], [], color=colour, linewidth=2.2 * scale, label=label)
            found += ax.plot([], [], "o", color=colour, ms=10 * scale, mec="white", mew=1.5 * scale)
        self._steps, self._dots = found[::2], found[1::2]
        self._sides[1].set_xlabel("patience")
        self._sides[0].set_ylim(0, 1.05 * self.run.epochs)
        self._sides[1].set_ylim(0, most_lost)
        bold = {"weight": "bold", "ha": "right", "va": "bottom"}
        self._values = [
            ax.text(1, 1.04, "", transform=ax.transAxes, **size.type(12.5, colour, **bold))
            for ax, colour in zip(self._sides, colours, strict=True)
        ]
        return [*found, *self._values]

    def _write_header(self, figure):
        size, (upper, _) = self.size, self._sides
        right = upper.get_position().x0 * size.span
        size.write(figure, right, 9, "At every patience", 15, weight="bold")
        _, end = size.key(
            figure, _LEFT, 38, "loss to beat", **size.line_style("best", linewidth=1.6)
        )
        bar = {"color": _GREEN, "alpha": 0.25, "linewidth": 11 * size.scale}
        size.key(figure, end + 24, 38, "waiting", solid_capstyle="butt", **bar)
        self._title = size.write(figure, _LEFT, 9, "", 15, weight="bold")
        return [self._title]

    # Drawn for each frame ------------------------------------------------------------------

    def _make_room(self, monitored) -> bool:
        """Let the axis of losses end above the lowest watched loss; says whether it has moved."""
        top = max(loss_top(self.run), min(1.06 * monitored.max(), 2 * monitored.min()))
        if self._top is not None or top == self.curve_axes.top:
            return False
        self.curve_axes.top = float(top)
        self.curve_axes.set_metric("loss")
        self.curve_axes.ax.set_ylabel("loss (nats)")
        return True

    def _draw_run(self, state):
        run, axes, stop = self.run, self.curve_axes, state.stop
        epochs, low, high = run.epochs, -1.0, axes.high
        at = thin(epochs)
        shown = ([], []) if state.is_data_loss else (at + 1, state.monitored[at])
        self._monitored.set_data(*shown)
        curves = {"training": run.train_loss, "validation": run.validation_loss}
        curves |= {} if state.is_data_loss else {"val_loss": state.monitored}
        self._tips[2].set_text("")
        marked = [f"{n} ▲" if v[-1] > axes.high else n for n, v in curves.items()]
        ends = [float(values[-1]) for values in curves.values()]
        axes.place_labels(list(zip(self._tips, marked, ends, strict=False)), epochs)

        self._draw_beat(state)
        end = stop.trained
        self._wait.set_data([stop.best, end], [low, low], [high, high])
        self._veil.set_data([end, epochs], [low, low], [high, high])
        self._line.set_data([end] * 2 if stop.stopped else [], [low, high] if stop.stopped else [])
        loss = float(state.monitored[stop.restored - 1])
        self._mark.set_data([stop.restored], [min(loss, high)])
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
        self._beat.set_data(np.repeat(x, 2)[1:], np.repeat(best, 2)[:-1])

    def _stamp(self, stop, epochs, high):
        axes = self.curve_axes
        left, right = -40, axes.reach(epochs) + 86
        rows = (
            (self._restored, f"restored: epoch {stop.restored}", stop.restored, 21),
            (self._stopped, f"stops after epoch {stop.stopped}" if stop.stopped else "never stops",
             stop.trained, 4),
        )  # fmt: skip
        for text, words, epoch, up in rows:
            half = 4.1 * len(words)
            text.set(text=words, horizontalalignment="center")
            middle = min(max(axes.reach(epoch), left + half), right - half)
            text.set_position((axes.at_reach(middle), axes.at_height(axes.height(high) + up)))
        saved = epochs - stop.trained
        room = axes.reach(epochs) - axes.reach(stop.trained)
        self._saved.set_text(f"{saved} epochs saved" if room > 130 else "")
        place = (stop.trained + epochs) / 2, axes.at_height(axes.height(high) - 6)
        self._saved.set_position(place)

    def _draw_sides(self, state):
        x = np.arange(len(state.trained))
        values = (state.trained, state.given_up)
        spelled = (
            f"{state.trained[state.patience]}",
            f"{state.given_up[state.patience]:.3f}",
        )
        for line, dot, text, v, words in zip(
            self._steps, self._dots, self._values, values, spelled, strict=True
        ):
            line.set_data(np.repeat(x, 2)[1:], np.repeat(v, 2)[:-1])
            dot.set_data([state.patience], [min(v[state.patience], line.axes.get_ylim()[1])])
            text.set_text(words)
