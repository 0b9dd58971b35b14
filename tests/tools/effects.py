"""The effects that the lessons build on, measured again beside an earlier measurement.

    python -m tests.tools.effects            # about three minutes on two cores
    python -m tests.tools.effects --keras    # the disputed rows with `Model.fit`, several minutes

Hidden (64, 64), relu, Adam 1e-3, batch 32, 200 epochs; means over five seeds on each of five
splits, measured on test rows (those of the publishers where there are any). The earlier values
come from another program, five seeds on a split of its own. A row agrees if both differ by at
most three times the deviations between splits, between seeds and of the earlier value (standard
deviations, added in squares); three, because some of 28 comparisons lie beyond two by chance.
Exit status 1 if a row does not agree and is not marked as disputed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from typing import NamedTuple

import numpy as np

from helpers import models, reference
from helpers.data import load, split
from helpers.experiment import Experiment
from helpers.training import train

BASE = Experiment(hidden=(64, 64), epochs=200)
SEEDS, SPLITS = range(5), range(5)


class Effect(NamedTuple):
    table: str
    rows: int
    hyperparameters: dict
    train_loss: float
    test_loss: tuple[float, float]  # mean, standard deviation
    accuracy: tuple[float, float]  # in percent
    disputed: bool = False  # `Model.fit` itself agrees with us: see --keras


EFFECTS = (
    Effect("cells", 200, {}, 0.001, (1.23, 0.09), (78.7, 0.4)),
    Effect("cells", 200, {"l2": 0.032}, 0.222, (0.437, 0.001), (80.3, 0.1)),
    Effect("cells", 200, {"l2": 0.1}, 0.434, (0.487, 0.001), (78.2, 0.1)),
    Effect("cells", 200, {"dropout": 0.7}, 0.137, (0.557, 0.023), (79.7, 0.5)),
    Effect("cells", 1000, {}, 0.000, (1.67, 0.06), (77.0, 0.7)),
    Effect("cells", 1000, {"l2": 0.01}, 0.224, (0.416, 0.003), (80.3, 0.4)),
    Effect("cells", 1000, {"dropout": 0.5, "l2": 0.01}, 0.285, (0.395, 0.002), (80.9, 0.6)),
    Effect("mnist1d", 1000, {}, 0.002, (4.41, 0.16), (39.0, 1.6)),
    Effect("mnist1d", 1000, {"l2": 0.01}, 0.898, (1.26, 0.05), (53.2, 3.1)),
    Effect("mnist1d", 1000, {"l2": 0.032}, 1.681, (1.71, 0.0), (31.9, 0.0)),
    Effect("mnist1d", 1000, {"dropout": 0.2}, 0.129, (1.98, 0.06), (46.5, 1.2), disputed=True),
    Effect("mnist1d", 1000, {"dropout": 0.7}, 1.408, (1.64, 0.02), (34.3, 1.3), disputed=True),
    Effect("breast_cancer", 200, {}, 0.003, (0.242, 0.035), (93.5, 0.3)),
    Effect("breast_cancer", 200, {"dropout": 0.5}, 0.076, (0.106, 0.015), (97.0, 0.6)),
)


def parts_of(effect: Effect, seed: int):
    """Parts and opened test rows.

    In `breast_cancer` 5 % of the training labels are flipped. The earlier program spoke of
    10 %; its losses are what comes of drawing those again, which leaves half as they were.
    """
    options = {"flip_labels": 0.05} if effect.table == "breast_cancer" else {}
    options |= {"published": True} if effect.table != "breast_cancer" else {}
    parts = split(load(effect.table), effect.rows, validation=9, seed=seed, **options)
    with contextlib.redirect_stdout(io.StringIO()):  # once a split would drown the table
        return parts, parts.test.open("the table of effects")


def measure(effect: Effect) -> np.ndarray:
    """(splits, seeds, 3): training loss, test loss, test accuracy in percent."""
    found = []
    for seed in SPLITS:
        parts, test = parts_of(effect, seed)
        runs = train([BASE.replace(seed=s, **effect.hyperparameters) for s in SEEDS], parts)
        logits = [reference.forward(test.x, run.weights) for run in runs]
        found.append(
            [
                (
                    run.train_loss[-1],
                    reference.cross_entropy(z, test.y),
                    100 * reference.accuracy(z, test.y),
                )
                for run, z in zip(runs, logits, strict=True)
            ]
        )
    return np.array(found)


def agrees(found: np.ndarray, earlier: tuple[float, float]) -> bool:
    """Whether the grand mean is within three spreads of the earlier value."""
    between = found.mean(axis=1).std(ddof=1)
    within = found.std(axis=1, ddof=1).mean()
    return abs(found.mean() - earlier[0]) <= 3 * np.sqrt(between**2 + within**2 + earlier[1] ** 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras", action="store_true", help="the disputed rows with Model.fit")
    if parser.parse_args().keras:
        return with_keras()
    print(
        f"{'table':<14}{'rows':>5}  {'hyperparameters':<24}{'train loss':>14}"
        f"{'test loss':>26}{'test accuracy %':>27}  verdict"
    )
    failed = 0
    for effect in EFFECTS:
        found = measure(effect)
        fine = all(
            agrees(found[..., k], earlier)
            for k, earlier in ((1, effect.test_loss), (2, effect.accuracy))
        )
        failed += not fine and not effect.disputed
        print(_line(effect, found, "agrees" if fine else "differs"), flush=True)
    print("each value: ours ± standard deviation between splits, then in brackets the earlier one")
    return 1 if failed else 0


def _line(effect: Effect, found: np.ndarray, verdict: str) -> str:
    hyperparameters = (
        ", ".join(f"{k} {v:g}" for k, v in effect.hyperparameters.items()) or "nothing"
    )
    mean, deviation = found.mean(axis=(0, 1)), found.mean(axis=1).std(axis=0, ddof=1)
    loss, accuracy = effect.test_loss, effect.accuracy
    disputed = " (disputed)" if effect.disputed else ""
    return (
        f"{effect.table:<14}{effect.rows:>5}  {hyperparameters:<24}"
        f"{mean[0]:>6.3f} [{effect.train_loss:.3f}]"
        f"{mean[1]:>8.3f} ± {deviation[1]:.3f} [{loss[0]:.3f} ± {loss[1]:.3f}]"
        f"{mean[2]:>7.1f} ± {deviation[2]:.1f} [{accuracy[0]:.1f} ± {accuracy[1]:.1f}]"
        f"  {verdict}{disputed}"
    )


def with_keras() -> int:
    """One seed of each disputed row by `Model.fit`, beside our run of the same split."""
    for effect in (e for e in EFFECTS if e.disputed):
        parts, test = parts_of(effect, 0)
        e = BASE.replace(**effect.hyperparameters)
        model = models.build(e, parts.n_features, parts.n_classes)
        model.fit(parts.train.x, parts.train.y, batch_size=e.batch_size, epochs=e.epochs, verbose=0)
        theirs = model.evaluate(test.x, test.y, verbose=0)
        logits = reference.forward(test.x, train(e, parts)[0].weights)
        ours = reference.cross_entropy(logits, test.y), reference.accuracy(logits, test.y)
        print(
            f"{effect.table} {effect.hyperparameters}: Model.fit {theirs[0]:.3f}, {theirs[1]:.1%}; "
            f"ours {ours[0]:.3f}, {ours[1]:.1%}; earlier {effect.test_loss[0]:.3f}, "
            f"{effect.accuracy[0]:.1f}%",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
