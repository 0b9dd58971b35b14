"""What training makes small, live: data loss, penalty, their sum, and what `fit` reports."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from helpers.drawing.axes import CurveAxes, Size, thin
from helpers.experiment import Run
from helpers.panels.live.lines import LINES
from helpers.panels.live.side_view import SideView

_SHOWN = ("train", "penalty", "sum", "reported")


class LossesView(SideView):
    """Four curves of losses, with their values behind the ends.

    Args:
        ax: Where to draw.
        size: How large the picture is.
        guessing, top: As for `CurveAxes`.
        epochs: Where the axis of epochs ends.
    """

    WIDTH, RIGHT = 396, 84

    def __init__(self, ax: Axes, size: Size, guessing: float, top: float | None):
        self.curve_axes = CurveAxes(ax, size, guessing, top)
        ax.set(xlabel="epoch")
        ax.set_title("three losses, in nats", fontsize=12 * size.scale, pad=32 * size.scale)
        self._lines, self._tips = {}, {}
        for key in reversed(_SHOWN):
            kind = LINES[key]
            (self._lines[key],) = ax.plot([], [], label=kind.name, **size.line_style(kind.look))
            bold = size.type(12, self._lines[key].get_color(), weight="bold")
            self._tips[key] = ax.text(0, 0, "", va="center_baseline", **bold)
        super().__init__(ax, [*self._lines.values(), *self._tips.values()])
        self._write_keys(ax, size)

    def set_axes(self, epochs: int, log_loss: bool, log_epochs: bool) -> None:
        self.curve_axes.set_metric("loss", log_loss)
        self.curve_axes.set_epochs(epochs, log_epochs)
        self.ax.set_ylabel("")  # its title says it, and there is little room

    def show(self, run: Run | None) -> None:
        at = thin(run.epochs if run else 0, log=self.ax.get_xscale() == "log")
        tips = []
        for key, line in self._lines.items():
            values = LINES[key].loss(run) if run else np.empty(0)
            line.set_data(at + 1, values[at])
            self._tips[key].set_text("")
            if len(values):
                tips.append((self._tips[key], self.curve_axes.spell(values[-1]), float(values[-1])))
        self.curve_axes.place_tips(tips, run.epochs if run else 0)

    def words(self, run: Run) -> str:
        loss, penalty, total, reported = (LINES[key].loss(run)[-1] for key in _SHOWN)
        return f"Sum: {loss:.2f} + {penalty:.2f} = {total:.2f}; fit reports {reported:.2f}."

    def _write_keys(self, ax, size):
        """Which line is which, in two rows above the axes; they stand still."""
        names = {"train": "training", "penalty": "penalty", "sum": "their sum",
                 "reported": "fit reports"}  # fmt: skip
        across, up = size.scale / ax.bbox.width, size.scale / ax.bbox.height
        for i, (key, name) in enumerate(names.items()):
            x, y = (i % 2) * 134, (24, 7)[i // 2]
            look = size.line_style(LINES[key].look)
            height = 1 + (y + 5) * up
            ends = [x * across, (x + 30) * across]
            place = {"transform": ax.transAxes, "clip_on": False}
            ax.add_artist(Line2D(ends, [height] * 2, **look, **place))
            style = size.type(11, look["color"], weight="bold", va="center")
            ax.text((x + 36) * across, height, name, **place, **style)
