"""Data: read a shipped table or one's own, split, standardise, seal the test set.

    parts = split(load("cells"), train=512, validation=512, seed=0)
    parts.train.x, parts.train.y, parts.validation.x
    test = parts.test.open("the model is chosen: how good is it?")

    table = read_csv("credit.csv", target="Status")
    parts = split(table, train=0.6, validation=0.2)

All arrays handed out are read-only, so that no cell can change what another one reads.
"""

from helpers.data.encoding import Encoding
from helpers.data.raw import RawTable
from helpers.data.reading import from_arrays, from_frame, read_csv
from helpers.data.report import Report
from helpers.data.scaling import TargetScale
from helpers.data.seal import Part, Sealed
from helpers.data.shipped import load
from helpers.data.splitting import Parts, split
from helpers.data.synthetic import TWO_CELL_COLUMNS, make_2d
from helpers.data.tables import Table

__all__ = [
    "TWO_CELL_COLUMNS",
    "Encoding",
    "Part",
    "Parts",
    "RawTable",
    "Report",
    "Sealed",
    "Table",
    "TargetScale",
    "from_arrays",
    "from_frame",
    "load",
    "make_2d",
    "read_csv",
    "split",
]
