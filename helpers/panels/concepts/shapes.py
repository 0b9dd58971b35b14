"""The shapes of learning curves, how far two curves are apart, and what the difference suggests.

shape(heights)                          # "falls, then rises"
compare(places, drawn, real, least)     # mean and largest difference, and where
suggest("falls and flattens", "falls, then rises", "epoch")
"""

from typing import NamedTuple

import numpy as np

FALLS, TURNS, RISES, FLAT, STEADY = (
    "falls and flattens",
    "falls, then rises",
    "rises and flattens",
    "stays flat",
    "keeps falling",
)
TYPICAL = (FALLS, TURNS, RISES, FLAT, STEADY)
OTHERS = ("keeps rising", "rises, then falls", "falls, rises and falls again", "goes up and down")
SHAPES = (*TYPICAL, *OTHERS)

_LEAST = 0.05  # of the height of the axes: less is no rise and no fall
_SHARE = 0.15  # of a curve's range: the same for curves that go far
_FLATTENS = 0.2  # a curve with less of its change in the last third flattens; a line has 0.33

_OPPOSITE = "You expected the opposite direction. "
_EARLY = "Most of the change comes early; going further changes little."
_NONE = "You expected an effect. Over this range {x} hardly changes this quantity."
_SUGGESTIONS = {
    (FALLS, TURNS): "You expected a plateau, but past its lowest point the curve rises again: "
    "going further makes it worse, so it matters where you stop.",
    (FALLS, RISES): _OPPOSITE + _EARLY,
    (FALLS, FLAT): _NONE,
    (FALLS, STEADY): "You expected a plateau, but at the right edge the curve still falls: it has "
    "not settled within this range.",
    (TURNS, FALLS): "You expected a turn, but the curve settles: within this range going further "
    "does no harm, and soon it brings no gain either.",
    (TURNS, RISES): "You expected a lowest point in the middle, but it is at the left edge: every "
    "step to the right raises the curve.",
    (TURNS, FLAT): "You expected one best {x}. Over this range all are about equally good.",
    (TURNS, STEADY): "You expected a turn, but the curve is lowest at the right edge: if there is "
    "a turn, it comes later.",
    (RISES, FALLS): _OPPOSITE + _EARLY,
    (RISES, TURNS): "You drew the rise but not the fall before it: the lowest point lies inside "
    "the range, not at its left edge.",
    (RISES, FLAT): _NONE,
    (RISES, STEADY): _OPPOSITE + "The curve falls all the way to the right edge.",
    (FLAT, FALLS): "You expected no effect, but there is one. " + _EARLY,
    (FLAT, TURNS): "You expected no effect, but there are two: to the left and to the right of "
    "the best {x} the curve is higher.",
    (FLAT, RISES): "You expected no effect, but there is one. " + _EARLY,
    (FLAT, STEADY): "You expected no effect, but the curve falls all the way to the right edge.",
    (STEADY, FALLS): "You expected the fall to go on, but it ends: going further takes more time "
    "or a larger network and gains almost nothing.",
    (STEADY, TURNS): "You expected the fall to go on, but past its lowest point the curve rises "
    "again: more is not always better, and the best {x} lies inside the range.",
    (STEADY, RISES): _OPPOSITE + "The curve rises and then settles.",
    (STEADY, FLAT): _NONE,
}


class Difference(NamedTuple):
    """How far apart two curves are.

    Attributes:
        mean, largest: Of the absolute differences.
        at: The index of the largest.
        stretches: (first index, last index, whether the drawn one is too low) of the one or two
            stretches that matter most, from left to right; empty where the curves agree.
    """

    mean: float
    largest: float
    at: int
    stretches: list[tuple[int, int, bool]]


def shape(heights) -> str:
    """Name the shape of a curve: one of `SHAPES`.

    Args:
        heights: The curve at places that are even on the axis, as fractions of the axis' height.
    """
    h = _smooth(np.asarray(heights, float))
    legs = _legs(h, max(_LEAST, _SHARE * np.ptp(h)))
    if len(legs) > 1:
        known = {(-1, 1): TURNS, (1, -1): "rises, then falls", (-1, 1, -1): OTHERS[2]}
        return known.get(tuple(legs), OTHERS[3])
    if not legs:
        return FLAT
    late = abs(h[-1] - h[(2 * len(h)) // 3]) / np.ptp(h)
    if legs == [-1]:
        return FALLS if late < _FLATTENS else STEADY
    return RISES if late < _FLATTENS else OTHERS[0]


def compare(drawn, real, least: float) -> Difference:
    """Measure how far a drawn curve is from the real one.

    Args:
        drawn, real: Values at the same places, which are even on the axis.
        least: Smaller differences do not count as a stretch of their own.
    """
    gap = np.asarray(drawn, float) - np.asarray(real, float)
    away, side = np.abs(gap), np.where(np.abs(gap) > least, np.sign(gap), 0)
    edges = np.flatnonzero(np.diff(side)) + 1
    parts = [part for part in np.split(np.arange(len(gap)), edges) if side[part[0]]]
    parts.sort(key=lambda part: -away[part].sum())
    main = [part for part in parts[:2] if 3 * away[part].sum() >= away[parts[0]].sum()]
    stretches = [(int(p[0]), int(p[-1]), bool(side[p[0]] < 0)) for p in sorted(main, key=min)]
    return Difference(float(away.mean()), float(away.max()), int(away.argmax()), stretches)


def suggest(drawn: str, real: str, x_name: str) -> str:
    """Say what it suggests that a curve of one shape was drawn and one of another came.

    Args:
        drawn, real: Of `SHAPES`.
        x_name: What the horizontal axis shows.
    """
    if drawn == real:
        return f"You expected the right shape: the curve {real}."
    said = f"You drew a curve that {drawn}; the real one {real}."
    more = _SUGGESTIONS.get((drawn, real))
    return f"{said} {more.format(x=x_name)}" if more else said


def _smooth(h: np.ndarray) -> np.ndarray:
    """A moving average over about a tenth of the points; the ends are repeated outside."""
    reach = len(h) // 20
    padded = np.pad(h, reach, mode="edge")
    return np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")


def _legs(h: np.ndarray, least: float) -> list[int]:
    """The rises (1) and falls (-1) of a curve that are at least so high, in order."""
    legs: list[int] = []
    low = high = h[0]  # since the present leg began
    for height in h:
        low, high = min(low, height), max(high, height)
        rise, fall = height - low >= least, high - height >= least
        if (rise and legs[-1:] != [1]) or (fall and legs[-1:] != [-1]):
            legs.append(1 if rise and legs[-1:] != [1] else -1)
            low = high = height
    return legs
