"""The exercises of lesson 11, the capstone: what a difference is worth, and what may be said."""

import math
from collections.abc import Callable

import numpy as np

from helpers import metrics
from helpers.checks.estimates import NORMAL, measured
from helpers.checks.verdicts import Verdict, judge, judge_function


def _pairs() -> tuple:
    """(before, after): 0 or 1 for each seed and row; some rows are hard for both."""
    random = np.random.default_rng(9)
    made = []
    for seeds, rows in ((5, 40), (3, 60)):
        hard = random.uniform(size=rows)
        before, after = (random.uniform(size=(seeds, rows)) > share * hard for share in (1.2, 0.8))
        made.append((before.astype(float), after.astype(float)))
    return tuple(made)


def paired_difference(function: Callable) -> Verdict:
    """Judges: function(before, after), the gain and its standard error over rows."""

    def of_mean(values):
        return values.std(ddof=1) / math.sqrt(len(values))

    def answer(error, sign=1):
        def solved(before, after):
            rows = (after - before).mean(axis=0)
            return sign * rows.mean(), error(before, after, rows)

        return solved

    mistakes = {
        "rows not paired": answer(
            lambda b, a, rows: math.hypot(of_mean(b.mean(axis=0)), of_mean(a.mean(axis=0)))
        ),
        "seeds counted as rows": answer(lambda b, a, rows: of_mean((a - b).ravel())),
        "deviation for error": answer(lambda b, a, rows: rows.std(ddof=1)),
        "interval for error": answer(lambda b, a, rows: NORMAL * of_mean(rows)),
        "error over seeds": answer(lambda b, a, rows: of_mean((a - b).mean(axis=1))),
        "error over seeds added": answer(lambda b, a, rows: measured(a - b).error),
        "error of one accuracy": answer(
            lambda b, a, rows: metrics.accuracy_error(float(a.mean()), len(rows))
        ),
        "the wrong way round": answer(lambda b, a, rows: of_mean(rows), sign=-1),
    }
    words = """
    praise: each row is compared with itself, and the hard ones no longer count twice
    hint: after - before, the mean over seeds (axis 0); then mean and std(ddof=1) / sqrt(rows) of
        what each row is left with
    rows not paired: this adds the errors of two accuracies as if each had rows of its own; here a
        hard row is hard for both, so subtract row by row first
    seeds counted as rows: five seeds on the same rows are not five times as many rows; take the
        mean over the seeds first, so that each row counts once
    deviation for error: this is how much rows differ, and not how much their mean would; divide by
        the root of the number of rows
    interval for error: this is half of the 95 % interval; leave out the factor 1.96
    error over seeds: this is the standard error over seeds; they share the same rows, so they agree
        on what may be an accident of these rows
    error over seeds added: this is the whole error, with the seed-to-seed variance in it; here only
        the part over rows is asked for
    error of one accuracy: p (1 - p) / n is for one accuracy, not for a difference; of that, each
        row has a value of its own
    the wrong way round: a gain is after minus before
    """
    right = answer(lambda b, a, rows: of_mean(rows))
    return judge_function(function, right, _pairs(), mistakes, words, tolerance=5e-3)


def what_may_be_said(answer) -> Verdict:
    """Judges: the number of the sentence that a gain of 0.5 ± 0.9 points bears."""
    mistakes = {
        "noise sold as a win": 1,
        "no evidence, so no difference": 2,
        "seeds for rows": 4,
        "asked until it fits": 5,
    }
    words = """
    praise: say what was measured and how sure it is, and let the reader stop there
    hint: the number of one sentence, from 1 to 5
    noise sold as a win: the difference is below its own error: other cells might turn it round
    no evidence, so no difference: that a difference was not seen does not say that there is none;
        from a point less to two points more, all is still possible here
    seeds for rows: all seeds had the same cells; their agreement says nothing about other cells
    asked until it fits: rows asked again until the answer pleases are validation rows
    """
    return judge(answer, 3, mistakes, words)
