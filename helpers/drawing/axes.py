"""Sizes of pictures, axes in the course's style, and words at fixed places."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import offset_copy

from helpers.drawing.style import INK, LINE_STYLES, MUTED, STYLE, text_color
from helpers.validation import check_choice

LIFT = 1.4  # a projected picture has type and lines this much larger
ROW = 17  # from one row of words to the next, in pixels at scale 1
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

    @property
    def span(self) -> float:
        """The figure's width in pixels at scale 1."""
        return self.width / self.scale

    def figure(self) -> Figure:
        """Make an empty figure of this size, inside `with size.style():`."""
        size = (self.width / 100, self.height / 100)
        return Figure(figsize=size, dpi=100, layout="none")  # `axes` says where, in pixels

    def axes(self, figure: Figure, left: float, right: float, top: float, bottom: float) -> Axes:
        """Add axes at margins given in pixels at scale 1; left and right from the left edge."""
        return _tidy(figure.add_axes(self.box(left, right, top, bottom)), self.scale)

    def box(self, left: float, right: float, top: float, bottom: float):
        """Left, bottom, width and height, as fractions of the figure, of axes at such margins."""
        (x0, y1), (x1, _) = self.place(left, top), self.place(right, top)
        y0 = bottom * self.scale / self.height
        return x0, y0, x1 - x0, y1 - y0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Turn pixels at scale 1 from the upper left corner into fractions of the figure."""
        return x * self.scale / self.width, 1 - y * self.scale / self.height

    def write(self, figure: Figure, x: float, y: float, text="", points=12.0, color=INK, **more):
        """Write words whose upper left corner is at such a place; returns the text."""
        return figure.text(
            *self.place(x, y), text, **self.type(points, color, **{"va": "top"} | more)
        )

    def key(self, figure: Figure, x: float, y: float, words: str, **style):
        """Write words with a sample of their line or mark before them.

        Args:
            x, y: The upper left corner, in pixels at scale 1.
            style: The line's properties, at this size.

        Returns:
            The sample and its words, and where the words end.
        """
        width = 18 if "marker" in style else 30
        ends = [self.place(x + dx, y + 8.5) for dx in ((9,) if "marker" in style else (0, width))]
        sample = figure.add_artist(Line2D(*zip(*ends, strict=True), **style))
        text = self.write(figure, x + width + 6, y, words, 11, style.get("color", INK))
        return [sample, text], x + width + 6 + 7.8 * len(words)

    @contextlib.contextmanager
    def style(self):
        """Give a context in which figures and axes are made in the course's style at this size.

        Matplotlib's settings belong to all threads: use it only where a panel is made, by the
        thread of the cell that makes it.
        """
        scaled = {n: STYLE[n] * self.scale for n in (*_TYPE, "axes.linewidth", "grid.linewidth")}
        with _STYLING, matplotlib.rc_context({**STYLE, **scaled}):
            yield

    def line_style(self, role: str, **changes) -> dict:
        """Give the style of a line, as in `LINE_STYLES`, at this size."""
        found = LINE_STYLES[role] | changes
        return found | {"linewidth": found["linewidth"] * self.scale}

    def type(self, points: float, color: str = INK, **more) -> dict:
        """Give the properties of a text of so many points at scale 1, dark enough to be read."""
        return {"fontsize": points * self.scale, "color": text_color(color)} | more

    def ground(self) -> dict:
        """Give a white ground for words that may stand on a line."""
        return {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5 * self.scale}


SIZES = {"page": Size(960, 440, 1.0), "lecture": Size(1280, 600, LIFT)}


def size_of(name: str) -> Size:
    """Look up a size by name.

    Raises:
        ValueError: If it is not known.
    """
    return SIZES[check_choice("size", name, tuple(SIZES))]


def size_around(ax: Axes) -> Size:
    """Give the size, at scale 1, of the figure that axes stand in."""
    width, height = 100 * ax.get_figure(root=True).get_size_inches()
    return Size(round(width), round(height), 1.0)


def figure(
    columns: int = 1,
    rows: int = 1,
    width: float = 840,
    height: float = 460,
    ratios: Sequence[float] | None = None,
) -> tuple[Figure, Axes | np.ndarray]:
    """Make a figure in the course's style that pyplot does not know of, and its axes.

    Nothing global is kept, so it goes away with its last user. It looks the same whether
    `use_style` was called or not.

    Args:
        columns, rows: How many axes stand beside and below one another.
        width, height: Pixels, at 100 to the inch.
        ratios: Relative widths of the columns.

    Returns:
        The figure and, as from `plt.subplots`, one axes or an array of them.
    """
    with matplotlib.rc_context(STYLE):
        made = Figure(figsize=(width / 100, height / 100), layout="constrained")
        axes = made.subplots(rows, columns, width_ratios=ratios)
        for ax in np.ravel(axes):
            _tidy(ax, 1.0)
    return made, axes


def title(ax: Axes, text: str) -> None:
    """Set the title at the left, above the notes of a picture on the same axes."""
    notes = [t.get_text() for t in ax.texts if t.get_gid() == "note"]
    rows = sum(words.count("\n") + 1 for words in notes if words)
    pad = STYLE["axes.titlepad"] + rows * ROW * 0.72
    font = {"fontsize": STYLE["axes.titlesize"], "fontweight": STYLE["axes.titleweight"]}
    ax.set_title(text, loc="left", pad=pad, parse_math=False, **font)


def note(ax: Axes, size: Size, row: int, text: str = "", color: str = MUTED, **more) -> Text:
    """Write a line of small print above axes, in a row counted from below."""
    up = (4 + row * ROW) * size.scale * 0.72
    place = offset_copy(ax.transAxes, ax.get_figure(root=True), 0, up, units="points")
    return ax.text(
        0, 1, text, transform=place, va="bottom", gid="note", **size.type(11, color, **more)
    )


class BeforeDrawing(Artist):
    """Calls a function each time axes are drawn, when their final size is known.

    Layout engines give axes their place only then, and labels are kept apart in pixels.

    Args:
        ax: The axes.
        place: What is called.
        moving: The artists that it places; the engine leaves room for those that are words.
    """

    def __init__(self, ax: Axes, place: Callable[[], object], moving: Sequence[Artist]):
        super().__init__()
        self._place = place
        self.set_in_layout(False)
        self.set_zorder(-10)  # first, before the labels that are placed
        ax.add_artist(self)
        place()
        for artist in moving:
            artist.set_in_layout(isinstance(artist, Text) and bool(artist.get_text()))

    def draw(self, renderer):
        self._place()
        self.stale = False


def _tidy(ax: Axes, scale: float) -> Axes:
    """Tell axes the style of ticks and grid, which are made later, outside of `style`."""
    ax.tick_params(  # those of y are the same
        length=STYLE["xtick.major.size"],
        labelsize=STYLE["xtick.labelsize"] * scale,
        color=STYLE["xtick.color"],
        labelcolor=STYLE["xtick.labelcolor"],
    )
    ax.grid(True, color=STYLE["grid.color"], linewidth=STYLE["grid.linewidth"] * scale)
    return ax
