"""The exercises on overfitting: right answers pass, each misconception gets its own hint."""

import numpy as np

from helpers import checks
from helpers.data import load, split
from helpers.experiment import Experiment, Run
from tests.verdicts import Judged


def a_run():
    """A run whose lowest validation loss, training loss and accuracy are at different epochs."""
    return Run(
        experiment=Experiment(epochs=5),
        train_loss=np.array([0.7, 0.5, 0.3, 0.2, 0.0987], "float32"),
        validation_loss=np.array([0.8, 0.6, 0.5, 0.7, 0.9], "float32"),
        train_accuracy=np.array([0.6, 0.7, 0.8, 0.9, 1.0], "float32"),
        validation_accuracy=np.array([0.5, 0.7, 0.7, 0.76, 0.74], "float32"),
        penalty=np.zeros(5, "float32"),
        fit_loss=np.zeros(5, "float32"),
        fit_accuracy=np.zeros(5, "float32"),
        weights=[],
    )


PARTS = split(load("cells"), flip_labels=0.2)


def commonest(y):
    return np.bincount(y).argmax()


def counts_by_hand(y_train, y):
    counts = {label: list(y_train).count(label) for label in set(y_train.tolist())}
    return list(y).count(max(counts, key=counts.get)) / len(y)


SHAPES = ("leaking", "noisy", "good fit", "diverging", "underfitting", "overfitting")


def named(**changes):
    """The right names of the six logs but for these."""
    return tuple(changes.get(log, name) for log, name in zip("pqrstu", SHAPES, strict=True))


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.final_gap: (
        [0.8013, np.float32(0.8013), 0.801],
        {
            "sign turned round": -0.8013,
            "gap at the lowest point": 0.2,
            "accuracies for losses": 0.26,
            "validation loss alone": 0.9,
            "mean over the epochs": (3.5 - 1.7987) / 5,
            "rounded": 0.8,
        },
        a_run(),
    ),
    checks.lowest_epoch: (
        [3, np.int64(3), 3.0],
        {"counted from 0": 2, "loss for epoch": 0.5, "training curve": 5, "highest accuracy": 4},
        a_run(),
    ),
    checks.trivial_baseline: (
        [lambda y_train, y: np.mean(y == commonest(y_train)), counts_by_hand],
        {
            "peeks at the answers": lambda y_train, y: max(np.bincount(y)) / len(y),
            "measured where it was learned": lambda y_train, y: np.bincount(y_train).max()
            / len(y_train),
            "coin for majority": lambda y_train, y: 1 / (y_train.max() - y_train.min() + 1),
            "mean of the labels": lambda y_train, y: y.mean(),
            "class for accuracy": lambda y_train, y: commonest(y_train),
        },
    ),
    checks.rows_for_half_a_point: (
        [6400, 0.8 * 0.2 / 0.005**2],
        {
            "square forgotten": 0.8 * 0.2 / 0.005,
            "root kept": 80,
            "points for fractions": 0.8 * 0.2 / 0.5**2,
            "one divided by the root": 1 / 0.005**2,
            "two standard errors": 0.8 * 0.2 / 0.0025**2,
        },
    ),
    checks.memorised_truth: (
        [0.8, 1 - 102 / 512],
        {
            "training accuracy believed": 1,
            "share of the wrong": 0.2,
            "coin on the wrong": 0.9,
            "validation accuracy": 0.72,
        },
        PARTS,
    ),
    checks.named_shapes: (
        [SHAPES, list(SHAPES), named(p="Leaking ")],
        {
            "another name": named(u="overfit"),
            "leak believed": named(p="Good fit", r="overfitting"),
            "low for overfitting": named(p="overfitting", u="leaking"),
            "jumps overlooked": named(q="overfitting"),
            "jumps for divergence": named(q="diverging", s="noisy"),
            "gap for overfitting": named(r="overfitting"),
            "rise for overfitting": named(s="overfitting"),
            "together for good": named(t="good fit", r="underfitting"),
            "rise for divergence": named(u="diverging"),
        },
    ),
}  # fmt: skip


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_training_loss_near_zero_is_not_forgotten():
    run = a_run()
    run.train_loss[-1] = 0.0005
    assert checks.final_gap(run.validation_loss[-1], run).mistake == "validation loss alone"
    assert checks.final_gap(0.8995, run).passed
    assert checks.final_gap(0.9, run).mistake == "validation loss alone"


def test_one_log_not_named_yet_is_no_mistake():
    assert repr(checks.named_shapes((*SHAPES[:5], ...))).startswith("Not yet: ")
    assert checks.named_shapes(SHAPES[:5]).mistake is None
    assert checks.named_shapes(named(s="leaking")).mistake is None
