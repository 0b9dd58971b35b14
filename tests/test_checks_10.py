"""The exercises on one's own data: right answers pass, each misconception gets a hint."""

from types import SimpleNamespace

import keras
import numpy as np
from keras import layers

from helpers import checks
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in

TRAIN = np.array([[1.0, 400.0], [3.0, 900.0], [8.0, 200.0]])
NEW = np.array([[7.0, 300.0], [2.0, 100.0]])


class Normalization(SimpleNamespace):
    """A stand-in of the Keras layer."""


class Dense(SimpleNamespace):
    """A stand-in of the Keras layer."""


def dense(units, activation):
    return Dense(units=units, activation=SimpleNamespace(__name__=activation))


def model(rows=TRAIN, last=(1, "sigmoid"), steps=30, first=None):
    """A stand-in of a trained Keras model."""
    scale = Normalization(mean=np.mean(rows, axis=0, keepdims=True))
    made = [scale] if first is None else first
    return SimpleNamespace(
        layers=[*made, dense(8, "relu"), dense(*last)], optimizer=SimpleNamespace(iterations=steps)
    )


HISTORY = {"loss": [0.6, 0.4, 0.1], "val_loss": [0.55, 0.45, 0.7]}


def filled(x, medians):
    found = x.copy()
    for column, median in enumerate(medians):
        found[np.isnan(found[:, column]), column] = median
    return found


def prepared(medians_of, scaled_by, middle=np.nanmedian):
    """Fills and scales by these rows: each a function of (training rows, new rows)."""

    def prepare(x_train, x_new):
        train, new = (
            filled(x, middle(medians_of(x_train, x_new), axis=0)) for x in (x_train, x_new)
        )
        by = scaled_by(train, new)
        return (train - by.mean(axis=0)) / by.std(axis=0), (new - by.mean(axis=0)) / by.std(axis=0)

    return prepare


def of_training(train, new):
    return train


def of_new(train, new):
    return new


def of_all(train, new):
    return np.vstack([train, new])


def by_themselves(of_medians):
    """The training rows as they should be, and the new rows scaled by their own numbers."""

    def prepare(x_train, x_new):
        right = prepared(of_training, of_training)(x_train, x_new)
        return right[0], prepared(of_medians, of_new)(x_train, x_new)[1]

    return prepare


def known(train, new):
    return sum(group in set(train) for group in new) / len(new)


def runs_of(experiments):
    """Runs in place of trained ones: how much l2 helps depends on dropout, and on the seed."""

    def last(e):
        helps = {0.1: 0.0, 0.2: 0.0 if e.seed else 0.3}.get(e.dropout, 0.3)
        return 0.8 - helps * (e.l2 > 0)

    return [stand_in(e, np.full(40, last(e))) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.normalised_model: (
        [model()],
        {
            "no normalisation": model(first=[]),
            "normalised later": model(first=[dense(8, "relu"), *model().layers[:1]]),
            "never adapted": model(rows=0 * TRAIN),
            "validation rows": model(rows=NEW),
            "all rows": model(rows=np.vstack([TRAIN, NEW])),
            "another output": model(last=(2, "softmax")),
            "never trained": model(steps=0),
        },
        TRAIN,
        NEW,
    ),
    checks.gain_over_baseline: (
        [0.15, 0.1499],
        {
            "wrong sign": -0.15,
            "loss for gain": 0.45,
            "last epoch": -0.1,
            "training rows": 0.5,
            "ratio": 0.75,
        },
        HISTORY,
        0.6,
    ),
    checks.columns_known_too_late: (
        [["days_overdue", "reminders_sent"], {"reminders_sent", " Days_overdue "}],
        {
            "one left": ["days_overdue"],
            "sides changed": ["age", "income", "amount", "duration"],
            "known at once": ["days_overdue", "reminders_sent", "income"],
            "nothing leaks": [],
        },
    ),
    checks.repaired_preparation: (
        [prepared(of_training, of_training)],
        {
            "nothing repaired": prepared(of_all, of_all),
            "medians of all rows": prepared(of_all, of_training),
            "scaled by all rows": prepared(of_training, of_all),
            "each by itself": by_themselves(of_new),
            "new rows scaled by themselves": by_themselves(of_training),
            "means for medians": prepared(of_training, of_training, np.nanmean),
            "NaN left": lambda x_train, x_new: (x_train - 1, x_new - 1),
        },
    ),
    checks.known_groups: (
        [known, lambda train, new: np.mean([g in train for g in new])],
        {
            "groups counted": lambda t, n: len(set(t) & set(n)) / len(set(n)),
            "training rows counted": lambda t, n: sum(g in n for g in t) / len(t),
            "unknown ones": lambda t, n: sum(g not in t for g in n) / len(n),
            "rows for a fraction": lambda t, n: sum(g in t for g in n),
            "place by place": lambda t, n: np.mean(
                t[: min(map(len, (t, n)))] == n[: min(map(len, (t, n)))]
            ),
            "yes or no": lambda t, n: bool(set(t) & set(n)),
        },
    ),
    checks.error_in_units: (
        [lambda loss, deviation: loss**0.5 * deviation],
        {
            "root forgotten": lambda loss, deviation: deviation * loss,
            "unit forgotten": lambda loss, deviation: loss**0.5,
            "squared unit": lambda loss, deviation: deviation * loss * deviation,
            "root of the product": lambda loss, deviation: (loss * deviation) ** 0.5,
            "divided": lambda loss, deviation: loss**0.5 / deviation,
            "fraction explained": lambda loss, deviation: 1 - loss,
        },
    ),
    checks.unhelpful_penalty: (
        [{"dropout": 0.1}, {"dropout": 0.1, "epochs": 10}],
        {
            "fixed field changed": {"dropout": 0.1, "l2": 0.1},
            "nothing changed": {},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"dropout": 0.3},
            "depends on the seed": {"dropout": 0.2},
        },
        runs_of,
    ),
}


class TestExercises(Judged):
    EXERCISES = EXERCISES


def test_a_model_of_keras_is_judged_as_its_layers_are():
    def judged(adapt_to, *more):
        scale = layers.Normalization()
        if adapt_to is not None:
            scale.adapt(adapt_to)
        built = keras.Sequential([keras.Input((2,)), scale, *more, layers.Dense(1, "sigmoid")])
        built.compile("adam", "binary_crossentropy")
        untrained = checks.normalised_model(built, TRAIN, NEW).mistake
        built.fit(TRAIN, np.array([[0.0], [1.0], [0.0]]), verbose=0)
        return untrained, checks.normalised_model(built, TRAIN, NEW)

    untrained, found = judged(TRAIN, layers.Dense(4, "relu"))
    assert untrained == "never trained" and found.passed
    assert judged(NEW)[1].mistake == "validation rows"
    assert judged(None)[1].mistake == "never adapted"


def test_a_broken_claim_is_tried_without_and_with_the_penalty_and_three_seeds():
    asked = experiments_of(checks.unhelpful_penalty, {"dropout": 0.1}, runs_of)
    assert [(e.l2, e.seed) for e in asked] == [(l2, s) for l2 in (0, 0.01) for s in range(3)]
    assert {(e.hidden, e.epochs, e.dropout) for e in asked} == {((64, 64), 40, 0.1)}


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(checks.unhelpful_penalty, {"seed": 1}, {"epochs": 40})
