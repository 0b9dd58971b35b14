"""The exercises of lesson 06: data."""

from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import Verdict, judge, judge_function, wrong_at

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
    mistakes = {
        "every change is harmless": ("yes",) * len(right),
        "no change is harmless": ("no",) * len(right),
        "later is another word": wrong_at(right, 0),
        "a mirrored cat is none": wrong_at(right, 1),
        "judged by the kind of data": wrong_at(right, 2, 4),
        "a 6 turned round": wrong_at(right, 3),
    }
    words = """
    praise: the question is never what is usual for such data, but what it does to the label
    hint: answer each with "yes" or "no", five words in a row
    every change is harmless: some of these turn one class into another; ask each time what a person
        would call the changed row
    no change is harmless: some of these leave what a person would say as it is
    later is another word: look at the first again: a word begun later is the same word
    a mirrored cat is none: look at the second again: nothing about cats is left or right
    judged by the kind of data: mirroring is harmless for cats and not for everything that has two
        eyes: where the label says left or right, the mirror changes it
    a 6 turned round: look at the fourth again, upside down
    """
    return judge(answer, right, mistakes, words)


_CLASSES = (
    ([0, 2, 1], 4, 0.2),
    ([1, 1, 0, 4], 5, 0.5),
)


def smoothed_labels(function: Callable) -> Verdict:
    """Judges: function(y, classes, share), one-hot rows smoothed as by Keras."""

    def rows(true, other=lambda k, s: 0.0):
        """A function that gives the true class and the others what these give for (k, s)."""
        return lambda y, k, s: np.where(np.eye(k)[y] == 1, true(k, s), other(k, s))

    mistakes = {
        "spread over the others only": rows(lambda k, s: 1 - s, lambda k, s: s / (k - 1)),
        "spread past the true class": rows(lambda k, s: 1 - s, lambda k, s: s / k),
        "nothing taken away": rows(lambda k, s: 1 + s / k, lambda k, s: s / k),
        "nothing spread": rows(lambda k, s: 1 - s),
        "not divided by the classes": rows(lambda k, s: 1.0, lambda k, s: s),
        "kept for spread": rows(lambda k, s: s + (1 - s) / k, lambda k, s: (1 - s) / k),
        "not smoothed": rows(lambda k, s: 1.0),
    }
    words = """
    praise: the targets of CategoricalCrossentropy(label_smoothing=...), row by row
    hint: (1 - share) times one-hot, plus share / classes everywhere
    spread over the others only: you spread the share over the other classes; Keras spreads it over
        all, the true one included, so that it keeps 1 - s + s / K
    spread past the true class: the other classes are right, and each row sums to less than 1; the
        true class gets its part of what is spread, too
    nothing taken away: rows sum to more than 1; what is spread is taken from the true class
    nothing spread: each row sums to less than 1; what was taken away must go somewhere
    not divided by the classes: every class gets the whole share; divide it by K
    kept for spread: you keep the share and spread the rest; it is the share that is spread
    not smoothed: these are the plain one-hot rows
    """
    return judge_function(
        function, rows(lambda k, s: 1 - s + s / k, lambda k, s: s / k), _CLASSES, mistakes, words
    )


_MIXED = (
    ([[1.0, 2], [3, 5], [0, 7]], np.eye(3), [2, 0, 1], [[0.75], [0.6], [0.9]]),
    ([[4.0, 0, 1], [2, 2, 8]], np.eye(4)[[3, 1]], [1, 0], [[0.6], [0.8]]),
)


def mixed_rows(function: Callable) -> Verdict:
    """Judges: function(x, y, partner, share), mixup of rows and one-hot labels.

    `share` has shape (rows, 1): each row has its own.
    """

    def mix(a, partner, share):
        return share * a + (1 - share) * a[partner]

    def exchanged(a, partner, share):
        return mix(a, partner, 1 - share)

    def unmixed(a, partner, share):
        return a

    def in_place(a, partner, share):
        for k, other in enumerate(partner):
            a[k] = share[k] * a[k] + (1 - share[k]) * a[other]
        return a

    def both(of_x, of_y=None):
        return lambda x, y, *how: (of_x(x, *how), (of_y or of_x)(y, *how))

    mistakes = {
        "labels not mixed": both(mix, unmixed),
        "signals not mixed": both(unmixed, mix),
        "shares changed over": both(mix, exchanged),
        "partner first": both(exchanged),
        "half and half": both(lambda a, partner, share: mix(a, partner, 0.5)),
        "mixed with itself": both(unmixed),
        "one share for all": both(lambda a, partner, share: mix(a, partner, share[0])),
        "overwritten on the way": both(in_place),
        "added up": both(lambda a, partner, share: a + a[partner]),
    }
    words = """
    praise: rows between rows, with labels between labels
    hint: share * x + (1 - share) * x[partner], and the same for y
    labels not mixed: the signals are mixed, and the labels are still those of the first; a mixture
        of two classes must not be called one of them with certainty
    signals not mixed: only the labels are mixed; that smooths labels at random
    shares changed over: signals and labels are mixed with different shares; a row that gives 3/4 of
        the signal gives 3/4 of the label
    partner first: the share belongs to the row itself, and the rest to its partner
    half and half: you mix in equal parts; the share says how much of each
    mixed with itself: your rows come out as they went in; mix them with x[partner]
    one share for all: you mix all rows with the share of the first; each row has its own
    overwritten on the way: later rows are mixed with rows that have been mixed already; write into
        new arrays, or mix all rows at once
    added up: you add rows; a mixture weighs them with share and 1 - share, which sum to 1
    """
    return judge_function(function, both(mix), _MIXED, mistakes, words)


_WORTHS = (
    ([500, 1000, 2000, 4000], [0.35, 0.45, 0.55, 0.63], 1000, 0.57),
    ([100, 300, 900], [0.5, 0.7, 0.76], 100, 0.56),
)


def worth_in_rows(function: Callable) -> Verdict:
    """Judges: function(rows, accuracy, used, reached), measured rows that a trick replaces."""

    def equal(n, a, used, reached):
        return np.interp(reached, a, n)

    def before(n, a, used, reached):
        return np.interp(used, n, a)

    def right(n, a, used, reached):
        return equal(n, a, used, reached) - used

    mistakes = {
        "own rows counted in": equal,
        "axes changed over": lambda n, a, used, reached: before(n, a, used, reached) - reached,
        "gain in accuracy": lambda n, a, used, reached: reached - before(n, a, used, reached),
        "saved is negative": lambda *case: -right(*case),
        "next point of the curve": lambda n, a, used, reached: n[a >= reached][0] - used,
        "nearest point of the curve": lambda n, a, used, reached: (
            n[np.argmin(np.abs(a - reached))] - used
        ),
        "rows in proportion to accuracy": lambda n, a, used, reached: (
            used * reached / before(n, a, used, reached) - used
        ),
    }
    words = """
    praise: that many measurements need not be made
    hint: np.interp(reached, accuracy, rows) are the rows that reach as much; take off `used`
    own rows counted in: so many rows reach the same in all; those that were used are not saved
    axes changed over: this is a difference of accuracies; read the curve the other way, from
        accuracy to rows: np.interp(reached, accuracy, rows)
    gain in accuracy: this is what accuracy gains; the question is how many rows gain as much
    saved is negative: the sign is wrong: it is rows needed, less rows used
    next point of the curve: you take the next row count that was tried; go between two of them on a
        straight line, as np.interp does
    nearest point of the curve: you take the nearest row count that was tried; go between two of
        them on a straight line, as np.interp does
    rows in proportion to accuracy: you take accuracy to grow in proportion to the rows; it grows
        ever more slowly, so read it off the curve
    """
    return judge_function(function, right, _WORTHS, mistakes, words)
