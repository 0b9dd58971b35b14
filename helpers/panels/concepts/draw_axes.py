"""The axes of `Draw`: where values stand, how they are spelled, and what is compared in words."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from helpers.drawing.style import MUTED
from helpers.drawing.sweep import strength_axis, strength_ticks
from helpers.formatting import listed, signed, tick
from helpers.panels.concepts.pencil import COLUMNS
from helpers.panels.concepts.shapes import SHAPES, compare, shape, suggest

Curve = tuple[np.ndarray, np.ndarray]  # places along the axis, values
NEAR = 0.05  # of the height of the axes: closer than this counts as agreement


class Across:
    """The horizontal axis: where its values stand, and how they are spelled.

    Args:
        values: Both ends, or all values that are tried, ascending.
        log: Whether the axis is logarithmic; a 0 stands to the left of the others.
        name: What the values are, in words.

    Attributes:
        places: Where the values stand; even on the axis.
        columns: `COLUMNS` places from end to end.
    """

    def __init__(self, values: Sequence[float], log: bool, name: str):
        self.values, self.log, self.name = np.array(values, float), log, name
        self._places = strength_axis(self.values, log)
        self.places = np.array(list(self._places.values()))
        self.columns = np.linspace(self.places[0], self.places[-1], COLUMNS)
        self._tried = len(self.values) > 2
        whole = all(v == int(v) for v in self.values) and self.values[-1] - self.values[0] >= 20
        self._whole = whole and not log

    def place(self, values) -> np.ndarray:
        """Where values stand; NaN for those that a logarithmic axis cannot show."""
        values = np.asarray(values, float)
        if not self.log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(values > 0, np.log10(values), np.nan)
        return np.where(values == 0, self._places.get(0.0, np.nan), found)

    def spell(self, place: float) -> str:
        """The value at a place: the nearest of those that are tried, if they are given."""
        if self._tried:
            return tick(float(self.values[np.argmin(np.abs(self.places - place))]))
        value = 10**place if self.log else place
        return f"{value:.0f}" if self._whole else tick(float(f"{value:.2g}"))

    def point(self, place: float) -> str:
        """The same with what it is: "epoch 25" or "λ = 0.01"."""
        return f"{self.name} {'= ' if len(self.name) == 1 else ''}{self.spell(place)}"

    def span(self, first: float, last: float) -> str:
        """From one place to another: "from epoch 1 to 25"."""
        return f"from {self.point(first)} to {self.spell(last)}"

    def set_axis(self, ax, width: float) -> None:
        """Set limits and ticks."""
        ax.set_xlim(self.places[0], self.places[-1])
        if self._tried:
            ticks = strength_ticks(self.values, self.log, width)
            ax.set_xticks(list(ticks), list(ticks.values()))
            if self.log and self.values[0] == 0:  # left of it there is no scale
                ground = {"facecolor": "white", "edgecolor": "none", "pad": 0}
                where = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center"}
                ax.text(self.places[:2].mean(), 0, "//", color=MUTED, bbox=ground, **where)
        else:
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=self._whole or self.log))
            ax.xaxis.set_major_formatter(
                FuncFormatter(lambda place, _: tick(10**place if self.log else place))
            )


class Up:
    """The vertical axis.

    Args:
        ends: Both.
        unit: Of its values; "%" for per cent, "" for none.

    Attributes:
        low, high: Its ends.
        decimals: How many are spelled.
    """

    def __init__(self, ends: Sequence[float], unit: str):
        (self.low, self.high), self.unit = ends, unit
        self.decimals = 3 if self.high - self.low < 0.5 else 2 if self.high - self.low < 10 else 1

    def share(self, values):
        """How far up values lie, as fractions of the axis."""
        return (np.asarray(values) - self.low) / (self.high - self.low)

    def at_share(self, shares):
        """The values so far up."""
        return self.low + np.asarray(shares) * (self.high - self.low)

    def spell(self, value: float) -> str:
        """A value, or a difference, with its unit: "≈ 0.42 nats"."""
        return f"≈ {signed(value, self.decimals)} {self.unit}".rstrip()

    @property
    def unit_of_differences(self) -> str:
        """The unit of the difference of two values."""
        return "points" if self.unit == "%" else self.unit


def describe(across: Across, up: Up, real: Curve, answer: str | None) -> str:
    """Say what a real curve does.

    Args:
        across, up: The axes.
        real: The curve.
        answer: The name of its shape, if it is not to be found from the curve.
    """
    places, values = real
    heights = heights_of(across, up, real)
    what = answer or shape(up.share(heights[np.isfinite(heights)]))
    low = int(np.argmin(values))
    return (
        f"The real curve {what}. It begins at {up.spell(values[0])}, is lowest at "
        f"{up.spell(values[low])} (at {across.point(places[low])}) and ends at "
        f"{up.spell(values[-1])}."
    )


class Facts(NamedTuple):
    """What there is to say of a real curve, whatever was drawn.

    Attributes:
        heights: float64 (`COLUMNS`,): the curve, NaN where it is not; no farther than the axes.
        what: What it does, in words.
        suggestions: {shape of a drawn curve: what it suggests}.
        beyond: Whether it leaves the axes.
    """

    heights: np.ndarray
    what: str
    suggestions: dict[str, str]
    beyond: bool


def facts_of(across: Across, up: Up, real: Curve, answer: str | None, explain) -> Facts:
    """What there is to say of a real curve.

    Args:
        across, up: The axes.
        real: The curve.
        answer: The name of its shape, if it is not to be found from the curve.
        explain: {shape that was drawn: sentence}, instead of `suggest`.
    """
    heights = heights_of(across, up, real)
    theirs = answer or shape(up.share(heights[np.isfinite(heights)]))
    suggestions = {mine: explain.get(mine) or suggest(mine, theirs, across.name) for mine in SHAPES}
    beyond = bool(real[1].max() > up.high or real[1].min() < up.low)
    return Facts(heights, describe(across, up, real, answer), suggestions, beyond)


def compare_in_words(across: Across, up: Up, drawn: np.ndarray, facts: Facts) -> str:
    """Say where and by how much a drawn curve differs from the real one, and what it suggests.

    Args:
        across, up: The axes.
        drawn: Values at `across.columns`, NaN where there are none.
        facts: Of the real curve.
    """
    both = np.flatnonzero(np.isfinite(facts.heights) & np.isfinite(drawn))
    if len(both) < 2:
        return facts.what
    drawn, heights, columns = drawn[both], facts.heights[both], across.columns[both]
    found = compare(drawn, heights, NEAR * (up.high - up.low))
    unit = Up((up.low, up.high), up.unit_of_differences)
    words = [
        f"Your curve differs by {unit.spell(found.mean)} on average, at most by "
        f"{unit.spell(found.largest)} (at {across.point(columns[found.at])})."
    ]
    where = listed(
        f"too {'low' if low else 'high'} {across.span(columns[first], columns[last])}"
        for first, last, low in found.stretches
    )
    words.append(f"It lies {where}." if where else "It is close to the real one everywhere.")
    words.append(facts.suggestions[shape(up.share(drawn))])
    if facts.beyond:
        words.append("Outside the axes the real curve goes on; there it was not compared.")
    return " ".join(words)


def heights_of(across: Across, up: Up, real: Curve) -> np.ndarray:
    """A curve at `across.columns`, as far as it goes, and no farther than the axes."""
    found = np.interp(across.columns, *real, left=np.nan, right=np.nan)
    return np.clip(found, up.low, up.high)
