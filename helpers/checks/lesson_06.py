"""The exercises of lesson 06: data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import Mistake, Verdict, When, judge, judge_function

_HARMLESS = {
    "a spoken word, a tenth of a second later": "yes",
    "a photograph of a cat, mirrored left to right": "yes",
    "a photograph of a traffic sign that points left, mirrored": "no",
    "a handwritten 6, turned by 180 degrees": "no",
    "an X-ray of a chest, mirrored, to say on which side the heart lies": "no",
}


def harmless_changes(answer) -> Verdict:
    """Judges: for each change of `_HARMLESS`, in order, whether the label stays."""
    right = tuple(_HARMLESS.values())

    def wrong_at(*places):
        def test(given):
            given = tuple(str(word).strip().lower() for word in given)
            well_formed = len(given) == len(right) and set(given) <= {"yes", "no"}
            return well_formed and any(given[i] != right[i] for i in places)

        return When(test)

    return judge(
        answer,
        right,
        [
            Mistake(
                "every change is harmless",
                ("yes",) * len(right),
                "some of these turn one class into another; ask each time what a person would "
                "call the changed row",
            ),
            Mistake(
                "no change is harmless",
                ("no",) * len(right),
                "you teach nothing this way; some of these leave what a person would say as it is",
            ),
            Mistake(
                "later is another word",
                wrong_at(0),
                "look at the first again: a word begun later is the same word",
            ),
            Mistake(
                "a mirrored cat is none",
                wrong_at(1),
                "look at the second again: nothing about cats is left or right",
            ),
            Mistake(
                "judged by the kind of data",
                wrong_at(2, 4),
                "mirroring is harmless for cats and not for everything that has two eyes: where "
                "the label says left or right, the mirror changes it",
            ),
            Mistake(
                "a 6 turned round",
                wrong_at(3),
                "look at the fourth again, upside down",
            ),
        ],
        praise="the question is never what is usual for such data, but what it does to the label",
        hint='answer each with "yes" or "no", five words in a row',
    )


_CLASSES = (
    (np.array([0, 2, 1]), 4, 0.2),
    (np.array([1, 1, 0, 4]), 5, 0.5),
)


def _smoothed(y, classes, share):
    return (1 - share) * np.eye(classes)[y] + share / classes


def smoothed_labels(function: Callable) -> Verdict:
    """Judges: function(y, classes, share), one-hot rows smoothed as by Keras."""
    return judge_function(
        function,
        _smoothed,
        _CLASSES,
        [
            Mistake(
                "spread over the others only",
                lambda y, k, s: np.where(np.eye(k)[y] == 1, 1 - s, s / (k - 1)),
                "you spread the share over the other classes; Keras spreads it over all, the true "
                "one included, so that it keeps 1 - s + s / K",
            ),
            Mistake(
                "spread past the true class",
                lambda y, k, s: np.where(np.eye(k)[y] == 1, 1 - s, s / k),
                "the other classes are right, and each row sums to less than 1; the true class "
                "gets its part of what is spread, too",
            ),
            Mistake(
                "nothing taken away",
                lambda y, k, s: np.eye(k)[y] + s / k,
                "each row sums to more than 1; what is spread must be taken from the true class "
                "first",
            ),
            Mistake(
                "nothing spread",
                lambda y, k, s: (1 - s) * np.eye(k)[y],
                "each row sums to less than 1; what was taken away must go somewhere",
            ),
            Mistake(
                "not divided by the classes",
                lambda y, k, s: (1 - s) * np.eye(k)[y] + s,
                "every class gets the whole share; together they get it, so divide by K",
            ),
            Mistake(
                "kept for spread",
                lambda y, k, s: s * np.eye(k)[y] + (1 - s) / k,
                "you keep the share and spread the rest; it is the share that is spread",
            ),
            Mistake(
                "not smoothed",
                lambda y, k, s: np.eye(k)[y],
                "these are the plain one-hot rows",
            ),
        ],
        praise="the targets of CategoricalCrossentropy(label_smoothing=...), row by row",
        hint="(1 - share) times one-hot, plus share / classes everywhere",
    )


_MIXED = (
    (
        np.array([[1.0, 2], [3, 5], [0, 7]]),
        np.eye(3),
        np.array([2, 0, 1]),
        np.array([[0.75], [0.6], [0.9]]),
    ),
    (
        np.array([[4.0, 0, 1], [2, 2, 8]]),
        np.eye(4)[[3, 1]],
        np.array([1, 0]),
        np.array([[0.6], [0.8]]),
    ),
)


def mixed_rows(function: Callable) -> Verdict:
    """Judges: function(x, y, partner, share), mixup of rows and one-hot labels.

    `share` has shape (rows, 1): each row has its own.
    """

    def mix(a, partner, share):
        return share * a + (1 - share) * a[partner]

    def in_place(a, partner, share):
        for k, other in enumerate(partner):
            a[k] = share[k] * a[k] + (1 - share[k]) * a[other]
        return a

    return judge_function(
        function,
        lambda x, y, partner, share: (mix(x, partner, share), mix(y, partner, share)),
        _MIXED,
        [
            Mistake(
                "labels not mixed",
                lambda x, y, partner, share: (mix(x, partner, share), y),
                "the signals are mixed, and the labels are still those of the first; a mixture of "
                "two classes must not be called one of them with certainty",
            ),
            Mistake(
                "signals not mixed",
                lambda x, y, partner, share: (x, mix(y, partner, share)),
                "the labels are mixed, and the signals are not; that smooths labels by lot",
            ),
            Mistake(
                "shares changed over",
                lambda x, y, partner, share: (mix(x, partner, share), mix(y, partner, 1 - share)),
                "signals and labels are mixed with different shares; whoever gives 3/4 of the "
                "signal gives 3/4 of the label",
            ),
            Mistake(
                "partner first",
                lambda x, y, partner, share: (
                    mix(x, partner, 1 - share),
                    mix(y, partner, 1 - share),
                ),
                "the share belongs to the row itself, and the rest to its partner",
            ),
            Mistake(
                "half and half",
                lambda x, y, partner, share: (mix(x, partner, 0.5), mix(y, partner, 0.5)),
                "you mix in equal parts; the share says how much of each",
            ),
            Mistake(
                "mixed with itself",
                lambda x, y, partner, share: (x, y),
                "your rows come out as they went in; the rest is to come from the partner, "
                "x[partner]",
            ),
            Mistake(
                "one share for all",
                lambda x, y, partner, share: (mix(x, partner, share[0]), mix(y, partner, share[0])),
                "you mix all rows with the share of the first; each row has its own",
            ),
            Mistake(
                "overwritten on the way",
                lambda x, y, partner, share: (
                    in_place(x, partner, share),
                    in_place(y, partner, share),
                ),
                "later rows are mixed with rows that have been mixed already; write into new "
                "arrays, or mix all rows at once",
            ),
            Mistake(
                "added up",
                lambda x, y, partner, share: (x + x[partner], y + y[partner]),
                "you add rows; a mixture weighs them with share and 1 - share, which sum to 1",
            ),
        ],
        praise="rows between rows, with labels between labels",
        hint="share * x + (1 - share) * x[partner], and the same for y",
    )


_WORTHS = (
    (np.array([500, 1000, 2000, 4000]), np.array([0.35, 0.45, 0.55, 0.63]), 1000, 0.57),
    (np.array([100, 300, 900]), np.array([0.5, 0.7, 0.76]), 100, 0.56),
)


def worth_in_rows(function: Callable) -> Verdict:
    """Judges: function(rows, accuracy, used, reached), measured rows that a trick replaces."""

    def equal(rows, accuracy, reached):
        return float(np.interp(reached, accuracy, rows))

    def nearest(rows, accuracy, reached):
        return rows[np.argmin(np.abs(accuracy - reached))]

    return judge_function(
        function,
        lambda rows, accuracy, used, reached: equal(rows, accuracy, reached) - used,
        _WORTHS,
        [
            Mistake(
                "own rows counted in",
                lambda rows, accuracy, used, reached: equal(rows, accuracy, reached),
                "so many rows reach the same in all; those that were used are not saved",
            ),
            Mistake(
                "axes changed over",
                lambda rows, accuracy, used, reached: (
                    float(np.interp(used, rows, accuracy)) - reached
                ),
                "this is a difference of accuracies; read the curve the other way, from accuracy "
                "to rows: np.interp(reached, accuracy, rows)",
            ),
            Mistake(
                "gain in accuracy",
                lambda rows, accuracy, used, reached: (
                    reached - float(np.interp(used, rows, accuracy))
                ),
                "this is what accuracy gains; the question is how many rows would gain as much",
            ),
            Mistake(
                "saved is negative",
                lambda rows, accuracy, used, reached: used - equal(rows, accuracy, reached),
                "the sign is the wrong way round: rows that would be needed, less rows that were "
                "used",
            ),
            Mistake(
                "next point of the curve",
                lambda rows, accuracy, used, reached: rows[accuracy >= reached][0] - used,
                "you take the next row count that was tried; go between two of them on a straight "
                "line, as np.interp does",
            ),
            Mistake(
                "nearest point of the curve",
                lambda rows, accuracy, used, reached: nearest(rows, accuracy, reached) - used,
                "you take the nearest row count that was tried; go between two of them on a "
                "straight line, as np.interp does",
            ),
            Mistake(
                "rows in proportion to accuracy",
                lambda rows, accuracy, used, reached: (
                    used * reached / float(np.interp(used, rows, accuracy)) - used
                ),
                "you take accuracy to grow in proportion to the rows; it grows ever more slowly, "
                "so read it off the curve",
            ),
        ],
        praise="that many measurements need not be made",
        hint="np.interp(reached, accuracy, rows) gives the rows that reach as much; take off those "
        "that were used",
    )
