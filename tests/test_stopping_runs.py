"""StoppingLab on runs that were trained on tables as small or as one-sided as learners bring."""

import numpy as np
import pytest

from helpers.data import Table, split
from helpers.experiment import Experiment
from helpers.panels import StoppingLab
from helpers.training import train
from tests.small import check_saved

BASE = Experiment(hidden=(4,), epochs=6, l2=1e-3)


def rare():
    """200 rows, 4 of them of the second class."""
    random = np.random.default_rng(1)
    x = random.normal(size=(200, 2))
    score = x[:, 0] + random.normal(size=200)
    return Table("rare", x, score > np.quantile(score, 0.98), ["a", "b"], ["no", "yes"])


def tiny():
    """20 rows of one feature."""
    x = np.random.default_rng(0).normal(size=(20, 1))
    return Table("tiny", x, (x[:, 0] > 0).astype(int), ["x"], ["no", "yes"])


def each_its_own():
    """40 rows, each of a class of its own."""
    x = np.random.default_rng(0).normal(size=(40, 2))
    return Table("each its own", x, np.arange(40), ["a", "b"], [f"c{i}" for i in range(40)])


@pytest.mark.parametrize(
    ("make", "rows", "validation"),
    [(rare, 100, 8), (rare, 8, 8), (tiny, 12, 1), (tiny, 1, 6), (each_its_own, 20, 10)],
)
def test_a_run_on_few_rows_or_one_class_is_shown(closing, make, rows, validation):
    parts = split(make(), rows, validation)
    (run,) = train([BASE], parts, xla=False)  # for six epochs it is not worth compiling
    panel = closing(StoppingLab(run, patience=2))
    for panel.monitor in ("data loss", "val_loss"):
        for panel.patience.value in (0, 50):
            assert panel.error is None and 0 < panel.stop.restored <= BASE.epochs
            assert f"of {BASE.epochs}" in panel.live_figure.says
    check_saved(panel)
