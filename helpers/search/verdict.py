"""What a search found, in plain sentences."""

import math
from typing import NamedTuple

from helpers.formatting import approximate, listed, plural
from helpers.metrics import Interval

EARLY = "early stopping"
LAST = "the last epoch"
NOISE = ": within noise"


class Findings(NamedTuple):
    """What the sentences are made of.

    Attributes:
        gains: {baseline in words: Interval of the loss of the best candidate minus its own},
            measured on folds that did not choose; "the last epoch" and "early stopping" are those
            of the unregularised network.
        gain: The same against the best baseline.
        best_baseline: Its name.
        best_candidate: Its name.
        chosen: Name of the chosen network, or None.
        chosen_loss: Its cross-validated loss, in words.
        chosen_is_baseline: Whether it is one of the baselines.
        trivial_wins: Whether no network is better than the trivial baseline beyond noise.
        compared: How many candidates were compared.
        folds, rows: Of the cross-validation.
        seeds: With how many seeds the last candidates were trained.
        unit: Of the loss.
        trivial: The trivial baseline, such as "always predicting the class frequencies".
    """

    gains: dict[str, Interval]
    gain: Interval | None
    best_baseline: str
    best_candidate: str
    chosen: str | None
    chosen_loss: str
    chosen_is_baseline: bool
    trivial_wins: bool
    compared: int
    folds: int
    seeds: int
    rows: int
    unit: str
    trivial: str


def sentences(found: Findings, stopped: str) -> tuple[str, ...]:
    """Put findings into words.

    Args:
        found: What was measured.
        stopped: Why the search ended early, such as "it was cancelled"; empty if it did not.
    """
    said = []
    if stopped:
        said.append(f"The search is not finished: {stopped}. This is what there is.")
    if found.gain is None:
        return (*said, "No candidate was trained on two folds, so nothing can be compared.")
    said += [_helps(found), _beats(found)]
    if found.trivial_wins:
        said.append(
            f"No network does better than {found.trivial} beyond noise: these columns may not "
            "tell the target."
        )
    if found.chosen is not None:
        kind = "a baseline" if found.chosen_is_baseline else "a candidate"
        said.append(
            f"Chosen: {found.chosen}, {kind}: the simplest network whose loss on validation rows "
            f"({found.chosen_loss}) is within one standard error of the lowest."
        )
    seeds = "up to " * (found.seeds > 1) + plural(found.seeds, "seed")
    said.append(
        f"Compared on {plural(found.folds, 'fold')} of {found.rows:,} training and validation rows "
        f"with {seeds}. These losses made the choice, so they flatter it: only the sealed test "
        "rows can say how good it is."
    )
    return tuple(said)


def _helps(found: Findings) -> str:
    """How much the best candidate gains on the unregularised network."""
    gains = [(name, found.gains[name]) for name in (LAST, EARLY) if name in found.gains]
    if not gains:
        return "The unregularised network was not trained on two folds."
    parts = [_against(*pair, found.unit if k == 0 else "") for k, pair in enumerate(gains)]
    if clear(gains[0][1]):
        return f"Regularisation helps here {', '.join(parts)}."
    if gains[0][1].low > 0:
        return f"Regularisation does not help here: it lowers the loss {', '.join(parts)}."
    if not any(clear(gain) for _, gain in gains):
        parts = [part.removesuffix(NOISE) for part in parts]
        return (
            f"Regularisation changes nothing here beyond noise: it lowers the loss {listed(parts)}."
        )
    return f"Regularisation helps here against one of two: it lowers the loss {', '.join(parts)}."


def _against(name: str, gain: Interval, unit: str) -> str:
    words = " ".join(filter(None, [f"by {amount(gain)}", unit, f"against {name}"]))
    return words if clear(gain) or gain.low > 0 else words + NOISE


def _beats(found: Findings) -> str:
    baseline = found.best_baseline
    among = f"the best of {plural(found.compared, 'candidate')}, on folds that did not choose it"
    if clear(found.gain):
        return (
            f"The best candidate ({found.best_candidate}) beats the best baseline ({baseline}) by "
            f"{amount(found.gain)} {found.unit}: {among}."
        )
    return (
        f"No candidate beats the baseline beyond noise: {among}, lowers the loss of the best "
        f"baseline ({baseline}) by {amount(found.gain)} {found.unit}."
    )


def clear(gain: Interval) -> bool:
    """Whether the loss is lower beyond noise: the whole 95 % interval is below 0."""
    return gain.high < 0


def amount(gain: Interval) -> str:
    """By how much the loss is lower: "≈ 0.24 ± 0.02"; "≈ −0.01 ± 0.02" where it is higher."""
    if math.isinf(gain.half):
        return f"{approximate(-gain.mean)} (one fold: no interval)"
    digits = max(2, -math.floor(math.log10(gain.half or 0.01)))
    low = -gain.mean
    words = f"{abs(low):.{digits}f}"
    minus = "−" if low < 0 and float(words) else ""
    return f"≈ {minus}{words} ± {gain.half:.{digits}f}"
