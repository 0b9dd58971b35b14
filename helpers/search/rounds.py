"""Successive halving: how many trials go on, on how many folds, for how long, with which seeds.

Many trials are tried with little (few epochs, two folds, one seed); the better ones go on with
more (Jamieson and Talwalkar 2016, "Non-stochastic best arm identification"). Which plan fits the
time is known once the first epochs have shown how fast this machine is.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

FEWEST = 4  # candidates of the last round but one, at least
SHORTENED = 4  # the first round of a plan in short time takes so many times fewer epochs


class Round(NamedTuple):
    """One round: so many candidates, and the baselines, on the first folds with the first seeds."""

    candidates: int
    folds: int
    seeds: int
    epochs: int


def plans(candidates: int, folds: int, seeds: int, epochs: int) -> Iterator[list[Round]]:
    """Plans, the most thorough one first."""
    half, quarter = (min(candidates, max(FEWEST, candidates // n)) for n in (2, 4))
    few, short = min(2, folds), max(min(epochs, 10), epochs // SHORTENED)
    last = Round(quarter, folds, seeds, epochs)
    yield [Round(candidates, folds, 1, epochs), last]
    yield [Round(candidates, few, 1, epochs), Round(half, folds, 1, epochs), last]
    for k in (folds, min(3, folds)):
        count = candidates
        while count >= 1:
            some, top = max(min(FEWEST, count), count // 3), min(3, count)
            begin = [Round(count, few, 1, short), Round(some, k, 1, epochs)]
            yield [*begin, Round(top, k, seeds, epochs)]
            yield begin
            count = count * 2 // 3 if count > FEWEST else count - 1
    for k in (3, 2):
        yield [Round(min(FEWEST, candidates), min(k, folds), 1, epochs)]


def cost(plan: list[Round], baselines: int) -> float:
    """Epochs of single networks that a plan takes; what an earlier round did is not done again."""
    total, before = 0.0, Round(0, 0, 0, 0)
    for now in plan:
        networks = (now.candidates + baselines) * now.folds * now.seeds
        if before.epochs == now.epochs:
            networks -= (now.candidates + baselines) * before.folds * before.seeds
        total += networks * now.epochs
        before = now
    return total


def choose(
    candidates: int, baselines: int, folds: int, seeds: int, epochs: int,
    seconds: float, epoch_seconds: float,
) -> list[Round]:  # fmt: skip
    """The most thorough plan that the time allows, or the shortest one.

    Args:
        candidates, baselines: How many trials there are.
        folds, seeds, epochs: At most.
        seconds: What is left; may be infinite.
        epoch_seconds: What an epoch of one network takes.
    """
    plan = []
    for plan in plans(candidates, folds, seeds, epochs):
        if math.isinf(seconds) or cost(plan, baselines) * epoch_seconds <= seconds:
            return plan
    return plan
