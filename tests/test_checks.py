"""Verdicts: the right answer passes, and each misconception gets its own hint."""

import importlib
import importlib.metadata
import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import checks
from helpers.checks import Mistake, Verdict, When, claim, judge, judge_function
from helpers.data import load, split
from helpers.experiment import Experiment, Run
from tests.notebooks import ROOT

TABLE = (
    Mistake("percent", 50, "a fraction, not a percentage."),
    Mistake("negative", When(lambda a: a < 0), "an accuracy is not negative"),
)


def verdict(answer, right=0.5, mistakes=TABLE, **more):
    return judge(answer, right, mistakes, praise="half of them", hint="count again", **more)


# The framework


@pytest.mark.parametrize("answer", [0.5, np.float32(0.5), np.array(0.5), 0.5004])
def test_a_right_answer_passes(answer):
    found = verdict(answer)
    assert found.passed and bool(found)
    assert repr(found) == "Correct: half of them."
    assert (found.mistake, found.known) == (None, ("percent", "negative"))


@pytest.mark.parametrize("answer", [..., None, (..., 1), [1, None]])
def test_an_untouched_stub_is_told_from_a_wrong_answer(answer):
    found = verdict(answer)
    assert not found.passed and not found
    assert repr(found) == "Not yet: replace the three dots with your answer."


@pytest.mark.parametrize(
    ("answer", "text", "mistake"),
    [
        (50, "a fraction, not a percentage", "percent"),
        (-1, "an accuracy is not negative", "negative"),
        (0.51, "count again", None),
        ("0.5", "this asks for a number", None),
        ([[1], [1, 2]], "this asks for a number", None),
        ([0.5, 0.5], "this asks for one number, and your answer has shape (2,)", None),
        (math.nan, "your answer is not finite", None),
    ],
)
def test_a_wrong_answer_gets_its_hint(answer, text, mistake):
    found = verdict(answer)
    assert (repr(found), found.mistake, found.passed) == (f"Not quite: {text}.", mistake, False)


@pytest.mark.parametrize(
    ("answer", "right", "text"),
    [
        (np.zeros(3), np.zeros(4), "this asks for an array of shape (4,), and your answer has"),
        ("a", np.zeros(4), "this asks for an array of numbers"),
        (1, "noise", "this asks for a word in quotation marks"),
        (1, (1, 2), "this asks for 2 answers"),
        ((1, "a"), (1, 2), "this asks for a number"),
        (4, 5, "count again"),
        (5.001, 5, "count again"),
        ((1, 3), (1, 2), "count again"),
        ("real", "noise", "count again"),
        (3, When(lambda a: a > 5), "count again"),
        ("x", When(lambda a: a > 5), "count again"),
    ],
)
def test_form_and_kind_of_answers(answer, right, text):
    assert repr(verdict(answer, right)).startswith(f"Not quite: {text}")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([1.0, 2.0], np.array([1, 2])),
        (np.array([1, 2]), (1, 2)),
        (" Noise ", "noise"),
        (("noise", 2), ("noise", 2)),
        (True, 1),
        (7, When(lambda a: a > 5)),
        (0.0, 0.0),
    ],
)
def test_right_answers_of_every_kind(answer, right):
    assert verdict(answer, right).passed


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_number_passes_only_within_the_tolerance(answer, right):
    close = abs(answer - right) <= 1e-3 * max(abs(right), 1e-9)
    assert verdict(answer, right, mistakes=()).passed == close


def doubled(x, y):
    return 2 * x + y


CASES = [(np.arange(3.0), 1), (np.ones(2), 4)]
FUNCTION_TABLE = [Mistake("not doubled", lambda x, y: x + y, "double x, not y")]


def function_verdict(function):
    return judge_function(function, doubled, CASES, FUNCTION_TABLE, praise="p", hint="look at x")


def changes_its_argument(x, y):
    x *= 2
    return x + y


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (doubled, "Correct: p."),
        (changes_its_argument, "Correct: p."),
        (lambda x, y: x + y, "Not quite: double x, not y."),
        (lambda x, y: x, "Not quite: look at x."),
        (lambda x, y: x[:1], "Not quite: this asks for an array of shape (3,)"),
        (lambda x, y: ..., "Not yet: replace the three dots with your answer."),
        (lambda x, y: None, "Not yet: replace the three dots with your answer."),
        (..., "Not yet: replace the three dots with your answer."),
        (3, "Not quite: this asks for a function, not for its value."),
        (lambda x: x, "Not quite: your function raised TypeError: "),
    ],
)
def test_functions_are_judged_by_what_they_return(function, text):
    assert repr(function_verdict(function)).startswith(text)
    assert function_verdict(function).known == ("not doubled",)
    assert np.array_equal(CASES[0][0], np.arange(3.0))


def test_a_right_part_does_not_save_a_wrong_one():
    once = lambda x, y: doubled(x, y) if len(x) == 3 else x + y  # noqa: E731
    assert repr(function_verdict(once)) == "Not quite: look at x."


# Claims


def test_a_claim_counts_for_itself(capsys):
    claim("It falls in {count} seeds", smaller=[1, 2], larger=np.array([3, 4]))
    claim("It falls by at least {by} in {count} seeds.", smaller=iter([1, 2]), larger=9, by=0.5)
    claim("It is below one", smaller=np.float32(0.5), larger=1)
    assert capsys.readouterr().out == (
        "It falls in 2 of 2 seeds.\nIt falls by at least 0.5 in 2 of 2 seeds.\nIt is below one.\n"
    )


@pytest.mark.parametrize(
    ("smaller", "larger", "by", "count"),
    [
        ([1, 2], [3, 2], 0, "1 of 2"),
        ([3, 4], [1, 2], 0, "0 of 2"),
        ([1, math.nan], [2, 2], 0, "1 of 2"),
        ([1, 2], [3, 4], 2, "0 of 2"),
        (1, [2, 0], 0, "1 of 2"),
    ],
)
def test_a_claim_that_is_not_so_raises_with_the_numbers(smaller, larger, by, count, capsys):
    with pytest.raises(AssertionError, match=f"falls by 0|falls by {by}") as raised:
        claim("It falls by {by} in {count} seeds", smaller=smaller, larger=larger, by=by)
    assert f"in {count} seeds: that is not all" in str(raised.value)
    assert f"smaller={np.asarray(smaller, float).tolist()}" in str(raised.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("sentence", "arguments", "match"),
    [
        ("no count", {"smaller": [1, 2], "larger": 3}, "must hold"),
        ("{count}", {"smaller": [1, 2], "larger": 3, "by": 0.5}, "must hold"),
        ("{count} {seeds}", {"smaller": [1, 2], "larger": 3}, "must hold"),
        ("{count}", {"smaller": [1, 2], "larger": [3]}, "must agree"),
        ("{count}", {"smaller": [], "larger": 3}, "smaller of shape"),
        ("{count}", {"smaller": 1, "larger": [[3]]}, "larger of shape"),
        ("{by}", {"smaller": 1, "larger": 3, "by": -1}, "by=-1"),
        ("{by}", {"smaller": 1, "larger": 3, "by": math.nan}, "by=nan"),
    ],
)
def test_a_claim_that_could_lie_is_refused(sentence, arguments, match):
    with pytest.raises(ValueError, match=match):
        claim(sentence, **arguments)


# Does the course run here?


def test_the_environment_is_fine_where_the_tests_run(capsys):
    checks.environment()
    assert capsys.readouterr().out == "Python, packages, data, training: everything works.\n"


def fails():
    raise ImportError("no such library")


def missing(name):
    raise importlib.metadata.PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("place", "name", "value", "says"),
    [
        (checks.sys, "version_info", (3, 14, 0), "Python: this is 3.14, and the course is made"),
        (checks.importlib.metadata, "version", lambda name: "1.0", "packages: keras is 1.0, tried"),
        (checks.importlib.metadata, "version", missing, "packages: keras is missing, numpy is"),
        (checks, "load", lambda name: fails(), "data: ImportError: no such library. What to do"),
        (checks, "_training_problem", fails, "training: ImportError: no such library. What to do"),
        (checks, "_training_problem", lambda: "it did not learn", "training: it did not learn."),
    ],
)
def test_the_environment_says_what_is_wrong(place, name, value, says, monkeypatch, capsys):
    if name != "_training_problem":
        monkeypatch.setattr(checks, "_training_problem", lambda: None)
    monkeypatch.setattr(place, name, value)
    checks.environment()
    out = capsys.readouterr().out
    assert says in out and out.count(": fine.\n") == 3
    assert out.endswith("To be mended: 1 of 4.\n")


@pytest.mark.parametrize(
    ("found", "pin", "fits"),
    [
        ("3.15.1", "3.15.1", True),
        ("3.15.4", "3.15.1", True),
        ("3.15.0", "3.15.1", False),
        ("3.16.0", "3.15.1", False),
        ("4.70.2", "4.70", True),
        ("4.71", "4.70", True),
        ("5.0", "4.70", False),
        ("3.15.2rc1", "3.15.1", True),
    ],
)
def test_versions_fit_as_pip_sees_it(found, pin, fits):
    assert checks._fits(found, pin) == fits


def test_every_package_looked_for_is_pinned():
    pins = checks._pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert set(checks.NEEDED) <= set(pins)
    assert "tensorflow" not in pins  # whose pin depends on the platform


# The exercises. Each has its right answer, and one answer for each mistake that it knows.


def a_run():
    """A run whose lowest validation loss, training loss and accuracy are at different epochs."""
    return Run(
        experiment=Experiment(epochs=5),
        train_loss=np.array([0.7, 0.5, 0.3, 0.2, 0.1], "float32"),
        validation_loss=np.array([0.8, 0.6, 0.5, 0.7, 0.9], "float32"),
        train_accuracy=np.array([0.6, 0.7, 0.8, 0.9, 1.0], "float32"),
        validation_accuracy=np.array([0.5, 0.7, 0.7, 0.76, 0.74], "float32"),
        penalty=np.zeros(5, "float32"),
        reported_loss=np.zeros(5, "float32"),
        reported_accuracy=np.zeros(5, "float32"),
        weights=[],
    )


PARTS = split(load("cells"), flip_labels=0.2)


def commonest(y):
    return np.bincount(y).argmax()


def counts_by_hand(y_train, y):
    counts = {label: list(y_train).count(label) for label in set(y_train.tolist())}
    return list(y).count(max(counts, key=counts.get)) / len(y)


# exercise: (arguments after the answer, right answers, {mistake: an answer that shows it})
EXERCISES = {
    checks.final_gap: (
        (a_run(),),
        [0.8, np.float32(0.8)],
        {
            "sign turned round": -0.8,
            "gap at the lowest point": 0.2,
            "accuracies for losses": 0.26,
            "validation loss alone": 0.9,
            "mean over the epochs": 0.34,
        },
    ),
    checks.lowest_epoch: (
        (a_run(),),
        [3, np.int64(3), 3.0],
        {"counted from 0": 2, "loss for epoch": 0.5, "training curve": 5, "highest accuracy": 4},
    ),
    checks.trivial_baseline: (
        (),
        [lambda y_train, y: np.mean(y == commonest(y_train)), counts_by_hand],
        {
            "peeks at the answers": lambda y_train, y: max(np.bincount(y)) / len(y),
            "measured where it was learned": lambda y_train, y: np.bincount(y_train).max()
            / len(y_train),
            "coin for majority": lambda y_train, y: 1 / (y_train.max() - y_train.min() + 1),
            "mean of the labels": lambda y_train, y: y.mean(),
            "class for accuracy": lambda y_train, y: commonest(y_train),
        },
    ),
    checks.rows_for_half_a_point: (
        (),
        [6400, 0.8 * 0.2 / 0.005**2],
        {
            "square forgotten": 0.8 * 0.2 / 0.005,
            "root kept": 80,
            "points for fractions": 0.8 * 0.2 / 0.5**2,
            "one divided by the root": 1 / 0.005**2,
            "two standard errors": 0.8 * 0.2 / 0.0025**2,
        },
    ),
    checks.memorised_truth: (
        (PARTS,),
        [0.8, 1 - 102 / 512],
        {
            "training accuracy believed": 1,
            "share of the wrong": 0.2,
            "coin on the wrong": 0.9,
            "validation accuracy": 0.72,
        },
    ),
}  # fmt: skip


def exercises_there_are():
    """The public functions of the module that return a verdict, but for the tools."""
    return {
        function
        for name, function in inspect.getmembers(checks, inspect.isfunction)
        if function.__annotations__.get("return") == Verdict.__name__
        and not name.startswith(("_", "judge"))
    }


def test_every_exercise_is_tested():
    others = sorted((ROOT / "tests").glob("test_checks_*.py"))
    tested = set(EXERCISES).union(
        *(importlib.import_module(f"tests.{path.stem}").EXERCISES for path in others)
    )
    assert tested == exercises_there_are()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda f: f.__name__)
def test_an_exercise_accepts_right_answers_and_waits_for_an_empty_one(exercise):
    arguments, right, _ = EXERCISES[exercise]
    for answer in right:
        assert repr(exercise(answer, *arguments)).startswith("Correct: ")
    assert repr(exercise(..., *arguments)).startswith("Not yet: ")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda f: f.__name__)
def test_an_exercise_names_at_least_three_misconceptions(exercise):
    arguments, _, shown = EXERCISES[exercise]
    assert set(exercise(..., *arguments).known) == set(shown)
    assert len(shown) >= 3
    hints = {}
    for name, answer in shown.items():
        found = exercise(answer, *arguments)
        assert (found.mistake, found.passed) == (name, False), repr(found)
        hints[name] = repr(found)
    assert len(set(hints.values())) == len(shown)
    assert all(text.startswith("Not quite: ") and text.endswith(".") for text in hints.values())


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda f: f.__name__)
def test_an_exercise_has_a_hint_for_what_it_does_not_know(exercise):
    arguments, right, _ = EXERCISES[exercise]
    strange = (lambda *_: 1234.5) if callable(right[0]) else 1234.5
    found = exercise(strange, *arguments)
    assert repr(found).startswith("Not quite: ") and found.mistake is None
