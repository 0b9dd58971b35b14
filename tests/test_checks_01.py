"""The exercises on overfitting: right answers pass, each misconception gets its own hint."""

import numpy as np
import pytest

from helpers import checks
from helpers.data import load, split
from helpers.experiment import Divergence, Experiment, Run
from tests.verdicts import Judged


def a_history():
    """A history whose lowest losses and highest accuracy are at different epochs."""
    return {
        "loss": [0.7, 0.5, 0.3, 0.2, 0.0987],
        "val_loss": [0.8, 0.6, 0.5, 0.7, 0.9],
        "accuracy": [0.6, 0.7, 0.8, 0.9, 1.0],
        "val_accuracy": [0.5, 0.7, 0.7, 0.76, 0.74],
    }


def some_runs(losses=(0.8, 0.5, 0.52), seeds=range(3), diverged=None, **changes):
    """Runs that end with these validation losses, one for each seed."""
    experiment = Experiment(**{"epochs": 100} | changes)
    curve = np.array(losses, "float32")
    names = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy", "penalty")
    curves = dict.fromkeys((*names, "fit_loss", "fit_accuracy"), curve)
    return [
        Run(experiment=experiment.replace(seed=s), **curves, weights=[], diverged=diverged)
        for s in seeds
    ]


PARTS = split(load("cells"), flip_labels=0.2)
X, Y = PARTS.train.x, PARTS.train.y
NEW = PARTS.validation.x, PARTS.validation.y


def fitting(x=X, y=Y, **options):
    """A function that fits a model so and returns the curves."""
    options = {"epochs": 60, "validation_data": NEW} | options
    return lambda model: model.fit(x, y, **options).history


def split_first(x, y, copied="training"):
    """What `mended_split` asks for: split, then copy rows of class 1."""
    parts = []
    for name, rows in (("training", slice(0, 8)), ("validation", slice(8, None))):
        some = np.arange(len(x))[rows]
        if copied in (name, "both"):
            some = np.concatenate([some, some[y[some] == 1]])
        parts += [x[some], y[some]]
    return tuple(parts)


def copy_first(x, y):
    rows = np.concatenate([np.arange(len(x)), np.flatnonzero(y == 1)])
    return x[rows[:11]], y[rows[:11]], x[rows[11:]], y[rows[11:]]


def few_rows(x, y):
    return tuple(values[:-1] if i > 1 else values for i, values in enumerate(split_first(x, y)))


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
    checks.fit_call: (
        [fitting(), fitting(batch_size=16, verbose=0), fitting(x=X, y=Y, callbacks=[])],
        {
            "trained on validation rows": fitting(*NEW),
            "rows split off": fitting(validation_split=0.2, validation_data=None),
            "not validated": fitting(validation_data=None),
            "validated on training rows": fitting(validation_data=(X, Y)),
            "other epochs": lambda model: model.fit(X, Y, validation_data=NEW).history,
            "object for dictionary": lambda model: model.fit(
                X, Y, epochs=60, validation_data=NEW
            ),
        },
        PARTS,
    ),
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
        a_history(),
    ),
    checks.lowest_epoch: (
        [3, np.int64(3), 3.0],
        {"counted from 0": 2, "loss for epoch": 0.5, "training curve": 5, "highest accuracy": 4},
        a_history(),
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
    checks.mended_split: (
        [split_first, lambda x, y: tuple(map(list, split_first(x, y)))],
        {
            "still in both": copy_first,
            "rows lost": few_rows,
            "validation rows copied": lambda x, y: split_first(x, y, copied="both"),
            "no copies": lambda x, y: split_first(x, y, copied=""),
        },
    ),
    checks.no_overfitting: (
        [some_runs(), some_runs(seeds=range(5), hidden=(2,)), some_runs(learning_rate=1e-4)],
        {
            "fewer epochs": some_runs(epochs=20),
            "regularised": some_runs(l2=0.02),
            "diverged": some_runs(diverged=Divergence(4, "the loss is not finite")),
            "still overfits": some_runs((0.8, 0.4, 0.53)),
            "learned little": some_runs((0.7, 0.66, 0.64)),
            "one seed": some_runs(seeds=[0]),
        },
    ),
}  # fmt: skip


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_training_loss_near_zero_is_not_forgotten():
    history = a_history()
    history["loss"][-1] = 0.0005
    assert checks.final_gap(history["val_loss"][-1], history).mistake == "validation loss alone"
    assert checks.final_gap(0.8995, history).passed
    assert checks.final_gap(0.9, history).mistake == "validation loss alone"


@pytest.mark.parametrize("exercise", [checks.final_gap, checks.lowest_epoch])
def test_without_a_history_nothing_is_judged_yet(exercise):
    assert repr(exercise(0.5, ...)).startswith("Not yet: ")
    assert repr(exercise(..., None)).startswith("Not yet: ")


def test_a_fit_that_returns_nothing_gets_the_hint():
    found = checks.fit_call(lambda model: print(end=str(fitting()(model))[:0]), PARTS)
    assert repr(found).startswith("Not quite: ") and found.mistake is None


def test_one_log_not_named_yet_is_no_mistake():
    assert repr(checks.named_shapes((*SHAPES[:5], ...))).startswith("Not yet: ")
    assert checks.named_shapes(SHAPES[:5]).mistake is None
    assert checks.named_shapes(named(s="leaking")).mistake is None
