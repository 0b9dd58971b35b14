"""Tables of two features, made from a seed."""

from __future__ import annotations

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
    make, usual_noise, most = _MAKERS[check_choice("kind", kind, tuple(_MAKERS))]
    rows, seed = check_int("rows", rows, 2, most), check_int("seed", seed, 0, MAX_SEED)
    noise = usual_noise if noise is None else check_number("noise", noise, 0, 10)
    random = np.random.default_rng(seed)
    x, y, scale, names, classes = make(rows, random)
    x = (x + noise * scale * random.standard_normal(x.shape)).astype(np.float32)
    origin = {"kind": kind, "rows": rows, "noise": noise, "seed": seed}
    name = "cells_2d" if kind == "cells" else kind
    return Table(name, x, y, names, classes, origin=origin)


def _moons(rows, random):
    y = np.arange(rows) % 2
    angle = np.pi * random.random(rows)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    return np.where(y[:, None] == 0, upper, lower), y, np.ones(2), ["x1", "x2"], ["upper", "lower"]


def _rings(rows, random):
    y = np.arange(rows) % 2
    angle = 2 * np.pi * random.random(rows)
    radius = np.where(y == 0, 1.0, 0.5)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x, y, np.ones(2), ["x1", "x2"], ["outer", "inner"]


def _spirals(rows, random):
    y = np.arange(rows) % 2
    # The square root spreads the points evenly along the arm, not crowded at its start.
    radius = 0.1 + 0.9 * np.sqrt(random.random(rows))
    angle = 3 * np.pi * radius + np.pi * y
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x, y, np.ones(2), ["x1", "x2"], ["first arm", "second arm"]


def _two_cell_columns(rows, random):
    cells = load("cells")
    chosen = stratified_order(cells.y, random)[:rows]
    columns = cells.x[:, [cells.names.index(name) for name in TWO_CELL_COLUMNS]]
    x, y = columns[chosen].astype(np.float64), cells.y[chosen]
    return x, y, columns.std(axis=0), list(TWO_CELL_COLUMNS), cells.classes


# kind: its maker, its usual noise, the most rows it can give
_MAKERS = {
    "moons": (_moons, 0.2, 100_000),
    "rings": (_rings, 0.1, 100_000),
    "spirals": (_spirals, 0.05, 100_000),
    "cells": (_two_cell_columns, 0.0, 2019),
}
