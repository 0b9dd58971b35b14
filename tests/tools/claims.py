"""How far each claim of the lessons is from failing: `python -m tests.tools.claims`.

Runs the lessons' code and prints, for each claim, the thinnest of its margins: how far the numbers
of a pair may still move before the claim fails. It is printed as it is, and divided by the standard
deviation of the margins over seeds. A claim whose second figure is small holds on this machine by
chance. Each claim is also contradicted (the two sides swapped, a value moved away from what it
equals or out of its interval, truth negated) to see that it can fail; exit status 1 if one then
holds as well.

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
        thinnest: The least of the margins; None for what is only true or false.
        steady: That divided by the standard deviation of the margins; None for one pair.
        can_fail: Whether it fails when contradicted.
    """

    cell: str
    sentence: str
    thinnest: float | None
    steady: float | None
    can_fail: bool

    def __str__(self):
        thinnest = "         –" if self.thinnest is None else f"{self.thinnest:10.2g}"
        steady = f"{self.steady:9.1f}" if self.steady is not None else "        –"
        mark = "" if self.can_fail else "  DOES NOT FAIL WHEN CONTRADICTED"
        return f"{thinnest}{steady}  {self.sentence[:88]}{mark}"


def state(sentence: str, form: dict) -> None:
    """State a claim, without printing that it holds.

    Args:
        sentence: As the author wrote it.
        form: The other arguments of `claim`, by name.

    Raises:
        AssertionError: If it does not hold.
        ValueError: If it cannot be weighed.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        _claim(sentence, **form)


def _weighed(form: dict) -> tuple[np.ndarray | None, dict]:
    """The margins of a claim's pairs, and the arguments that contradict it."""

    def row(name):
        return np.asarray(form[name], float)

    by, within = form.get("by", 0.0), form.get("within", 0.0)
    match form:
        case {"lower": side, "than": other}:
            return row("than") - row("lower") - by, form | {"lower": other, "than": side}
        case {"higher": side, "than": other}:
            return row("higher") - row("than") - by, form | {"higher": other, "than": side}
        case {"equals": _}:
            away = row("equals") + 2 * within + 1
            return within - np.abs(row("value") - row("equals")), form | {"value": away}
        case {"inside": bounds}:
            low, high = (np.asarray(bound, float) for bound in bounds)
            margins = np.minimum(row("value") - low, high - row("value"))
            return margins, form | {"value": high + (high - low) + 1}
        case {"true": found}:
            return None, form | {"true": np.logical_not(found)}
    raise ValueError(f"no form of a claim: {', '.join(form)}")


def margin(cell: str, sentence: str, form: dict) -> Margin:
    """Weigh one claim; it need not hold."""
    margins, contradicted = _weighed(form)
    try:
        state(sentence, contradicted)
        can_fail = False
    except AssertionError:
        can_fail = True
    if margins is None:
        return Margin(cell, sentence, None, None, can_fail)
    margins = np.atleast_1d(margins)
    deviation = float(margins.std(ddof=1)) if len(margins) > 1 else 0.0
    thinnest = float(margins.min())
    return Margin(cell, sentence, thinnest, thinnest / deviation if deviation else None, can_fail)


def run(path, told: Callable, *, forgiving: bool = False) -> None:
    """Run a lesson's code cells, in its folder.

    Args:
        path: The notebook.
        told: Called instead of `claim`: told(cell's id, sentence, the other arguments by name).
        forgiving: Whether to go on with the next cell when one raises an exception.
    """
    cell = None

    def claim(sentence, **form):
        told(cell.id, sentence, {name: _kept(side) for name, side in form.items()})

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


def _kept(side):
    """An argument that can be read twice: an iterator's values in a list."""
    once = np.iterable(side) and not isinstance(side, (str, np.ndarray))
    return list(side) if once else side


def weigh(path) -> list[Margin]:
    """Run a lesson and weigh its claims in order.

    Raises:
        AssertionError: If a claim does not hold.
    """
    found = []

    def told(cell, sentence, form):
        state(sentence, form)
        found.append(margin(cell, sentence, form))

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
