"""The exercises of lesson 01: overfitting."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

import numpy as np

from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function, plain
from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Run

_FIT_EPOCHS = 60


class _Recorder:
    """Stands for a Keras model and notes what its `fit` is given."""

    def __init__(self):
        self.given: dict = {}
        self.history = {"loss": [0.5], "val_loss": [0.6]}

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0, validation_data=None, **more):  # fmt: skip
        self.given = {"x": x, "epochs": epochs, "share": validation_split, "new": validation_data}
        return SimpleNamespace(history=self.history)


def fit_call(function: Callable, parts: Parts) -> Verdict:
    """Judges: function(model), which fits a Keras model and returns the history as a dict."""
    train, validation = parts.train, parts.validation

    def right(model):
        measured = validation.x, validation.y
        return model.fit(train.x, train.y, epochs=_FIT_EPOCHS, validation_data=measured).history

    def found(function):
        model = _Recorder()
        returned = function(model)
        given, new = model.given, model.given.get("new")
        if not given:
            return None if returned is None else "no fit"
        faults = {
            "trained on validation rows": given["x"] is validation.x,
            "rows split off": given["share"],
            "not validated": new is None,
            "validated on training rows": new is not None and new[0] is train.x,
            "other epochs": given["epochs"] != _FIT_EPOCHS,
            "object for dictionary": hasattr(returned, "history"),
        }
        named = next((name for name, is_so in faults.items() if is_so), None)
        return named or ("right" if returned is model.history else "another result")

    names = ("trained on validation rows", "rows split off", "not validated")
    names += ("validated on training rows", "other epochs", "object for dictionary")
    mistakes = {name: When(lambda answers, name=name: answers == (name,)) for name in names}
    words = f"""
    praise: Keras learns from the training rows and measures both sets after each epoch
    hint: call model.fit with the training rows, epochs={_FIT_EPOCHS} and
        validation_data=(x_val, y_val), and return its .history
    trained on validation rows: you train on x_val; rows that the model was trained on cannot show
        how it does on new ones
    rows split off: validation_split takes the validation rows away from the training rows; we have
        a validation set already, so use validation_data
    not validated: without validation_data the history has no val_loss, and overfitting stays unseen
    validated on training rows: you measure on the rows that you train on, so val_loss says nothing
        about new rows
    other epochs: the task asks for {_FIT_EPOCHS} epochs; the default of fit is one
    object for dictionary: fit returns a History object; the dictionary of curves is its .history
    """
    return judge_function(function, right, [()], mistakes, words, call=found)


def final_gap(answer, history: Mapping[str, Sequence[float]]) -> Verdict:
    """Judges: validation minus training loss after the last epoch of a Keras history."""
    names = ("loss", "val_loss", "accuracy", "val_accuracy")
    if not isinstance(history, Mapping):  # the exercise before is not solved yet
        history = {name: [0.0, 1.0] for name in names}
        answer = ...
    train, validation, right, right_new = (np.asarray(history[name], float) for name in names)
    low = np.argmin(validation)
    gap = float(validation[-1] - train[-1])
    accuracies = float(right[-1] - right_new[-1])

    def rounded(a):
        return any(abs(float(a) - round(gap, digits)) < 1e-9 for digits in (1, 2, 3))

    mistakes = {
        "sign turned round": -gap,
        "gap at the lowest point": validation[low] - train[low],
        "accuracies for losses": any_of(*(accuracies * by for by in (1, -1, 100, -100))),
        "validation loss alone": validation[-1],
        "mean over the epochs": np.mean(validation - train),
        "rounded": When(rounded),
    }
    words = """
    praise: the loss is higher by this many nats on rows that the network was not trained on
    hint: subtract history["loss"][-1] from history["val_loss"][-1]
    sign turned round: you subtracted validation from training; the gap is how much worse the
        network does on new rows, so it is validation minus training
    gap at the lowest point: this is the gap at the best epoch; the question is about the last
        epoch, index -1
    accuracies for losses: this is a difference of accuracies; the gap is one of losses, in nats
    validation loss alone: this is the validation loss itself; subtract the training loss from it
    mean over the epochs: this averages over all epochs; the question is about the last one: -1
    rounded: rounded like this it could also be the validation loss alone; let Python subtract the
        last numbers of both curves
    """
    # so narrow that the validation loss alone is told apart, however low the training loss
    tolerance = min(1e-3, 0.49 * abs(float(train[-1]) / gap)) if gap else 1e-3
    return judge(answer, gap, mistakes, words, tolerance=tolerance)


def lowest_epoch(answer, history: Mapping[str, Sequence[float]]) -> Verdict:
    """Judges: the epoch, counted from 1, of the lowest validation loss of a Keras history."""
    if not isinstance(history, Mapping):
        history, answer = {"loss": [0.0], "val_loss": [0.0], "val_accuracy": [0.0]}, ...
    validation = np.asarray(history["val_loss"], float)
    mistakes = {
        "counted from 0": int(np.argmin(validation)),
        "loss for epoch": validation.min(),
        "training curve": int(np.argmin(history["loss"])) + 1,
        "highest accuracy": int(np.argmax(history["val_accuracy"])) + 1,
    }
    words = """
    praise: this is the best epoch; after it the validation loss is never as low again
    hint: np.argmin(history["val_loss"]) is the index of the lowest value; add 1
    counted from 0: this is an index, and Python counts from 0; the first epoch is epoch 1
    loss for epoch: this is the lowest loss; the question is when it is reached, so use np.argmin
    training curve: this is where the training loss is lowest; it keeps falling and says nothing
        about rows that the network was not trained on
    highest accuracy: this is where the validation accuracy is highest; loss and accuracy need not
        agree, and the question is about the loss
    """
    return judge(answer, int(np.argmin(validation)) + 1, mistakes, words)


_LABELS = (
    ([0, 0, 0, 1, 1], [0, 1, 1, 1]),
    ([2, 2, 2, 1, 0, 1], [2, 0, 0, 0, 2, 1]),
    ([1, 1, 0, 1], [1, 1, 1, 1, 0]),
)


def trivial_baseline(function: Callable) -> Verdict:
    """Judges: function(y_train, y), the accuracy on `y` of always predicting y_train's majority."""

    def commonest(y):
        return np.bincount(y).argmax()

    mistakes = {
        "peeks at the answers": lambda y_train, y: np.mean(y == commonest(y)),
        "measured where it was learned": lambda given, y: np.mean(given == commonest(given)),
        "coin for majority": lambda y_train, y: 1 / len(np.unique(y_train)),
        "mean of the labels": lambda y_train, y: np.mean(y),
        "class for accuracy": lambda y_train, y: commonest(y_train),
    }
    words = """
    praise: a network has to beat this before its accuracy means anything
    hint: find the majority class, np.bincount(y_train).argmax(), then its fraction of y
    peeks at the answers: you look for the majority class in y, the rows that are scored; a baseline
        may only use the training rows
    measured where it was learned: take the class from y_train, but compute the accuracy on y
    coin for majority: one divided by the number of classes is the accuracy of random guessing;
        always predicting the majority class is better when the classes differ in size
    mean of the labels: the mean of y is the fraction of class 1, and only if there are two classes;
        the majority class can be another one
    class for accuracy: your function returns the class; return its fraction of y
    """
    return judge_function(
        function, lambda y_train, y: np.mean(y == commonest(y_train)), _LABELS, mistakes, words
    )


def rows_for_half_a_point(answer) -> Verdict:
    """Judges: the rows at which an accuracy of 0.8 has a standard error of 0.005."""
    mistakes = {
        "square forgotten": 0.8 * 0.2 / 0.005,
        "root kept": 80.0,
        "points for fractions": 0.8 * 0.2 / 0.5**2,
        "one divided by the root": 1 / 0.005**2,
        "two standard errors": 4 * 6400.0,
    }
    words = """
    praise: 512 validation rows are far too few to show differences of half a point
    hint: solve sqrt(p (1 - p) / n) = 0.005 for n, with p = 0.8
    square forgotten: the standard error falls with the square root of n, so square 0.005
    root kept: this is the square root of the answer; square both sides before solving for n
    points for fractions: half a point is 0.005, not 0.5, when the accuracy is written as 0.8
    one divided by the root: 1 / sqrt(n) leaves out p (1 - p): an accuracy of 0.8 varies less
    two standard errors: this makes two standard errors half a point; the question asks for one
    """
    return judge(answer, 6400.0, mistakes, words)


def memorised_truth(answer, parts: Parts) -> Verdict:
    """Judges: the accuracy by true labels of a network that fits all given labels of `parts`."""
    wrong = len(parts.flipped) / len(parts.train)
    mistakes = {
        "training accuracy believed": 1.0,
        "share of the wrong": wrong,
        "coin on the wrong": 1 - wrong / 2,
        "validation accuracy": When(lambda a: 0.5 < float(a) < 0.775),
    }
    words = """
    praise: the network reproduces every wrong label, which its training accuracy does not show
    hint: on what fraction of the training rows does the learned label agree with the true one
    training accuracy believed: 1 is the accuracy on the given labels, some of which are wrong
    share of the wrong: this is the fraction of labels that were flipped; on these rows the network
        predicts the wrong class, and on all others the true one
    coin on the wrong: you assume that half of the flipped rows are predicted correctly; with two
        classes the flipped label is the wrong class, and the network has learned exactly that
    validation accuracy: this looks like the accuracy on new rows; on the training rows the network
        reproduces every given label, and most of these are true
    """
    return judge(answer, 1 - wrong, mistakes, words, tolerance=0.005)


_SHAPES = ("leaking", "noisy", "good fit", "diverging", "underfitting", "overfitting")


def named_shapes(answer) -> Verdict:
    """Judges: what the six logs of the exercise show, as six names in the order of the logs."""

    def called(log, *names):
        return When(lambda a: plain(dict(zip("pqrstu", a, strict=True))[log]) in names)

    mistakes = {
        "another name": When(lambda a: len(a) == 6 and not set(map(plain, a)) <= set(_SHAPES)),
        "leak believed": called("p", "good fit"),
        "low for overfitting": called("p", "overfitting"),
        "jumps overlooked": called("q", "good fit", "overfitting", "underfitting"),
        "jumps for divergence": called("q", "diverging"),
        "gap for overfitting": called("r", "overfitting"),
        "rise for overfitting": called("s", "overfitting"),
        "together for good": called("t", "good fit"),
        "rise for divergence": called("u", "diverging"),
    }
    words = """
    praise: you compared both losses with each other, with the baseline and with what is possible
    hint: ask of each log: does the training loss fall, does the validation loss rise or jump, how
        far below 0.65 do they end, and is that possible
    another name: at least one of these is none of the six names; write them as the task does
    leak believed: log p looks best of all, but a validation loss of 0.05 is too good for these
        data; ask where its validation rows come from
    low for overfitting: a training loss of 0 alone is not overfitting; in log p the validation loss
        falls with it, lower than can be true
    jumps overlooked: follow the validation loss of log q from epoch to epoch: it goes up and down
        all the time, so the last epoch says little
    jumps for divergence: log q jumps, but comes back each time; a diverging loss rises far above
        the baseline and does not return
    gap for overfitting: a small gap alone is not overfitting; the validation loss of log r has
        hardly risen from its lowest point
    rise for overfitting: in log s the training loss rises, too; overfitting lowers it
    together for good: both losses of log t are close together, but not far below the baseline
    rise for divergence: in log u only the validation loss rises; the training loss falls to 0, so
        the learning rate is small enough
    """
    return judge(answer, _SHAPES, mistakes, words)


# Ten rows of class 0, six of class 1; the feature is the number of the row.
_ROWS = (np.arange(16.0)[:, None], np.array([0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0]))


def mended_split(function: Callable) -> Verdict:
    """Judges: function(x, y), which splits first and then copies the rarer training rows."""

    def found(function):
        returned = function(*(values.copy() for values in _ROWS))
        if returned is None:
            return None
        x, y, x_val, _ = map(np.asarray, returned)
        train, new = (Counter(rows[:, 0].tolist()) for rows in (x, x_val))
        copies = {row: 1 + (label == 1) for row, label in zip(x[:, 0].tolist(), y, strict=True)}
        faults = {
            "still in both": set(train) & set(new),
            "rows lost": len(train) + len(new) < len(_ROWS[1]),
            "validation rows copied": max(new.values()) > 1,
            "no copies": max(train.values()) == 1,
        }
        named = next((name for name, is_so in faults.items() if is_so), None)
        return named or ("right" if train == copies else "another result")

    def right(x, y):
        half = len(x) // 2
        rare = np.flatnonzero(y[:half] == 1)
        rows = np.concatenate([np.arange(half), rare])
        return x[rows], y[rows], x[half:], y[half:]

    names = ("still in both", "rows lost", "validation rows copied", "no copies")
    mistakes = {name: When(lambda answers, name=name: answers == (name,)) for name in names}
    words = """
    praise: no validation row is a training row now, so the validation loss is about new rows again
    hint: shuffle and split first; then append the rows of the rarer class to the training rows
    still in both: at least one row is in the training set and in the validation set; split before
        you copy
    rows lost: some rows are in neither set; each row belongs in one of them
    validation rows copied: some validation rows are there twice, so they count twice in the score;
        copy training rows only
    no copies: the leak is gone, but the rarer class is not copied any more; copy it in the training
        set, after the split
    """
    return judge_function(function, right, [()], mistakes, words, call=found)


_RISE, _LEARNED, _LEAST_EPOCHS = 0.1, 0.55, 100


def no_overfitting(runs: Sequence[Run]) -> Verdict:
    """Judges: runs of 100 epochs, without regularisation, whose validation loss does not rise."""

    def some(test):
        return When(lambda runs: any(test(run) for run in runs))

    def regularised(run):
        names = set(HYPERPARAMETERS) - {"learning_rate"}
        return any(getattr(run.experiment, name) for name in names)

    def rises(run):
        return run.validation_loss[-1] - run.validation_loss.min() > _RISE

    mistakes = {
        "fewer epochs": some(lambda run: run.experiment.epochs < _LEAST_EPOCHS),
        "regularised": some(regularised),
        "diverged": some(lambda run: run.diverged is not None),
        "still overfits": some(rises),
        "learned little": some(lambda run: run.validation_loss[-1] > _LEARNED),
        "one seed": When(lambda runs: len({run.experiment.seed for run in runs}) < 3),
    }

    def fine(runs):
        return len(runs) > 0 and not any(mistake.test(runs) for mistake in mistakes.values())

    words = f"""
    praise: without any regularisation this network has too little capacity for its rows, or learns
        too slowly, to memorise them in {_LEAST_EPOCHS} epochs
    hint: change `hidden` (or `train`), train with three seeds, and give the list of runs
    fewer epochs: stopping early hides overfitting; train for {_LEAST_EPOCHS} epochs
    regularised: this network is regularised; the task asks for one without
    diverged: this training diverged; the task asks for a network that learns
    still overfits: in at least one seed the validation loss ends more than {_RISE:g} nats above its
        lowest point; try less capacity or more rows
    learned little: the validation loss does not rise because the network learned very little; it
        must end below {_LEARNED:g} nats
    one seed: with one or two seeds this may be chance; train three
    """
    return judge(runs, When(fine), mistakes, words)
