"""`search`: runs the rounds within the time, and keeps what there is when it is over."""

import contextlib
import itertools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from helpers.data import Parts
from helpers.data.folding import Fold
from helpers.data.folding import folds as folds_of
from helpers.experiment import Experiment
from helpers.formatting import plural
from helpers.search.jobs import MEMBERS, Stopped, jobs_of, train_elsewhere, train_here
from helpers.search.records import Records
from helpers.search.result import SearchResult, result_of
from helpers.search.rounds import Round, choose, cost
from helpers.search.space import Trial, default_base, trials_of
from helpers.validation import check_int, check_number

FINAL = 0.15  # of the time, kept for the chosen network on all training rows
LEAST = 0.25  # of the time of the base network, what a small one takes at the least
PROBE = 20  # epochs of the first bank, which show how fast this machine is


class Progress(NamedTuple):
    """How far a search is.

    Attributes:
        phase: What it does, in words.
        fraction: From 0 to 1.
        remaining: Seconds that are still to come, about.
    """

    phase: str
    fraction: float
    remaining: float


def search(
    parts: Parts,
    base: Experiment | None = None,
    space: Mapping[str, Iterable] | Iterable[Experiment] | None = None,
    folds: int = 5,
    seeds: int = 3,
    minutes: float | None = 2,
    executor: Executor | None = None,
    progress: Callable[[Progress], object] | bool | None = None,
    cancel: threading.Event | None = None,
    *,
    workers: int | None = None,
) -> SearchResult:
    """Compare kinds and strengths of regularisation with four baselines, by cross-validation.

    The baselines: always predicting the class frequencies, a linear model, the unregularised
    network at its last epoch, and the same stopped early. Training and validation rows together
    are cut into folds (`helpers.data.folding`); no test row is looked at. Many candidates are tried
    briefly, the better ones longer, on more folds and with more seeds, as the time allows.

    Args:
        parts: What `helpers.data.split` returned.
        base: The network and its training; None takes one that suits the number of rows. Its own
            regularisation is left out.
        space: {field of `Experiment`: values} tries each value alone and in pairs of two fields; a
            list of experiments is tried as it is; None takes the course's list.
        folds: How many folds, at least 2.
        seeds: How many seeds the last candidates and the chosen network are trained with.
        minutes: The time for all of it; None takes as long as it needs.
        executor: Any `concurrent.futures.Executor`, as for `helpers.training.train`; its workers
            train side by side.
        progress: Called with `Progress` in this thread; None shows a bar on a terminal, True
            always, False never.
        cancel: An event that ends the search when it is set; what there is then is kept.
        workers: As for `helpers.training.train`.

    Raises:
        ValueError: If an argument is outside its range.
    """
    from helpers.training.executors import workers_of

    if not isinstance(parts, Parts):
        raise ValueError(f"parts: is a {type(parts).__name__}, must be what split(table) returns")
    seeds = check_int("seeds", seeds, 1, 100)
    if minutes is not None:
        check_number("minutes", minutes, 0, low_allowed=False)
    given, base = base, default_base(parts) if base is None else base
    trials, made = trials_of(base, space), folds_of(parts, folds)
    count = 1 if executor is None else workers_of(executor, workers)
    with _reporting(progress) as report:
        state = _Search(parts, base, trials, made, seeds, minutes, executor, count, report, cancel)
        state.may_shorten = given is None
        return state.run()


@contextlib.contextmanager
def _reporting(progress):
    """Turn `progress` into a function of a `Progress`."""
    shown = progress is True or (progress is None and sys.stderr.isatty())
    with tqdm(total=100, desc="search", unit=" %", disable=not shown) as bar:

        def report(now: Progress) -> None:
            bar.set_postfix_str(now.phase, refresh=False)
            bar.update(max(round(100 * now.fraction) - bar.n, 0))
            if callable(progress):
                progress(now)

        yield report


class _Search:
    """The state of one search: what was trained, and how fast."""

    def __init__(
        self, parts, base, trials, folds, seeds, minutes, executor, workers, report, cancel
    ):
        self.parts, self.base, self.trials = parts, base, trials
        self.folds: list[Fold] = folds
        self.seeds, self.minutes = seeds, minutes
        self.epochs = max(trial.experiment.epochs for trial in trials)
        self.records = Records(trials, folds, seeds)
        self.may_shorten, self.asked = False, self.epochs  # whether epochs may be fewer
        self.executor, self.workers = executor, workers
        self.report, self.cancel = report, cancel or threading.Event()
        self.start = time.monotonic()
        self.end = math.inf if minutes is None else self.start + 60 * minutes
        self.epoch_seconds = math.nan  # of an epoch of one network
        self.kept: list[Trial] = trials  # those that go on
        self.left = 0.0  # epochs of single networks that are planned
        self.phase = "measuring how fast this machine is"
        # With many workers the last few networks are cut into as many pieces as there are.
        self.most = max(1, min(MEMBERS, 5 * len(folds) // workers)) if executor else MEMBERS

    def run(self) -> SearchResult:
        """Train what the time allows, and compare it."""
        stopped = ""
        length = f"{self.minutes}-{self.asked}"
        if not self.records.load(length):
            try:
                self._measure()
                self._rounds()
            except Stopped as why:
                stopped = str(why)
            self.records.save(length, not stopped and self.epochs == self.asked)
        sizes = self.folds[0]
        result = result_of(
            self.parts, self.base, *self.records.compared(),
            ratio=len(sizes.validation) / len(sizes.train),
            rows=len(self.parts.train) + len(self.parts.validation),
            seeds=self.seeds, stopped=stopped,
        )  # fmt: skip
        if self.epochs < self.asked:
            less = (
                f"In this time networks are trained for {plural(self.epochs, 'epoch')} rather than"
            )
            result.verdict += (f"{less} {self.asked}: give more minutes for a fuller answer.",)
        if not stopped and result.chosen is not None:
            self.phase, self.left = "training the chosen network on all training rows", 0.0
            self._tell()
            _ = result.runs
        self.report(Progress("finished", 1.0, 0.0))
        return result

    # Training ------------------------------------------------------------------------------

    def _rounds(self) -> None:
        """Train round by round; raises `Stopped`."""
        plan, before = self._plan(), None
        for k, now in enumerate(plan):
            kept, before = self._kept(self.kept, before, now), now
            self.kept = kept
            self.left = sum(self._missing_epochs(kept, r) for r in plan[k:])
            self.phase = (
                f"round {k + 1} of {len(plan)}: {plural(len(kept), 'network')}, "
                f"{plural(now.folds, 'fold')}, {plural(now.epochs, 'epoch')}"
            )
            self._train(self._wanted(kept, now))

    def _measure(self) -> None:
        """Train the first bank for some epochs, which compiles its program."""
        plain = self.trials[0].experiment
        probe = [t.experiment for t in self.trials if t.experiment.hidden == plain.hidden]
        epochs = min(PROBE, plain.epochs)
        self._tell()
        self._train([(0, e.replace(epochs=epochs)) for e in probe[: self.most]])

    def _plan(self) -> list[Round]:
        """The rounds; where the time is short, networks of other widths are left out."""
        plain, plan = self.trials[0].experiment, []
        few = [t for t in self.trials if t.experiment.hidden in ((), plain.hidden)]
        for trials in (self.trials, few):
            candidates = sum(not t.is_baseline for t in trials)
            left = (self.end - time.monotonic()) * (1 - FINAL)
            compiling = self.first * (len({t.experiment.hidden for t in trials}) - 1)
            weight = float(np.mean([self._weight(t.experiment) for t in trials]))
            plan = choose(
                candidates, len(trials) - candidates, len(self.folds), self.seeds,
                self.epochs, left - compiling, weight * self.epoch_seconds / self.workers,
            )  # fmt: skip
            self.kept = trials
            if plan[0].candidates == candidates:
                break
        need = cost(plan, len(trials) - candidates) * weight * self.epoch_seconds / self.workers
        if self.may_shorten and need > left - compiling:
            self._shorten(max(left - compiling, 0) / need)
            plan = [now._replace(epochs=min(now.epochs, self.epochs)) for now in plan]
        return plan

    def _shorten(self, share: float) -> None:
        """Train for a share of the epochs, so that a short time suffices."""
        self.epochs = min(max(int(share * self.asked), PROBE), self.asked)

        def shorter(trials):
            return [t._replace(experiment=t.experiment.replace(epochs=self.epochs)) for t in trials]

        self.base = self.base.replace(epochs=self.epochs)
        self.trials, self.kept = shorter(self.trials), shorter(self.kept)
        self.records.trials = self.trials

    def _kept(self, trials: list[Trial], before: Round | None, now: Round) -> list[Trial]:
        """The baselines, and the best candidates of the round before, or the first ones.

        A bank that they do not fill is filled up with the next ones: that takes no longer.
        """
        candidates = [t for t in trials if not t.is_baseline]
        if before is not None:
            candidates.sort(key=lambda trial: self._score(trial, before))
        kept = [t for t in trials if t.is_baseline] + candidates[: now.candidates]
        for trial in candidates[now.candidates :]:
            beside = sum(t.experiment.hidden == trial.experiment.hidden for t in kept)
            if beside % min(MEMBERS, self._alike(trial.experiment)):
                kept.append(trial)
        return kept

    def _score(self, trial: Trial, before: Round) -> float:
        """The lowest mean validation loss over the folds and epochs of a round."""
        options = self.records.options(trial, range(before.folds), before.epochs)
        return min(option.score() for option in options)

    def _wanted(self, trials: list[Trial], now: Round) -> list[tuple[int, Experiment]]:
        """What a round trains, but for what is there already."""
        wanted = []
        for seed in range(now.seeds):
            for fold in range(now.folds):
                for trial in trials:
                    e = trial.experiment
                    e = e.replace(seed=e.seed + seed, epochs=min(now.epochs, e.epochs))
                    wanted.append((fold, e))
        return [(fold, e) for fold, e in wanted if self.records.known(fold, e) is None]

    def _missing_epochs(self, trials: list[Trial], now: Round) -> float:
        return sum(e.epochs * self._weight(e) for _, e in self._wanted(trials, now))

    def _weight(self, e: Experiment) -> float:
        """How long an epoch takes, about, in units of one of the base network."""
        outside = self.folds[0].train.x.shape[1], self.parts.task.outputs

        def weights(hidden) -> int:
            sizes = (outside[0], *hidden, outside[1])
            return sum(a * b for a, b in itertools.pairwise(sizes))

        return max(weights(e.hidden) / weights(self.base.hidden), LEAST)

    def _train(self, wanted: list[tuple[int, Experiment]]) -> None:
        jobs = jobs_of(wanted, self.most)
        given = self.folds, lambda job: self._members(job.experiments[0]), self._check, self._done
        if self.executor is None:
            train_here(jobs, *given)
        else:
            train_elsewhere(jobs, *given, self.executor)

    def _members(self, e: Experiment) -> int:
        """The size of a bank: as many as there are networks of its shape, up to `most`."""
        return min(self.most, self._alike(e))

    def _alike(self, e: Experiment) -> int:
        return sum(t.experiment.hidden == e.hidden for t in self.trials)

    def _done(self, job, trained) -> None:
        for run in trained.runs:
            self.records.add(job.fold, run)
        if math.isnan(self.epoch_seconds):
            self.epoch_seconds = trained.epoch / self._members(job.experiments[0])
            self.first = trained.first
        networks = len(job.experiments) * self._weight(job.experiments[0])
        self.left = max(self.left - job.epochs * networks, 0.0)

    def _check(self) -> None:
        """Tell how far it is; raises `Stopped` if it shall end."""
        self._tell()
        if self.cancel.is_set():
            raise Stopped("it was cancelled")
        if time.monotonic() > self.end:
            minutes = (self.end - self.start) / 60
            raise Stopped(f"its time ({minutes:g} min) was over")

    def _tell(self) -> None:
        now = time.monotonic()
        need = self.left * self.epoch_seconds / self.workers if self.left else 0.0
        remaining = min(need if math.isfinite(need) else math.inf, self.end - now)
        if math.isnan(self.epoch_seconds):
            remaining = self.end - now
        remaining = max(remaining, 0.0)
        done = now - self.start
        fraction = done / (done + remaining) if math.isfinite(remaining) and done else 0.0
        self.report(Progress(self.phase, min(fraction, 0.99), remaining))
