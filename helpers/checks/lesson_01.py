"""The exercises of lesson 01: overfitting."""

from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function, plain
from helpers.data import Parts
from helpers.experiment import Run


def final_gap(answer, run: Run) -> Verdict:
    """Judges: validation minus training loss of a run after its last epoch."""
    train, validation = run.train_loss, run.validation_loss
    low = np.argmin(validation)
    gap = float(validation[-1] - train[-1])
    accuracies = float(run.train_accuracy[-1] - run.validation_accuracy[-1])

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
    praise: the network is worse by this many nats on rows it has not seen
    hint: take run.train_loss[-1] from run.validation_loss[-1]
    sign turned round: you took validation from training; the gap is what the network does worse on
        rows it has not seen, so it is validation minus training
    gap at the lowest point: this is the gap at the epoch of the lowest validation loss; the
        question is about the last epoch, index -1
    accuracies for losses: this is a difference of accuracies; the gap is one of losses, in nats
    validation loss alone: this is the validation loss itself; take the training loss off it
    mean over the epochs: this averages over all epochs; the question is about the last one: -1
    rounded: to so few digits this might be the validation loss alone as well; let Python take one
        array's last number from the other's
    """
    # so narrow that the validation loss alone is told apart, however low the training loss
    tolerance = min(1e-3, 0.49 * abs(float(train[-1]) / gap)) if gap else 1e-3
    return judge(answer, gap, mistakes, words, tolerance=tolerance)


def lowest_epoch(answer, run: Run) -> Verdict:
    """Judges: the epoch, counted from 1, at which the validation loss of a run is lowest."""
    validation = run.validation_loss
    mistakes = {
        "counted from 0": int(np.argmin(validation)),
        "loss for epoch": validation.min(),
        "training curve": int(np.argmin(run.train_loss)) + 1,
        "highest accuracy": int(np.argmax(run.validation_accuracy)) + 1,
    }
    words = """
    praise: from here on, further training makes the validation loss worse or no better
    hint: np.argmin(run.validation_loss) is the index of the lowest value; then count from 1
    counted from 0: this is an index, and Python counts from 0; the first epoch is epoch 1
    loss for epoch: this is the lowest loss; the question is when it is reached: take argmin
    training curve: this is where the training loss is lowest; it falls to the end and says nothing
        about rows the network has not seen
    highest accuracy: this is where validation accuracy is highest; loss and accuracy need not
        agree, and the question is about the loss
    """
    return judge(answer, int(np.argmin(validation)) + 1, mistakes, words)


_LABELS = (
    ([0, 0, 0, 1, 1], [0, 1, 1, 1]),
    ([2, 2, 2, 1, 0, 1], [2, 0, 0, 0, 2, 1]),
    ([1, 1, 0, 1], [1, 1, 1, 1, 0]),
)


def trivial_baseline(function: Callable) -> Verdict:
    """Judges: function(y_train, y), the accuracy on `y` of y_train's commonest class."""

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
    hint: take the commonest class, np.bincount(y_train).argmax(), then its share of y
    peeks at the answers: you look for the commonest class among the rows you are marked on; a rule
        may only know the training rows
    measured where it was learned: take the class from y_train, but count in y
    coin for majority: one divided by the number of classes is what drawing lots gives; always
        naming the commonest class does better when the classes differ in size
    mean of the labels: the mean of y is the share of class 1, and only if there are two classes;
        the commonest class can be another one
    class for accuracy: your function returns the class; give its share of y
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
    praise: a validation set of 512 rows is far from it, so small differences stay unseen
    hint: solve sqrt(p (1 - p) / n) = 0.005 for n, with p = 0.8
    square forgotten: the error falls with the root of the rows, so it enters squared
    root kept: this is the root of the answer; square both sides before solving for n
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
    praise: it repeats every error it was taught, so its perfect training score is not what it seems
    hint: on how many training rows does the label it has learned agree with the truth
    training accuracy believed: 1 is its accuracy by the labels given, some of which are wrong
    share of the wrong: this is the share of labels that were flipped; on these it repeats the
        error, and on all others it is right
    coin on the wrong: you let it be right on half of the flipped rows; of two classes there is one
        wrong answer, and it has learned exactly that
    validation accuracy: that would be a network that has also forgotten correct labels; it fits
        every label it was given, and most of those are true
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
    praise: you look at both losses, at guessing, and at what can be true
    hint: ask of each log: does the training loss fall, does the validation loss rise or jump, how
        far below 0.65 do they end, and can that be true
    another name: at least one of these is none of the six names; write them as the task does
    leak believed: log p looks best of all, but nobody gets near a validation loss of 0.05 on these
        cells; ask where its validation rows come from
    low for overfitting: a training loss of 0 alone is no overfitting; in log p the validation loss
        stays down with it, lower than can be true
    jumps overlooked: follow the validation loss of log q from epoch to epoch: it goes up and down
        all the time, so the last epoch says little
    jumps for divergence: log q jumps, but comes back each time; a diverging loss leaves the
        baseline behind and does not return
    gap for overfitting: a small gap alone is no overfitting; the validation loss of log r has not
        risen from its lowest point
    rise for overfitting: in log s the training loss rises, too; overfitting lowers it
    together for good: both losses of log t are close together, but not far below the baseline
    rise for divergence: in log u only the validation loss rises; the training loss sinks to 0, so
        the steps do their work
    """
    return judge(answer, _SHAPES, mistakes, words)
