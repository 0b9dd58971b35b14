"""The exercises of lesson 07: the highest of many, folds, one standard error, halving."""

import itertools
import math
from collections.abc import Callable

import numpy as np

from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function

_ERROR = math.sqrt(0.8 * 0.2 / 200)
_HIGHEST_OF_50 = 2.25


def winners_bonus(answer) -> Verdict:
    """Judges: the optimism of the best of 50 equal candidates, on 200 rows at 80 %."""
    right = _HIGHEST_OF_50 * _ERROR
    mistakes = {
        "points for a fraction": 100 * right,
        "score for bonus": 0.8 + right,
        "root forgotten": any_of(_ERROR**2, _HIGHEST_OF_50 * _ERROR**2),
        "candidates forgotten": _ERROR,
        "mean for maximum": any_of(right / math.sqrt(50), _ERROR / math.sqrt(50)),
        "errors added up": any_of(_ERROR * math.sqrt(50), 50 * _ERROR),
        "winner believed": _HIGHEST_OF_50 * math.sqrt(0.84 * 0.16 / 200),
        "upper bound": any_of(math.sqrt(2 * math.log(50)) * _ERROR),
    }
    words = """
    praise: 2.25 standard errors: by luck alone a winner is expected to gain more than these four
        points
    hint: the bonus is 2.25 standard errors, and one of them is the root of p (1 - p) / n
    points for a fraction: these are points; 0.8 is a fraction, and so is the bonus
    score for bonus: this is the score the winner can expect; the bonus is what it has above 0.8
    root forgotten: p (1 - p) / n is a variance; its root is the standard error
    candidates forgotten: that is one standard error, the typical error of one score; the highest of
        50 scores is further off
    mean for maximum: you divided by the root of 50; that would be for the mean of 50 scores, and
        you want the highest of them
    errors added up: errors do not add up over candidates; the highest of 50 is 2.25 errors up
    winner believed: you took p from the winner's score, the one that is not to be believed; a
        candidate like the others has p = 0.8
    upper bound: sqrt(2 ln k) is never reached; the highest of 50 is 2.25 errors up on average
    """
    return judge(answer, right, mistakes, words, tolerance=0.01)


def _broken_rules(found, rows: int, k: int) -> str | None:
    """The rules that folds break, as words such as "idle uneven"; "" if none, None if no answer."""
    if found is None or found is ...:
        return None
    try:
        sides = [tuple(map(np.asarray, pair)) for pair in found]
        if any(side.dtype == bool for pair in sides for side in pair):
            return "masks"
        pairs = [tuple([int(row) for row in side] for side in pair) for pair in sides]
        training, validation = zip(*pairs, strict=True)
    except (TypeError, ValueError):
        return "form"
    every, validated = set(range(rows)), list(itertools.chain(*validation))
    sizes = [len(fold) for fold in validation]
    idle = any(every - set(a) - set(b) for a, b in pairs)
    known = set(validated) <= every and all(len(a) == len(set(a) & every) for a in training)
    broken = {
        "turned": sorted(itertools.chain(*training)) == sorted(every) and not idle,
        "number": len(pairs) != k,
        "unknown": not known,
        "shared": any(set(a) & set(b) for a, b in pairs),
        "twice": len(validated) > len(set(validated)),
        "never": every > set(validated),
        "idle": idle,
        "uneven": max(sizes) - min(sizes) > 1,
    }
    return " ".join(rule for rule, so in broken.items() if so)


def fold_rows(function: Callable) -> Verdict:
    """Judges: function(rows, k), a list of k pairs (training, validation) of row numbers."""

    def right(rows, k):
        numbers = np.arange(rows)
        return [(numbers[numbers % k != fold], numbers[numbers % k == fold]) for fold in range(k)]

    def call(f, rows, k):
        return _broken_rules(f(rows, k), rows, k)

    def breaks(rule):
        return When(lambda reports: any(rule in report.split() for report in reports))

    mistakes = {
        "turned round": breaks("turned"),
        "masks for numbers": breaks("masks"),
        "counted from one": breaks("unknown"),
        "validated on training rows": breaks("shared"),
        "validated more than once": breaks("twice"),
        "rows left over": breaks("never"),
        "one fold to learn from": breaks("idle"),
        "one large fold": breaks("uneven"),
    }
    words = """
    praise: every row judges once, and never a network that it has taught
    hint: give a list of k pairs (training rows, validation rows) of row numbers from 0
    turned round: your networks learn from one fold and are validated on all others; one fold
        validates, and all others are to learn from
    masks for numbers: you give masks; np.flatnonzero(mask) makes row numbers of one
    counted from one: some numbers come twice or have no row; rows are 0 to rows - 1
    validated on training rows: some rows validate a network that has learned from them; take the
        validation rows out of the rows to learn from
    validated more than once: some rows are in two folds; each row validates exactly once
    rows left over: some rows never validate; where the rows cannot be divided evenly, some folds
        have one more than others
    one fold to learn from: some rows are in neither set of a pair; all folds but one train
    one large fold: one fold takes all that is left over; folds differ by one row at most
    """
    cases = ((10, 5), (11, 3), (6, 6))
    return judge_function(function, right, cases, mistakes, words, call=call)


_STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
_SCORES = (  # (strengths, folds)
    [
        [0.62, 0.70, 0.66, 0.74, 0.68],
        [0.50, 0.56, 0.53, 0.59, 0.52],
        [0.44, 0.52, 0.47, 0.56, 0.46],
        [0.465, 0.535, 0.485, 0.58, 0.475],
        [0.51, 0.52, 0.53, 0.55, 0.54],
        [0.45, 0.66, 0.50, 0.70, 0.41],
    ],
    [
        [0.41, 0.37, 0.45, 0.39],
        [0.40, 0.36, 0.43, 0.37],
        [0.405, 0.38, 0.43, 0.385],
        [0.425, 0.40, 0.42, 0.385],
        [0.43, 0.41, 0.44, 0.40],
        [0.60, 0.58, 0.63, 0.57],
    ],
    # Four folds with a standard error of 0.01 at the lowest mean: the next three are 0.84, 0.95
    # and 1.08 errors above it, so that another divisor chooses another strength.
    np.array([[0.48], [0.44], [0.4], [0.4084], [0.4095], [0.4108]])
    + 0.01 * np.sqrt(3) * np.array([-1, -1, 1, 1]),
)


def strongest_within_error(function: Callable) -> Verdict:
    """Judges: function(strengths, scores), the one-standard-error choice over folds."""

    def rule(error, choose=max):
        def answer(strengths, scores):
            mean = scores.mean(axis=1)
            return float(choose(strengths[mean <= mean.min() + error(scores, mean.argmin())]))

        return answer

    def of_mean(values, ddof=1):
        return values.std(axis=-1, ddof=ddof) / math.sqrt(values.shape[-1])

    right = rule(lambda s, low: of_mean(s[low]))
    mistakes = {
        "lowest mean": rule(lambda *_: 0.0),
        "deviation for error": rule(lambda s, low: s[low].std(ddof=1)),
        "weakest for strongest": rule(lambda s, low: of_mean(s[low]), min),
        "position for strength": lambda strengths, s: strengths.tolist().index(right(strengths, s)),
        "ddof forgotten": rule(lambda s, low: of_mean(s[low], ddof=0)),
        "root of the strengths": rule(lambda s, low: s[low].std(ddof=1) / math.sqrt(len(s))),
        "each its own error": rule(lambda s, low: of_mean(s)),
        "strengths for folds": rule(
            lambda s, low: s.mean(axis=1).std(ddof=1) / math.sqrt(s.shape[1])
        ),
    }
    words = """
    praise: the strongest penalty that five folds cannot tell from the best
    hint: mean over the folds; the lowest of them plus s / sqrt(folds) is the bound; then the
        largest strength whose mean is not above it
    lowest mean: that is the lowest mean itself; the rule goes on to the strongest that is within
        one standard error of it
    deviation for error: you allow a standard deviation of the folds; the error of their mean is
        smaller by the root of their number
    weakest for strongest: this is the weakest penalty within the error; take the strongest
    position for strength: that is a position; give the strength that stands there
    ddof forgotten: your error is a little too small: without ddof=1 std divides by n
    root of the strengths: divide by the root of the number of folds, not of strengths
    each its own error: you gave each strength its own error, so that a shaky one gets in; the bound
        is the lowest mean plus the error of the lowest
    strengths for folds: your error is made from the means of different strengths; it is the folds
        at one strength, the lowest, whose scores show the error of a mean
    """
    cases = [(_STRENGTHS, scores) for scores in _SCORES]
    return judge_function(function, right, cases, mistakes, words)


class _Trained:
    """Stands for candidates that can be trained for 1, 2, 4, ... rounds; notes what is asked."""

    def __init__(self, curves: dict[float, tuple[float, ...]], first: int):
        self.curves, self.first, self.asked = curves, first, set()

    def __call__(self, candidate, epochs) -> float:
        done = epochs / self.first
        if candidate not in self.curves or done < 1 or not math.log2(done).is_integer():
            raise ValueError(f"loss({candidate!r}, {epochs!r}): no such candidate or epochs")
        self.asked.add((candidate, int(epochs)))
        curve = self.curves[candidate]
        return curve[min(int(math.log2(done)), len(curve) - 1)]

    @property
    def rounds(self) -> str:
        """Such as "8@1 4@2 2@4"; that the last one left was asked as well does not matter."""
        epochs = sorted({e for _, e in self.asked})
        counts = {e: sum(at == e for _, at in self.asked) for e in epochs}
        return " ".join(f"{count}@{e}" for e, count in counts.items() if count > 1)


# The losses after the first epochs, twice, four times and eight times as many: some start well
# and end badly, so that a search that asks too early, too late or the wrong way round ends
# elsewhere.
_RACES = (
    (
        {
            0.001: (0.50, 0.58, 0.70, 0.90),
            0.002: (0.52, 0.51, 0.60, 0.80),
            0.005: (0.54, 0.53, 0.50, 0.55),
            0.01: (0.56, 0.52, 0.51, 0.49),
            0.02: (0.60, 0.50, 0.45, 0.43),
            0.05: (0.64, 0.55, 0.44, 0.40),
            0.1: (0.66, 0.57, 0.52, 0.50),
            0.2: (0.69, 0.68, 0.67, 0.66),
        },
        5,
    ),
    (
        {
            0.1: (0.60, 0.60, 0.61),
            0.2: (0.59, 0.57, 0.40),
            0.3: (0.70, 0.40, 0.30),
            0.4: (0.58, 0.58, 0.58),
        },
        3,
    ),
)


def successive_halving(function: Callable) -> Verdict:
    """Judges: function(loss, candidates, epochs), the one that is left of a power of two."""

    def watched(f, curves, first):
        loss = _Trained(curves, first)
        return f(loss, list(curves), first), loss.rounds

    def halve(worse=False, until=1, first=1, keep=lambda n: n // 2):
        def search(loss, candidates, epochs):
            left, epochs = list(candidates), first * epochs
            while len(left) > until:
                left.sort(key=lambda c: loss(c, epochs), reverse=worse)
                left, epochs = left[: keep(len(left))], 2 * epochs
            return left[0]

        return search

    def at_once(rounds):
        def search(loss, candidates, epochs):
            return min(candidates, key=lambda c: loss(c, epochs * rounds(len(candidates))))

        return search

    def with_loss(loss, candidates, epochs):
        winner = halve()(loss, candidates, epochs)
        return loss(winner, epochs * len(candidates) // 2)

    def winners(f):
        """Whatever was asked on the way."""
        known = [watched(f, *race)[0] for race in _RACES]
        return When(lambda answer: [winner for winner, _ in answer] == known)

    mistakes = {
        "worse half kept": winners(halve(worse=True)),
        "first losses only": winners(at_once(lambda n: 1)),
        "doubled too soon": winners(halve(first=2)),
        "last round left out": winners(halve(until=2)),
        "all trained to the end": winners(at_once(lambda n: n // 2)),
        "one at a time": winners(halve(keep=lambda n: n - 1)),
        "loss for candidate": winners(with_loss),
    }
    words = """
    praise: most are let go early, and only two go the whole way
    hint: while more than one is left: sort by loss(candidate, epochs), keep the first half, double
        the epochs; then give the one that is left
    worse half kept: you keep the half with the higher losses; keep the lower ones
    first losses only: the losses after the first epochs decide everything; those who are left have
        to be asked again, after twice as many epochs
    doubled too soon: the first round asks after twice as many epochs; double them after it
    last round left out: you stop while two are left; ask them once more, after twice the epochs
    all trained to the end: you train all to the end, which halving is there to save
    one at a time: you let go of one candidate a round, while the epochs double; half of them go
    loss for candidate: you give the loss of the one that is left; give the candidate
    """
    return judge_function(function, halve(), _RACES, mistakes, words, call=watched)
