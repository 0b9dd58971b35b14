"""Losses of folds and seeds: paired differences that the choice among many does not flatter.

Three things would make the best of many look better than it is, and are kept out:

- the epoch at which a network is stopped early is chosen on all folds but the one that it is
  measured on;
- so is the candidate that is compared with a baseline (`gain`). That is what a cross-validation
  around the whole search would give, without training again (Varma and Simon 2006; Tibshirani and
  Tibshirani 2009, "A bias correction for the minimum error rate in cross-validation"), so that no
  correction for the number of candidates is needed;
- folds share training rows, so that their differences are not independent: the variance of their
  mean is (1/K + validation rows / training rows) s² rather than s²/K (Nadeau and Bengio 2003,
  "Inference for the generalization error", equation 9).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from helpers.experiment import Experiment
from helpers.metrics import Interval, standard_error, t_quantile


@dataclass(frozen=True, eq=False)
class Option:
    """A trial at its last epoch, or stopped early; or the trivial baseline.

    Attributes:
        name: In words.
        experiment: Of the trial; None for the trivial baseline.
        early: Whether it is stopped where the validation loss is lowest.
        is_baseline: Whether candidates are compared with it.
        curves: float (folds, seeds, epochs), validation losses: NaN where a seed was not trained,
            infinite from where a run diverged. The trivial baseline has one epoch.
    """

    name: str
    experiment: Experiment | None
    early: bool
    is_baseline: bool
    curves: np.ndarray
    means: np.ndarray = field(init=False, repr=False)  # (folds, epochs), over seeds

    def __post_init__(self):
        known = ~np.isnan(self.curves)
        total = np.where(known, self.curves, 0).sum(axis=1)
        object.__setattr__(self, "means", total / known.sum(axis=1))

    def epoch(self, without: int | None = None) -> int:
        """The epoch it ends with, counted from 0, chosen without looking at one of the folds."""
        if not self.early:
            return self.means.shape[1] - 1
        return int(self._others(without).argmin())

    def score(self, without: int | None = None) -> float:
        """Its mean loss on all folds, or on all but one; stopped early it flatters a little."""
        return float(self._others(without)[self.epoch(without)])

    @property
    def mean(self) -> float:
        """Its mean loss over folds, each epoch chosen without the fold it is measured on."""
        return float(np.nanmean(self.losses(), axis=1).mean())

    def losses(self) -> np.ndarray:
        """The loss on each fold with each seed, (folds, seeds), its epoch chosen without it."""
        return np.stack([self.at(k) for k in range(len(self.curves))])

    def at(self, fold: int) -> np.ndarray:
        """The loss on one fold with each seed, (seeds,), its epoch chosen without that fold."""
        return self.curves[fold, :, self.epoch(fold)]

    def _others(self, without: int | None) -> np.ndarray:
        if without is None or len(self.means) == 1:
            return self.means.mean(axis=0)
        return np.delete(self.means, without, axis=0).mean(axis=0)


def best(options: Sequence[Option], without: int | None = None) -> Option:
    """The option with the lowest mean loss on all folds, or on all but one."""
    if without is None:
        return min(options, key=lambda option: option.mean)
    return min(options, key=lambda option: option.score(without))


def gain(candidates: Sequence[Option], baselines: Sequence[Option], ratio: float) -> Interval:
    """Compare the best candidate with the best baseline, without the flattery of the choice.

    Twice: on each fold, the candidate and the baseline that are the best of the other folds; and on
    all folds, those that are the best of all. Of both intervals the more cautious one is returned,
    whose upper end is higher: what is claimed then holds for the procedure of choosing and for
    the one that it chose (an intersection-union test, Berger 1982).

    Args:
        candidates, baselines: What is chosen from; their folds are the same.
        ratio: Validation rows over training rows of a fold.

    Returns:
        The mean difference of the loss, candidate minus baseline, and its 95 % interval.
    """
    folds = range(len(candidates[0].curves))
    chosen = best(candidates), best(baselines)
    choices = [(best(candidates, k), best(baselines, k)) for k in folds]
    intervals = [
        corrected_interval([_difference(*pair, k) for k, pair in zip(folds, pairs, strict=True)],
                           ratio)
        for pairs in (choices, [chosen] * len(folds))
    ]  # fmt: skip
    return max(intervals, key=lambda found: found.high)


def _difference(candidate: Option, baseline: Option, fold: int) -> float:
    """The mean paired difference over the seeds that both have; infinite if one diverged."""
    ours, theirs = candidate.at(fold), baseline.at(fold)
    both = np.isfinite(ours) & np.isfinite(theirs)
    if np.isinf(ours).any() or not both.any():
        return math.inf
    return float(np.mean((ours - theirs)[both]))


def corrected_interval(differences: Sequence[float], ratio: float) -> Interval:
    """The mean of paired differences, one a fold, and its 95 % interval.

    mean ± t sqrt(1/K + ratio) s, with s the standard deviation over K folds and t the quantile of
    Student's distribution with K - 1 degrees of freedom (Nadeau and Bengio 2003).

    Args:
        differences: One a fold; infinite where a run diverged.
        ratio: Validation rows over training rows of a fold.

    Returns:
        Without bounds if there is one fold, or a run diverged.
    """
    values = np.asarray(differences, float)
    mean, count = float(values.mean()), len(values)
    if count < 2 or not np.isfinite(values).all():
        return Interval(mean, -math.inf, math.inf, math.inf)
    deviation = float(values.std(ddof=1))
    half = t_quantile(count - 1) * math.sqrt(1 / count + ratio) * deviation
    return Interval(mean, mean - half, mean + half, half)


def fold_error(losses: np.ndarray) -> float:
    """The standard error of a mean loss over folds, of (folds, seeds) with NaN for no seed."""
    means = np.nanmean(losses, axis=1)
    return standard_error(means) if len(means) > 1 and np.isfinite(means).all() else math.inf
