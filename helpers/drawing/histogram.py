"""How the weights of a network are distributed; exact zeros stand apart."""

import math

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from helpers import metrics
from helpers.drawing.axes import Size, note, size_around, title
from helpers.drawing.style import COLORS, INK, NEUTRAL
from helpers.experiment import Run

BARS = 61  # odd: one is centred at 0
_FLOOR = 0.7  # where the logarithmic axis of counts begins: a bar of one weight is seen


class Histogram:
    """The weights of the penalised kernels, with their norm and how many are exactly 0.

    Counts are on a logarithmic axis, since a penalty piles most weights up near 0.

    Args:
        ax: Where to draw; its limits are set here.
        size: How large the picture is.
        span: The axis goes from -span to span; weights beyond are counted in words.
        weights: How many there may be.

    Attributes:
        moving: The artists that move, from back to front.
    """

    def __init__(self, ax: Axes, size: Size, span: float, weights: int):
        self.span, green = span, COLORS["best"]
        ax.set(xlim=(-span, span), yscale="log", xlabel="weight")
        ax.set_ylim(_FLOOR, max(2 * weights, ax.get_ylim()[1] if ax.get_ylim()[0] == _FLOOR else 1))
        ax.yaxis.set_major_formatter("{x:,.0f}")
        self._edges = np.linspace(-span, span, BARS + 1)
        self._bars = ax.fill_between(
            [], [], [], step="post", color=NEUTRAL, linewidth=0, gid="weights"
        )
        self._zeros = ax.fill_between([], [], [], color=green, linewidth=0, gid="zeros")
        self._norm = note(ax, size, 1, color=INK)
        self._count = note(ax, size, 0, color=green, weight="bold")
        self.moving: list[Artist] = [self._bars, self._zeros, self._norm, self._count]

    def show(self, run: Run | None) -> None:
        """Draw the weights of a run; None for nothing."""
        kernels = [] if run is None else run.penalised_kernels
        weights = np.concatenate([np.ravel(kernel) for kernel in kernels] or [[]])
        counts = np.histogram(weights[weights != 0], self._edges)[0]
        tops = np.maximum(np.append(counts, counts[-1]), _FLOOR)
        self._bars.set_data(self._edges, np.full(len(tops), _FLOOR), tops)
        zeros, half = int((weights == 0).sum()), self.span / BARS
        ends = [-half, half] if zeros else []
        self._zeros.set_data(ends, [_FLOOR] * len(ends), [zeros] * len(ends))
        beyond = int((np.abs(weights) > self.span).sum())
        words = f"norm {metrics.norm(kernels):.3g}"
        words += f", {beyond:,} beyond ±{self.span:g}" if beyond else ""
        self._norm.set_text(words if run else "")
        self._count.set_text(f"{zeros:,} of {weights.size:,} exactly 0" if run else "")


def weight_histogram(ax: Axes, run: Run, *, span: float | None = None) -> None:
    """Draw how the weights of the penalised kernels are distributed; exact zeros stand apart.

    Args:
        ax: Where to draw.
        run: One run.
        span: The axis goes from -span to span; weights beyond are counted in words. None: as
            far as the largest weight. Give the same to axes that are compared.

    Raises:
        ValueError: If `span` is not a finite number above 0.
    """
    if span is not None and not (math.isfinite(span) and span > 0):
        raise ValueError(f"span={span!r}: must be a finite number above 0")
    largest = max(float(np.abs(kernel).max()) for kernel in run.penalised_kernels)
    weights = sum(kernel.size for kernel in run.penalised_kernels)
    Histogram(ax, size_around(ax), span or largest or 1.0, weights).show(run)
    ax.set_ylabel("weights in a bar")
    if ax.get_title(loc="left"):
        title(ax, ax.get_title(loc="left"))
