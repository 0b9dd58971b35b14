"""Tables of two features, made from a seed."""

import numpy as np

from helpers.data.shipped import load
from helpers.data.stratified import stratified_order
from helpers.data.tables import Table
from helpers.validation import MAX_SEED, check_choice, check_int, check_number

TWO_CELL_COLUMNS = ("fiber_width_ch_1", "entropy_inten_ch_1")


def make_2d(kind: str, rows: int = 400, noise: float | None = None, seed: int = 0) -> Table:
    """Make a table of two features and two classes, for pictures of decision boundaries.

    Args:
        kind: "moons" (two half circles that interlock), "rings" (one inside the other),
            "spirals" (two interleaved arms) or "cells" (`TWO_CELL_COLUMNS` of
            that table: its most telling pair, drawn row by row).
        rows: How many; as many of either class as can be, and for "cells" in its shares.
        noise: Standard deviation of Gaussian noise on both features, in units of the shape's
            radius (for "cells" of each column's standard deviation). None: 0.2 moons,
            0.1 rings, 0.05 spirals, 0 cells.
        seed: Decides rows and noise.

    Raises:
        ValueError: If a value is outside its range.
    """
    shape, usual_noise, classes = _KINDS[check_choice("kind", kind, tuple(_KINDS))]
    rows = check_int("rows", rows, 2, 100_000 if shape else 2019)
    seed = check_int("seed", seed, 0, MAX_SEED)
    noise = usual_noise if noise is None else check_number("noise", noise, 0, 10)
    random = np.random.default_rng(seed)
    if shape:
        y, names, scale = np.arange(rows) % 2, ("x1", "x2"), 1.0
        x = shape(y, random)
    else:
        cells, names = load("cells"), TWO_CELL_COLUMNS
        chosen = stratified_order(cells.y, random)[:rows]
        columns = cells.x[:, [cells.names.index(name) for name in names]]
        x, y, scale = columns[chosen].astype(np.float64), cells.y[chosen], columns.std(axis=0)
    x = (x + noise * scale * random.standard_normal(x.shape)).astype(np.float32)
    origin = {"kind": kind, "rows": rows, "noise": noise, "seed": seed}
    return Table(kind if shape else "cells_2d", x, y, list(names), classes, origin=origin)


def _moons(y, random):
    upper = _polar(1.0, np.pi * random.random(len(y)))
    return np.where(y[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)


def _rings(y, random):
    return _polar(np.where(y == 0, 1.0, 0.5), 2 * np.pi * random.random(len(y)))


def _spirals(y, random):
    # The square root puts the points evenly along the arm, not crowded at its start.
    radius = 0.1 + 0.9 * np.sqrt(random.random(len(y)))
    return _polar(radius, 3 * np.pi * radius + np.pi * y)


def _polar(radius, angle) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


# kind: the shape of its rows (None: rows of the table), its usual noise, its classes
_KINDS = {
    "moons": (_moons, 0.2, ["upper", "lower"]),
    "rings": (_rings, 0.1, ["outer", "inner"]),
    "spirals": (_spirals, 0.05, ["first arm", "second arm"]),
    "cells": (None, 0.0, ["PS", "WS"]),
}
