"""The picture of `PenaltyLab`: the two weights under each penalty, and both along λ."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from helpers.drawing.axes import Size
from helpers.drawing.style import COLORS, INK, MUTED, PAIR
from helpers.formatting import signed
from helpers.panels.concepts.chart import EndLabels, Moving
from helpers.panels.concepts.quadratic import Penalty, QuadraticLoss
from helpers.panels.figure.live_figure import LiveFigure

_TOP, _BELOW = 90, 34  # pixels at scale 1 above and below the axes
_BETWEEN = 48  # and between them
_STEPS = (0.1, 0.4, 0.9, 1.6, 2.5, 3.6, 4.9)  # of the data loss above its least
NAMES = ("w₁", "w₂")
_DASHES = ("-", (0, (4, 1.6)))  # of their lines


class PenaltyState(NamedTuple):
    """What is to be drawn.

    Attributes:
        data_loss: Of the two weights.
        strength: λ.
        solutions: {penalty: weights (2,)}.
        at: λ along the paths, ascending.
        paths: {penalty: weights (len(at), 2)}.
    """

    data_loss: QuadraticLoss
    strength: float
    solutions: dict[str, np.ndarray]
    at: np.ndarray
    paths: dict[str, np.ndarray]


class PenaltyChart:
    """Contours with the shape of each penalty, and the weights of both along λ.

    Args:
        size: How large.
        penalties: Two.
        weights: Where the data loss is lowest; the axes hold them and the origin.
        most: Where the axis of λ ends.
    """

    def __init__(self, size: Size, penalties: Sequence[Penalty], weights, most: float):
        side = min(size.height / size.scale - _TOP - _BELOW, 0.284 * size.span)
        size = replace(size, height=round((_TOP + side + _BELOW) * size.scale))
        step, high = side + _BETWEEN, np.ceil(13 * max(abs(w) for w in weights)) / 10
        moving = Moving(size)
        with size.style():
            figure = size.figure()
            self.sides, margins = [], {"top": _TOP, "bottom": _BELOW}
            for penalty, color, left in zip(penalties, PAIR, (40, 40 + step), strict=True):
                ax = size.axes(figure, left=left, right=left + side, **margins)
                self.sides.append(_PenaltySide(moving, ax, left, penalty, color, high))
            left = 60 + 2 * step
            ax = size.axes(figure, left=left, right=size.span - 62, **margins)
            self.along = _PathSide(moving, ax, left, penalties, weights, most)
        self.live_figure = LiveFigure(figure, moving)

    def show(self, state: PenaltyState) -> None:
        """Draw contours, shapes, solutions and paths."""
        with self.live_figure.lock:
            for side in (*self.sides, self.along):
                side.show(state)
        self.live_figure.update()


class _PenaltySide:
    """Contours of the data loss over both weights, and the shape of one penalty."""

    def __init__(self, moving: Moving, ax: Axes, left, penalty: Penalty, color: str, high: float):
        size, figure, self.penalty = moving.size, ax.figure, penalty
        ax.set(xlim=(-high, high), ylim=(-high, high))
        for axis, draw_zero in ((ax.xaxis, ax.axvline), (ax.yaxis, ax.axhline)):
            axis.set_major_locator(MultipleLocator(1 if high > 1 else 0.5))
            draw_zero(0, color=MUTED, linewidth=size.scale, zorder=1.2)
        words = size.type(13, bbox=size.ground())
        ax.text(0.99 * high, -0.97 * high, NAMES[0], ha="right", va="bottom", **words)
        ax.text(-0.97 * high, 0.99 * high, NAMES[1], ha="left", va="top", **words)

        head = f"{penalty.name}: {penalty.formula}"
        size.write(figure, left, 9, head, 14.5, color, weight="bold")
        blue, dashes = COLORS["training"], {"linestyle": (0, (2, 1.4)), "color": INK}
        size.key(figure, left, 61, "data loss", color=blue, linewidth=2.4 * size.scale)
        key = dashes | {"linewidth": 1.8 * size.scale}
        size.key(figure, left + 118, 61, "path along λ", **key)

        fill = ax.fill([0], [0], facecolor=color, alpha=0.2, linewidth=0)
        self.shape = moving.keep(*fill)
        self.contours = moving.line(ax, color=blue, alpha=0.45, linewidth=1)
        self.edge = moving.line(ax, color=color, linewidth=2.4)
        self.touching = moving.line(ax, color=blue, linewidth=2.4)
        self.path = moving.line(ax, **dashes, linewidth=1.8)
        self.best = moving.line(ax, "P", color=blue, ms=11, mec="white")
        self.here = moving.line(ax, "o", color=color, ms=11, mec="white", mew=1.6)
        self.words = [
            moving.keep(size.write(figure, left + right, 37, "", 12.5)) for right in (0, 152)
        ]

    def show(self, state: PenaltyState) -> None:
        """Draw the solution, where the shape touches a contour."""
        loss, w, gap = state.data_loss, state.solutions[self.penalty.name], [[np.nan] * 2]
        outline = self.penalty.outline(self.penalty.size(w))
        self.shape.set_xy(outline)
        self.edge.set_data(*outline.T)
        contours = [part for s in _STEPS for part in (loss.contour(loss.floor + s), gap)]
        self.contours.set_data(*np.concatenate(contours).T)
        self.touching.set_data(*loss.contour(float(loss.loss(w))).T)
        self.path.set_data(*state.paths[self.penalty.name].T)
        self.best.set_data(*loss.best[:, None])
        self.here.set_data(*w[:, None])
        for text, name, value in zip(self.words, NAMES, w, strict=True):
            zero = value == 0
            text.set_text(f"{name} = {'0 exactly' if zero else signed(value, 3, tiny=True)}")
            text.set_weight("bold" if zero else "normal")


class _PathSide:
    """Both weights under either penalty, along λ."""

    def __init__(
        self, moving: Moving, ax: Axes, left, penalties: Sequence[Penalty], weights, most: float
    ):
        size, figure = moving.size, ax.figure
        low, top = min(0, *weights), max(0, *weights)
        room = 0.12 * (top - low)
        ax.set(xlim=(0, most), ylim=(low - room, top + room), xlabel="λ")
        ax.xaxis.set_label_coords(0.97, 0.08)
        ax.xaxis.set_major_locator(MultipleLocator(1))
        ax.yaxis.set_major_locator(MultipleLocator(0.5))
        ax.axhline(0, color=MUTED, linewidth=size.scale, zorder=1.2)
        size.write(figure, left, 9, "Weights along λ", 14.5, weight="bold")
        for name, dashes, right in zip(NAMES, _DASHES, (0, 78), strict=True):
            key = {"linestyle": dashes, "color": INK, "linewidth": 2.4 * size.scale}
            size.key(figure, left + right, 37, name, **key)
        size.write(figure, left, 61, "○ exactly 0 from here", 11.5)

        self.here = moving.line(ax, color=INK, linewidth=1.4)
        self.lines = {
            (penalty.name, j): moving.line(
                ax, color=color, linestyle=_DASHES[j], linewidth=2.4,
                label=f"{penalty.name} {NAMES[j]}",
            )
            for j in (1, 0) for penalty, color in zip(penalties, PAIR, strict=True)
        }  # fmt: skip
        self.zeros = moving.line(ax, "o", ls="", mfc="white", mec=INK, ms=8, mew=1.8)
        self._labels = EndLabels(moving, ax, [line.get_color() for line in self.lines.values()])

    def show(self, state: PenaltyState) -> None:
        """Draw the paths, and where a weight becomes exactly 0."""
        words, ends, zeros = [], [], []
        for (name, j), line in self.lines.items():
            values = state.paths[name][:, j]
            line.set_data(state.at, values)
            zeros += list(state.at[values == 0][:1])
            words.append(f"{name.split()[-1]} {NAMES[j]}")
            ends.append(values[-1])
        self.zeros.set_data(zeros, [0] * len(zeros))
        self.here.set_data([state.strength] * 2, [-1e9, 1e9])
        self._labels.show(words, ends)
