"""The exercises of lesson 03: L1."""

import math
from collections.abc import Callable

import numpy as np

from helpers import reference
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function


def vanishing_strength(answer) -> Verdict:
    """Judges: the least `l1` at which the data loss 2 (w - 0.3)**2 + 1 leaves w = 0."""
    mistakes = {
        "L1 taken for L2": When(lambda a: a == "never" or math.isinf(float(a))),
        "place for slope": 0.3,
        "2 forgotten in the slope": 0.6,
        "pull of L2": any_of(2.4, -2.4),
        "sign kept": -1.2,
    }
    words = """
    praise: from there on, the price of leaving 0 is above what the data pay for it
    hint: w = 0 is the lowest point as soon as λ is at least the size of the data's slope at 0
    L1 taken for L2: that would be so for L2, whose pull fades towards 0; the pull of L1 does not,
        so at some strength it wins
    place for slope: this is where the data want the weight; what counts is how hard they pull
    2 forgotten in the slope: the slope of 2 (w - 0.3)² is 4 (w - 0.3); take it at w = 0
    pull of L2: there is no factor 2 here; λ |w| has the slope λ or -λ, whatever w is
    sign kept: a strength is not negative; it has to match the size of the data's slope at 0
    """
    return judge(answer, 1.2, mistakes, words)


_THRESHOLDS = (
    ([0.5, -0.03, 0.02, -1.2, 0.0], 0.1),
    ([[0.3, -0.3], [2.0, -0.1]], 0.2),
)


def shrunk_to_zero(function: Callable) -> Verdict:
    """Judges: function(w, step), the soft threshold of an array."""
    mistakes = {
        "hard threshold": lambda w, step: np.where(np.abs(w) > step, w, 0.0),
        "signs lost": lambda w, step: np.maximum(np.abs(w) - step, 0),
        "negative weights dropped": lambda w, step: np.maximum(w - step, 0),
        "stepped over 0": lambda w, step: w - step * np.sign(w),
        "share for amount": lambda w, step: (1 - step) * w,
        "clipped": lambda w, step: np.clip(w, -step, step),
    }
    words = """
    praise: the same amount off each, and exactly 0 where less than that was there
    hint: take step off |w|, but not below 0, and multiply by the sign of w
    hard threshold: small weights are 0, but the step is to be taken off all others as well
    signs lost: the sizes are right, but negative weights are positive; give back the signs
    negative weights dropped: you cut off negative weights; shrink |w|, then give back the sign
    stepped over 0: this is the subgradient's step; a weight nearer to 0 than the step jumps to the
        other side and never rests
    share for amount: this takes a share off each weight, as L2 does; L1 takes the same off all
    clipped: you limit every weight to the step, where the step is to be taken off
    """
    return judge_function(function, reference.soft_threshold, _THRESHOLDS, mistakes, words)


_KERNELS = (
    ([[0.5, -0.5, 0], [0, 0, 0], [0.2, 0.1, 0.3], [0, 0, 0], [0, -0.1, 0]],),
    ([[0, 0], [1, -1], [2, 1], [0.3, 0], [0, 0], [1e-9, 0], [-0.2, 0.2]],),
)


def inputs_in_use(function: Callable) -> Verdict:
    """Judges: function(kernel), how many inputs the first layer of a network reads at all."""
    mistakes = {
        "weights for inputs": lambda k: int(np.count_nonzero(k)),
        "units for inputs": lambda k: int(np.any(k != 0, axis=0).sum()),
        "all for any": lambda k: int(np.all(k != 0, axis=1).sum()),
        "unused for used": lambda k: int(np.all(k == 0, axis=1).sum()),
        "small taken for 0": lambda k: int(np.any(np.abs(k) > 1e-8, axis=1).sum()),
        "signs cancel": lambda k: int(np.count_nonzero(k.sum(axis=1))),
        "negative weights overlooked": lambda k: int(np.any(k > 0, axis=1).sum()),
    }
    words = """
    praise: what is left out can be left out of the measurement too
    hint: for each row ask whether any weight is not 0, and count the rows where it is so
    weights for inputs: you count weights; an input is in use if any weight of its row is not 0
    units for inputs: you count columns, which are units; a kernel has one row for each input
    all for any: you ask that no weight of the row is 0; one that is not 0 is enough to be read
    unused for used: these are the inputs whose row is all 0, the ones that are not read
    small taken for 0: you leave out weights that are small; the network hears them, however softly,
        and a proximal step makes zeros that are exact
    signs cancel: the row 0.5, -0.5 sums to 0 and is read all the same; look at each weight
    negative weights overlooked: you look for weights above 0; a negative weight is heard just as
        well, so ask which are not 0
    """
    return judge_function(
        function, lambda k: int(np.any(k != 0, axis=1).sum()), _KERNELS, mistakes, words
    )


def translated_elastic_net(answer) -> Verdict:
    """Judges: (l1, l2) of Keras for 0.1 * (0.3 * sum |w| + 0.7 / 2 * sum w**2)."""
    mistakes = {
        "half forgotten": (0.03, 0.07),
        "half turned round": (0.03, 0.14),
        "shares exchanged": (0.07, 0.015),
        "shares left out": any_of((0.1, 0.05), (0.1, 0.1)),
        "strength left out": any_of((0.3, 0.35), (0.3, 0.7)),
    }
    words = """
    praise: l1 multiplies the sum of |w| and l2 the sum of w², both as they stand
    hint: multiply out: what stands in front of the sum of |w|, and what in front of that of w²
    half forgotten: l1 is right; but the formula has half of the squares, Keras all of them
    half turned round: l1 is right; the half makes Keras's l2 smaller, not larger
    shares exchanged: 0.3 is the share of the absolute values, 0.7 that of the squares
    shares left out: 0.1 stands before the bracket; inside it the shares are 0.3 and 0.7
    strength left out: you have the shares; the 0.1 in front of the bracket multiplies both
    """
    return judge(answer, (0.03, 0.035), mistakes, words)
