"""The capstone: mistakes in a report are named, the seal is counted, numbers are what they say."""

import ast
import functools
import io
import math
import re
import sys
import types
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from helpers import checks, metrics
from helpers.checks import report as reports
from helpers.data import load, split
from helpers.data.seal import OPENINGS
from helpers.experiment import Experiment
from tests.tools import notebooks
from tests.verdicts import Judged, check_trains_nothing, experiments_of, stand_in

LINEAR = Experiment(hidden=(), epochs=5)
GOOD = {
    "settings": {"l2": 0.01},
    "tried": 12,
    "chosen_by": "validation loss",
    "seeds": range(5),
    "validation_losses": [0.51, 0.52, 0.50, 0.53, 0.515],
    "expected_accuracy": (0.7, 0.8),
}


def report(**changes):
    return {**GOOD, **changes}


def gain_and(error):
    """A function whose error is worked out from the differences and both sides."""

    def solved(before, after):
        d = after - before
        return d.mean(), error(d, before, after)

    return solved


def over_rows(d, *_):
    return d.mean(axis=0).std(ddof=1) / d.shape[1] ** 0.5


def two_errors(d, before, after):
    return sum(s.mean(axis=0).var(ddof=1) / d.shape[1] for s in (before, after)) ** 0.5


def choice_and(pick):
    """A function that chooses by the mean validation loss and reports `pick` of its seeds."""

    def solved(losses, accuracies):
        means = losses.sum(axis=1) / losses.shape[1]
        return pick(accuracies[list(means).index(means.min())])

    return solved


def by_test(pick):
    def solved(losses, accuracies):
        return pick(max(accuracies, key=lambda row: row.sum()))

    return solved


def lowest_run(losses, accuracies):
    """The setting and the seed with the lowest loss of all."""
    setting = int(losses.min(axis=1).argmin())
    return accuracies[setting], int(losses[setting].argmin())


def curves_of(experiments):
    """Runs in place of trained ones; the last accuracy depends on the experiment."""

    def run(e):
        last = 0.645 if e.l1 > 0.002 and (e.l2 or e.seed) else 0.78
        return stand_in(e, np.array([0.5, last]))

    return [run(e) for e in experiments]


# exercise: (right answers, {mistake: an answer that shows it}, further arguments)
EXERCISES = {
    checks.paired_difference: (
        [gain_and(over_rows), lambda b, a: [float(x) for x in gain_and(over_rows)(b, a)]],
        {
            "rows not paired": gain_and(two_errors),
            "seeds counted as rows": gain_and(lambda d, *_: d.std(ddof=1) / d.size**0.5),
            "deviation for error": gain_and(lambda d, *_: d.mean(axis=0).std(ddof=1)),
            "interval for error": gain_and(lambda d, *_: 1.96 * over_rows(d)),
            "error over seeds": gain_and(
                lambda d, *_: d.mean(axis=1).std(ddof=1) / d.shape[0] ** 0.5
            ),
            "error over seeds added": gain_and(lambda d, *_: checks.measured(d).error),
            "error of one accuracy": gain_and(
                lambda d, b, a: metrics.accuracy_error(float(a.mean()), d.shape[1])
            ),
            "the wrong way round": lambda b, a: gain_and(over_rows)(a, b),
        },
    ),
    checks.what_may_be_said: (
        [3, 3.0],
        {
            "noise taken for a gain": 1,
            "no evidence, so no difference": 2,
            "seeds for rows": 4,
            "tested until it fits": 5,
        },
    ),
    checks.repaired_selection: (
        [choice_and(np.mean), choice_and(lambda row: row.sum() / len(row))],
        {
            "nothing repaired": by_test(max),
            "test rows choose": by_test(np.mean),
            "best seed reported": choice_and(max),
            "one seed reported": lambda v, t: lowest_run(v, t)[0][lowest_run(v, t)[1]],
            "one seed chooses": lambda v, t: lowest_run(v, t)[0].mean(),
            "highest loss": lambda v, t: t[v.sum(axis=1).argmax()].mean(),
        },
    ),
    checks.broken_combination: (
        [{"l1": 0.001}, {"l1": 0.0, "dropout": 0.2}],
        {
            "fixed field changed": {"l1": 0.001, "epochs": 20},
            "nothing changed": {"l2": 0.01},
            "diverged": {"learning_rate": 10.0},
            "the claim holds": {"input_noise": 0.1},
            "depends on the seed": {"l2": 0.0},
        },
        curves_of,
        0.6425,
    ),
    checks.written_report: (
        [
            GOOD,
            report(seeds=[7, 8, 9, 10, 11], chosen_by="Validation data loss"),
            report(settings={"epochs": 5}, validation_losses=np.linspace(0.5, 0.6, 5)),
            report(settings={"units": (16, 8), "early stopping": True}, tried=np.int64(3)),
            report(chosen_by="data loss on the validation rows, without penalty"),
            report(chosen_by="latest validation loss, at the end of training"),
            report(chosen_by="validation loss, not by test accuracy"),
        ],
        {
            "the task changed": report(settings={"l2": 0.01, "rows": 600}),
            "nothing chosen": report(settings={"l2": 0, "dropout": 0.0}),
            "trials not counted": report(tried=1),
            "chosen by test rows": report(chosen_by="test accuracy"),
            "chosen by training loss": report(chosen_by="training loss"),
            "penalty counted in": report(chosen_by="val_loss"),
            "chosen by accuracy": report(chosen_by="validation accuracy"),
            "how many seeds, not which": report(seeds=5),
            "too few seeds": report(seeds=[0], validation_losses=[0.5]),
            "one number for all seeds": report(validation_losses=0.51),
            "one run counted five times": report(validation_losses=[0.51] * 5),
            "per cent for a fraction": report(expected_accuracy=(70, 80)),
            "an expectation without room": report(expected_accuracy=(0.75, 0.75)),
            "an expectation that cannot fail": report(expected_accuracy=(0.5, 1.0)),
        },
    ),
}


class TestExercises(Judged):
    EXERCISES: ClassVar = dict(EXERCISES)


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"settings": {"seed": 3}}, "the task changed"),
        ({"settings": {}}, "nothing chosen"),
        ({"chosen_by": "loss on the sealed rows"}, "chosen by test rows"),
        ({"chosen_by": "train_loss"}, "chosen by training loss"),
        ({"chosen_by": "validation loss, then test loss"}, "chosen by test rows"),
        ({"chosen_by": "penalised validation loss"}, "penalty counted in"),
        ({"chosen_by": "validation loss plus penalty"}, "penalty counted in"),
        ({"seeds": [0, 0, 1, 2, 3]}, "too few seeds"),
        ({"validation_losses": [0.51, 0.52]}, "one number for all seeds"),
        ({"expected_accuracy": 0.75}, "an expectation without room"),
        ({"expected_accuracy": 75}, "per cent for a fraction"),
    ],
)
def test_other_ways_to_the_same_mistake(changes, mistake):
    assert checks.written_report(report(**changes)).mistake == mistake


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": [0.01]}, "settings: a dict"),
        ({"settings": {2: 0.01}}, "settings: a dict"),
        ({"tried": "a few"}, "tried: a whole number"),
        ({"chosen_by": "feeling"}, "chosen_by: what you chose"),
        ({"chosen_by": 3}, "Not quite"),
        ({"seeds": [0.5, 1, 2, 3, 4]}, "seeds: whole numbers"),
        ({"validation_losses": [-1, 2, 3, 4, 5]}, "validation_losses: the data loss"),
        ({"validation_losses": ["a", "b", "c", "d", "e"]}, "validation_losses"),
        ({"expected_accuracy": (0.8, 0.7)}, "the lower one first"),
        ({"expected_accuracy": (0.7, math.nan)}, "expected_accuracy"),
        ({"expected_accuracy": ("70 %", "80 %")}, "Not quite"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(changes, words):
    found = checks.written_report(report(**changes))
    assert repr(found).startswith("Not quite: ") and words in repr(found)
    assert found.mistake is None


def test_a_missing_or_unknown_field_is_named():
    short = {name: value for name, value in GOOD.items() if name != "tried"}
    assert "look at tried: a report has" in repr(checks.written_report(short))
    assert "look at accuracy: a report" in repr(checks.written_report(report(accuracy=1)))


@pytest.mark.parametrize("name", reports.FIELDS)
def test_each_field_is_waited_for(name):
    assert repr(checks.written_report(report(**{name: ...}))).startswith("Not yet: ")


def judged_combination(change, train):
    return checks.broken_combination(change, train, 0.6425)


def test_nothing_is_trained_before_there_is_an_answer():
    check_trains_nothing(judged_combination, {"seed": 1}, {"dropout": 0.5})


def test_the_combination_that_is_changed_is_the_lessons():
    asked = experiments_of(judged_combination, {"l1": 0.001}, curves_of)
    assert [e.seed for e in asked] == [*range(10)]
    assert {e.l1 for e in asked} == {0.001}
    cells = notebooks.read(notebooks.NOTEBOOKS / "11-capstone.ipynb").cells
    (source,) = (c.source for c in cells if "guesses = {" in c.source)
    guesses = ast.literal_eval(re.search(r"guesses = (\{.*?\})", source, re.S)[1])
    assert {**guesses, "l1": 0.001} == {name: getattr(asked[0], name) for name in guesses}


def test_the_course_ends_with_its_advice():
    last = notebooks.read(notebooks.NOTEBOOKS / "11-capstone.ipynb").cells[-1].source
    advice = "Experiment with these methods to find the best approach for your specific problem."
    assert last.strip().strip("*").endswith(advice)


def test_an_error_holds_the_variance_of_rows_and_of_seeds():
    random = np.random.default_rng(0)
    rows, seeds = random.normal(0, 1, (2000, 1, 50)), random.normal(0, 0.3, (2000, 5, 1))
    means = (rows + seeds).mean(axis=(1, 2))
    errors = [checks.measured(values).error for values in rows + seeds]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(means.std(), rel=0.05)
    some = checks.measured([[0, 1, 1, 1], [0, 1, 1, 0]])
    assert some.mean == 0.625 and some.high - some.mean == pytest.approx(1.96 * some.error)
    assert str(checks.Measured(0.765, 0.01, 0.7454, 0.7846)) == "76.5% (74.5% to 78.5%)"
    with pytest.raises(ValueError, match="two at least"):
        checks.measured([[0, 1, 1]])


# The test set, with networks whose weights are computed and not learned.


@functools.cache
def solved(strength):
    """Kernel and bias of least squares with a penalty, for the cells below."""
    train = split(load("cells"), train=64, validation=64, seed=0).train
    x = np.hstack([train.x, np.ones((64, 1))])
    w = np.linalg.solve(x.T @ x + strength * np.eye(57), x.T @ (2.0 * train.y - 1))
    return w[:-1, None], w[-1:]


def weights(l2, seed):
    """Of a network without hidden layers; seeds differ a little, l2=0 knows nothing."""
    kernel, bias = solved(1000 * l2 + 1e-9)
    noise = np.random.default_rng(seed).normal(0, 0.002, kernel.shape)
    return (kernel + noise, bias) if l2 else (noise, 0 * bias - 1)


class Model:
    """In place of a trained Keras model: its probabilities, its penalties and its steps."""

    def __init__(self, l2, seed, steps=10):
        self.weights, self.losses = weights(l2, seed), [np.float32(l2)] if l2 else []
        self.optimizer = types.SimpleNamespace(iterations=steps)

    def __call__(self, x, training):
        kernel, bias = self.weights
        return 1 / (1 + np.exp(-(x.astype(float) @ kernel + bias)))


class Broken(Model):
    def __call__(self, x, training):
        return np.full((len(x), 1), np.nan)


class Softmax(Model):
    def __call__(self, x, training):
        return np.full((len(x), 2), 0.5)


def five(l2=0.1, kind=Model, **more):
    return [kind(l2, seed, **more) for seed in range(5)]


def data_losses(models):
    """Binary cross-entropy on the validation rows of the brief."""
    part = split(load("cells"), train=64, validation=64, seed=0).validation
    chances = [model(part.x, training=False)[:, 0] for model in models]
    return [-np.log(np.where(part.y, p, 1 - p)).mean() for p in chances]


@pytest.fixture
def trained(monkeypatch):
    """Stands in for training."""
    asked = []

    def train(experiments, parts, progress):
        asked.extend(experiments)
        return [stand_in(e, np.full(e.epochs, 0.5), weights(e.l2, e.seed)) for e in experiments]

    monkeypatch.setitem(sys.modules, "helpers.training", types.SimpleNamespace(train=train))
    return asked


def fresh():
    """The rows as in a new kernel: nobody has opened their test set."""
    OPENINGS.clear()
    return split(load("cells"), train=64, validation=64, seed=0)


@pytest.fixture
def parts():
    return fresh()


def true(models, **changes):
    """A report that these models fit."""
    about = {"settings": {"l2": 0.1}, "expected_accuracy": (0.7, 0.85)}
    return report(**{**about, "validation_losses": data_losses(models), **changes})


def sealed(parts, reference=None, models=None, **changes):
    models = five() if models is None else models
    return checks.sealed_result(true(models, **changes), models, parts, LINEAR, reference)


# mistake: (report, models)
MISTAKES = {
    "chosen by test rows": (true(five(), chosen_by="test loss"), five()),
    "not one model a seed": (true(five()), five()[:4]),
    "one model counted five times": (true(five()), [five()[0]] * 5),
    "trained too long": (true(five()), five(steps=11)),
    "diverged": (true(five()), five(kind=Broken)),
    "penalty in the losses": (
        true(five(), validation_losses=np.add(data_losses(five()), 0.1)),
        five(),
    ),
    "losses of other models": (
        true(five(), validation_losses=np.subtract(data_losses(five()), 0.1)),
        five(),
    ),
    "no gain": (true(five(0.0)), five(0.0)),
}


# It trains and opens a test set: what it does is tested here, one case at a time.
EXERCISES[checks.sealed_result] = ([(true(five()), five())], MISTAKES)


def test_the_numbers_are_those_of_the_sealed_rows(trained, parts, capsys):
    found = sealed(parts, {"l2": 0.001})
    assert found.passed and found.opened == 1 == len(parts.test.opened)
    assert "Test set opened (1st time)" in capsys.readouterr().out
    assert [e.seed for e in trained] == [0, 1, 2, 3, 4] * 2
    assert [e.l2 for e in trained[::5]] == [0, 0.001]

    test = parts.test.open("again, in a test")
    right, poor, other = (
        [((test.x @ kernel + bias)[:, 0] > 0) == test.y for kernel, bias in some]
        for some in ([weights(l2, seed) for seed in range(5)] for l2 in (0.1, 0, 0.001))
    )
    assert found.accuracy["yours"].mean == pytest.approx(np.mean(right))
    assert found.accuracy["unregularised"].mean == pytest.approx(np.mean(poor))
    assert found.accuracy["reference"].mean == pytest.approx(np.mean(other))
    assert found.by_seed["yours"] == pytest.approx(np.mean(right, axis=1))
    d = np.array(right, float) - np.array(poor, float)
    assert found.gain["unregularised"] == pytest.approx(checks.measured(d))
    assert found.accuracy["yours"].mean - found.accuracy["reference"].mean == pytest.approx(
        found.gain["reference"].mean
    )


def test_the_words_are_those_of_the_numbers(trained, parts):
    alike = sealed(parts, {"l2": 0.101})
    assert repr(alike) == (
        "Correct: better than the unregularised network by more than two standard errors; within "
        "noise of the reference, less than two standard errors away; as accurate as expected."
    )
    assert "worse than the reference by more" in repr(sealed(fresh(), models=five(1e-5)))
    for low, high, words in ((0.9, 0.95, "less accurate"), (0.5, 0.55, "more accurate")):
        assert f"; {words} than expected." in repr(sealed(fresh(), expected_accuracy=(low, high)))


def test_a_second_opening_is_reported(trained, parts):
    assert sealed(parts)
    again = sealed(parts)
    assert not again.passed and again.mistake == "opened before" and again.opened == 2
    assert repr(again) == (
        "Not quite: the test set has been opened 2 times: this is no longer a test, and its rows "
        "are now worth what validation rows are worth."
    )
    peeked = fresh()
    peeked.test.open("just a look")
    assert sealed(peeked).mistake == "opened before"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named_and_most_before_the_test_set_is_opened(trained, parts, capsys, mistake):
    found = checks.sealed_result(*MISTAKES[mistake], parts, LINEAR.replace(epochs=5))
    assert not found and found.mistake == mistake and mistake in found.known
    assert repr(found).startswith("Not quite: ")
    opened = ["how good is the network of the report?"] if mistake == "no gain" else []
    assert parts.test.opened == opened and bool(capsys.readouterr().out) == bool(opened)
    assert bool(trained) == bool(opened)
    if opened:
        assert "Not quite: within noise of the unregularised network" in repr(found)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ([1, 2, 3, 4, 5], "a list of trained Keras models"),
        (five(kind=Softmax), "one sigmoid unit"),
    ],
)
def test_what_is_no_model_of_the_brief_keeps_the_test_set_closed(trained, parts, models, words):
    found = checks.sealed_result(true(five()), models, parts, LINEAR)
    assert repr(found).startswith("Not quite: ") and words in repr(found)
    assert parts.test.opened == [] == trained


def test_a_report_that_is_not_written_waits(trained, parts):
    for unfinished, models in (
        (..., five()),
        (true(five(), tried=...), five()),
        (true(five()), ...),
        (true(five()), None),
    ):
        found = checks.sealed_result(unfinished, models, parts, LINEAR)
        assert repr(found).startswith("Not yet: ")
        assert set(MISTAKES) | {"opened before"} <= set(found.known)
    assert parts.test.opened == [] == trained


def test_rounded_losses_are_the_same_losses(trained, parts):
    models = [Model(l2, seed) for seed, l2 in enumerate((0.1, 0.2, 0.3, 0.4, 0.5))]
    rounded = np.round(data_losses(models), 3)
    assert sealed(parts, models=models, validation_losses=rounded).mistake is None


def test_the_picture_can_be_shown(trained, parts):
    first, second = sealed(parts), sealed(parts)
    pictures = [Image.open(io.BytesIO(found._repr_png_()[0])) for found in (first, second)]
    assert [p.size for p in pictures] == [(840, 660)] * 2
    assert np.ptp(np.asarray(pictures[0].convert("L"))) > 200
    assert np.any(np.asarray(pictures[0]) != np.asarray(pictures[1]))
