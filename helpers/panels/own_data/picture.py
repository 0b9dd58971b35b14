"""The picture of a ranking, as tall as it has rows."""

from helpers import drawing
from helpers.drawing.axes import Size
from helpers.panels.figure.live_figure import LiveFigure

_WIDTH, _AROUND, _ROW = 960, 120, 30  # pixels: of all, above and below the rows, and of a row


class Picture:
    """Axes in the course's style on which a result is drawn later, by a thread.

    Matplotlib's style belongs to all threads: make it where no other draws, in a cell or callback.

    Args:
        size: Of the panel.
    """

    def __init__(self, size: Size):
        self._figure, self._ax = drawing.figure(width=_WIDTH, height=_AROUND)
        self._figure.set_dpi(100 * size.scale)

    def draw(self, result) -> LiveFigure:
        """Draw a `SearchResult`."""
        result.draw(self._ax)
        height = _AROUND + _ROW * len(self._ax.get_yticks())
        self._figure.set_size_inches(_WIDTH / 100, height / 100)
        return LiveFigure(self._figure, [])
