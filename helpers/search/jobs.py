"""The networks of a search, trained bank by bank, here or by an executor's workers."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from helpers.data.folding import Fold
from helpers.experiment import Experiment, Run

MEMBERS = 8  # networks of one bank: every bank of a structure has as many, so that it compiles once
STEP = 10  # epochs from one look at the time to the next
POLL = 0.2  # seconds from one look at the workers to the next


class Stopped(Exception):
    """The time is over, or somebody cancelled."""


class Job(NamedTuple):
    """Networks of one structure and one seed on one fold."""

    fold: int
    experiments: tuple[Experiment, ...]

    @property
    def epochs(self) -> int:
        """How long they train."""
        return self.experiments[0].epochs


class Trained(NamedTuple):
    """What a job gives: runs without weights; and how long its parts took, in seconds."""

    runs: list[Run]
    first: float  # the first epochs, with the compiling
    epoch: float  # an epoch after these


def jobs_of(wanted: Iterable[tuple[int, Experiment]], most: int) -> list[Job]:
    """Jobs for pairs of a fold and an experiment; folds in order, so that early ones complete."""
    from helpers.training.planning import structure

    groups: dict[tuple, list[Experiment]] = {}
    for fold, e in wanted:
        groups.setdefault((fold, e.seed, e.epochs, structure(e)), []).append(e)
    found = []
    for key in sorted(groups, key=lambda key: key[:2]):
        fold, group = key[0], groups[key]
        pieces = math.ceil(len(group) / most)
        found += [Job(fold, tuple(group[k::pieces])) for k in range(pieces)]
    return found


def train_job(
    job: Job, fold: Fold, members: int, check: Callable[[int], object] = lambda epochs: None
) -> Trained:
    """Train the networks of a job.

    Args:
        job: What to train.
        fold: On which rows.
        members: The size of the bank, which is filled up with copies.
        check: Called with the epochs done, every few epochs; may raise `Stopped`.
    """
    from helpers.training import Trainer

    filled = [*job.experiments, *[job.experiments[0]] * (members - len(job.experiments))]
    trainer, times = Trainer(filled, fold), [time.monotonic()]
    while trainer.epoch < job.epochs:
        trainer.advance(min(STEP, job.epochs - trainer.epoch))
        times.append(time.monotonic())
        check(trainer.epoch)
    first, rest = times[1] - times[0], job.epochs - min(STEP, job.epochs)
    epoch = (times[-1] - times[1]) / rest if rest else first / job.epochs
    return Trained([replace(run, weights=[]) for run in trainer.runs[: len(job.experiments)]],
                   first, epoch)  # fmt: skip


def train_here(
    jobs: Sequence[Job], folds: Sequence[Fold], size: Callable[[Job], int], check, done
) -> None:
    """Train jobs one after another; `done(job, trained)` is called after each."""
    for job in jobs:
        done(job, train_job(job, folds[job.fold], size(job), lambda _: check()))
        check()


def train_elsewhere(
    jobs: Sequence[Job], folds: Sequence[Fold], size: Callable[[Job], int], check, done,
    executor: Executor,
) -> None:  # fmt: skip
    """As `train_here`, by the workers of an executor, all at a time."""
    waiting = {executor.submit(train_job, job, folds[job.fold], size(job)): job for job in jobs}
    try:
        while waiting:
            finished, _ = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in finished:
                done(waiting.pop(future), future.result())
            check()
    finally:
        for future in waiting:
            future.cancel()


def curve_of(run: Run, epochs: int) -> np.ndarray:
    """The validation loss after each epoch, float (epochs,); infinite from where it diverged."""
    found = np.full(epochs, np.inf)
    known = np.asarray(run.validation_loss[:epochs], float)
    found[: len(known)] = known
    return found
