"""The exercises of lesson 01: overfitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from helpers.checks.verdicts import Mistake, Verdict, When, judge, judge_function, near_any

if TYPE_CHECKING:
    from helpers.data import Parts
    from helpers.experiment import Run


def final_gap(answer, run: Run) -> Verdict:
    """Judges: validation minus training loss of a run after its last epoch."""
    train, validation = run.train_loss, run.validation_loss
    low = int(np.argmin(validation))
    gap = float(validation[-1] - train[-1])

    def rounded(a):
        return any(abs(float(a) - round(gap, digits)) < 1e-9 for digits in (1, 2, 3))

    return judge(
        answer,
        gap,
        [
            Mistake(
                "sign turned round",
                float(train[-1] - validation[-1]),
                "you took validation from training; the gap is what the network does worse on "
                "rows it has not seen, so it is validation minus training",
            ),
            Mistake(
                "gap at the lowest point",
                float(validation[low] - train[low]),
                "this is the gap at the epoch of the lowest validation loss; the question is "
                "about the last epoch, index -1",
            ),
            Mistake(
                "accuracies for losses",
                When(lambda a: near_any(a, _accuracy_gaps(run))),
                "this is a difference of accuracies; the gap is one of losses, in nats",
            ),
            Mistake(
                "validation loss alone",
                float(validation[-1]),
                "this is the validation loss itself; a gap needs the training loss taken off",
            ),
            Mistake(
                "mean over the epochs",
                float(np.mean(validation - train)),
                "this averages over all epochs; the question is about the last one, index -1",
            ),
            Mistake(
                "rounded",
                When(rounded),
                "to so few digits this might be the validation loss alone as well; let Python "
                "take one array's last number from the other's",
            ),
        ],
        praise="the network is worse by this many nats on rows it has not seen",
        hint="take run.train_loss[-1] from run.validation_loss[-1]",
        # so narrow that the validation loss alone is told apart, however low the training loss
        tolerance=min(1e-3, 0.49 * abs(float(train[-1]) / gap)) if gap else 1e-3,
    )


def _accuracy_gaps(run) -> list[float]:
    gap = float(run.train_accuracy[-1] - run.validation_accuracy[-1])
    return [gap, -gap, 100 * gap, -100 * gap]


def lowest_epoch(answer, run: Run) -> Verdict:
    """Judges: the epoch, counted from 1, at which the validation loss of a run is lowest."""
    validation = run.validation_loss
    return judge(
        answer,
        int(np.argmin(validation)) + 1,
        [
            Mistake(
                "counted from 0",
                int(np.argmin(validation)),
                "this is an index, and Python counts from 0; the first epoch is epoch 1",
            ),
            Mistake(
                "loss for epoch",
                float(validation.min()),
                "this is the lowest loss; the question is when it is reached, so look for argmin",
            ),
            Mistake(
                "training curve",
                int(np.argmin(run.train_loss)) + 1,
                "this is where the training loss is lowest; it falls to the end and says nothing "
                "about rows the network has not seen",
            ),
            Mistake(
                "highest accuracy",
                int(np.argmax(run.validation_accuracy)) + 1,
                "this is where validation accuracy is highest; loss and accuracy need not agree, "
                "and the question is about the loss",
            ),
        ],
        praise="from here on, further training makes the validation loss worse or no better",
        hint="np.argmin(run.validation_loss) is the index of the lowest value; then count from 1",
    )


_LABELS = (
    (np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1])),
    (np.array([2, 2, 2, 1, 0, 1]), np.array([2, 0, 0, 0, 2, 1])),
    (np.array([1, 1, 0, 1]), np.array([1, 1, 1, 1, 0])),
)


def trivial_baseline(function: Callable) -> Verdict:
    """Judges: function(y_train, y), the accuracy on `y` of y_train's commonest class."""

    def commonest(y):
        return np.bincount(y).argmax()

    return judge_function(
        function,
        lambda y_train, y: float(np.mean(y == commonest(y_train))),
        _LABELS,
        [
            Mistake(
                "peeks at the answers",
                lambda y_train, y: float(np.mean(y == commonest(y))),
                "you look for the commonest class among the rows you are marked on; a rule may "
                "only know the training rows",
            ),
            Mistake(
                "measured where it was learned",
                lambda y_train, y: float(np.mean(y_train == commonest(y_train))),
                "you measure on the training rows; take the class from y_train, but count in y",
            ),
            Mistake(
                "coin for majority",
                lambda y_train, y: 1 / len(np.unique(y_train)),
                "one divided by the number of classes is what drawing lots gives; always naming "
                "the commonest class does better when the classes differ in size",
            ),
            Mistake(
                "mean of the labels",
                lambda y_train, y: float(np.mean(y)),
                "the mean of y is the share of class 1, and only if there are two classes; the "
                "commonest class can be another one",
            ),
            Mistake(
                "class for accuracy",
                lambda y_train, y: float(commonest(y_train)),
                "your function returns the class; the question is how often that class is right "
                "in y",
            ),
        ],
        praise="a network has to beat this before its accuracy means anything",
        hint="find the commonest class of y_train with np.bincount(y_train).argmax(), then the "
        "share of y that equals it",
    )


def rows_for_half_a_point(answer) -> Verdict:
    """Judges: the rows at which an accuracy of 0.8 has a standard error of 0.005."""
    return judge(
        answer,
        6400.0,
        [
            Mistake(
                "square forgotten",
                32.0,
                "the error falls with the square root of the rows, so the wished error enters "
                "squared",
            ),
            Mistake(
                "root kept",
                80.0,
                "this is the root of the answer; square both sides before solving for n",
            ),
            Mistake(
                "points for fractions",
                0.64,
                "half a point is 0.005, not 0.5, when the accuracy is written as 0.8",
            ),
            Mistake(
                "one divided by the root",
                40000.0,
                "1 / sqrt(n) leaves out p (1 - p): an accuracy of 0.8 varies less than that",
            ),
            Mistake(
                "two standard errors",
                25600.0,
                "this makes two standard errors half a point; the question asks for one",
            ),
        ],
        praise="a validation set of 512 rows is far from it, so small differences stay unseen",
        hint="solve sqrt(p (1 - p) / n) = 0.005 for n, with p = 0.8",
    )


def memorised_truth(answer, parts: Parts) -> Verdict:
    """Judges: the accuracy by true labels of a network that fits all given labels of `parts`."""
    wrong = len(parts.flipped) / len(parts.train)
    return judge(
        answer,
        1 - wrong,
        [
            Mistake(
                "training accuracy believed",
                1.0,
                "1 is its accuracy by the labels it was given, and some of those are wrong",
            ),
            Mistake(
                "share of the wrong",
                wrong,
                "this is the share of labels that were flipped; on these it repeats the error, "
                "and on all others it is right",
            ),
            Mistake(
                "coin on the wrong",
                1 - wrong / 2,
                "you let it be right on half of the flipped rows; of two classes there is one "
                "wrong answer, and it has learned just that",
            ),
            Mistake(
                "validation accuracy",
                When(lambda a: 0.5 < float(a) < 0.775),
                "that would be a network that has also forgotten correct labels; it fits every "
                "label it was given, and most of those are true",
            ),
        ],
        praise="it repeats every error it was taught, so its perfect training score is not what "
        "it seems",
        hint="on how many training rows does the label it has learned agree with the truth",
        tolerance=0.005,
    )


_SHAPES = ("leaking", "noisy", "good fit", "diverging", "underfitting", "overfitting")


def named_shapes(answer) -> Verdict:
    """Judges: what the six logs of the exercise show, as six names in the order of the logs."""

    def plain(names):
        return [name.strip().lower() for name in names]

    def called(log, *names):
        return When(lambda a: len(a) == len(_SHAPES) and plain(a)["pqrstu".index(log)] in names)

    return judge(
        answer,
        _SHAPES,
        [
            Mistake(
                "another name",
                When(lambda a: len(a) == len(_SHAPES) and not set(plain(a)) <= set(_SHAPES)),
                "at least one of these is none of the six names; write them as the task does",
            ),
            Mistake(
                "leak believed",
                called("p", "good fit"),
                "log p looks best of all, but nobody gets near a validation loss of 0.05 on these "
                "cells; ask where its validation rows come from",
            ),
            Mistake(
                "low for overfitting",
                called("p", "overfitting"),
                "a training loss of 0 alone is no overfitting; in log p the validation loss stays "
                "down with it, lower than can be true",
            ),
            Mistake(
                "jumps overlooked",
                called("q", "good fit", "overfitting", "underfitting"),
                "follow the validation loss of log q from epoch to epoch: where it ends is luck, "
                "because it goes up and down all the time",
            ),
            Mistake(
                "jumps for divergence",
                called("q", "diverging"),
                "log q jumps, but comes back each time; a diverging loss leaves guessing behind "
                "and does not return",
            ),
            Mistake(
                "gap for overfitting",
                called("r", "overfitting"),
                "a small gap alone is no overfitting; the validation loss of log r has not risen "
                "from its lowest point",
            ),
            Mistake(
                "rise for overfitting",
                called("s", "overfitting"),
                "in log s the training loss rises, too; overfitting lowers it",
            ),
            Mistake(
                "together for good",
                called("t", "good fit"),
                "losses that lie together make no good fit; both losses of log t end not far "
                "below guessing",
            ),
            Mistake(
                "rise for divergence",
                called("u", "diverging"),
                "in log u only the validation loss rises; the training loss sinks to 0, so the "
                "steps do their work",
            ),
        ],
        praise="you look at both losses, at guessing, and at what can be true",
        hint="ask of each log: does the training loss fall, does the validation loss rise or jump, "
        "how far below 0.65 do they end, and can that be true",
    )
