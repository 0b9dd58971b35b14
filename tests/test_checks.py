"""Verdicts: the right answer passes, and each misconception gets its own hint."""

import importlib
import importlib.metadata
import inspect
import math
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import checks
from helpers.checks import Verdict, When, any_of, installation, judge, judge_function
from helpers.checks.installation import pins
from helpers.checks.verdicts import sentences, wrong_at
from tests.tools.notebooks import ROOT

MISTAKES = {"percent": 50, "negative": When(lambda a: a < 0)}
WORDS = """
    praise: half of them
    hint: count again
    percent: a fraction,
        not a percentage.
    negative: an accuracy is not negative
    """


def verdict(answer, right=0.5):
    return judge(answer, right, MISTAKES, WORDS)


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
    assert judge(answer, right, {}, "praise: p\nhint: h").passed == close


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("praise: p\nhint: h", "must be for .'praise', 'hint', 'percent', 'negative'"),
        (f"{inspect.cleandoc(WORDS)}\nother: x", "'other'"),
        (f"{inspect.cleandoc(WORDS)}\nhint: h", "each once"),
        (f"{inspect.cleandoc(WORDS)}\nno name", "'no name'"),
    ],
)
@pytest.mark.parametrize("answer", [..., 0.5])
def test_each_mistake_has_its_sentence_also_while_the_answer_is_awaited(words, match, answer):
    with pytest.raises(ValueError, match=match):
        judge(answer, 0.5, MISTAKES, words)
    with pytest.raises(ValueError, match=match):
        judge_function(answer, len, [], MISTAKES, words)


def test_a_sentence_may_go_over_lines_and_hold_a_colon():
    assert sentences("a: one\n  two: three\nb: four", "ab") == {"a": "one two: three", "b": "four"}


def test_mistakes_that_stand_for_more_than_one_answer():
    either = any_of(1.5, (2, 3))
    found = [a for a in (1.5, 1.5001, (2, 3), 1.6, (2,), "a", None) if either.test(a)]
    assert found == [1.5, 1.5001, (2, 3)]
    second = wrong_at(("yes", "no", "no"), 1)
    assert second.test(("Yes", " yes", "no")) and second.test(["no", "yes", "no"])
    assert not any(map(second.test, [("yes", "no", "yes"), ("yes", "maybe", "no"), ("no", "yes")]))


def doubled(x, y):
    return 2 * x + y


CASES = [(np.arange(3.0), 1), (np.ones(2), 4)]
FUNCTION_MISTAKES = {
    "not doubled": lambda x, y: x + y,
    "silent": lambda x, y: doubled(x, y) if y > 1 else None,
}
FUNCTION_WORDS = """
    praise: p
    hint: look at x
    not doubled: double x, not y
    silent: also for small y
    """


def function_verdict(function):
    return judge_function(function, doubled, CASES, FUNCTION_MISTAKES, FUNCTION_WORDS)


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
        (
            lambda x, y: 2 * x + y if y == 1 else None,
            "Not quite: your function returns nothing for",
        ),
        (lambda x, y: x if y == 1 else ..., "Not quite: your function returns nothing for some"),
        (lambda x, y: 2 * x + y if y > 1 else None, "Not quite: also for small y."),
        (..., "Not yet: replace the three dots with your answer."),
        (3, "Not quite: this asks for a function, not for its value."),
        (lambda x: x, "Not quite: your function raised TypeError: "),
    ],
)
def test_functions_are_judged_by_what_they_return(function, text):
    assert repr(function_verdict(function)).startswith(text)
    assert function_verdict(function).known == ("not doubled", "silent")
    assert np.array_equal(CASES[0][0], np.arange(3.0))


@pytest.mark.parametrize("rest", [None, ..., (None, 2)])
def test_one_branch_without_an_answer_is_not_an_exercise_not_begun(rest):
    words = "praise: p\nhint: h"
    found = judge_function(lambda x: (x, 2 * x) if x > 1 else rest, lambda x: (x, 2 * x),
                           [(1,), (2,)], {}, words)  # fmt: skip
    assert "returns nothing for some arguments" in repr(found) and not found.passed
    every = judge_function(lambda x: rest, lambda x: (x, 2 * x), [(1,), (2,)], {}, words)
    assert repr(every) == "Not yet: replace the three dots with your answer."


def test_a_list_in_a_case_reaches_the_function_as_an_array_of_its_own():
    def doubled(x):
        x *= 2
        return x

    given = [[1, 2], [3, 4]]
    found = judge_function(doubled, lambda x: 2 * np.array(x), [(given,)], {}, "praise: p\nhint: h")
    assert found and given == [[1, 2], [3, 4]]


def test_a_check_says_how_the_function_is_called():
    def call(function, x):
        return function(x, 3) + 1

    sums, words = {"sum": lambda x, y: x + y}, "praise: p\nhint: h\nsum: s"
    for function, mistake in ((lambda x, y: y * x, None), (lambda x, y: y + x, "sum")):
        found = judge_function(function, lambda x, y: x * y, [(2.0,)], sums, words, call=call)
        assert (found.passed, found.mistake) == (mistake is None, mistake)


def test_a_right_part_does_not_save_a_wrong_one():
    once = lambda x, y: doubled(x, y) if len(x) == 3 else x + y  # noqa: E731
    assert repr(function_verdict(once)) == "Not quite: look at x."


def test_an_exercise_with_a_forgotten_return_is_not_an_exercise_not_begun():
    def share(h, rate, steps):
        if steps > 3:
            return 1 - (1 - rate * h) ** steps

    assert "needs a `return` in every branch" in repr(checks.learned_share(share))


# Does the course run here?


def test_the_environment_is_fine_where_the_tests_run(capsys):
    checks.environment()
    assert capsys.readouterr().out == (
        "Python, packages, data, pictures, training: everything works.\n"
    )


def fails():
    raise ImportError("no such library")


def missing(name):
    raise importlib.metadata.PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("place", "name", "value", "says"),
    [
        (
            installation.sys,
            "version_info",
            (3, 14, 0),
            "Python: this is 3.14, and the course is made",
        ),
        (
            installation.importlib.metadata,
            "version",
            lambda name: "1.0",
            "packages: keras is 1.0, needed is >=3",
        ),
        (
            installation.importlib.metadata,
            "version",
            missing,
            "packages: keras is missing, numpy is",
        ),
        (
            installation,
            "load",
            lambda name: fails(),
            "data: ImportError: no such library. What to do",
        ),
        (
            installation,
            "training_problem",
            fails,
            "training: ImportError: no such library. What to do",
        ),
        (
            installation,
            "training_problem",
            lambda: "it did not learn",
            "training: it did not learn.",
        ),
    ],
)
def test_the_environment_says_what_is_wrong(place, name, value, says, monkeypatch, capsys):
    if name != "training_problem":
        monkeypatch.setattr(installation, "training_problem", lambda: None)
    monkeypatch.setattr(place, name, value)
    checks.environment()
    out = capsys.readouterr().out
    assert says in out and out.count(": fine.\n") == 4
    assert out.endswith("To fix: 1 of 5.\n")


@pytest.mark.parametrize(
    ("shell", "backend", "silent"),
    [
        (types.SimpleNamespace(kernel=1), "Agg", True),
        (types.SimpleNamespace(kernel=1), "svg", True),
        (types.SimpleNamespace(kernel=1), "module://matplotlib_inline.backend_inline", False),
        (types.SimpleNamespace(), "Agg", False),  # IPython in a terminal
        (None, "Agg", False),
    ],
)
@pytest.mark.parametrize("imported", [True, False])
def test_figures_that_a_notebook_would_not_show(shell, backend, silent, imported, monkeypatch):
    pyplot = types.SimpleNamespace(get_backend=lambda: backend) if imported else None
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    monkeypatch.setenv("MPLBACKEND", backend)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    problem = installation.picture_problem()
    assert (problem is not None) == silent
    assert not silent or (backend in problem and "MPLBACKEND" in problem)


@pytest.mark.parametrize(
    ("found", "pin", "fits"),
    [
        ("3.15.1", "~=3.15.1", True),
        ("3.15.4", "~=3.15.1", True),
        ("3.15.0", "~=3.15.1", False),
        ("3.16.0", "~=3.15.1", False),
        ("4.71", "~=4.70", True),
        ("5.0", "~=4.70", False),
        ("3.15.2rc1", "~=3.15.1", True),
        ("3.6.0", ">=3.6.0 and <3.16", True),
        ("3.15.9", ">=3.6.0 and <3.16", True),
        ("3.5.9", ">=3.6.0 and <3.16", False),
        ("3.16.0", ">=3.6.0 and <3.16", False),
    ],
)
def test_versions_fit_as_pip_sees_it(found, pin, fits, monkeypatch):
    monkeypatch.setattr(installation, "NEEDED", ("keras",))
    line = "keras " + pin.replace(" and ", ", ")
    monkeypatch.setattr(installation, "pins", lambda _: pins(line))
    monkeypatch.setattr(importlib.metadata, "version", lambda name: found)
    problem = installation.package_problem()
    assert (problem is None) == fits
    assert fits or problem.startswith(f"keras is {found}, needed is {pin}.")


def test_every_package_looked_for_is_pinned():
    found = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert set(installation.NEEDED) <= set(found)


# The exercises


def exercises_there_are():
    """The public functions of the package that return a verdict, but for the tools."""
    return {
        function
        for name, function in inspect.getmembers(checks, inspect.isfunction)
        if inspect.signature(function, eval_str=True).return_annotation is Verdict
        and not name.startswith(("_", "judge"))
    }


def test_every_exercise_is_tested():
    others = sorted((ROOT / "tests").glob("test_checks_*.py"))
    tested = set().union(
        *(importlib.import_module(f"tests.{path.stem}").EXERCISES for path in others)
    )
    assert tested == exercises_there_are()
