"""What several runs give at each value that was tried: a mean with its range, named at the right.

swept(ax, widths, {"training error": ("training", errors)}, marks={300: "threshold"})
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import offset_copy

from helpers.drawing.axes import SIZES, BeforeDrawing
from helpers.drawing.style import LINE_STYLES, MUTED
from helpers.drawing.sweep import thin_ticks
from helpers.formatting import tick

_ROW = 15.0  # points from one label to the next, at least
_ROOM = 0.8  # of the axes' width, about what is left when the labels have taken theirs
_type = SIZES["page"].type


def swept(
    ax: Axes,
    x: Sequence[float],
    curves: Mapping[str, tuple[str, np.ndarray]],
    *,
    marks: Mapping[float, str] | None = None,
    log: bool = False,
) -> None:
    """Draw the mean over runs as a line and their range as a band; x is on a logarithmic axis.

    The ticks are tried values. Each line has its name at its right end.

    Args:
        ax: Where to draw, once.
        x: The tried values, ascending, above 0.
        curves: {name: (role of `LINE_STYLES`, values of shape (tried values, runs))}.
        marks: {x: words} of upright lines.
        log: Whether the values are on a logarithmic axis, too.

    Raises:
        ValueError: If the values are not of that shape.
    """
    x, labels = np.asarray(x, float), []
    ax.set(xscale="log", yscale="log" if log else "linear")
    kept = thin_ticks({np.log10(v): tick(v) for v in x}, _ROOM * ax.bbox.width)
    ax.set_xticks([10**place for place in kept], list(kept.values()))
    ax.minorticks_off()
    if log:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    for name, (role, values) in curves.items():
        values = np.asarray(values, float)
        if values.ndim != 2 or len(values) != len(x):
            raise ValueError(f"{name}: of shape {values.shape}, must be ({len(x)}, runs)")
        color, mean = LINE_STYLES[role]["color"], values.mean(axis=1)
        ends = values.min(axis=1), values.max(axis=1)
        ax.fill_between(x, *ends, color=color, alpha=0.2, linewidth=0, gid=f"{name} range")
        ax.plot(x, mean, label=name, gid=name, **LINE_STYLES[role])
        words = _type(11.5, color, weight="bold", va="center")
        labels.append((mean[-1], ax.text(1, 0, name, gid=f"{name} label", **words)))
    for place, words in (marks or {}).items():
        ax.axvline(place, gid="mark", **LINE_STYLES["muted"])
        ax.annotate(
            words, (place, 1), (4, -4), xycoords=("data", "axes fraction"), va="top",
            textcoords="offset points", **_type(10.5, MUTED),
        )  # fmt: skip
    labels.sort(key=lambda pair: pair[0])
    BeforeDrawing(ax, lambda: _place(ax, labels), [text for _, text in labels])


def _place(ax: Axes, labels: Sequence[tuple]) -> None:
    """Put labels, which ascend, at the heights of their lines, each clear of the one below."""
    figure, below = ax.get_figure(root=True), -np.inf
    points = 72 / figure.dpi
    for value, text in labels:
        height = (ax.transData.transform((ax.get_xlim()[1], value))[1] - ax.bbox.y0) * points
        below = max(height, below + _ROW)
        text.set_transform(offset_copy(ax.transAxes, figure, 6, below, units="points"))
