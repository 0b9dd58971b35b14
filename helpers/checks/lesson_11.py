"""The exercises of lesson 11, the capstone: what a difference says, and how to report it."""

import math
from collections.abc import Callable

import numpy as np

from helpers import metrics
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.estimates import NORMAL, measured
from helpers.checks.verdicts import Verdict, judge, judge_function
from helpers.experiment import Experiment, grid


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
    praise: each row is compared with itself, so a row that is hard for both networks cancels
    hint: take after - before and the mean over seeds (axis 0); then mean and std(ddof=1) /
        sqrt(rows) of what is left for each row
    rows not paired: this adds the errors of two accuracies as if each had its own rows; here both
        networks predict the same rows, so subtract row by row first
    seeds counted as rows: five seeds on the same rows are not five times as many rows; take the
        mean over the seeds first, so that each row counts once
    deviation for error: this is the standard deviation of rows, not that of their mean; divide by
        the square root of the number of rows
    interval for error: this is half of the 95 % interval; leave out the factor 1.96
    error over seeds: this is the standard error over seeds; all seeds share the same rows, so it
        leaves out the sampling variance of the rows
    error over seeds added: this is the whole standard error, with the seed-to-seed variance in it;
        here only the part over rows is asked for
    error of one accuracy: p (1 - p) / n is for one accuracy; for a difference, take the standard
        deviation of the differences of the rows
    the wrong way round: a gain is after minus before
    """
    right = answer(lambda b, a, rows: of_mean(rows))
    return judge_function(function, right, _pairs(), mistakes, words, tolerance=5e-3)


def what_may_be_said(answer) -> Verdict:
    """Judges: the number of the sentence that a gain of 0.5 ± 0.9 points supports."""
    mistakes = {
        "noise taken for a gain": 1,
        "no evidence, so no difference": 2,
        "seeds for rows": 4,
        "tested until it fits": 5,
    }
    words = """
    praise: it says what was measured and how uncertain it is, and no more than that
    hint: give the number of one sentence, from 1 to 5
    noise taken for a gain: the difference is smaller than its own standard error; with other cells
        it could have the other sign
    no evidence, so no difference: the data do not show a difference, and they do not show that
        there is none; anything from a point less to two points more is possible
    seeds for rows: all seeds predict the same cells, so their agreement says nothing about other
        cells
    tested until it fits: rows that are used until the result is pleasant are validation rows
    """
    return judge(answer, 3, mistakes, words)


def _score_tables() -> tuple:
    """(validation losses, test accuracies) of five settings with four seeds each: (5, 4)."""
    random = np.random.default_rng(11)
    found = []
    for _ in range(2):
        losses = random.uniform(0.45, 0.55, (5, 4))
        losses[1] += 0.03
        losses[1, 2] = 0.40  # the lowest of all, of a setting that is not good on average
        losses[3] -= 0.04
        found.append((losses, random.uniform(0.72, 0.80, (5, 4))))
    return tuple(found)


def repaired_selection(function: Callable) -> Verdict:
    """Judges: function(losses, accuracies), the accuracy to report of the chosen setting."""

    def reported(choose, report=np.mean):
        return lambda losses, accuracies: report(accuracies[choose(losses, accuracies)])

    def lowest_mean(losses, accuracies):
        return np.argmin(losses.mean(axis=1))

    def best_test(losses, accuracies):
        return np.argmax(accuracies.mean(axis=1))

    def lowest_run(losses, accuracies):
        return np.unravel_index(np.argmin(losses), losses.shape)

    mistakes = {
        "nothing repaired": reported(best_test, np.max),
        "test rows choose": reported(best_test),
        "best seed reported": reported(lowest_mean, np.max),
        "one seed reported": reported(lowest_run),
        "one seed chooses": reported(lambda losses, a: lowest_run(losses, a)[0]),
        "highest loss": reported(lambda losses, a: np.argmax(losses.mean(axis=1))),
    }
    words = """
    praise: the validation rows choose the setting, and the test rows measure it with all its seeds
    hint: find the setting with the lowest mean validation loss, and return the mean of its test
        accuracies
    nothing repaired: this is what the script does; which rows choose the setting, and which of its
        seeds are reported?
    test rows choose: the setting is still chosen by its test accuracy, so this accuracy is too
        optimistic; choose by validation loss
    best seed reported: the setting is right, but this is its best seed on the test rows; report
        the mean over all seeds
    one seed reported: this is the run with the lowest validation loss of all, which is partly
        luck; average over seeds before you choose, and again when you report
    one seed chooses: one lucky run decides about the setting; compare the mean over seeds
    highest loss: a lower loss is better; use argmin
    """
    return judge_function(function, reported(lowest_mean), _score_tables(), mistakes, words)


_ALL_SIX = Experiment(
    hidden=(64, 32),
    learning_rate=0.003,
    epochs=60,
    l1=0.003,
    l2=0.01,
    dropout=0.5,
    weight_decay=2,
    label_smoothing=0.2,
    input_noise=0.5,
)
_NEAR = 0.01  # as a fraction of rows; the lesson's claim


def broken_combination(change, train: Callable, baseline: float) -> Verdict:
    """Judges: changed fields of all six methods together that do better than the majority class.

    Args:
        change: {field: value}, without `epochs` and `seed`.
        train: train(experiments), their runs; called with ten seeds.
        baseline: The validation accuracy of always predicting the majority class.
    """

    def gain(changed):
        runs = train(grid(changed, seed=range(10)))
        return metrics.final(runs, "validation_accuracy") - baseline

    words = """
    praise: the six methods together are not wrong as such; their strengths were too large in total
    hint: this asks for a dict of fields of Experiment, such as {"l2": 0.005}
    fixed field changed: leave epochs and seed as they are; the claim is about the last of 60 epochs
    nothing changed: change at least one field
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: the network still predicts the majority class; weaken another method, or
        several
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(
        change, _ALL_SIX, ["epochs", "seed"], gain, lambda g: np.abs(g) < _NEAR, words
    )
