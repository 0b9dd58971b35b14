"""The decision surface of two features on a `LiveFigure`: shades, boundaries and rows."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from helpers import metrics, reference
from helpers.data import Parts
from helpers.drawing.axes import Size
from helpers.drawing.style import CLASSES, INK, MUTED
from helpers.experiment import Run
from helpers.formatting import plural

STEPS = 64  # of the grid along either feature: finer ones look no different
BANDS = 10  # shades of probability
MARGIN = 0.06  # how far the axes reach beyond the rows
_of_thread = threading.local()
# the first and the last band hold all that rounding may put beyond 0 and 1
PROBABILITY_BANDS = np.array([-1, *np.linspace(0, 1, BANDS + 1)[1:-1], 2])


class SurfacePaths(NamedTuple):
    """What networks answer between the points, ready to be drawn.

    Attributes:
        bands: The region of each shade of probability, from the first class to the second.
        boundary: Where the probability is one half, for the first network.
        others: The same for the other networks, in one path.
    """

    bands: list[Path]
    boundary: list[Path]
    others: list[Path]


def compute(runs: Sequence[Run], parts: Parts, steps: int = STEPS) -> SurfacePaths:
    """Find the surface of the first run, and the boundaries of all; some milliseconds each.

    Args:
        runs: At least one.
        parts: Whose rows the surface covers.
        steps: Grid points along either feature.
    """
    x = _rows_of(parts)
    lines, bands = [], []
    for i, run in enumerate(runs):
        surface = metrics.decision_surface(run, x, steps, MARGIN)
        if not np.isfinite(surface.probability).all():
            lines.append([])
            continue
        if i == 0:
            bands = fill_bands(surface, PROBABILITY_BANDS)
        lines.append(trace_boundary(surface))
    return SurfacePaths(bands, lines[0], [path for found in lines[1:] for path in found])


def fill_bands(surface: metrics.Surface, edges: np.ndarray) -> list[Path]:
    """Find the region of each band of values, one fewer than there are edges."""
    bands = _scratch_axes().contourf(*surface, edges).get_paths()
    return [Path(path.vertices, path.codes) for path in bands]


def trace_boundary(surface: metrics.Surface) -> list[Path]:
    """Find where the probability is one half; nothing if it is so nowhere."""
    low, high = surface.probability.min(), surface.probability.max()
    return _scratch_axes().contour(*surface, [0.5]).get_paths() if low < 0.5 < high else []


def _scratch_axes() -> Axes:
    """Axes for computing only, of which nothing is drawn: each thread makes its own once."""
    if not hasattr(_of_thread, "ax"):
        _of_thread.ax = Figure().add_subplot()
    for contours in list(_of_thread.ax.collections):
        contours.remove()
    return _of_thread.ax


def has_surface(parts: Parts) -> bool:
    """Whether there are two features and two classes, so that a surface can be drawn."""
    return (parts.n_features, parts.n_classes) == (2, 2)


def check_two_features(field: str, parts: Parts) -> None:
    """Refuse rows whose surface cannot be drawn, where a field asks for it.

    Raises:
        ValueError: If there are not two features and two classes.
    """
    if not has_surface(parts):
        what = f"{parts.n_classes} classes" if parts.classes else "a number to predict"
        raise ValueError(
            f"{field}: {parts.source.name!r} has {plural(parts.n_features, 'feature')} and {what}, "
            "must have two features and two classes"
        )


def learned(run: Run, parts: Parts) -> int:
    """Count the training rows with a flipped label that a run answers as flipped."""
    x, y = parts.train.x[parts.flipped], parts.train.y[parts.flipped]
    logits = reference.forward(x, run.weights, run.experiment.activation)
    return int(((logits[:, 0] > 0) == y).sum())


class SurfaceView:
    """What moves on one pair of axes: the surface, its boundary and the rows.

    Args:
        ax: Where to draw; its limits are set here.
        size: How large the picture is.
        parts: Rows with two features and two classes.
        others: Whether boundaries of further networks are drawn, too.

    Attributes:
        moving: The artists that move, from back to front.
    """

    def __init__(self, ax: Axes, size: Size, parts: Parts, others: bool = True):
        self.ax, self.size, self._others_wanted = ax, size, others
        ax.set(xlabel=parts.names[0], ylabel=parts.names[1])
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.grid(False)
        ends = [0.55 * np.array(to_rgb(style["color"])) + 0.45 for style in CLASSES]
        shades = LinearSegmentedColormap.from_list("classes", [ends[0], "#ffffff", ends[1]])
        colours = shades((np.arange(BANDS) + 0.5) / BANDS)
        # each band has an edge of its own colour, else the ground shines through between them
        self.bands = PathCollection([], facecolors=colours, edgecolors=colours, linewidths=0.7)
        scale = size.scale
        self._boundary_style = {"color": INK, "linewidth": 2.4 * scale}
        self._other_style = {"color": MUTED, "linewidth": 1.1 * scale}
        ring = {"marker": "o", "markerfacecolor": "none", "markeredgecolor": INK, "linestyle": ""}
        self._ring = ring | {"markersize": 13 * scale, "markeredgewidth": 1.7 * scale}
        self.others, self.boundary = (
            PathCollection([], facecolors="none", edgecolors=style["color"],
                           linewidths=style["linewidth"])
            for style in (self._other_style, self._boundary_style)
        )  # fmt: skip
        for collection in (self.bands, self.others, self.boundary):
            ax.add_collection(collection, autolim=False)
        self.rows = [ax.plot([], [], **self._row_style(label))[0] for label in range(2)]
        (self.flipped,) = ax.plot([], [], **self._ring)
        lines = [self.others, self.boundary] if others else [self.boundary]
        self.moving: list[Artist] = [self.bands, *lines, *self.rows, self.flipped]
        self.set_parts(parts)

    def set_parts(self, parts: Parts) -> None:
        """Set the limits for these rows and draw the training rows."""
        self.parts = parts
        x = _rows_of(parts)
        low, high = x.min(axis=0), x.max(axis=0)
        room = MARGIN * np.where(high > low, high - low, 1.0)
        self.ax.set_xlim(low[0] - room[0], high[0] + room[0])
        self.ax.set_ylim(low[1] - room[1], high[1] + room[1])
        self.show_rows("training")

    def show(self, paths: SurfacePaths | None) -> None:
        """Draw a surface, or none; call it with the figure's lock held."""
        self.bands.set_paths(paths.bands if paths else [])
        self.boundary.set_paths(paths.boundary if paths else [])
        self.others.set_paths(paths.others if paths else [])

    def show_rows(self, which: str) -> None:
        """Draw the "training" or the "validation" rows; call it with the figure's lock held."""
        part = self.parts.train if which == "training" else self.parts.validation
        for label, marks in enumerate(self.rows):
            marks.set_data(*part.x[part.y == label].T)
        flipped = self.parts.flipped if which == "training" else []
        self.flipped.set_data(*part.x[flipped].T)

    def row_keys(self, flipped: bool) -> list[tuple[str, dict]]:
        """What stands for which rows, with the ring if asked for: (words, the mark's style)."""
        rows = [(name, self._row_style(k)) for k, name in enumerate(self.parts.classes)]
        return rows + ([("label flipped", self._ring)] if flipped else [])

    @property
    def line_keys(self) -> list[tuple[str, dict]]:
        """What stands for which boundaries: (words, the line's style)."""
        found = [("decision boundary", self._boundary_style)]
        return found + ([("with other seeds", self._other_style)] if self._others_wanted else [])

    def _row_style(self, label: int) -> dict:
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.8 * self.size.scale}
        style = CLASSES[label] | edge | {"linestyle": ""}
        return style | {"markersize": style["markersize"] * self.size.scale}


def write_keys(figure: Figure, size: Size, entries, x: float, y: float) -> list[Artist]:
    """Say which mark or line is which, in a row that stands still.

    Args:
        figure: Where to write.
        size: How large it is.
        entries: (words, style) for each.
        x, y: Where the row begins, in pixels at scale 1 from the upper left.

    Returns:
        A mark and its words for each.
    """
    made = []
    for name, style in entries:
        artists, x = size.key(figure, x, y, name, **style)
        made += artists
        x += 20
    return made


def _rows_of(parts: Parts) -> np.ndarray:
    return np.concatenate([parts.train.x, parts.validation.x])
