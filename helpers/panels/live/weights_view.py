"""A live histogram of a network's weights, on axes whose limits stay."""

from matplotlib.axes import Axes

from helpers import metrics
from helpers.drawing.axes import Size
from helpers.drawing.histogram import Histogram
from helpers.experiment import Run
from helpers.panels.live.side_view import SideView

SPAN = 0.5  # weights beyond are counted in words


class WeightsView(SideView):
    """The weights of the penalised kernels; those that are exactly 0 stand apart.

    Args:
        ax: Where to draw; its limits are set here.
        size: How large the picture is.
        weights: How many there may be.
    """

    WIDTH, LEFT, TITLE = 346, 70, "weights"

    def __init__(self, ax: Axes, size: Size, weights: int):
        self._histogram = Histogram(ax, size, SPAN, weights)
        super().__init__(ax, size, self._histogram.moving)

    def show(self, run: Run | None) -> None:
        self._histogram.show(run)

    def words(self, run: Run) -> str:
        zeros, weights = metrics.exact_zeros(run)
        norm = metrics.norm(run.penalised_kernels)
        return f"Weights: norm {norm:.3g}, {zeros:,} of {weights:,} exactly 0."
