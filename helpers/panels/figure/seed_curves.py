"""The curves of one setting on fixed axes: means over seeds with their range, gap, best epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from helpers.drawing import plots
from helpers.drawing.axes import CurveAxes, Size, thin
from helpers.experiment import Run

PARTS = {"train": "training", "validation": "validation"}


class SeedCurves:
    """What moves on one pair of axes.

    Args:
        ax: Where to draw; its limits are set here, for good.
        size: How large the picture is.
        epochs: Where the axis of epochs ends.
        guessing, top: As for `CurveAxes`.

    Attributes:
        curve_axes: The axes, with distances in pixels.
        moving: The artists that move, from back to front.
    """

    def __init__(self, ax: Axes, size: Size, epochs: int, guessing: float, top: float | None):
        self.curve_axes = CurveAxes(ax, size, guessing, top)
        ax.set(xlabel="epoch", xlim=(0, epochs))
        red, green = plots.LINE_STYLES["validation"]["color"], plots.LINE_STYLES["best"]["color"]
        found = {"gap": ax.fill_between([], [], [], color=red, alpha=0.09, linewidth=0)}
        for part, name in PARTS.items():
            tint = {"color": plots.LINE_STYLES[name]["color"], "alpha": 0.22, "linewidth": 0}
            found[f"{part} range"] = ax.fill_between([], [], [], **tint)
        for part, name in PARTS.items():
            (found[part],) = ax.plot([], [], label=name, **size.line_style(name))
        mark = {"markersize": 9 * size.scale, "markeredgewidth": 2.2 * size.scale}
        (found["best"],) = ax.plot([], [], "o", mfc="white", mec=green, **mark)
        found["gap word"] = ax.text(0, 0, "", ha="right", **size.type(12, va="center_baseline"))
        for part, name in PARTS.items():
            style = size.type(
                12, plots.LINE_STYLES[name]["color"], weight="bold", va="center_baseline"
            )
            found[f"{part} tip"] = ax.text(0, 0, "", **style)
        self._artists = found

    @property
    def moving(self) -> list[Artist]:
        """The artists that move, from back to front."""
        return list(self._artists.values())

    def show(self, runs: Sequence[Run], metric: str, epochs: int) -> None:
        """Draw the runs of one setting, one per seed; call it with the stage's lock held.

        Args:
            runs: May be empty; a diverged one ends the mean where it ends.
            metric: "loss" or "accuracy", as the axes show it.
            epochs: How many were trained.
        """
        axes, found, at = self.curve_axes, self._artists, thin(epochs)
        values = {part: stacked(runs, f"{part}_{metric}", epochs) for part in PARTS}
        means = {part: v.mean(axis=0) for part, v in values.items()}
        for part, v in values.items():
            found[part].set_data(at + 1, means[part][at])
            found[f"{part} range"].set_data(at + 1, v.min(axis=0)[at], v.max(axis=0)[at])
            found[f"{part} tip"].set_text("")
        found["gap"].set_data(at + 1, means["train"][at], means["validation"][at])
        found["gap word"].set_text("")
        found["best"].set_data([], [])
        if not epochs:
            return
        ends = {part: float(mean[-1]) for part, mean in means.items()}
        tips = [(found[f"{p} tip"], axes.spell(e), e) for p, e in ends.items() if np.isfinite(e)]
        if tips:
            axes.place_tips(tips, epochs)
        best = means["validation"] if metric == "accuracy" else -means["validation"]
        if np.isfinite(best).any():
            epoch = int(np.nanargmax(best))
            found["best"].set_data([epoch + 1], [means["validation"][epoch]])
        middle = np.clip(list(ends.values()), axes.low, axes.high)
        if abs(middle[1] - middle[0]) > axes.up(30) and epochs > axes.across(100):
            found["gap word"].set_text(axes.spell_gap(ends["train"], ends["validation"]))
            found["gap word"].set_position((epochs - axes.across(10), middle.mean()))


def stacked(runs: Sequence[Run], curve: str, epochs: int) -> np.ndarray:
    """A curve of several runs, (runs, epochs), NaN where a run had diverged."""
    rows = np.full((max(1, len(runs)), epochs), np.nan)
    for row, run in zip(rows, runs, strict=False):
        values = getattr(run, curve)[:epochs]
        row[: len(values)] = values
    return rows


def write_legend(figure, size: Size, x: float, y: float, words: str) -> None:
    """Say which line is which, at a place given in pixels at scale 1 from the upper left.

    Args:
        words: A second line, below.
    """
    across, up = size.scale / size.width, size.scale / size.height
    muted = size.type(11, plots.MUTED, va="top")
    figure.text(x * across, 1 - (y + 23) * up, words, **muted)
    for name in PARTS.values():
        sample = size.line_style(name)
        height = 1 - (y + 9) * up
        figure.add_artist(Line2D([x * across, (x + 34) * across], [height, height], **sample))
        style = size.type(12, sample["color"], weight="bold", va="top")
        figure.text((x + 40) * across, 1 - y * up, name, **style)
        x += 40 + 9.2 * len(name) + 26
