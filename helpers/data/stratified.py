"""Random orders of rows, stratified by class, or by the size of a number."""

import functools
import heapq

import numpy as np

# Which tenth of the numbers, by size, takes its turn first where several may: one from below the
# middle after one from above, so that a short stretch is not made of small numbers.
TURNS = (4, 5, 7, 2, 3, 6, 8, 1, 0, 9)


def strata(y: np.ndarray) -> np.ndarray:
    """The class of each row; of numbers the tenth that each belongs to, by size.

    Equal numbers are in one group, so that there may be fewer groups, and uneven ones.

    Returns:
        int64 (rows,); tenths are numbered by their turn in `TURNS`.
    """
    if y.dtype.kind != "f":
        return y
    edges = np.quantile(y, np.arange(1, len(TURNS)) / len(TURNS))
    return np.argsort(TURNS)[np.searchsorted(edges, y, "right")]


def stratified_order(y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A random order of the rows, any start or end of which holds each class's share.

    Returns:
        int64 (rows,), indices into `y`: among the first n, and among the last n, are n * share
        rows of each class, to less than one row.
    """
    _, inverse, counts = np.unique(y, return_inverse=True, return_counts=True)
    order, whose = np.empty(len(y), np.int64), turns(tuple(counts.tolist()))
    for c in range(len(counts)):
        order[whose == c] = random.permutation(np.flatnonzero(inverse == c))
    return order


@functools.lru_cache(maxsize=16)
def turns(counts: tuple[int, ...]) -> np.ndarray:
    """Whose turn it is, place by place, for classes of the given sizes.

    Class c may take its k-th place (from 0) at place n as soon as n * share > k, and must by
    place (k + 1) / share; the earliest deadline goes first. Always possible (Steiner and
    Yeomans 1993); whole numbers only, so that no rounding decides.

    Returns:
        int64 (sum of the counts,), read-only.
    """
    total = sum(counts)
    taken = [0] * len(counts)
    early = [(1, c) for c in range(len(counts))]  # (the first place it may take, class)
    ready: list[tuple[int, int]] = []  # (the last place it may take, class)
    found = np.empty(total, np.int64)
    for place in range(1, total + 1):
        while early and early[0][0] <= place:
            _, c = heapq.heappop(early)
            heapq.heappush(ready, (-(-(taken[c] + 1) * total // counts[c]), c))
        _, c = heapq.heappop(ready)
        found[place - 1] = c
        taken[c] += 1
        if taken[c] < counts[c]:
            heapq.heappush(early, (taken[c] * total // counts[c] + 1, c))
    found.flags.writeable = False
    return found
