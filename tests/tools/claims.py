"""How far each claim of the lessons is from failing: `python -m tests.tools.claims`.

Runs the lessons' code and prints, for each claim, the thinnest of its differences (larger - smaller
- by): in all, and divided by the standard deviation of the differences over seeds. A claim whose
second figure is small holds on this machine by luck. Each claim is also turned round, smaller for
larger, to see that it can fail; exit status 1 if one then holds as well.

    python -m tests.tools.claims                  # all lessons, some minutes
    python -m tests.tools.claims --only 02-l2     # one of them
    python -m tests.tools.claims --below 1        # only claims whose second figure is below 1
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot
import numpy as np
from IPython.display import display

from helpers import checks
from tests.tools import notebooks

_claim = checks.claim


class Margin(NamedTuple):
    """How a claim came out.

    Attributes:
        cell: The id of its cell.
        sentence: As the author wrote it.
        thinnest: The least of larger - smaller - by.
        steady: That divided by the standard deviation of larger - smaller; None for one pair.
        can_fail: Whether it fails if turned round.
    """

    cell: str
    sentence: str
    thinnest: float
    steady: float | None
    can_fail: bool

    def __str__(self):
        steady = f"{self.steady:9.1f}" if self.steady is not None else "        –"
        mark = "" if self.can_fail else "  DOES NOT FAIL WHEN TURNED ROUND"
        return f"{self.thinnest:10.2g}{steady}  {self.sentence[:88]}{mark}"


def state(sentence: str, smaller, larger, by: float = 0.0) -> None:
    """State a claim, without printing that it holds.

    Raises:
        AssertionError: If it does not hold.
        ValueError: If it cannot be weighed.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        _claim(sentence, smaller=smaller, larger=larger, by=by)


def margin(cell: str, sentence: str, smaller, larger, by: float = 0.0) -> Margin:
    """Weigh one claim; it need not hold."""
    difference = np.atleast_1d(np.subtract(np.asarray(larger, float), np.asarray(smaller, float)))
    deviation = float(difference.std(ddof=1)) if len(difference) > 1 else 0.0
    thinnest = float(difference.min() - by)
    try:
        state(sentence, larger, smaller, by)
        can_fail = False
    except AssertionError:
        can_fail = True
    return Margin(cell, sentence, thinnest, thinnest / deviation if deviation else None, can_fail)


def run(path, told: Callable, *, forgiving: bool = False) -> None:
    """Run a lesson's code cells, in its folder.

    Args:
        path: The notebook.
        told: Called instead of `claim`: told(cell's id, sentence, smaller, larger, by).
        forgiving: Whether to go on with the next cell when one raises an exception.
    """
    cell = None

    def claim(sentence, *, smaller, larger, by=0.0):
        sides = [list(s) if np.iterable(s) else s for s in (smaller, larger)]  # maybe iterators
        told(cell.id, sentence, *sides, by)

    names, folder = {"__name__": "__main__", "display": display}, os.getcwd()
    checks.claim = claim  # what `from helpers.checks import claim` finds
    os.chdir(path.parent)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in notebooks.read(path).cells:
                if cell.cell_type == "code":
                    with contextlib.suppress(*[Exception] * forgiving):
                        exec(compile(cell.source, f"{path.name}, {cell.id}", "exec"), names)
    finally:
        checks.claim = _claim
        os.chdir(folder)
        matplotlib.pyplot.close("all")


def weigh(path) -> list[Margin]:
    """Run a lesson and weigh its claims in order.

    Raises:
        AssertionError: If a claim does not hold.
    """
    found = []

    def told(cell, sentence, *sides):
        state(sentence, *sides)
        found.append(margin(cell, sentence, *sides))

    run(path, told)
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command; its result is 0 if every claim can fail."""
    parser = argparse.ArgumentParser("python -m tests.tools.claims", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", metavar="NAME", default="", help="a part of the path")
    parser.add_argument("--below", type=float, default=np.inf, help="show only such claims")
    options = parser.parse_args(arguments)
    matplotlib.use("agg")
    blind = 0
    for path in notebooks.lessons():
        if options.only in notebooks.label(path):
            found = weigh(path)
            blind += sum(not m.can_fail for m in found)
            shown = [m for m in found if (m.steady is None) or m.steady < options.below]
            print(f"{notebooks.label(path)}: {len(found)} claims\n{'thinnest':>10}{'in SD':>9}")
            print(*shown, sep="\n", flush=True)
    return int(blind > 0)


if __name__ == "__main__":
    sys.exit(main())
