"""The picture of `PenaltyLab`: two planes of weights, and the weights along the strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MultipleLocator

from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import separate
from helpers.drawing.style import COLORS, INK, MUTED, PAIR
from helpers.formatting import signed
from helpers.panels.figure.live_figure import LiveFigure

_TOP, _BELOW = 90, 34  # pixels at scale 1 above and below the axes
_STEPS = (0.1, 0.4, 0.9, 1.6, 2.5, 3.6, 4.9)  # of the data loss above its least
_TURN = np.linspace(0, 2 * np.pi, 73)
_RAYS = np.linspace(0, 2 * np.pi, 97)  # holds the corners of the diamond


class Penalty(NamedTuple):
    """A penalty λ (share Σ|w| + (1 - share) Σw²), and how it is written."""

    name: str
    share: float
    formula: str

    def size(self, w) -> float:
        """What λ multiplies."""
        w = np.asarray(w, float)
        return float(self.share * np.abs(w).sum() + (1 - self.share) * (w**2).sum())

    def outline(self, size: float) -> np.ndarray:
        """The weights whose penalty is as large as `size`: (points, 2), closed."""
        rays = np.column_stack([np.cos(_RAYS), np.sin(_RAYS)])
        straight, square = self.share * np.abs(rays).sum(axis=1), 1 - self.share
        if square == 0:
            radius = size / straight
        else:  # the positive root of square * r**2 + straight * r = size
            root = np.sqrt(straight**2 + 4 * square * size)
            radius = 2 * size / (straight + root) if size else np.zeros(len(rays))
        return radius[:, None] * rays


class PenaltyState(NamedTuple):
    """What is to be drawn.

    Attributes:
        bowl: With `a`, `best`, `floor` and `loss`.
        strength: λ.
        solutions: {penalty: weights (2,)}.
        at: λ along the paths, ascending.
        paths: {penalty: weights (len(at), 2)}.
    """

    bowl: object
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
        self.size, self.penalties, self.most = size, penalties, most
        with size.style():
            figure = size.figure()
            self._place_axes(figure, weights, side)
            moving = []
            for i, penalty in enumerate(penalties):
                moving += self._make_plane(i, penalty)
            moving += self._make_paths(figure)
        self.live_figure = LiveFigure(figure, moving)

    def show(self, state: PenaltyState) -> None:
        """Draw contours, shapes, solutions and paths."""
        with self.live_figure.lock:
            rings = _rings(state.bowl)
            for part, penalty in zip(self._planes, self.penalties, strict=True):
                self._draw_plane(part, penalty, state, rings)
            self._draw_paths(state)
        self.live_figure.update()

    # Made once -----------------------------------------------------------------------------

    def _place_axes(self, figure, weights, side):
        size, high = self.size, _tenth_above(1.3 * max(abs(w) for w in weights))
        lefts = [40, 40 + side + 48, 40 + 2 * (side + 48) + 20]
        self._axes = []
        for left in lefts[:2]:
            ax = size.axes(figure, left=left, right=left + side, top=_TOP, bottom=_BELOW)
            ax.set(xlim=(-high, high), ylim=(-high, high))
            words = size.type(13, bbox=size.ground())
            ax.text(0.99 * high, -0.97 * high, "w₁", ha="right", va="bottom", **words)
            ax.text(-0.97 * high, 0.99 * high, "w₂", ha="left", va="top", **words)
            self._axes.append(ax)
        ax = size.axes(figure, left=lefts[2], right=size.span - 62, top=_TOP,
                       bottom=_BELOW)  # fmt: skip
        low, top = min(0, *weights), max(0, *weights)
        room = 0.12 * (top - low)
        ax.set(xlim=(0, self.most), ylim=(low - room, top + room))
        ax.set_xlabel("λ")
        ax.xaxis.set_label_coords(0.97, 0.08)
        self._along = ax
        zero = {"color": MUTED, "linewidth": size.scale, "zorder": 1.2}
        for ax in (*self._axes, self._along):
            ax.axhline(0, **zero)
            ax.yaxis.set_major_locator(MultipleLocator(1 if ax in self._axes and high > 1 else 0.5))
        for ax in self._axes:
            ax.axvline(0, **zero)
            ax.xaxis.set_major_locator(MultipleLocator(1 if high > 1 else 0.5))
        self._along.xaxis.set_major_locator(MultipleLocator(1))

    def _left(self, ax):
        """Where the words above some axes begin, in pixels at scale 1."""
        return ax.get_position().x0 * self.size.span

    def _make_plane(self, i, penalty):
        ax, color, scale = self._axes[i], PAIR[i], self.size.scale
        blue, figure, left = COLORS["training"], ax.figure, self._left(ax)
        head = f"{penalty.name}: {penalty.formula}"
        self.size.write(figure, left, 9, head, 14.5, color, weight="bold")
        dashes = {"linestyle": (0, (2, 1.4)), "linewidth": 1.8 * scale, "color": INK}
        self.size.key(figure, left, 61, "data loss", color=blue, linewidth=2.4 * scale)
        self.size.key(figure, left + 118, 61, "path along λ", **dashes)
        part = {}
        part["shape"] = ax.fill([0], [0], facecolor=color, alpha=0.2, linewidth=0)[0]
        (part["rings"],) = ax.plot([], [], color=blue, alpha=0.45, linewidth=1.0 * scale)
        (part["edge"],) = ax.plot([], [], color=color, linewidth=2.4 * scale)
        (part["touching"],) = ax.plot([], [], color=blue, linewidth=2.4 * scale)
        (part["path"],) = ax.plot([], [], **dashes)
        (part["best"],) = ax.plot([], [], "P", color=blue, ms=11 * scale, mec="white")
        (part["here"],) = ax.plot([], [], "o", color=color, ms=11 * scale, mec="white",
                                  mew=1.6 * scale)  # fmt: skip
        part["words"] = [self.size.write(figure, left + right, 37, "", 12.5) for right in (0, 152)]
        self._planes = [*getattr(self, "_planes", []), part]
        keys = ("shape", "rings", "edge", "touching", "path", "best", "here")
        return [*(part[k] for k in keys), *part["words"]]

    def _make_paths(self, figure):
        ax, scale = self._along, self.size.scale
        self._lines, self._tips = {}, {}
        for j, style in ((1, (0, (4, 1.6))), (0, "-")):
            for penalty, color in zip(self.penalties, PAIR, strict=True):
                (self._lines[penalty.name, j],) = ax.plot(
                    [], [], color=color, linestyle=style, linewidth=2.4 * scale,
                    label=f"{penalty.name} {_name(j)}",
                )  # fmt: skip
        (self._here,) = ax.plot([], [], color=INK, linewidth=1.4 * scale)
        bold = {"weight": "bold", "va": "center_baseline", "transform": ax.get_yaxis_transform()}
        for penalty, color in zip(self.penalties, PAIR, strict=True):
            for j in (0, 1):
                self._tips[penalty.name, j] = ax.text(
                    1.03, 0, "", **self.size.type(11, color, **bold)
                )
        (self._zeros,) = ax.plot([], [], "o", ls="", mfc="white", mec=INK, ms=8 * scale,
                                 mew=1.8 * scale)  # fmt: skip
        left, ink = self._left(ax), {"color": INK, "linewidth": 2.4 * scale}
        self.size.write(figure, left, 9, "Weights along λ", 14.5, weight="bold")
        self.size.key(figure, left, 37, "w₁", **ink)
        self.size.key(figure, left + 78, 37, "w₂", linestyle=(0, (4, 1.6)), **ink)
        self.size.write(figure, left, 61, "○ exactly 0 from here", 11.5)
        return [self._here, *self._lines.values(), self._zeros, *self._tips.values()]

    # Drawn for each frame ------------------------------------------------------------------

    def _draw_plane(self, part, penalty, state, rings):
        w = state.solutions[penalty.name]
        outline = penalty.outline(penalty.size(w))
        part["shape"].set_xy(outline)
        part["edge"].set_data(*outline.T)
        part["rings"].set_data(*rings.T)
        part["touching"].set_data(*_ring(state.bowl, float(state.bowl.loss(w))).T)
        part["path"].set_data(*state.paths[penalty.name].T)
        part["best"].set_data(*state.bowl.best[:, None])
        part["here"].set_data(*w[:, None])
        for j, words in enumerate(part["words"]):
            zero = w[j] == 0
            value = "0 exactly" if zero else signed(w[j], 3, tiny=True)
            words.set_text(f"{_name(j)} = {value}")
            words.set_weight("bold" if zero else "normal")

    def _draw_paths(self, state):
        ends, zeros = [], []
        short = {p.name: p.name.split()[-1] for p in self.penalties}
        for (name, j), line in self._lines.items():
            values = state.paths[name][:, j]
            line.set_data(state.at, values)
            gone = np.flatnonzero(values == 0)
            if len(gone):
                zeros.append((state.at[gone[0]], 0.0))
            ends.append((self._tips[name, j], f"{short[name]} {_name(j)}", values[-1]))
        self._zeros.set_data(*zip(*zeros, strict=True) if zeros else ([], []))
        self._here.set_data([state.strength] * 2, [-1e9, 1e9])
        low, high = self._along.get_ylim()
        least = 17 * self.size.scale / self._along.bbox.height * (high - low)
        ends.sort(key=lambda end: end[1])
        places = separate([v for *_, v in ends], least, low, high)
        for (tip, words, _), y in zip(ends, places, strict=True):
            tip.set_text(words)
            tip.set_y(y)


def _tenth_above(value: float) -> float:
    """The next tenth above a number."""
    return float(np.ceil(10 * value) / 10)


def _name(j: int) -> str:
    return f"w{'₁₂'[j]}"


def _ring(bowl, loss: float) -> np.ndarray:
    """The weights whose data loss is `loss`: (points, 2), closed."""
    values, vectors = np.linalg.eigh(bowl.a)
    radii = np.sqrt(max(loss - bowl.floor, 0) / values)
    return bowl.best + (np.column_stack([np.cos(_TURN), np.sin(_TURN)]) * radii) @ vectors.T


def _rings(bowl) -> np.ndarray:
    gap = np.full((1, 2), np.nan)
    return np.concatenate([p for s in _STEPS for p in (_ring(bowl, bowl.floor + s), gap)])
