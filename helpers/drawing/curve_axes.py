"""Axes of losses or scores over epochs or over a hyperparameter, measured in pixels."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.scale import LogScale
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter
from matplotlib.transforms import offset_copy

from helpers import formatting
from helpers.drawing.axes import Size
from helpers.drawing.style import MUTED
from helpers.tasks import BINARY, Task

LOWEST = 1e-4  # where a logarithmic axis of losses begins
WORST = -1.0  # an R² below is marked, not given room


class CurveAxes:
    """Axes of losses or accuracies whose limits stay, and distances on them in pixels.

    Args:
        ax: The axes.
        size: How large the picture is.
        baseline_loss: The loss of the baseline.
        top: Where the axis of losses ends; at twice the baseline's loss if None.
        in_rows: Whether a label's value stands below its name: for axes with little room.
        task: What was learned, which says what the axes are called.

    Attributes:
        metric: "loss" or "accuracy", which of a regression is R².
        log: Whether the vertical axis is logarithmic.
        between: What stands between a label's name and its value.
        low, high: Where the vertical axis begins and ends, but for some room.

    Raises:
        ValueError: If `top` is not a finite number above 0.
    """

    def __init__(
        self,
        ax: Axes,
        size: Size,
        baseline_loss: float,
        top: float | None = None,
        in_rows: bool = False,
        task: Task = BINARY,
    ):
        self.task = task
        self.ax, self.size, self.metric, self.log = ax, size, "loss", False
        self.between = "\n" if in_rows else " "
        figure, room = ax.get_figure(root=True), 9 * size.scale * 0.72
        self._behind = offset_copy(ax.transData, figure, room, 0, units="points")
        self.top = math.ceil(10 * (baseline_loss or math.log(2))) / 5 if top is None else top
        if not (math.isfinite(self.top) and self.top > 0):
            raise ValueError(f"top={top!r}: must be a finite number above 0")
        self._lowest = 0.0
        if task.classifies:
            self._lowest = max(0.0, math.floor(10 * math.exp(-baseline_loss) - 1) / 10)
        self._baselines: dict[str, tuple] = {}  # {metric: (value, line, text)}
        self.set_metric("loss")

    def mark_baseline(self, value: float, metric: str = "accuracy") -> None:
        """Draw what a model that ignores the features reaches, on axes of this metric only.

        Call it inside `with size.style():`.
        """
        line = self.ax.axhline(value, color=MUTED, linewidth=1.2 * self.size.scale, zorder=1.5)
        text = self.make_label(11, MUTED)
        self._baselines[metric] = value, line, text
        if metric == "accuracy":
            self.make_room(value)
        self.set_metric(self.metric, self.log)

    @property
    def baseline_texts(self) -> list:
        """The texts beside the baselines; `place_labels` moves them."""
        return [text for *_, text in self._baselines.values()]

    def make_room(self, score: float) -> None:
        """Let the axis of accuracies, or of R², begin below a value."""
        least = 0.0 if self.task.classifies else WORST
        self._lowest = min(self._lowest, max(least, math.floor(10 * max(score, least) - 1) / 10))

    def set_metric(self, metric: str, log: bool = False) -> None:
        """Set limits, label and ticks for "loss" or "accuracy".

        Args:
            metric: What the vertical axis shows.
            log: Whether the axis of losses is logarithmic; that of accuracies never is.
        """
        self.metric, self.log = metric, log and metric == "loss"
        for name, (_, line, text) in self._baselines.items():
            line.set_visible(name == metric)
            text.set_text("")
        ax = self.ax
        _set_scale(ax, "y", self.log, (1, 3))
        if metric == "loss":
            self.low, self.high = (min(LOWEST, self.top / 100) if self.log else 0.0), self.top
            ax.set_ylabel(self.task.loss_label)
        else:
            self.low, self.high = self._lowest, 1.0
            if self.task.classifies:
                ax.yaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
            ax.set_ylabel(self.task.score_name)
        ax.set_ylim(self.low, self.high)
        room = 0.015 * self.height(self.high)  # a line at the edge is seen whole
        ends = (-room, self.height(self.high) + (room if metric == "accuracy" else 0))
        ax.set_ylim(*self.at_height(np.array(ends)))

    def set_epochs(self, epochs: int, log: bool = False) -> None:
        """Set limits and ticks for so many epochs, from the first on if logarithmic."""
        ax = self.ax
        ax.set_xlabel("epoch")
        _set_scale(ax, "x", log, (1, 2, 5))
        ax.set_xlim(*((1, max(2, epochs)) if log else (0, epochs)))
        if not log:
            ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))

    # Distances -----------------------------------------------------------------------------

    @property
    def _pixels(self) -> np.ndarray:
        """Width and height, in pixels at scale 1."""
        unit = self.size.scale * self.ax.get_figure(root=True).dpi / 100
        return self.ax.bbox.size / unit

    def height(self, y):
        """How far above the lower edge a value lies, in pixels at scale 1, on any axis."""
        return _share(self.ax.yaxis, self.ax.get_ylim(), y) * self._pixels[1]

    def at_height(self, pixels):
        """The value at such a height."""
        return _at_share(self.ax.yaxis, self.ax.get_ylim(), pixels / self._pixels[1])

    def reach(self, x):
        """How far right of the left edge a value lies, in pixels at scale 1, on any axis."""
        return _share(self.ax.xaxis, self.ax.get_xlim(), x) * self._pixels[0]

    def at_reach(self, pixels):
        """The value so far to the right."""
        return _at_share(self.ax.xaxis, self.ax.get_xlim(), pixels / self._pixels[0])

    # Words ---------------------------------------------------------------------------------

    def spell(self, value: float) -> str:
        """A loss or accuracy as it stands beside a curve, with a mark if it lies outside."""
        if self.log and value < 0.1:
            words = f"{value:.2g}" if value >= 1e-3 else f"{value:.1g}"
        else:
            words = formatting.metric(self._unit, value)
        low, high = self.ax.get_ylim()
        return words + (" ▲" if value > high else " ▼" if value < low else "")

    def label(self, name: str, value: float) -> str:
        """What stands behind the end of a curve: its name and its value."""
        return f"{name}{self.between}{self.spell(value)}"

    def gap_label(self, train: float, validation: float) -> str:
        """How far apart the ends of two curves are, in words."""
        gap = validation - train
        gap = abs(gap) if self.metric == "accuracy" else gap
        return formatting.gap(self._unit, gap).replace(" ", self.between, 1)

    @property
    def _unit(self) -> str:
        """How values are spelled: "accuracy" in per cent, all else as a loss."""
        return self.metric if self.task.classifies else "loss"

    def make_label(self, points: float, color: str, **more) -> Text:
        """Make an empty text for `place_labels`."""
        style = self.size.type(points, color, va="center_baseline", **more)
        return self.ax.text(0, 0, "", **style)

    def place_labels(self, labels: Sequence[tuple], x: float) -> None:
        """Put words behind the ends of curves, and of the baseline, none over another.

        Args:
            labels: (text artist, words, value) for each.
            x: Where the curves end.
        """
        if self.metric in self._baselines:
            value, _, text = self._baselines[self.metric]
            labels = [*labels, (text, self.label("baseline", value), value)]
        rows = max((words.count("\n") + 1 for _, words, _ in labels), default=1)
        heights = [self.height(value) for *_, value in labels]
        low, high = 10 * (rows - 1), self._pixels[1] - 10 * rows + 4  # clear of ticks and notes
        places = separate(heights, 2 + 20 * rows, low, high)
        for (text, words, _), y in zip(labels, places, strict=True):
            text.set_transform(self._behind)
            text.set(text=words, position=(x, self.at_height(y)))


def separate(places, least: float, low: float, high: float) -> np.ndarray:
    """Move labels as little as it takes to be `least` apart, between `low` and `high`.

    Args:
        places: Where they would best stand, in any order.
        least: How far apart they are at least.
        low, high: Where the first and the last may stand.

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


def thin(count: int, most: int = 500, log: bool = False) -> np.ndarray:
    """Choose the indices of at most about `most` of `count` points, the last one included.

    Args:
        count: How many points there are.
        most: About how many are wanted at most.
        log: Whether they are even on a logarithmic axis that begins with the first point.
    """
    if log and count > most:
        return np.unique(np.geomspace(1, count, most).round().astype(int)) - 1
    step = max(1, -(-count // most))
    return np.arange((count - 1) % step, count, step) if count else np.arange(0)


def _set_scale(ax, name, log, subs):
    """Set the scale of an axis and its usual ticks; `subs` are those in a decade."""
    # "clip": a 0 lies far below the axes instead of tearing the line
    ax.set(**{f"{name}scale": LogScale(None, nonpositive="clip") if log else "linear"})
    if log:
        axis = getattr(ax, f"{name}axis")
        axis.set_major_locator(LogLocator(subs=subs))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())


def _share(axis, limits, value):
    low, high, there = axis.get_transform().transform(np.array([*limits, value], float))
    return float((there - low) / (high - low))


def _at_share(axis, limits, share):
    scale = axis.get_transform()
    low, high = scale.transform(np.array(limits, float))
    return scale.inverted().transform(low + np.asarray(share) * (high - low))
