"""The exercises of lesson 08: double descent."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.networks import units
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function, wrong_at
from helpers.experiment import Experiment, grid
from helpers.tables import final


def peak_width(answer) -> Verdict:
    """Judges: the random features at which least squares on 250 rows, 10 classes, peaks."""
    mistakes = {
        "rows times classes": 2500,
        "the number of the lesson": 300,
        "rows by classes": 25,
        "inputs for features": 40,
        "hidden weights counted": any_of(6, 7, 6.25, 10000),
        "as wide as can be": When(lambda a: float(a) > 2500),
    }
    words = """
    praise: with 250 weights for 250 rows there is exactly one way to fit all targets
    hint: where does one output have as many weights as there are rows
    rows times classes: each of the ten outputs has its own weights and fits the same 250 rows, so
        the outputs do not add up
    the number of the lesson: the lesson had 300 rows; the peak moves with the number of rows
    rows by classes: ten outputs with 25 features each have 250 weights together, but each output
        must fit 250 rows with its own weights alone
    inputs for features: 40 is how many numbers a signal has; least squares learns one weight for
        each random feature, however many those are
    hidden weights counted: the hidden weights are random and are not learned, so they fit nothing;
        count what is learned for one output
    as wide as can be: the widest model can fit the rows in infinitely many ways, and least squares
        takes the smallest weights; the worst model has only one way
    """
    return judge(answer, 250, mistakes, words)


_RIDGES = (
    ([[1.0, 2], [0, 1], [3, -1]], [[1.0, 0], [0, 1], [2, -1]], 0.5),
    ([[1.0, 2, 0, 1], [0.5, -1, 3, 2]], [[1.0], [-2]], 2.0),
)


def _ridge(f, y, strength):
    return np.linalg.solve(f.T @ f + strength * np.eye(f.shape[1]), f.T @ y)


def ridge_weights(function: Callable) -> Verdict:
    """Judges: function(features, targets, strength), weights of ridge regression."""
    mistakes = {
        "penalty forgotten": lambda f, y, s: np.linalg.lstsq(f, y, rcond=None)[0],
        "ones for the identity": lambda f, y, s: np.linalg.solve(f.T @ f + s, f.T @ y),
        "strength squared": lambda f, y, s: _ridge(f, y, s**2),
        "mean for sum": lambda f, y, s: _ridge(f, y, s * len(f)),
        "half of it": lambda f, y, s: _ridge(f, y, s / 2),
        "twice of it": lambda f, y, s: _ridge(f, y, 2 * s),
        "wrong sign": lambda f, y, s: _ridge(f, y, -s),
    }
    words = """
    praise: nothing is divided by a small singular value alone any more
    hint: solve (Fᵀ F + λ I) w = Fᵀ y, with an identity matrix as large as the number of features
    penalty forgotten: this is least squares; the strength has no effect on it
    ones for the identity: a number added to a matrix is added to every entry; it belongs on the
        diagonal only, strength * np.eye(...)
    strength squared: use the strength itself; the gradient of λ Σw² is 2 λ w, not 2 λ² w
    mean for sum: this belongs to a mean of squared errors; here they are summed
    half of it: both sums of squares have a factor 2 in their gradients, so it cancels
    twice of it: the gradient of λ Σw² is 2 λ w, but that of the squared errors has a 2 as well,
        so it cancels
    wrong sign: the penalty pulls the weights towards 0; add it to the diagonal
    """
    return judge_function(function, _ridge, _RIDGES, mistakes, words)


_DESCENTS = (
    (
        [4, 8, 16, 32, 64, 128, 256],
        [0.6, 0.4, 0.2, 0.004, 0.001, 0, 0],
        [0.50, 0.42, 0.47, 0.62, 0.55, 0.45, 0.38],
    ),
    (
        [10, 20, 40, 80, 160, 320],
        [0.5, 0.3, 0.1, 0.05, 0.008, 0],
        [0.66, 0.72, 0.40, 0.55, 0.60, 0.43],
    ),
)


def read_descent(function: Callable) -> Verdict:
    """Judges: function(widths, train_error, error): (bottom of the U, threshold, best width)."""

    def places(widths, train, error):
        threshold = np.flatnonzero(train < 0.01)[0]
        return np.argmin(error[:threshold]), threshold, np.argmin(error)

    def widths_at(choose):
        """A function of the widths at the places that `choose(bottom, threshold, best)` gives."""
        return lambda w, t, e: tuple(w[place] for place in choose(*places(w, t, e)))

    mistakes = {
        "places for widths": places,
        "errors for widths": lambda w, t, e: (
            e[places(w, t, e)[0]],
            w[places(w, t, e)[1]],
            e.min(),
        ),
        "bottom of the whole curve": widths_at(lambda u, threshold, best: (best, threshold, best)),
        "best only within the U": widths_at(lambda u, threshold, best: (u, threshold, u)),
        "last width for threshold": widths_at(lambda u, threshold, best: (u, -1, best)),
        "no error at all": When(
            lambda a: [x[1] for x in a] == [w[list(t).index(0)] for w, t, _ in _DESCENTS]
        ),
        "highest error for threshold": When(
            lambda a: [x[1] for x in a] == [w[np.argmax(e)] for w, _, e in _DESCENTS]
        ),
        "training error trusted": widths_at(lambda u, threshold, best: (u, threshold, threshold)),
    }
    words = """
    praise: these are three different widths, and whoever stops at the threshold sees only the U
    hint: np.flatnonzero(train_error < 0.01)[0] is the place of the threshold; look for the lowest
        error before it, then for the lowest of all
    places for widths: these are places in the arrays; the question asks for widths
    errors for widths: these are the lowest errors; give the widths that have them
    bottom of the whole curve: the bottom of the U is the lowest error before the threshold; after
        it there is a second descent
    best only within the U: the best of all widths may lie beyond the peak; look at all of them
    last width for threshold: the threshold is the first width that is below the level, not the last
    no error at all: the level is 1 %; take the first width whose training error is below 0.01
    highest error for threshold: the highest error can also be that of a network that is too small;
        find the threshold by the training error
    training error trusted: the best width is the one with the lowest validation error; the
        training error is almost the same at every width from the threshold on
    """
    return judge_function(function, widths_at(lambda *right: right), _DESCENTS, mistakes, words)


def memorising_history(history) -> Verdict:
    """Judges: the `History` of 256 units that memorise their rows in 40 epochs."""

    def curve(h, name):
        return np.asarray(h.history[name], float)

    mistakes = {
        "no accuracy": When(lambda h: "accuracy" not in h.history),
        "no validation rows": When(lambda h: "val_accuracy" not in h.history),
        "another width": When(lambda h: units(h.model) != [256, 10]),
        "other epochs": When(lambda h: len(curve(h, "accuracy")) != 40),
        "not memorised": When(lambda h: curve(h, "accuracy")[-1] < 0.99),
    }
    words = """
    praise: the network fits every training row, wrong labels included
    hint: this asks for what model.fit returns, with its attributes history and model
    no accuracy: compile the model with metrics=["accuracy"]
    no validation rows: pass validation_data=(x_val, y_val) to fit
    another width: the model needs one hidden layer of 256 units and an output layer of 10
    other epochs: train for 40 epochs
    not memorised: after 40 epochs the training accuracy should be almost 100 %; is the learning
        rate 0.01
    """
    right = When(lambda h: not any(mistake.test(h) for mistake in mistakes.values()))
    return judge(history, right, mistakes, words)


def memorising_epoch(epoch, history) -> Verdict:
    """Judges: the first epoch (from 1) in which `fit` reports a training error below 1 %."""
    curves = {n: np.asarray(c, float) for n, c in getattr(history, "history", {}).items()}
    nothing = When(lambda _: False)
    below = np.flatnonzero(1 - curves.get("accuracy", np.zeros(1)) < 0.01)
    right = int(below[0]) + 1 if len(below) else nothing
    mistakes = {
        "counted from 0": int(below[0]) if len(below) else nothing,
        "the last epoch": len(curves["accuracy"]) if curves else nothing,
        "by validation accuracy": 1 + int(np.argmax(curves.get("val_accuracy", [0, 0]))),
        "by validation loss": 1 + int(np.argmin(curves.get("val_loss", [0, 0]))),
    }
    words = """
    praise: from this epoch on the network is beyond the threshold, as a wide one is from the start
    hint: find the first entry of history.history["accuracy"] above 0.99, counted from 1
    counted from 0: np.flatnonzero counts from 0; the first epoch is 1
    the last epoch: this is how long you trained; the error was below 1 % earlier
    by validation accuracy: this is where the validation accuracy is highest; the threshold is
        about training rows
    by validation loss: this is where the validation loss is lowest; the threshold is about
        training rows
    """
    return judge(epoch, right, mistakes, words)


class _FakeModel:
    """In place of a Keras model: its history says of which width it is, and how often trained."""

    def __init__(self, width):
        self.width, self.fits = width, 0

    def fit(self, x, y, *, validation_data=None, **_):
        self.fits += 1
        level = 0.1 * self.fits + 0.001 * self.width
        curves = {"accuracy": [level, level + 0.3]}
        if validation_data is not None:
            curves["val_accuracy"] = [level + 0.2, level + 0.05]
        return SimpleNamespace(history=curves, model=self)


def _comparison(one_model=False, name="val_accuracy", choose=lambda curve: 1 - curve[-1]):
    """A function that compares widths, right by default."""

    def compared(build, widths, x, y, x_val, y_val):
        model, found = build(widths[0]), []
        for width in widths:
            model = model if one_model else build(width)
            history = model.fit(x, y, validation_data=(x_val, y_val), epochs=50, verbose=0).history
            found.append(choose(history[name]))
        return found

    return compared


def repaired_comparison(function: Callable) -> Verdict:
    """Judges: function(build, widths, x, y, x_val, y_val), the last validation error of each."""

    def call(f, widths):
        return list(f(_FakeModel, [int(width) for width in widths], *np.zeros((4, 2))))

    mistakes = {
        "as it was": _comparison(True, "accuracy", lambda curve: 1 - max(curve)),
        "one model for all widths": _comparison(one_model=True),
        "training rows judged": _comparison(name="accuracy"),
        "best epoch taken": _comparison(choose=lambda curve: 1 - max(curve)),
        "accuracy for error": _comparison(choose=lambda curve: curve[-1]),
    }
    words = """
    praise: each width has a model of its own, and the validation rows judge all after the last
        epoch
    hint: build a model for each width, train it, and take 1 minus the last val_accuracy
    as it was: nothing is repaired yet; which model is trained, which rows judge it, and which epoch
        is taken
    one model for all widths: every turn of the loop trains the same model further; build a new one
        for each width, inside the loop
    training rows judged: "accuracy" is measured on training rows, where a wider network is always
        better; take "val_accuracy"
    best epoch taken: the maximum picks the luckiest epoch of each width; take the last one
    accuracy for error: the error is 1 minus the accuracy
    """
    cases = (([12, 48, 256],), ([8, 32],))
    return judge_function(function, _comparison(), cases, mistakes, words, call=call)


def broken_peak(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which 128 units do not err more often than 16.

    Args:
        change: {field: value}, without `hidden` and `seed`.
        train: train(experiments), their runs; called with six experiments.
    """

    def rise(changed):
        """The error of 128 units minus that of 16, for each seed."""
        runs = train(grid(changed, hidden=[(16,), (128,)], seed=range(3)))
        narrow, wide = final(runs, "validation_accuracy").reshape(2, 3)
        return narrow - wide

    base = Experiment(hidden=(128,), learning_rate=0.01, batch_size=100, epochs=80)
    words = """
    praise: without memorised wrong labels there is no peak at 128 units
    hint: this asks for a dict of fields of Experiment, such as {"batch_size": 50}
    fixed field changed: leave hidden and seed as they are; the claim compares 16 and 128 units
    nothing changed: change at least one field
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: 128 units still err more often in every seed; what keeps a network from
        memorising wrong labels?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(change, base, ["hidden", "seed"], rise, lambda r: r > 0, words)


_SHOWN = ("yes", "no", "no", "yes", "no")


def what_was_shown(answer) -> Verdict:
    """Judges: which of the five sentences of the exercise lesson 08 has shown."""
    mistakes = {
        "the peak denied": wrong_at(_SHOWN, 0),
        "bigger is always better": wrong_at(_SHOWN, 1),
        "weights counted against rows": wrong_at(_SHOWN, 2),
        "the penalty's part overlooked": wrong_at(_SHOWN, 3),
        "more data blamed": wrong_at(_SHOWN, 4),
    }
    words = """
    praise: two were shown, and three claim more than we saw
    hint: answer each with "yes" or "no", five words in a row
    the peak denied: look at a) again: with all labels right, too, 300 features were the worst
    bigger is always better: look at b) again: with wrong labels 16 units had a lower mean error
        than 256
    weights counted against rows: look at c) again: the network's threshold was at more than
        three times as many weights as rows, and where it is depends on the training
    the penalty's part overlooked: look at d) again: with l2(0.004) there was no peak at 128 units,
        and every width had a lower error
    more data blamed: look at e) again: more rows hurt a model of fixed width without a penalty, and
        only on the way to the threshold
    """
    return judge(answer, _SHOWN, mistakes, words)
