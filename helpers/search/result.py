"""`SearchResult`: candidates ranked, a verdict in words, and the chosen network."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from helpers import cache, drawing, metrics
from helpers.data import Parts
from helpers.experiment import Experiment, Run
from helpers.export import export
from helpers.formatting import approximate
from helpers.metrics import Interval
from helpers.search import verdict
from helpers.search.opening import Opened, evaluate
from helpers.search.space import STOPPED, UNREGULARISED
from helpers.search.statistics import Option, best, corrected_interval, fold_error, gain
from helpers.tasks import Task

ALWAYS = "always predicting the "  # the trivial baseline; its task says what


@dataclass(frozen=True, eq=False)
class Candidate:
    """One row of the ranking: a baseline or a candidate.

    Attributes:
        name: In words, such as "L2 0.01, stopped early".
        experiment: What to train; stopped early, its `epochs` are those of the lowest mean
            validation loss. None for the trivial baseline.
        is_baseline: Whether it is one of the four baselines.
        losses: float (folds, seeds), the loss of validation rows; NaN where it was not trained,
            infinite where it diverged. The epoch at which it is stopped is chosen on the other
            folds.
        mean: Of the losses, over folds.
        standard_error: Of that mean, over folds.
        difference: Of the loss from the best baseline, on the same folds and seeds, with the
            95 % interval of this candidate for itself. The lowest of many flatters:
            `SearchResult.gain` does not.
        left_out: Whether it was left out after an earlier round, so that its losses are of fewer
            folds or epochs and do not compare with the others.
    """

    name: str
    experiment: Experiment | None
    is_baseline: bool
    losses: np.ndarray
    mean: float
    standard_error: float
    difference: Interval
    left_out: bool = False

    def __repr__(self):
        return f"Candidate({self.name!r}, {self.mean:.3g} ± {self.standard_error:.2g})"


@dataclass(eq=False, kw_only=True)
class SearchResult:
    """What a search found.

    Attributes:
        parts: The rows; their test rows were not looked at.
        base: What all networks have in common.
        candidates: Baselines and candidates by ascending mean loss; those that were left out in an
            earlier round at the end.
        best_baseline: The baseline with the lowest mean loss.
        chosen: The simplest network whose mean loss is within one standard error of the lowest;
            None if no network was trained on a fold.
        gains: {baseline in words: the loss of the best candidate less that of this baseline}, each
            with its 95 % interval, on folds that did not choose the candidate: below 0 it is
            better. "the last epoch" and "early stopping" are the unregularised network's.
        gain: The same against the best baseline; None if no candidate was trained.
        verdict: Plain sentences.
        finished: Whether the search did all that it planned: not if it was cancelled, or if the
            time was over.
        seeds: How many seeds the chosen network is trained with.
        folds: How many folds the candidates are compared on.
    """

    parts: Parts
    base: Experiment
    candidates: tuple[Candidate, ...]
    best_baseline: Candidate
    chosen: Candidate | None
    gains: dict[str, Interval]
    gain: Interval | None
    verdict: tuple[str, ...]
    finished: bool
    seeds: int
    folds: int
    _opened: Opened | None = field(default=None, init=False, repr=False)

    @property
    def helps(self) -> bool:
        """Whether a candidate beats the best baseline beyond noise."""
        return self.gain is not None and verdict.clear(self.gain)

    @functools.cached_property
    def runs(self) -> list[Run]:
        """The chosen network, trained on the training rows: one run a seed, kept on disk.

        Raises:
            ValueError: If no network was chosen.
        """
        from helpers.training import train

        if self.chosen is None:
            raise ValueError("no network was trained before the search ended: search again")
        first = self.chosen.experiment
        experiments = [first.replace(seed=first.seed + k) for k in range(self.seeds)]
        name = cache.name_of(experiments, self.parts)
        found = cache.load(name)
        if found is None:
            found = train(experiments, self.parts, progress=False)
            cache.save(name, found)
        return found

    def open_test(self, why: str) -> Opened:
        """Open the sealed test rows, and measure the chosen network (of the first seed) on them.

        The first call opens the seal; a further one gives the same answer again.

        Args:
            why: What they are opened for, in words.

        Raises:
            ValueError: If no reason is given, there are no test rows, or no network was chosen.
        """
        run = self.runs[0]
        if self._opened is None:
            self._opened = evaluate(run, self.parts, self.parts.test.open(why))
        return self._opened

    def draw(self, ax=None) -> Figure:
        """Draw the ranking: the difference of each from the best baseline, with its interval.

        Args:
            ax: Axes to draw on; None makes a figure.
        """
        shown, networks = [], set()
        for candidate in (c for c in self.candidates if not c.left_out):
            name = candidate.name.removesuffix(f", {STOPPED}")
            if candidate.is_baseline or candidate is self.chosen or name not in networks:
                shown.append(candidate)
                networks |= {name} - {c.name for c in self.candidates if c.is_baseline}
        if ax is None:
            rows = min(len(shown), drawing.RANKED + 4) + 1
            _, ax = drawing.figure(width=1000, height=120 + 30 * rows)
        drawing.ranking(ax, shown, self.gain, self.chosen, unit_of(self.parts.task))
        return ax.get_figure(root=True)

    def export(self, folder: str | Path) -> Path:
        """Write a folder with the chosen network (of the first seed) and scripts without helpers.

        The page in it holds the verdict, the ranking, and what the test rows said if they were
        opened; `helpers.export.export` says what else there is, and what it refuses.

        Args:
            folder: Where to write; if there is something, the name gets a number.

        Returns:
            The folder.
        """
        return export(
            self.parts, self.runs[0], folder, verdict=self.verdict, picture=self.draw(),
            opened=self._opened,
        )  # fmt: skip

    def __repr__(self):
        return "\n".join(self.verdict)


def result_of(
    parts: Parts,
    base: Experiment,
    options: Sequence[Option],
    left_out: Sequence[Option],
    ratio: float,
    rows: int,
    seeds: int,
    stopped: str,
) -> SearchResult:
    """Rank options and put into words what they show.

    Args:
        parts, base: As for `search`.
        options: Those with losses on the same folds, the trivial baseline among them.
        left_out: Those that are not compared.
        ratio: Validation rows over training rows of a fold.
        rows: Training and validation rows of all folds.
        seeds: How many seeds were asked for.
        stopped: Why the search ended early, or "".
    """
    baselines = [o for o in options if o.is_baseline]
    candidates = [o for o in options if not o.is_baseline]
    networks = [o for o in options if o.experiment is not None]
    reference = best(baselines)
    made = {o: _candidate(o, reference, ratio) for o in options}
    ranked = sorted(made.values(), key=lambda c: c.mean)
    ranked += sorted((_left(o) for o in left_out), key=lambda c: c.mean)
    chosen = _choose(networks) if networks else None
    gains, overall = {}, None
    if candidates:
        for option in baselines:
            name = {UNREGULARISED: verdict.LAST, f"{UNREGULARISED}, {STOPPED}": verdict.EARLY}
            gains[name.get(option.name, option.name)] = gain(candidates, [option], ratio)
        overall = gain(candidates, baselines, ratio)
    trivial = [o for o in baselines if o.experiment is None]
    findings = verdict.Findings(
        gains=gains,
        gain=overall if len(reference.curves) > 1 else None,
        best_baseline=reference.name,
        best_candidate=best(candidates).name if candidates else "",
        chosen=chosen.name if chosen else None,
        chosen_loss=_spelled(parts, chosen.mean) if chosen else "",
        chosen_is_baseline=bool(chosen and chosen.is_baseline),
        trivial_wins=bool(networks) and not verdict.clear(gain(networks, trivial, ratio)),
        compared=len(candidates) + len(left_out),
        folds=len(reference.curves),
        seeds=max((_seeds(o) for o in networks), default=0),
        rows=rows,
        unit=unit_of(parts.task),
        trivial=ALWAYS + parts.task.baseline,
    )
    return SearchResult(
        parts=parts,
        base=base,
        candidates=tuple(ranked),
        best_baseline=made[reference],
        chosen=made[chosen] if chosen else None,
        gains=gains,
        gain=overall,
        verdict=verdict.sentences(findings, stopped),
        finished=not stopped,
        seeds=seeds,
        folds=len(reference.curves),
    )


def unit_of(task: Task) -> str:
    """The unit of a loss: nats, or what a squared error of a standardised target is a part of."""
    return task.loss_unit or "of the target's variance"


def _spelled(parts: Parts, loss: float) -> str:
    words = f"{approximate(loss)} {unit_of(parts.task)}"
    return words if parts.target is None else f"{words}, {parts.target.spell_rmse(loss)}"


def _seeds(option: Option) -> int:
    """With how many seeds it was trained on each fold, at most."""
    return int((~np.isnan(option.curves[:, :, 0])).sum(axis=1).max())


def _candidate(option: Option, reference: Option, ratio: float) -> Candidate:
    losses = option.losses()
    difference = gain([option], [reference], ratio)
    if option is reference:
        difference = Interval(0.0, 0.0, 0.0, 0.0)
    return Candidate(
        option.name, _experiment(option), option.is_baseline, losses, option.mean,
        fold_error(losses), difference,
    )  # fmt: skip


def _left(option: Option) -> Candidate:
    losses = option.losses()
    unknown = corrected_interval([math.nan], 0)
    return Candidate(
        option.name, _experiment(option), option.is_baseline, losses, option.mean,
        fold_error(losses), unknown, True,
    )  # fmt: skip


def _experiment(option: Option) -> Experiment | None:
    if option.experiment is None or not option.early:
        return option.experiment
    return option.experiment.replace(epochs=option.epoch() + 1)


def _choose(networks: Sequence[Option]) -> Option:
    """The one-standard-error rule: the simplest network that is as good as the best."""
    means = {option.name: option.mean for option in networks}
    lowest = best(networks)
    error = fold_error(lowest.losses())
    if math.isinf(error):
        return lowest
    kept = set(metrics.within_one_standard_error(means, error))
    return min((o for o in networks if o.name in kept), key=_complexity)


def _complexity(option: Option) -> tuple:
    """Ascending: fewer units, fewer techniques, a baseline, a lower loss."""
    e = option.experiment
    techniques = sum(bool(v) for v in (e.l1, e.l2, e.dropout, e.weight_decay, e.label_smoothing,
                                       e.input_noise, option.early))  # fmt: skip
    return sum(e.hidden), techniques, not option.is_baseline, option.mean
