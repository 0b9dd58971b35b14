"""Which experiments train in one bank, and how much memory that takes."""

import itertools
import math
import os
from collections.abc import Callable, Iterable

import numpy as np

from helpers.data import Parts
from helpers.experiment import Experiment

BANK_BYTES = 2**30  # memory of one bank while it trains, at most, by `bank_bytes`
_STRUCTURE = ("hidden", "activation", "proximal", "penalise_output", "optimizer", "batch_size",
              "class_weight")  # fmt: skip


def structure(e: Experiment) -> Experiment:
    """What all experiments of a bank have in common, everything else as by default."""
    return Experiment(**{name: getattr(e, name) for name in _STRUCTURE})


def experiments_in(given: Experiment | Iterable[Experiment]) -> list[Experiment]:
    """One experiment or several as a list.

    Raises:
        ValueError: If there are none, or anything else is among them.
    """
    experiments = [given] if isinstance(given, Experiment) else given
    experiments = list(experiments) if np.iterable(experiments) else []
    if not experiments or not all(isinstance(e, Experiment) for e in experiments):
        raise ValueError(f"experiments={given!r}: must be one or more Experiment")
    return experiments


def banks_of(
    experiments: list[Experiment],
    parts: Parts,
    key: Callable[[Experiment], object] = structure,
    most: float = math.inf,
    workers: int = 1,
) -> list[list[int]]:
    """The indices of the experiments of each bank: equal keys, and no more than memory bears.

    Args:
        experiments, parts: What is trained, on which rows.
        key: What the experiments of a bank must share.
        most: Members of one bank, at most.
        workers: There are at least so many banks, as far as there are experiments.

    Raises:
        MemoryError: If one network alone needs more memory than the machine has.
    """
    groups, pieces = {}, []
    for i, e in enumerate(experiments):
        groups.setdefault(key(e), []).append(i)
    for group in groups.values():
        first, seeds = experiments[group[0]], {experiments[i].seed for i in group}
        alone, machine = bank_bytes(first, parts), machine_bytes()
        if alone > machine:
            raise MemoryError(
                f"hidden={first.hidden} on {len(parts.train)} training and "
                f"{len(parts.validation)} validation rows needs about {alone / 2**30:.1f} GiB for "
                f"one network, and this machine has {machine / 2**30:.1f}: take fewer rows or units"
            )
        share = workers * len(group) / len(experiments)
        count = min(len(group), math.ceil(max(len(group) / most, share)))
        while count < len(group):
            size = math.ceil(len(group) / count)
            if bank_bytes(first, parts, size, min(size, len(seeds))) <= BANK_BYTES:
                break
            count += 1
        pieces += [group[k::count] for k in range(count)]
    return pieces


def in_order(banks: list[list[int]], found: Iterable[list]) -> list:
    """What was found for each member of each bank, in the order of the experiments."""
    pairs = (zip(*both, strict=True) for both in zip(banks, found, strict=True))
    by_index = dict(itertools.chain.from_iterable(pairs))
    return [by_index[i] for i in range(len(by_index))]


def bank_bytes(experiment: Experiment, parts: Parts, members: int = 1, seeds: int = 1) -> int:
    """Estimate the memory that a bank takes while it trains.

    Three things grow: the activations of two neighbouring layers while all rows are measured, for
    each member; the noise of an epoch, for each seed; and 13 numbers for each weight (its gradient,
    the optimizer's moments and their copies in the program). About 100 MiB for the program come
    on top. Four banks with Adam took 1.2 to 1.4 times as much, one of them, of 107 MiB, 1.9 times.

    Returns:
        Bytes, of float32 numbers.
    """
    n_train, n_features = parts.train.x.shape
    hidden, outputs = experiment.hidden, parts.task.outputs
    layers = list(itertools.pairwise((n_features, *hidden, outputs)))
    width = max(sum(pair) for pair in itertools.pairwise((*hidden, outputs, outputs)))
    measured = (n_train + len(parts.validation.x)) * width
    drawn = n_train * (sum(hidden) + 3 * n_features)
    weights = 13 * sum((inputs + 1) * units for inputs, units in layers)
    return 4 * (members * (measured + weights) + seeds * drawn)


def machine_bytes() -> float:
    """The machine's memory; without limit where the system does not say (Windows)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf
