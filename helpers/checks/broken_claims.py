"""“Break it”: settings on which a claim of a lesson fails."""

import functools
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from helpers.checks.verdicts import Verdict, When, judge
from helpers.experiment import Experiment


def judge_broken_claim(
    change: Mapping[str, object],
    base: Experiment,
    fixed: Iterable[str],
    measure: Callable[[Experiment], np.ndarray],
    holds: Callable[[np.ndarray], np.ndarray],
    words: str,
) -> Verdict:
    """Judge changed fields of an `Experiment` with which a claim fails in every seed.

    Args:
        change: {field: value}, the learner's answer.
        base: The settings of the lesson.
        fixed: Fields that must stay as they are.
        measure: Trains the changed experiment; one number a seed, not finite where a run diverged.
            Called once at most, and only if something is changed that may be.
        holds: Of these numbers, whether the claim holds for each.
        words: As in `judge`, for the mistakes "fixed field changed", "nothing changed",
            "diverged", "the claim holds" and "depends on the seed".
    """

    @functools.cache
    def measured():
        changed = base.replace(**change)
        return None if changed == base else np.asarray(measure(changed))

    def is_change(c):
        return isinstance(c, Mapping) and not set(fixed) & set(c)

    def finds(test):
        return When(lambda c: is_change(c) and measured() is not None and bool(test(measured())))

    mistakes = {
        "fixed field changed": When(lambda c: isinstance(c, Mapping) and not is_change(c)),
        "nothing changed": When(lambda c: is_change(c) and measured() is None),
        "diverged": finds(lambda m: not np.isfinite(m).all()),
        "the claim holds": finds(lambda m: holds(m).all()),
        "depends on the seed": finds(lambda m: holds(m).any()),
    }
    right = finds(lambda m: np.isfinite(m).all() and not holds(m).any())
    return judge(change, right, mistakes, words)
