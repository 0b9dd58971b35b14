"""What training makes small, live: data loss, penalty, their sum, and what `fit` reports."""

from matplotlib.axes import Axes

from helpers.drawing.axes import Size
from helpers.drawing.curve_axes import CurveAxes
from helpers.drawing.curves import QUANTITIES
from helpers.drawing.losses import Losses
from helpers.experiment import Run
from helpers.panels.live.side_view import SideView
from helpers.tasks import Task

_ROLES = ("training", "penalty", "sum", "reported")


class LossesView(SideView):
    """Four curves of losses, with names and values behind their ends.

    Args:
        ax: Where to draw.
        size: How large the picture is.
        baseline_loss: As for `CurveAxes`.
        top: As for `CurveAxes`.
        task: What is learned.
    """

    WIDTH, RIGHT = 396, 116

    def __init__(self, ax: Axes, size: Size, baseline_loss: float, top: float | None, task: Task):
        self.TITLE = f"three losses, in {task.loss_unit}" if task.loss_unit else "three losses"
        self.curve_axes = CurveAxes(ax, size, baseline_loss, top, in_rows=True, task=task)
        self._losses = Losses(self.curve_axes, _ROLES)
        super().__init__(ax, size, self._losses.moving)

    def set_axes(self, epochs: int, log_loss: bool, log_epochs: bool) -> None:
        self.curve_axes.set_metric("loss", log_loss)
        self.curve_axes.set_epochs(epochs, log_epochs)
        self.ax.set_ylabel("")  # its title says it, and there is little room

    def show(self, run: Run | None) -> None:
        self._losses.show(run)

    def words(self, run: Run) -> str:
        loss, penalty, total, reported = (QUANTITIES[role].loss(run)[-1] for role in _ROLES)
        return f"Sum: {loss:.2f} + {penalty:.2f} = {total:.2f}; fit reports {reported:.2f}."
