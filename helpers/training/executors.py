"""Training to the end: `train`, in this process or handed to an executor."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from types import SimpleNamespace

from tqdm import tqdm

from helpers.data import Parts
from helpers.experiment import Experiment, Run
from helpers.training.planning import banks_of, experiments_in, in_order, structure
from helpers.training.program import CHUNK
from helpers.training.trainer import Trainer
from helpers.validation import check_int

BANK = 128  # members of one bank, at most: bounds waiting time


def train(
    experiments: Experiment | Iterable[Experiment],
    parts: Parts,
    *,
    progress: Callable[[int, int], object] | bool | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    xla: bool | None = None,
) -> list[Run]:
    """Train each experiment for its own number of epochs.

    Args:
        experiments: One or more `Experiment`.
        parts: What `helpers.data.split` returns. The test set is not touched.
        progress: None shows a bar on a terminal, False shows none; a callable is given the
            epochs trained so far and those to be trained, summed over the experiments.
        executor: Any `concurrent.futures.Executor`; it is handed at least one call per worker.
            Its processes must be started, not forked: a copy of a process that has loaded
            TensorFlow waits for threads that it does not have. In a script, as opposed to a
            notebook, that needs `if __name__ == "__main__":`.

                spawn = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(2, mp_context=spawn) as pool:
                    runs = train(experiments, parts, executor=pool)

        workers: How many calls the executor runs at a time; None asks the executor. The
            standard library's know it; for others (Dask's) the number of this machine's
            cores is taken.
        xla: Whether to compile with XLA; None asks whether it works on this machine.

    Returns:
        One run per experiment, in the order given. Whether an experiment trains alone or
        beside others makes no difference but rounding.

    Raises:
        ValueError: If there are no experiments, or the executor forks its processes.
        MemoryError: If one network alone needs more memory than the machine has.
    """
    experiments = experiments_in(experiments)
    rows = SimpleNamespace(  # so that no table and no test rows are sent to another process
        train=parts.train, validation=parts.validation, task=parts.task
    )
    count = 1 if executor is None else workers_of(executor, workers)
    members = banks_of(experiments, rows, lambda e: (structure(e), e.epochs), BANK, count)
    banks = [[experiments[i] for i in bank] for bank in members]

    def results(report):
        if executor is None:
            yield from (_train_bank(bank, rows, xla, report) for bank in banks)
            return
        futures = [executor.submit(_train_bank, bank, rows, xla) for bank in banks]
        for future, bank in zip(futures, banks, strict=True):
            yield future.result()
            report(sum(e.epochs for e in bank))

    with _reporting(progress, sum(e.epochs for e in experiments)) as report:
        return in_order(members, results(report))


def _train_bank(experiments, rows, xla, report=lambda epochs: None) -> list[Run]:
    trainer, epochs = Trainer(experiments, rows, xla=xla), experiments[0].epochs
    while trainer.epoch < epochs:
        count = min(CHUNK, epochs - trainer.epoch)
        trainer.advance(count)
        report(count * len(experiments))
    return trainer.runs


def workers_of(executor: Executor, workers: int | None) -> int:
    """How many calls an executor runs at a time.

    Raises:
        ValueError: If it would fork this process.
    """
    context = getattr(executor, "_mp_context", None)
    if context is not None and context.get_start_method() == "fork":
        raise ValueError(
            "executor: its processes are forked, and a fork of a process that has loaded "
            "TensorFlow hangs. Start them instead: "
            'ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))'
        )
    if workers is None:
        workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return check_int("workers", workers, 1)


@contextlib.contextmanager
def _reporting(progress, total: int):
    """Turn `progress` into a function of the epochs just trained."""
    shown, done = progress is True or (progress is None and sys.stderr.isatty()), 0

    def report(epochs: int) -> None:
        nonlocal done
        done += epochs
        bar.update(epochs)
        if callable(progress):
            progress(done, total)

    with tqdm(total=total, unit=" epochs", desc="training", disable=not shown) as bar:
        yield report
