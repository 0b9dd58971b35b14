"""Draws accuracies of several networks, and how much one has more than the others."""

import textwrap
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers import formatting
from helpers.drawing.axes import SIZES, figure, title
from helpers.drawing.style import COLORS, LINE_STYLES, MUTED

_type = SIZES["page"].type


def comparison(
    words: str,
    heading: str,
    accuracy: Mapping,
    gain: Mapping,
    *,
    expected: tuple[float, float],
    baseline: float,
) -> Figure:
    """Accuracies above, paired differences below, each with its 95 % interval.

    All that is to be read is in the picture, because a notebook shows no text beside one.

    Args:
        words: A sentence that stands above all.
        heading: The title of the accuracies.
        accuracy: {name: estimate}, as fractions; an estimate has a `mean` and the ends `low` and
            `high` of its interval.
        gain: {name of another: estimate of the difference to it}.
        expected: The accuracy that was expected, from where to where.
        baseline: The accuracy of naming the commonest class each time.
    """
    made, (above, below) = figure(rows=2, height=660)
    made.suptitle(textwrap.fill(words, 78), x=0.015, ha="left", **_type(13))
    color = COLORS["validation"]
    low, high = (100 * end for end in expected)
    title(above, heading)
    above.fill_between((low, high), 0.55, 1.3, color=color, alpha=0.2, linewidth=0)
    above.text((low + high) / 2, 0.72, "expected", va="center", ha="center",
               **_type(11.5, color))  # fmt: skip
    above.axvline(100 * baseline, **LINE_STYLES["muted"])
    above.text(100 * baseline, 2.35, "baseline ", va="center", ha="right",
               **_type(11.5, MUTED))  # fmt: skip
    _estimates(above, accuracy, formatting.percent)
    above.set_xlabel("accuracy in per cent, with 95 % interval")
    left, right = above.get_xlim()
    above.set_xlim(left - 0.12 * (right - left), right)
    title(below, "What yours has more, compared row by row")
    _estimates(below, {f"than {name}": value for name, value in gain.items()}, _points)
    below.axvline(0, **LINE_STYLES["muted"])
    below.set_xlabel("points, with 95 % interval")
    return made


def _points(difference: float) -> str:
    sign = "+" if difference >= 0 else ""
    return sign + formatting.signed(100 * difference, 1)


def _estimates(ax: Axes, rows: Mapping, spelled) -> None:
    """A dot with its interval for each row, and the numbers at the right."""
    color = COLORS["test"]
    for place, value in enumerate(rows.values()):
        half = 100 * (value.high - value.mean)
        ax.errorbar(100 * value.mean, place, xerr=half, fmt="o", color=color, markersize=10,
                    linewidth=2.6, capsize=6)  # fmt: skip
        words = f"{spelled(value.mean)} ± {half:.1f}" if half else "the same"
        ax.text(1.02, place, words, transform=ax.get_yaxis_transform(), va="center",
                **_type(13, color))  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.4, -0.6)
