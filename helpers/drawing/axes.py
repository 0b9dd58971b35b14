"""What the panels' pictures have in common: two sizes of type, one style, labels kept apart."""

from __future__ import annotations

import contextlib
import math
import threading
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.scale import LogScale
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
    ScalarFormatter,
)

from helpers import formatting
from helpers.drawing import plots

LIFT = 1.4  # a projected picture has type and lines this much larger
_TYPE = ("font.size", "axes.labelsize", "axes.titlesize", "xtick.labelsize", "ytick.labelsize")
_STYLING = threading.RLock()


@dataclass(frozen=True)
class Size:
    """How large a picture is drawn.

    Attributes:
        width, height: Of the figure, in CSS pixels.
        scale: Of type, lines and margins.
    """

    width: int
    height: int
    scale: float

    def figure(self) -> Figure:
        """An empty figure of this size; make it and its axes inside `with size.style():`."""
        size = (self.width / 100, self.height / 100)
        return Figure(figsize=size, dpi=100, layout="none")  # `axes` says where, in pixels

    def axes(self, figure: Figure, left: float, right: float, top: float, bottom: float) -> Axes:
        """Axes at margins given in pixels at scale 1; left and right from the left edge."""
        s, style = self.scale, plots.STYLE
        ax = figure.add_axes(self.box(left, right, top, bottom))
        for axis in ("x", "y"):  # ticks are made later, outside `style`: tell their looks now
            ax.tick_params(
                axis=axis,
                length=style[f"{axis}tick.major.size"],
                labelsize=style[f"{axis}tick.labelsize"] * s,
                color=style[f"{axis}tick.color"],
                labelcolor=style[f"{axis}tick.labelcolor"],
            )
        ax.grid(True, color=style["grid.color"], linewidth=style["grid.linewidth"] * s)
        return ax

    def box(self, left: float, right: float, top: float, bottom: float):
        """Left, bottom, width and height, as fractions of the figure, of axes at such margins."""
        x0, x1 = left * self.scale / self.width, right * self.scale / self.width
        y0, y1 = bottom * self.scale / self.height, 1 - top * self.scale / self.height
        return x0, y0, x1 - x0, y1 - y0

    @property
    def span(self) -> float:
        """The figure's width in pixels at scale 1."""
        return self.width / self.scale

    @contextlib.contextmanager
    def style(self):
        """A context in which figures and axes are made in the course's style at this size.

        Matplotlib's settings belong to all threads: use it only where a panel is made, by the
        thread of the cell that makes it.
        """
        sizes = {name: plots.STYLE[name] * self.scale for name in _TYPE}
        widths = {n: plots.STYLE[n] * self.scale for n in ("axes.linewidth", "grid.linewidth")}
        with _STYLING, matplotlib.rc_context({**plots.STYLE, **sizes, **widths}):
            yield

    def line_style(self, role: str, **changes) -> dict:
        """The look of a line, as in `plots.LINE_STYLES`, at this size."""
        look = plots.LINE_STYLES[role] | changes
        return look | {"linewidth": look["linewidth"] * self.scale}

    def type(self, points: float, color: str = plots.INK, **more) -> dict:
        """Properties of a text of so many points at scale 1, dark enough to be read."""
        return {"fontsize": points * self.scale, "color": plots.text_color(color)} | more

    def ground(self) -> dict:
        """A white ground for words that may stand on a line."""
        return {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5 * self.scale}


SIZES = {"page": Size(960, 440, 1.0), "lecture": Size(1280, 600, LIFT)}


def size_of(name: str) -> Size:
    """Look up a size by name.

    Raises:
        ValueError: If it is not known.
    """
    if name not in SIZES:
        raise ValueError(f"size={name!r}: must be one of {', '.join(map(repr, SIZES))}")
    return SIZES[name]


LOWEST = 1e-4  # where a logarithmic axis of losses begins, in nats


class CurveAxes:
    """Axes of losses or accuracies whose limits stay, and distances on them in pixels.

    Args:
        ax: The axes.
        size: How large the picture is.
        guessing: The loss of guessing, in nats.
        top: Where the axis of losses ends; at twice the loss of guessing if None.

    Raises:
        ValueError: If `top` is not a finite number above 0.
    """

    def __init__(self, ax: Axes, size: Size, guessing: float, top: float | None = None):
        self.ax, self.size, self.metric = ax, size, "loss"
        self.top = math.ceil(10 * (guessing or math.log(2))) / 5 if top is None else top
        if not (math.isfinite(self.top) and self.top > 0):
            raise ValueError(f"top={top!r}: must be a finite number above 0")
        self._lowest = max(0.0, math.floor(10 * math.exp(-guessing) - 1) / 10)  # of accuracies
        self._baseline: list[Artist] = []
        self.set_metric("loss")

    def mark_baseline(self, accuracy: float) -> None:
        """Draw what always naming the commonest class gives, on axes of accuracies only.

        Call it inside `with size.style():`.
        """
        ax, scale = self.ax, self.size.scale
        self._lowest = min(self._lowest, max(0.0, math.floor(10 * accuracy - 1) / 10))
        self._baseline = [
            ax.axhline(accuracy, color=plots.MUTED, linewidth=1.2 * scale, zorder=1.5),
            ax.annotate(
                f"baseline {100 * accuracy:.0f} %", (0.985, accuracy),
                xycoords=ax.get_yaxis_transform(), xytext=(0, -3 * scale),
                textcoords="offset points", ha="right", va="top",
                **self.size.type(11, plots.MUTED),
            ),
        ]  # fmt: skip
        self.set_metric(self.metric, self.log)

    def set_metric(self, metric: str, log: bool = False) -> None:
        """Set limits, label and ticks for "loss" or "accuracy".

        Args:
            log: Whether the axis of losses is logarithmic; that of accuracies never is.
        """
        self.metric, self.log = metric, log and metric == "loss"
        for artist in self._baseline:
            artist.set_visible(metric == "accuracy")
        ax = self.ax
        _set_scale(ax, "y", self.log)
        if metric == "loss":
            self.low, self.high = (min(LOWEST, self.top / 100) if self.log else 0.0), self.top
            ax.set_ylabel("data loss (nats)")
            if self.log:
                ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
                ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
                ax.yaxis.set_minor_locator(NullLocator())
            else:
                ax.yaxis.set_major_formatter(ScalarFormatter())
        else:
            self.low, self.high = self._lowest, 1.0
            ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
            ax.set_ylabel("accuracy")
        ax.set_ylim(self.low, self.high)
        room = 0.015 * self.height(self.high)  # a line at the edge is seen whole
        ends = (-room, self.height(self.high) + (room if metric == "accuracy" else 0))
        ax.set_ylim(*self.at_height(np.array(ends)))

    def set_epochs(self, epochs: int, log: bool = False) -> None:
        """Set limits and ticks for so many epochs, from the first on if logarithmic."""
        ax = self.ax
        _set_scale(ax, "x", log)
        ax.set_xlim(*((1, max(2, epochs)) if log else (0, epochs)))
        if log:
            ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
            ax.xaxis.set_minor_locator(NullLocator())
        else:
            steps = [1, 2, 2.5, 5, 10]
            ax.xaxis.set_major_locator(MaxNLocator("auto", steps=steps, integer=True))
            ax.xaxis.set_major_formatter(ScalarFormatter())

    def up(self, pixels: float) -> float:
        """A height in pixels at scale 1, in units of the vertical axis, which is linear."""
        low, high = self.ax.get_ylim()
        return pixels * self.size.scale / self.ax.bbox.height * (high - low)

    def across(self, pixels: float) -> float:
        """A width in pixels at scale 1, in units of the horizontal axis, which is linear."""
        low, high = self.ax.get_xlim()
        return pixels * self.size.scale / self.ax.bbox.width * (high - low)

    def height(self, y):
        """How far above the lower edge a value lies, in pixels at scale 1, on any axis."""
        share = _share(self.ax.yaxis, self.ax.get_ylim(), y)
        return share * self.ax.bbox.height / self.size.scale

    def at_height(self, pixels):
        """The value at such a height."""
        share = pixels * self.size.scale / self.ax.bbox.height
        return _at_share(self.ax.yaxis, self.ax.get_ylim(), share)

    def reach(self, x):
        """How far right of the left edge a value lies, in pixels at scale 1, on any axis."""
        share = _share(self.ax.xaxis, self.ax.get_xlim(), x)
        return share * self.ax.bbox.width / self.size.scale

    def at_reach(self, pixels):
        """The value so far to the right."""
        share = pixels * self.size.scale / self.ax.bbox.width
        return _at_share(self.ax.xaxis, self.ax.get_xlim(), share)

    def spell(self, value: float) -> str:
        """A loss or accuracy as it stands beside a curve, with a mark if it lies above."""
        words = formatting.metric(self.metric, value)
        if self.metric == "accuracy":
            return words
        if self.log and value < 0.1:
            words = f"{value:.2g}" if value >= 1e-3 else f"{value:.1g}"
        return words + (" ▲" if value > self.high else " ▼" if value < self.low else "")

    def spell_gap(self, train: float, validation: float) -> str:
        """How far apart two values are, in words."""
        return formatting.gap(self.metric, validation - train)

    def place_tips(self, tips, x: float) -> None:
        """Put words behind the ends of curves, none over another.

        Args:
            tips: (text artist, words, value) for each.
            x: Where the curves end.
        """
        low, high = self.height(self.low), self.height(self.high)
        heights = [self.height(v) for *_, v in tips]
        right = self.at_reach(self.reach(x) + 9)
        for (text, words, _), y in zip(tips, separate(heights, 20, low, high), strict=True):
            text.set_text(words)
            text.set_position((right, self.at_height(y)))


def separate(places, least: float, low: float, high: float) -> np.ndarray:
    """Move labels as little as it takes to be `least` apart, between `low` and `high`.

    Args:
        places: Where they would best stand, in any order.

    Returns:
        float64, in the same order.
    """
    wanted = np.asarray(places, dtype=float)
    order = np.argsort(wanted, kind="stable")

    def foot(block):  # where the lowest label of a block stands
        total, count = block
        return max(low, min(total / count, high - (count - 1) * least))

    # labels that would touch form a block, which stands where its wishes are on average
    blocks: list[tuple[float, int]] = []  # (sum of wishes less own offsets, labels)
    for place in wanted[order]:
        block = (place, 1)
        while blocks and foot(blocks[-1]) + blocks[-1][1] * least > foot(block):
            total, count = blocks.pop()
            block = (total + block[0] - block[1] * count * least, count + block[1])
        blocks.append(block)
    found = np.empty(len(wanted))
    found[order] = [foot(b) + k * least for b in blocks for k in range(b[1])]
    return found


def _set_scale(ax, name, log):
    if getattr(ax, f"get_{name}scale")() != ("log" if log else "linear"):
        # "clip": a 0 lies far below the axes instead of tearing the line
        ax.set(**{f"{name}scale": LogScale(None, nonpositive="clip") if log else "linear"})


def _share(axis, limits, value):
    low, high, there = axis.get_transform().transform(np.array([*limits, value], float))
    return float((there - low) / (high - low))


def _at_share(axis, limits, share):
    scale = axis.get_transform()
    low, high = scale.transform(np.array(limits, float))
    return scale.inverted().transform(low + np.asarray(share) * (high - low))


def thin(count: int, most: int = 500, log: bool = False) -> np.ndarray:
    """Indices of at most about `most` of `count` points, the last one included.

    Args:
        log: Evenly on a logarithmic axis that begins with the first point.
    """
    if log and count > most:
        return np.unique(np.geomspace(1, count, most).round().astype(int)) - 1
    step = max(1, -(-count // most))
    return np.arange((count - 1) % step, count, step) if count else np.arange(0)
