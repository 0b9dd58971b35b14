"""What a search has trained: the runs of folds and seeds, kept on disk, and read as options."""

from collections.abc import Sequence

import numpy as np

from helpers import cache, metrics
from helpers.data.folding import Fold
from helpers.experiment import Experiment, Run
from helpers.search.jobs import curve_of
from helpers.search.result import ALWAYS
from helpers.search.space import STOPPED, UNREGULARISED, Trial
from helpers.search.statistics import Option


class Records:
    """The runs of a search, without their weights.

    Args:
        trials: What is compared.
        folds: On which rows.
        seeds: With how many seeds, at most.
    """

    def __init__(self, trials: Sequence[Trial], folds: Sequence[Fold], seeds: int):
        self.trials, self.folds, self.seeds = trials, folds, seeds
        self._runs: dict[tuple[int, Experiment], Run] = {}  # of a fold and an experiment

    def add(self, fold: int, run: Run) -> None:
        """Take a run, if none is as long."""
        if self.known(fold, run.experiment) is None:
            self._runs[fold, _same(run.experiment)] = run

    def known(self, fold: int, e: Experiment) -> Run | None:
        """The run of an experiment on a fold, if there is one of so many epochs or more."""
        found = self._runs.get((fold, _same(e)))
        return found if found is not None and found.experiment.epochs >= e.epochs else None

    def folds_done(self, trial: Trial) -> int:
        """On how many folds, from the first one, a trial was trained to its last epoch."""
        for fold in range(len(self.folds)):
            if self.known(fold, trial.experiment) is None:
                return fold
        return len(self.folds)

    def compared(self) -> tuple[list[Option], list[Option]]:
        """The options that have losses on the same folds, and the better one of other trials.

        All four baselines and at least one candidate have them, or only the trivial baseline.
        """
        done = {trial: self.folds_done(trial) for trial in self.trials}
        baselines = [folds for trial, folds in done.items() if trial.is_baseline]
        candidates = [folds for trial, folds in done.items() if not trial.is_baseline]
        count = min(*baselines, max(candidates))
        folds = range(count or len(self.folds))
        found = [trial for trial in self.trials if count and done[trial] >= count]
        options = [o for t in found for o in self.options(t, folds, t.experiment.epochs)]
        others = []
        for trial in self.trials:
            if trial not in found and (reach := self._reach(trial)):
                others.append(min(self.options(trial, *reach), key=Option.score))
        return [*options, self._trivial(folds)], others

    def options(self, trial: Trial, folds: Sequence[int], epochs: int) -> list[Option]:
        """A trial after so many epochs, and stopped early."""
        epochs = min(epochs, trial.experiment.epochs)
        curves = np.full((len(folds), self.seeds, epochs), np.nan)
        for place, fold in enumerate(folds):
            for seed in range(self.seeds):
                e = trial.experiment
                run = self.known(fold, e.replace(seed=e.seed + seed, epochs=epochs))
                if run is not None:
                    curves[place, seed] = curve_of(run, epochs)
        stopped = f"{trial.name}, {STOPPED}"
        early_is_baseline = trial.is_baseline and trial.name == UNREGULARISED
        return [
            Option(trial.name, trial.experiment, False, trial.is_baseline, curves),
            Option(stopped, trial.experiment, True, early_is_baseline, curves),
        ]

    def _reach(self, trial: Trial) -> tuple[list[int], int] | None:
        """The folds that a trial was trained on, and for how many epochs on all of them."""
        same = _same(trial.experiment)
        found = {f: run.experiment.epochs for (f, e), run in self._runs.items() if e == same}
        return (sorted(found), min(found.values())) if found else None

    def _trivial(self, folds: Sequence[int]) -> Option:
        made = [self.folds[k] for k in folds]
        losses = [metrics.baseline_loss(fold.train.y, fold.validation.y) for fold in made]
        curves = np.repeat(np.array(losses)[:, None, None], self.seeds, axis=1)
        return Option(ALWAYS + made[0].task.baseline, None, False, True, curves)

    # On disk -------------------------------------------------------------------------------

    def load(self, length: object) -> bool:
        """Take what earlier searches trained.

        Args:
            length: Equal for searches that are given equal time.

        Returns:
            Whether one of that length was finished, so that there is nothing left to train.
        """
        for fold, name in enumerate(self._names()):
            for run in cache.load(name) or []:
                self.add(fold, run)
        return bool(self._runs) and cache.load(self._finished(length)) is not None

    def save(self, length: object, finished: bool) -> None:
        """Keep what was trained, and whether it was all that a search of that length trains."""
        for fold, name in enumerate(self._names()):
            if runs := [run for (of, _), run in self._runs.items() if of == fold]:
                cache.save(name, runs)
        if finished:
            cache.save(self._finished(length), list(self._runs.values())[:1])

    def _names(self) -> list[str]:
        """The name of the file of each fold, whatever the number of epochs is."""
        experiments = [_same(trial.experiment) for trial in self.trials]
        return [f"{cache.name_of(experiments, fold)}-search" for fold in self.folds]

    def _finished(self, length) -> str:
        return f"{self._names()[0]}-{len(self.folds)}-{self.seeds}-{length}"


def _same(e: Experiment) -> Experiment:
    """What is the same experiment, whatever its number of epochs."""
    return e.replace(epochs=1)
