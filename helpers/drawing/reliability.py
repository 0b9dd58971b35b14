"""Reliability diagrams: is a network right as often as it is confident?"""

import numpy as np
from matplotlib.axes import Axes

from helpers.drawing.axes import note, size_around, title
from helpers.drawing.style import INK, LINE_STYLES, NEUTRAL
from helpers.uncertainty import Calibration

_LARGEST = 13.0  # points: the mark of a bin that holds all rows ...
_SMALLEST = 3.5  # ... and the smallest mark


def reliability_diagram(ax: Axes, found: Calibration, *, role: str = "validation") -> None:
    """Draw accuracy against confidence, a mark for each bin, with the diagonal of calibration.

    A mark below the diagonal is overconfident, one above it underconfident. The bar from the mark
    to the diagonal is the gap whose mean over all rows is the expected calibration error, and the
    area of a mark grows with the rows in its bin.

    Args:
        ax: Where to draw; both axes go from 0 to 1.
        found: What `calibration` returns.
        role: Whose rows, a name in `LINE_STYLES` such as "validation" or "test".

    Source: Guo, Pleiss, Sun and Weinberger (2017), figure 1, arXiv:1706.04599.
    """
    size, style, rows = size_around(ax), LINE_STYLES[role], int(found.count.sum())
    full = found.count > 0
    x, y, count = (values[full] for values in (found.confidence, found.accuracy, found.count))
    ax.plot([0, 1], [0, 1], color=NEUTRAL, linewidth=1.6, linestyle=(0, (5, 3)), zorder=1.8)
    turn = {"rotation": 45, "rotation_mode": "anchor", "transform_rotates_text": True}
    ax.text(0.05, 0.07, "calibrated", va="bottom", **turn, **size.type(11, NEUTRAL))
    ax.vlines(x, np.minimum(x, y), np.maximum(x, y), color=style["color"], alpha=0.35, linewidth=7)
    ax.plot(x, y, color=style["color"], linewidth=1.4, linestyle=style["linestyle"])
    marks = np.maximum(_LARGEST * np.sqrt(count / rows), _SMALLEST)
    edge = {"edgecolors": "white", "linewidths": 1, "zorder": 3}
    ax.scatter(x, y, s=marks**2, color=style["color"], **edge)
    ends = {"xlim": (0, 1.02), "ylim": (0, 1.02)}
    ax.set(xlabel="confidence", ylabel="accuracy", aspect="equal", **ends)
    words = f"expected calibration error {found.expected_error:.3f}"
    note(ax, size, 1, words, INK)
    note(ax, size, 0, f"{rows} {role} rows, {len(found.count)} bins")
    if ax.get_title(loc="left"):
        title(ax, ax.get_title(loc="left"))
