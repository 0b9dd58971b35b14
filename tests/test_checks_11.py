"""The capstone: mistakes in a report are named, the seal is counted, numbers are what they say."""

import functools
import io
import math
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
from helpers.experiment import HYPERPARAMETERS, Divergence, Experiment, Run
from tests.verdicts import Judged

BASE = Experiment(hidden=(64, 32), learning_rate=3e-3, epochs=60)
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
            "noise sold as a win": 1,
            "no evidence, so no difference": 2,
            "seeds for rows": 4,
            "asked until it fits": 5,
        },
    ),
    checks.written_report: (
        [
            GOOD,
            report(seeds=[7, 8, 9, 10, 11], chosen_by="Validation data loss"),
            report(settings={"epochs": 5}, validation_losses=np.linspace(0.5, 0.6, 5)),
            report(settings={"width": 16, "dropout": 0.5}, tried=np.int64(3)),
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
        BASE,
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
    assert checks.written_report(report(**changes), BASE).mistake == mistake


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": {"lambda": 0.1}}, "settings='lambda': must be one of 'l1', 'l2'"),
        ({"settings": {"dropout": 1.5}}, "dropout=1.5: must be"),
        ({"settings": {"epochs": 600}}, "the brief allows 60"),
        ({"settings": [0.01]}, "settings: a dictionary"),
        ({"settings": {"width": "wide"}}, "Not quite"),
        ({"settings": {"width": 0}}, "width=0: must be a finite number at least 1"),
        ({"tried": "a few"}, "tried: a whole number"),
        ({"chosen_by": "feeling"}, "chosen_by: what the settings"),
        ({"chosen_by": 3}, "Not quite"),
        ({"seeds": [0.5, 1, 2, 3, 4]}, "seeds: whole numbers"),
        ({"validation_losses": [-1, 2, 3, 4, 5]}, "validation_losses: the final data loss"),
        ({"validation_losses": ["a", "b", "c", "d", "e"]}, "validation_losses"),
        ({"expected_accuracy": (0.8, 0.7)}, "the lower one first"),
        ({"expected_accuracy": (0.7, math.nan)}, "expected_accuracy"),
        ({"expected_accuracy": ("70 %", "80 %")}, "Not quite"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(changes, words):
    found = checks.written_report(report(**changes), BASE)
    assert repr(found).startswith("Not quite: ") and words in repr(found)
    assert found.mistake is None


def test_a_missing_or_unknown_field_is_named():
    short = {name: value for name, value in GOOD.items() if name != "tried"}
    assert "look at tried: a report has" in repr(checks.written_report(short, BASE))
    assert "look at accuracy: a report" in repr(checks.written_report(report(accuracy=1), BASE))


@pytest.mark.parametrize("name", reports.FIELDS)
def test_each_field_is_waited_for(name):
    assert repr(checks.written_report(report(**{name: ...}), BASE)).startswith("Not yet: ")


def test_settings_make_the_network():
    made = checks.with_settings(BASE, {"width": 16, "l2": 0.02, "epochs": 7})
    assert made == BASE.replace(hidden=(16, 8), l2=0.02, epochs=7)
    for name, setting in HYPERPARAMETERS.items():
        value = setting.positions[3]
        assert checks.with_settings(BASE, {name: value}) == BASE.replace(**{name: value})
    assert checks.with_settings(BASE, checks.REFERENCE) != BASE


def test_an_error_holds_the_luck_of_rows_and_of_seeds():
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


# The seal, with networks whose weights are worked out and not learned.


@functools.cache
def solved(strength):
    """Kernel and bias of least squares with a penalty, for the cells below."""
    train = split(load("cells"), train=64, validation=64, seed=0).train
    x = np.hstack([train.x, np.ones((64, 1))])
    w = np.linalg.solve(x.T @ x + strength * np.eye(57), x.T @ (2.0 * train.y - 1))
    return w[:-1, None], w[-1:]


@pytest.fixture
def trained(monkeypatch):
    """Stands in for training: seeds differ a little, l2=0 knows nothing, dropout diverges."""
    asked = []

    def run(e):
        kernel, bias = solved(1000 * e.l2 + 1e-9)
        noise = np.random.default_rng(e.seed).normal(0, 0.002, kernel.shape)
        kernel = kernel + noise if e.l2 else noise
        curve = np.full(e.epochs, 0.5 + e.l2 + 0.001 * e.seed)
        broken = Divergence(1, "training loss is not finite") if e.dropout else None
        return Run(
            experiment=e, weights=[kernel, bias if e.l2 else 0 * bias - 1], diverged=broken,
            **dict.fromkeys(("train_loss", "validation_loss", "train_accuracy",
                             "validation_accuracy", "penalty", "fit_loss",
                             "fit_accuracy"), curve),
        )  # fmt: skip

    def train(experiments, parts, progress):
        asked.extend(experiments)
        return [run(e) for e in experiments]

    monkeypatch.setitem(sys.modules, "helpers.training", types.SimpleNamespace(train=train))
    return asked


def fresh():
    """The rows as in a new kernel: nobody has opened their seal."""
    OPENINGS.clear()
    return split(load("cells"), train=64, validation=64, seed=0)


@pytest.fixture
def parts():
    return fresh()


LOSSES = [0.6 + 0.001 * seed for seed in range(5)]
TRUE = report(settings={"l2": 0.1}, validation_losses=LOSSES, expected_accuracy=(0.7, 0.85))

# It trains and opens a seal: what it does is tested here, one case at a time.
EXERCISES[checks.sealed_result] = (
    [TRUE],
    {
        "chosen by test rows": {**TRUE, "chosen_by": "test loss"},
        "losses of another network": {**TRUE, "validation_losses": np.array(LOSSES) - 0.1},
        "diverged": {**TRUE, "settings": {"l2": 0.1, "dropout": 0.5}},
        "no gain": {
            **TRUE,
            "settings": {"weight_decay": 0.1},
            "validation_losses": np.array(LOSSES) - 0.1,
        },
    },
)


def sealed(parts, reference=None, **changes):
    return checks.sealed_result({**TRUE, **changes}, parts, LINEAR, reference)


def test_the_numbers_are_those_of_the_sealed_rows(trained, parts, capsys):
    found = sealed(parts, {"l2": 0.001})
    assert found.passed and found.opened == 1 == len(parts.test.opened)
    assert "Test set opened (1st time)" in capsys.readouterr().out
    assert [e.seed for e in trained] == [0, 1, 2, 3, 4] * 3
    assert [e.l2 for e in trained[::5]] == [0, 0.1, 0.001]

    test = parts.test.open("again, in a test")
    noise = [np.random.default_rng(seed).normal(0, 0.002, (56, 1)) for seed in range(5)]
    right = [((test.x @ (w + solved(100)[0]) + solved(100)[1])[:, 0] > 0) == test.y for w in noise]
    poor = [((test.x @ w - 1)[:, 0] > 0) == test.y for w in noise]
    assert found.accuracy["yours"].mean == pytest.approx(np.mean(right))
    assert found.accuracy["unregularised"].mean == pytest.approx(np.mean(poor))
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
    assert "worse than the reference by more" in repr(sealed(fresh(), None, **{
        "settings": {"l2": 1e-5}, "validation_losses": np.array(LOSSES) - 0.1}))  # fmt: skip
    same = sealed(fresh(), {"l2": 0.1})
    assert "the reference is this very network" in repr(same)
    assert same.gain["reference"].mean == same.gain["reference"].error == 0
    for low, high, words in ((0.9, 0.95, "less accurate"), (0.5, 0.55, "more accurate")):
        assert f"; {words} than expected." in repr(sealed(fresh(), expected_accuracy=(low, high)))


def test_a_second_opening_is_said_aloud(trained, parts):
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


@pytest.mark.parametrize("mistake", EXERCISES[checks.sealed_result][1])
def test_mistakes_are_named_and_most_before_the_seal_is_opened(trained, parts, capsys, mistake):
    found = checks.sealed_result(EXERCISES[checks.sealed_result][1][mistake], parts, LINEAR)
    assert not found and found.mistake == mistake and mistake in found.known
    assert repr(found).startswith("Not quite: ")
    opened = ["how good is the network of the report?"] if mistake == "no gain" else []
    assert parts.test.opened == opened and bool(capsys.readouterr().out) == bool(opened)
    if opened:
        assert "Not quite: within noise of the unregularised network" in repr(found)


def test_a_report_that_is_not_written_waits(trained, parts):
    for unfinished in (..., {**TRUE, "tried": ...}):
        found = checks.sealed_result(unfinished, parts, LINEAR)
        assert repr(found).startswith("Not yet: ")
        assert set(EXERCISES[checks.sealed_result][1]) | {"opened before"} <= set(found.known)
    assert parts.test.opened == [] == trained


def test_the_picture_can_be_shown(trained, parts):
    first, second = sealed(parts), sealed(parts)
    pictures = [Image.open(io.BytesIO(found._repr_png_()[0])) for found in (first, second)]
    assert [p.size for p in pictures] == [(840, 660)] * 2
    assert np.ptp(np.asarray(pictures[0].convert("L"))) > 200
    assert np.any(np.asarray(pictures[0]) != np.asarray(pictures[1]))
