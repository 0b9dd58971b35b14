"""The last epoch's numbers of several runs, and a small table of them.

final(runs, "validation_loss")                         # float (runs,), in nats
table({"no penalty": plain, "l2(0.02)": penalised})    # a row for each setting
"""

import dataclasses
import html
import math
from collections.abc import Iterable, Mapping

import numpy as np

from helpers.experiment import Run
from helpers.formatting import listed, signed

# What `table` shows of a setting: its heading, the name for `final`, a factor, and decimals. Of a
# regression the third is R².
COLUMNS = (
    ("training loss", "train_loss", 1, 2),
    ("validation loss", "validation_loss", 1, 2),
    ("validation accuracy (%)", "validation_accuracy", 100, 1),
    ("gap", "gap", 1, 2),
)
_R_SQUARED = ("validation R²", "validation_accuracy", 1, 2)
_CURVES = tuple(
    field.name for field in dataclasses.fields(Run) if field.name.endswith(("_loss", "_accuracy"))
)
FINAL = (*_CURVES, "train_score", "validation_score", "penalty", "gap")
_WIDTH = 16  # of a column, whatever its numbers: nbval compares the spaces between columns


def final(runs: Run | Iterable[Run], name: str) -> np.ndarray:
    """Return what each run ended with: the last epoch's value of a curve.

    Args:
        runs: One run or several.
        name: A curve of `Run`, such as "validation_loss" (nats, or the mean squared error of the
            standardised target) or "validation_accuracy" (a fraction, or R²), or "gap":
            validation minus training data loss.

    Returns:
        float (runs,). Of a diverged run a loss, the penalty and the gap are infinite, an accuracy
        is NaN. "validation_score" is another name of "validation_accuracy", as in `Run`.

    Raises:
        ValueError: If the name is unknown, there is no run, or a run holds no epoch.
    """
    if name not in FINAL:
        raise ValueError(f"name={name!r}: must be one of {listed(FINAL, most=len(FINAL))}")
    runs = [runs] if isinstance(runs, Run) else list(runs)
    if not runs:
        raise ValueError("runs: must hold at least one run")
    return np.array([_last(run, name) for run in runs], float)


def _last(run: Run, name: str) -> float:
    if run.diverged:
        return math.nan if name.endswith(("_accuracy", "_score")) else math.inf
    if not run.epochs:
        raise ValueError(f"{run!r}: must hold at least one epoch")
    if name == "gap":
        return float(run.validation_loss[-1]) - float(run.train_loss[-1])
    return float(getattr(run, name)[-1])


class Table:
    """The mean ± standard deviation over seeds of what each setting's runs ended with.

    Its text and its HTML hold "≈" before each number, so that nbval does not compare the numbers.

    Attributes:
        rows: The text of each setting's cells.
        seeds: How many runs each setting has.
    """

    def __init__(self, settings: Mapping[str, Run | Iterable[Run]]):
        if not settings:
            raise ValueError("settings: must hold at least one setting")
        self.rows: dict[str, list[str]] = {}
        self.seeds: dict[str, int] = {}
        given = {
            label: [runs] if isinstance(runs, Run) else list(runs)
            for label, runs in settings.items()
        }
        classifies = {run.task.classifies for runs in given.values() for run in runs}
        if len(classifies) > 1:
            raise ValueError("settings: holds runs of classes and of numbers: make two tables")
        self._columns = list(COLUMNS)
        self._nats = classifies != {False}
        if not self._nats:
            self._columns[2] = _R_SQUARED
        for label, runs in given.items():
            self.seeds[str(label)] = len(runs)
            self.rows[str(label)] = [
                _spread(final(runs, name) * factor, decimals)
                for _, name, factor, decimals in self._columns
            ]

    @property
    def caption(self) -> str:
        """What the numbers are."""
        fewest, most = min(self.seeds.values()), max(self.seeds.values())
        if most == 1:
            what = "one seed"
        else:
            counts = f"{most}" if fewest == most else f"{fewest} to {most}"
            what = f"mean ± standard deviation over {counts} seeds"
        unit = "nats" if self._nats else "mean squared error of the standardised target"
        return f"After the last epoch: {what}; losses and gap in {unit}"

    def __repr__(self):
        first = max(map(len, self.rows))
        rows = {"": [heading for heading, *_ in self._columns]} | self.rows
        widths = [max(_WIDTH, len(heading)) for heading, *_ in self._columns]
        lines = []
        for label, cells in rows.items():
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            lines.append("  ".join([label.ljust(first), *padded]).rstrip())
        return "\n".join([*lines, self.caption])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{heading}</th>' for heading, *_ in self._columns)
        body = "".join(
            f'<tr><th scope="row">{html.escape(label)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for label, cells in self.rows.items()
        )
        return (
            f"<table><caption>{self.caption}</caption>"
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>"
        )


def table(settings: Mapping[str, Run | Iterable[Run]]) -> Table:
    """Return a table with a row for each setting: {label: its runs, one for each seed}.

    The columns are training loss, validation loss, validation accuracy and gap after the last
    epoch: their mean ± standard deviation (divided by n - 1) over the runs. Of one run there is no
    standard deviation. A setting of which a run diverged shows how many did.

    Raises:
        ValueError: If there is no setting, or a setting has no run or a run without epochs.
    """
    return Table(settings)


def _spread(values: np.ndarray, decimals: int) -> str:
    """The mean ± standard deviation of finite numbers."""
    if broken := np.count_nonzero(~np.isfinite(values)):
        return f"{broken} of {len(values)} diverged"
    mean = f"≈ {signed(values.mean(), decimals)}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {values.std(ddof=1):.{decimals}f}"
