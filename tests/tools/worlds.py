"""Worlds in which what the lessons say is not so: `python -m tests.tools.worlds`.

Runs the lessons in each of these worlds and tells, for each claim, in which of them it failed. A
claim that holds in all of them says little, or is about something that none of them touches: it is
listed, and the exit status is 1. A lesson takes about a minute a world.

    python -m tests.tools.worlds --only 02-l2
    python -m tests.tools.worlds --world asleep --world noise
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import inspect
import sys

import keras
import matplotlib
import numpy as np
import pytest

from helpers import data, reference, training
from helpers.experiment import Experiment
from tests.tools import claims, notebooks

OFF = dict.fromkeys(
    ("l1", "l2", "dropout", "weight_decay", "label_smoothing", "input_noise"), 0
)  # what regularises
SLOW = 1e-3  # times the learning rate
SMALL = 0.05  # weights
RUNS = ("train_loss", "validation_loss", "penalty", "fit_loss")
SHARES = ("train_accuracy", "validation_accuracy", "fit_accuracy")


def free(patch: pytest.MonkeyPatch) -> None:
    """Nothing regularises: every strength acts as 0, every mask keeps all."""
    moved = training.Trainer.set
    _change_experiments(patch, lambda e: e.replace(**OFF))
    patch.setattr(
        training.Trainer,
        "set",
        lambda self, **to: moved(self, **{n: OFF.get(n, v) for n, v in to.items()}),
    )
    for name in ("L1", "L2", "L1L2"):
        penalty = getattr(keras.regularizers, name)
        patch.setattr(penalty, "__call__", lambda self, x: 0.0 * keras.ops.sum(x))
    patch.setattr(keras.layers.Dropout, "call", lambda self, inputs, training=False: inputs)
    patch.setattr(reference, "l1_gradient", lambda w, strength: 0 * w)
    patch.setattr(reference, "l2_gradient", lambda w, strength: 0 * w)
    patch.setattr(reference, "soft_threshold", lambda w, step: w)
    patch.setattr(reference, "inverted_dropout", lambda x, rate, uniform: x)


def asleep(patch: pytest.MonkeyPatch) -> None:
    """Next to nothing is learnt: steps are a thousandth of what they should be."""
    fit = keras.Model.fit

    def fitted(self, *given, **more):
        self.optimizer.learning_rate = SLOW * float(self.optimizer.learning_rate)
        return fit(self, *given, **more)

    _change_experiments(patch, lambda e: e.replace(learning_rate=SLOW * e.learning_rate))
    patch.setattr(keras.Model, "fit", fitted)


def drawn(patch: pytest.MonkeyPatch) -> None:
    """The training rows' labels are drawn from a hat."""

    def shuffled(parts):
        y = np.random.default_rng(0).permutation(parts.train.y)
        return dataclasses.replace(parts, train=dataclasses.replace(parts.train, y=y))

    _split(patch, shuffled)


def leaking(patch: pytest.MonkeyPatch) -> None:
    """The validation rows are rows that the network has been trained on."""
    _split(patch, lambda parts: dataclasses.replace(parts, validation=parts.train))


def noise(patch: pytest.MonkeyPatch) -> None:
    """The curves say nothing: each value is a random multiple of itself, each share random."""
    random, runs = np.random.default_rng(0), training.Trainer.runs.fget

    def nonsense(run):
        curves = {n: getattr(run, n) * random.lognormal(0, 1, run.epochs) for n in RUNS}
        shares = {n: random.random(run.epochs) for n in SHARES}
        return dataclasses.replace(run, **curves, **shares)

    patch.setattr(training.Trainer, "runs", property(lambda self: list(map(nonsense, runs(self)))))


def rounded(patch: pytest.MonkeyPatch) -> None:
    """Small weights are lost: what is closer to 0 than 0.05 is 0."""
    _change_weights(patch, lambda w: np.where(np.abs(w) < SMALL, 0, w))


def fuzzy(patch: pytest.MonkeyPatch) -> None:
    """Nothing is exactly 0: there is always a billionth left."""
    _change_weights(patch, lambda w: np.where(w == 0, 1e-9, w))
    threshold = reference.soft_threshold
    patch.setattr(reference, "soft_threshold", lambda w, step: threshold(w, step) + 1e-9)


def plain(patch: pytest.MonkeyPatch) -> None:
    """Every optimizer is plain gradient descent."""
    _change_experiments(patch, lambda e: e.replace(optimizer="sgd"))

    def momentum_step(w, gradient, velocity, learning_rate, *_, **__):
        return w - learning_rate * gradient, velocity

    def adam_step(w, gradient, first, second, step, learning_rate=1e-3, *_, **__):
        return w - learning_rate * gradient, first, second

    patch.setattr(reference, "momentum_step", momentum_step)
    patch.setattr(reference, "adam_step", adam_step)


def unscaled(patch: pytest.MonkeyPatch) -> None:
    """Masks make up for nothing that they drop, and drop at prediction too."""

    def call(self, inputs, training=False):
        drawn = keras.random.uniform(keras.ops.shape(inputs), seed=self.seed_generator)
        return keras.ops.where(drawn >= self.rate, inputs, 0.0)

    patch.setattr(keras.layers.Dropout, "call", call)

    def inverted_dropout(x, rate, uniform):
        return np.where(np.asarray(uniform) >= rate, x, 0.0)

    patch.setattr(reference, "inverted_dropout", inverted_dropout)


def patient(patch: pytest.MonkeyPatch) -> None:
    """The course's early stopping waits twice as long as it is told to."""
    stop = reference.early_stopping

    def stopped(losses, patience, *given, **more):
        return stop(losses, 2 * patience, *given, **more)

    patch.setattr(reference, "early_stopping", stopped)


def wrong(patch: pytest.MonkeyPatch) -> None:
    """Formulas are off: what NumPy works out and what Keras predicts is a little else each time."""
    random = np.random.default_rng(0)

    def off(function):
        def answer(*given, **more):
            found = function(*given, **more)
            if isinstance(found, (float, np.floating, np.ndarray)):
                return found + random.normal(0, 0.1, np.shape(found)) * (np.abs(found) + 0.1)
            return found

        return answer

    for name, function in inspect.getmembers(reference, inspect.isfunction):
        if not name.startswith("_") and function.__module__ == reference.__name__:
            patch.setattr(reference, name, off(function))
    patch.setattr(keras.Model, "predict", off(keras.Model.predict))


def _split(patch, change) -> None:
    """Let every split of a table be changed."""
    split = data.split
    patch.setattr(data, "split", lambda *given, **more: change(split(*given, **more)))


def _change_experiments(patch, change) -> None:
    """Let every experiment be changed before it is trained."""
    make = training.Trainer.__init__

    def made(self, experiments, *given, **more):
        many = [experiments] if isinstance(experiments, Experiment) else experiments
        make(self, list(map(change, many)), *given, **more)

    patch.setattr(training.Trainer, "__init__", made)


def _change_weights(patch, change) -> None:
    """Let every weight be changed when it is read, whoever trained it."""
    runs = training.Trainer.runs.fget

    def changed(arrays):
        return [change(w).astype(w.dtype) for w in arrays]

    def seen(run):
        return dataclasses.replace(run, weights=changed(run.weights))

    patch.setattr(training.Trainer, "runs", property(lambda self: list(map(seen, runs(self)))))
    for owner in (keras.Model, keras.layers.Layer):
        patch.setattr(owner, "get_weights", lambda self, f=owner.get_weights: changed(f(self)))


WORLDS = {
    world.__name__: world
    for world in (
        free,
        asleep,
        drawn,
        leaking,
        noise,
        rounded,
        fuzzy,
        plain,
        unscaled,
        patient,
        wrong,
    )
}


def failures(path, world: str) -> dict[tuple[str, str], bool]:
    """Run a lesson in a world: whether each claim, by (id of its cell, sentence), failed in it.

    A claim that cannot be weighed there (it has no value, or its cell breaks down first) is left
    out.
    """
    failed = collections.defaultdict(bool)

    def note(cell, sentence, form):
        try:
            claims.state(sentence, form)
        except AssertionError:
            failed[cell, sentence] = True
        except ValueError:
            return
        failed[cell, sentence] |= False

    with pytest.MonkeyPatch.context() as patch:
        WORLDS[world](patch)
        claims.run(path, note, forgiving=True)
    return dict(failed)


def main(arguments: list[str] | None = None) -> int:
    """The command; its result is 0 if every claim failed in some world."""
    parser = argparse.ArgumentParser("python -m tests.tools.worlds", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", metavar="NAME", default="", help="a part of the path")
    parser.add_argument("--world", action="append", choices=list(WORLDS), help="instead of all")
    options = parser.parse_args(arguments)
    matplotlib.use("agg")
    untouched = 0
    for path in notebooks.lessons():
        if options.only not in notebooks.label(path):
            continue
        found = {world: failures(path, world) for world in options.world or WORLDS}
        known = dict.fromkeys(claim for failed in found.values() for claim in failed)
        print(f"{notebooks.label(path)}: {len(known)} claims", flush=True)
        for cell, sentence in known:
            worlds = [world for world, failed in found.items() if failed.get((cell, sentence))]
            untouched += not worlds
            print(f"  {', '.join(worlds) or 'HOLDS IN ALL':40} {sentence[:90]}", flush=True)
    return int(untouched > 0)


if __name__ == "__main__":
    sys.exit(main())
