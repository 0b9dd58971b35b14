"""Data: read a shipped table, make a 2-D one, split, standardise, seal the test set.

    parts = split(load("cells"), train=512, validation=512, seed=0)
    parts.train.x, parts.train.y, parts.validation.x
    test = parts.test.open("the model is chosen: how good is it?")

All arrays handed out are read-only, so that no cell can change what another one reads.
"""

from helpers.data.seal import Part, Sealed
from helpers.data.shipped import load
from helpers.data.splitting import Parts, split
from helpers.data.synthetic import TWO_CELL_COLUMNS, make_2d
from helpers.data.tables import Table

__all__ = ["TWO_CELL_COLUMNS", "Part", "Parts", "Sealed", "Table", "load", "make_2d", "split"]
