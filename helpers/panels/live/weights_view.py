"""A live histogram of a network's weights, on axes whose limits stay."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from helpers import metrics
from helpers.drawing import plots
from helpers.drawing.axes import Size
from helpers.experiment import Run
from helpers.panels.live.side_view import SideView

SPAN = 0.5  # weights beyond are counted in words
BARS = 61  # odd: one is centred at 0
_FLOOR = 0.7  # where the logarithmic axis of counts begins: a bar of one weight is seen


class WeightsView(SideView):
    """The weights of the penalised kernels.

    Counts are on a logarithmic axis, since a penalty piles most weights up near 0. Weights that
    are exactly 0 stand apart.

    Args:
        ax: Where to draw; its limits are set here.
        size: How large the picture is.
        weights: How many there may be.
    """

    WIDTH, LEFT = 346, 70

    def __init__(self, ax: Axes, size: Size, weights: int):
        green = plots.LINE_STYLES["best"]["color"]
        ax.set(xlim=(-SPAN, SPAN), yscale="log", ylim=(_FLOOR, 2 * weights), xlabel="weight")
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.set_title("weights", fontsize=12 * size.scale, pad=32 * size.scale)
        self._edges = np.linspace(-SPAN, SPAN, BARS + 1)
        self._bars = ax.fill_between([], [], [], step="post", color="#8a94a3", linewidth=0)
        self._zeros = ax.fill_between([], [], [], color=green, linewidth=0)
        place = {"transform": ax.transAxes, "va": "bottom"}
        rows = [1 + y * size.scale / ax.bbox.height for y in (20, 4)]
        self._norm = ax.text(0, rows[0], "", **place, **size.type(11))
        self._count = ax.text(0, rows[1], "", **place, **size.type(11, green, weight="bold"))
        super().__init__(ax, [self._bars, self._zeros, self._norm, self._count])

    def show(self, run: Run | None) -> None:
        if run is None:
            for bars in (self._bars, self._zeros):
                bars.set_data([], [], [])
            self._norm.set_text("")
            self._count.set_text("")
            return
        weights = np.concatenate([kernel.ravel() for kernel in run.penalised_kernels])
        counts = np.histogram(weights[weights != 0], self._edges)[0]
        tops = np.maximum(np.append(counts, counts[-1]), _FLOOR)
        self._bars.set_data(self._edges, np.full(len(tops), _FLOOR), tops)
        zeros, half = int((weights == 0).sum()), SPAN / BARS
        ends = [-half, half] if zeros else []
        self._zeros.set_data(ends, [_FLOOR] * len(ends), [zeros] * len(ends))
        beyond = int((np.abs(weights) > SPAN).sum())
        words = f"norm {metrics.norm(run.penalised_kernels):.3g}"
        self._norm.set_text(words + (f", {beyond:,} beyond ±{SPAN:g}" if beyond else ""))
        self._count.set_text(f"{zeros:,} of {weights.size:,} exactly 0")

    def words(self, run: Run) -> str:
        zeros, weights = metrics.exact_zeros(run)
        norm = metrics.norm(run.penalised_kernels)
        return f"Weights: norm {norm:.3g}, {zeros:,} of {weights:,} exactly 0."
