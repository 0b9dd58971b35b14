"""What the charts of the concept panels share: artists that move, and words behind lines."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from helpers.drawing.axes import ROW, Size
from helpers.drawing.curve_axes import separate
from helpers.drawing.style import INK

_LENGTHS = ("linewidth", "ms", "mew")


class Moving(list[Artist]):
    """The artists that move, from back to front: each method makes one more, still empty.

    Args:
        size: How large the picture is; lengths and points are given at scale 1.
    """

    def __init__(self, size: Size):
        super().__init__()
        self.size = size

    def line(self, ax: Axes, *marker: str, **style):
        """Make a line, or marks."""
        style |= {key: style[key] * self.size.scale for key in _LENGTHS if key in style}
        return self.keep(ax.plot([], [], *marker, **style)[0])

    def band(self, ax: Axes, color: str, alpha: float, **style):
        """Make a filled band without an edge."""
        style |= {"color": color, "alpha": alpha, "linewidth": 0}
        return self.keep(ax.fill_between([], [], [], **style))

    def text(self, ax: Axes, points: float, color: str = INK, x=0.0, y=0.0, **style):
        """Make a text."""
        return self.keep(ax.text(x, y, "", **self.size.type(points, color, **style)))

    def keep(self, artist):
        """Take one that was made elsewhere; returns it."""
        self.append(artist)
        return artist


class EndLabels:
    """Words behind the right edge of axes, beside what they name and never one over another.

    Args:
        moving: Gets the texts.
        ax: The axes.
        colors: One for each.
    """

    def __init__(self, moving: Moving, ax: Axes, colors: Sequence[str]):
        style = {"weight": "bold", "va": "center_baseline", "transform": ax.get_yaxis_transform()}
        self._ax, self._row = ax, ROW * moving.size.scale
        self._texts = [moving.text(ax, 11, color, x=1.03, **style) for color in colors]

    def show(self, words: Sequence[str], heights: Sequence[float]) -> None:
        """Put words at these heights, or as near as there is room."""
        low, high = self._ax.get_ylim()
        row = self._row / self._ax.bbox.height * (high - low)
        places = separate(heights, row, low, high)
        for text, word, y in zip(self._texts, words, places, strict=True):
            text.set(text=word, y=y)
