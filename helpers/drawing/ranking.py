"""Draws what a search compared: the difference of each candidate from the best baseline."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from helpers.drawing.axes import SIZES, title
from helpers.drawing.style import COLORS, INK, LINE_STYLES, MUTED
from helpers.formatting import signed

RANKED = 12  # rows beside the baselines', at most
_type = SIZES["page"].type
_REACH = 4.0  # the axis ends so many times as far out as the middle of the rows is


def ranking(ax: Axes, candidates: Sequence, gain=None, chosen=None, unit: str = "nats") -> None:
    """Draw a dot with its 95 % interval for each candidate; left of the line is better.

    The uppermost row is the best candidate as measured on folds that did not choose it: that one
    is not flattered by being the best of many.

    Args:
        ax: Axes.
        candidates: By ascending mean; each has `name`, `mean`, `is_baseline`, and `difference`
            with `mean`, `low`, `high`.
        gain: The difference of the best candidate on folds that did not choose it, or None.
        chosen: The one that is marked.
        unit: Of the loss, such as "nats".
    """
    shown = _shown(candidates)
    rows = [(c.name, c.difference, _color(c), c is chosen, c.mean) for c in shown]
    if gain is not None:
        best = "best candidate, on folds that did not choose it"
        rows.insert(0, (best, gain, COLORS["test"], False, math.nan))
    ends = _limits([difference for _, difference, *_ in rows])
    ax.axvline(0, **LINE_STYLES["muted"])
    for place, (_, difference, color, is_chosen, mean) in enumerate(rows):
        _row(ax, place, difference, color, is_chosen, ends)
        words = f"{_amount(difference)}" + ("" if math.isnan(mean) else f"   loss {mean:.3g}")
        ax.text(1.02, place, words, transform=ax.get_yaxis_transform(), va="center",
                **_type(11, color))  # fmt: skip
    labels = [f"{name} (chosen)" if is_chosen else name for name, _, _, is_chosen, _ in rows]
    ax.set_yticks(range(len(rows)), labels, parse_math=False)
    for label, (_, _, color, is_chosen, _) in zip(ax.get_yticklabels(), rows, strict=True):
        label.set(fontsize=11, color=color, fontweight="bold" if is_chosen else "normal")
    ax.locator_params(axis="x", nbins=5)  # long names leave little room
    ax.set_xlim(*ends)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(f"validation loss less that of the best baseline, {unit} (left is better)")
    title(ax, "Ranked, with 95 % intervals")


def _shown(candidates: Sequence) -> list:
    """The best ones, and all baselines."""
    best = [c for c in candidates if not c.is_baseline][:RANKED]
    return [c for c in candidates if c.is_baseline or c in best]


def _color(candidate) -> str:
    return MUTED if candidate.is_baseline else COLORS["validation"]


def _amount(difference) -> str:
    if not math.isfinite(difference.mean):
        return "diverged"
    if not difference.half:
        return "best baseline"
    sign = "+" if difference.mean > 0 else ""
    half = f" ± {difference.half:.2g}" if math.isfinite(difference.half) else ""
    return f"{sign}{signed(difference.mean, 3)}{half}"


def _limits(differences) -> tuple[float, float]:
    """The ends of the axis: what lies far to the right is shown as an arrow at the edge."""
    ends = [end for d in differences for end in (d.low, d.high) if math.isfinite(end)]
    ends = np.array([*ends, *(d.mean for d in differences if math.isfinite(d.mean)), 0.0])
    low, far = float(ends.min()), _REACH * float(np.median(np.abs(ends)))
    high = min(float(ends.max()), max(far, -low))
    margin = 0.06 * ((high - low) or 1.0)
    return low - margin, high + margin


def _row(ax: Axes, place: int, difference, color: str, is_chosen: bool, ends) -> None:
    if not math.isfinite(difference.mean) or difference.mean > ends[1]:
        ax.annotate("", (ends[1], place), (ends[1] - 0.05 * (ends[1] - ends[0]), place),
                    arrowprops={"arrowstyle": "->", "color": color, "linewidth": 2})  # fmt: skip
        return
    half = difference.half if math.isfinite(difference.half) else 0
    ax.errorbar(difference.mean, place, xerr=half, fmt="D" if is_chosen else "o", color=color,
                markersize=9 if is_chosen else 7, linewidth=2.2, capsize=4,
                markeredgecolor=INK if is_chosen else color)  # fmt: skip
