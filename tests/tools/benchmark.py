"""How fast the engine is, as ratios measured side by side in one run.

    python -m tests.tools.benchmark            # about three minutes on two cores
    python -m tests.tools.benchmark --quick    # fewer repeats, no memory and no sweep

The standard job: `cells`, 512 training and 512 validation rows, hidden (128, 64), relu, Adam
1e-3, batch 32, L2 and dropout on, loss and accuracy of both parts after every epoch.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import statistics
import subprocess
import sys
import time

from helpers.data import load, split
from helpers.experiment import HYPERPARAMETERS, Experiment, grid

JOB = Experiment(l2=1e-3, dropout=0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats, no memory, no sweep")
    parser.add_argument("--memory", type=int, metavar="N", help="only the memory of a bank of N")
    options = parser.parse_args()
    if options.memory:
        print(peak_growth(options.memory))
        return
    speed(repeats=3 if options.quick else 7)
    if not options.quick:
        megabytes = subprocess.run(
            [sys.executable, "-m", "tests.tools.benchmark", "--memory", "256"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        row("memory that a bank of 256 adds at its peak", f"{float(megabytes):.0f} MB")
        sweep()


def speed(repeats: int) -> None:
    """Time `Model.fit`, one model and banks in turn, so that a slow moment hits all alike."""
    from helpers.training import Trainer

    parts = split(load("cells"))
    banks, first, other, again = {}, {}, {}, {}
    for n in (1, 64):
        jobs = [JOB.replace(seed=i % 5, l2=1e-3 * (1 + i)) for i in range(n)]
        start = time.perf_counter()
        trainer = Trainer(jobs, parts)
        trainer.advance(1)
        first[n] = time.perf_counter() - start
        other[n] = timed(functools.partial(trainer.advance, 3))
        start = time.perf_counter()
        banks[n] = Trainer(jobs, parts)
        banks[n].advance(1)
        again[n] = time.perf_counter() - start
    fit = fit_epochs(parts)
    seconds = {"fit": [], 1: [], 64: []}
    for _ in range(repeats):
        seconds["fit"].append(timed(lambda: fit(10)) / 10)
        seconds[1].append(timed(lambda: banks[1].advance(50)) / 50)
        seconds[64].append(timed(lambda: banks[64].advance(10)) / 10 / 64)
    peak = max(matmul_gigaflops() for _ in range(3))
    row("Model.fit, one epoch", f"{1e3 * statistics.median(seconds['fit']):.1f} ms")
    for n in (1, 64):
        each = statistics.median(seconds[n])
        ratios = [a / b for a, b in zip(seconds["fit"], seconds[n], strict=True)]
        rate = job_flops(parts) / each / 1e9
        what = "one model" if n == 1 else f"bank of {n}, for each model"
        row(f"{what}, one epoch", f"{1e3 * each:.2f} ms")
        row(
            "    times faster than Model.fit",
            f"{statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f})",
        )
        row("    arithmetic", f"{rate:.0f} GFLOP/s, {rate / peak:.0%} of the peak")
        row("    first epoch of a new shape, trace and compile", f"{first[n]:.1f} s")
        row("    the next 3 epochs, in one call", f"{other[n]:.2f} s")
        row("    first epoch of the next trainer of that shape", f"{again[n]:.2f} s")
    row("peak: a product of 2048 x 2048 matrices", f"{peak:.0f} GFLOP/s")


def fit_epochs(parts):
    """A function that trains the plain Keras model of the job for some epochs, warmed up."""
    from helpers import models

    model = models.build(JOB, parts.n_features, parts.n_classes)
    validation = (parts.validation.x, parts.validation.y)

    def fit(epochs):
        model.fit(
            parts.train.x, parts.train.y, batch_size=JOB.batch_size, epochs=epochs,
            validation_data=validation, verbose=0,
        )  # fmt: skip

    fit(2)
    return fit


def job_flops(parts) -> float:
    """Multiplications and additions of one model-epoch's matrix products."""
    sizes = (parts.n_features, *JOB.hidden, 1)
    kernels = [a * b for a, b in itertools.pairwise(sizes)]
    forward, backward = 2 * sum(kernels), 2 * sum(kernels) + 2 * sum(kernels[1:])
    rows = len(parts.train)
    return rows * (forward + backward) + (rows + len(parts.validation)) * forward


def matmul_gigaflops(size: int = 2048, repeats: int = 5) -> float:
    import tensorflow as tf

    a = tf.random.stateless_normal((size, size), seed=(0, 0))
    product = tf.function(lambda: tf.reduce_sum(a @ a), jit_compile=True)
    product()
    return max(2e-9 * size**3 / timed(product) for _ in range(repeats))


def peak_growth(n: int) -> float:
    """Megabytes by which the peak memory of this process grows when a bank of `n` trains."""
    import resource

    from helpers.training import Trainer

    parts = split(load("cells"))
    Trainer(JOB, parts).advance(1)  # what any training needs
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Trainer([JOB.replace(seed=i % 5, l2=1e-3 * (1 + i)) for i in range(n)], parts).advance(10)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return grown / (1e6 if sys.platform == "darwin" else 1e3)


def sweep() -> None:
    """The whole slider: each position, 5 seeds, 200 epochs, compilation included."""
    from helpers.training import train

    parts = split(load("cells"))
    positions = HYPERPARAMETERS["l2"].positions
    experiments = grid(Experiment(), l2=positions, seed=range(5))
    runs = []
    seconds = timed(lambda: runs.extend(train(experiments, parts)))
    assert [run.experiment for run in runs] == experiments
    assert all(run.epochs == 200 and run.diverged is None for run in runs)
    row(
        f"a sweep: {len(positions)} positions x 5 seeds x 200 epochs, {os.cpu_count()} cores",
        f"{seconds:.1f} s",
    )


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(what: str, value: str) -> None:
    print(f"{what:<62} {value}", flush=True)


if __name__ == "__main__":
    main()
