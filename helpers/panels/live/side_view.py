"""What the pictures beside the curves of `LiveLab` have in common."""

from collections.abc import Callable

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.experiment import Run


class SideView:
    """One picture of a run beside its curves; a view that shows less need not define all.

    Attributes:
        ax: Where it is drawn.
        moving: The artists that move, from back to front.
    """

    WIDTH = 330  # in pixels at scale 1, margins included
    LEFT = 62  # the left margin
    RIGHT = 16  # the right margin

    TITLE = ""  # stands above two rows of small print

    def __init__(self, ax: Axes, size: Size, moving: list[Artist]):
        self.ax, self.moving = ax, moving
        ax.set_title(self.TITLE, fontsize=12 * size.scale, pad=30 * size.scale)

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of it; the still has to be made again."""
        self.ax.set_visible(visible)

    def set_axes(self, epochs: int, log_loss: bool, log_epochs: bool) -> None:
        """Take over limits and scales of the curves; the still has to be made again."""

    def set_parts(self, parts: Parts) -> None:
        """The next run has other rows; the still has to be made again."""

    def follow(self, latest: Callable[[], Run | None], now: bool) -> None:
        """Do what takes too long for `show`, if it is time for it.

        Args:
            latest: Gives the run as it is when the work begins.
            now: Whether not to wait for the time: for a state that stays.
        """

    def show(self, run: Run | None) -> None:
        """Draw a run as far as it has come; call it with the figure's lock held."""
        raise NotImplementedError

    def words(self, run: Run) -> str:
        """What it shows of a run that has been trained, in one sentence; may be empty."""
        raise NotImplementedError
