"""What training makes small: data loss, penalty and their sum, and what `fit` reports."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from helpers import metrics
from helpers.drawing.axes import BeforeDrawing, size_around
from helpers.drawing.curve_axes import CurveAxes
from helpers.drawing.curves import QUANTITIES, Lines, is_narrow, say_in_the_middle, top_above
from helpers.experiment import Run
from helpers.tasks import Task
from helpers.validation import check_choice


def any_loss(task: Task) -> str:
    """Name an axis on which not only data losses stand."""
    return f"loss ({task.loss_unit or 'standardised'})"


class Losses:
    """Data loss, penalty, their sum and what `fit` reports, on axes of losses.

    Args:
        axes: Where to draw.
        roles: Which are drawn; the first is the data loss.

    Attributes:
        lines: What is drawn.
        moving: The artists that move, from back to front.
    """

    def __init__(self, axes: CurveAxes, roles: Sequence[str]):
        self.roles = roles
        self.lines = Lines(axes, roles[::-1])
        self._start = axes.ax.text(0, 0, "", va="top", gid="sum above label",
                                   bbox=axes.size.ground(), **axes.size.type(11))  # fmt: skip
        self.moving: list[Artist] = [*self.lines.artists.values(), self._start]

    def show(self, run: Run | None) -> None:
        """Draw a run as far as it has come; None for nothing."""
        axes, curves = self.lines.axes, {}
        if run is not None and run.epochs:
            curves = {role: QUANTITIES[role].loss(run) for role in self.roles}
            curves["sum"] = curves[self.roles[0]] + run.penalty
        self.lines.show(curves)
        high = axes.ax.get_ylim()[1]
        total = curves.get("sum", np.zeros(1))
        self._start.set_text(f"sum {total.max():.2f} ▲ at first" if total[0] > high else "")
        top = axes.height(high)
        # To the right of the curve, from where it is below the label.
        below = np.flatnonzero([axes.height(value) < top - 20 for value in total])
        left = axes.reach(below[0] + 1) + 8 if len(below) else axes.reach(1) + 12
        self._start.set_position((axes.at_reach(left), axes.at_height(top - 3)))


def three_losses(
    ax: Axes,
    run: Run,
    *,
    part: str = "training",
    epochs: int | None = None,
    top: float | None = None,
) -> None:
    """Draw data loss, penalty and their sum, which is what the optimizer lowers.

    Args:
        ax: Where to draw.
        run: One run.
        part: Whose data loss: "training", or "validation", whose sum is Keras's `val_loss`.
        epochs, top: As for `curves`.

    Raises:
        ValueError: If `part` is neither.
    """
    check_choice("part", part, ("training", "validation"))
    data = QUANTITIES[part].loss(run)
    # Fresh weights cost a penalty many times what is left of it soon after.
    settled = [values[run.epochs // 20 :] for values in (data, run.penalty, data + run.penalty)]
    top = top_above(settled, run) if top is None else top
    axes = CurveAxes(ax, size_around(ax), 1.0, top, is_narrow(ax), run.task)
    axes.set_epochs(epochs or run.experiment.epochs)
    ax.set_ylabel(any_loss(run.task))
    if not run.epochs:
        say_in_the_middle(ax, metrics.undiagnosed(run))
        return
    picture = Losses(axes, (part, "penalty", "sum"))
    BeforeDrawing(ax, lambda: picture.show(run), picture.moving)
