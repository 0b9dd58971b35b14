"""A folder to keep: scripts without this course, the network, and a page on it.

    folder = export(parts, run, "credit-network")

`train.py` reads the raw file, prepares it, trains the network and evaluates it; `predict.py`
adds predictions to a file; `model.keras` takes raw columns; `REPORT.md` says what was done.
"""

from helpers.export.folders import export

__all__ = ["export"]
