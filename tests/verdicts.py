"""What holds for the exercises of every lesson."""

from typing import ClassVar

import pytest

from helpers.experiment import CURVES, Divergence, Run


def stand_in(experiment, curve, weights=()):
    """A run in place of a trained one: each curve is `curve`; a learning rate above 1 diverged."""
    broken = Divergence(2, "the loss is no longer a finite number")
    diverged = broken if experiment.learning_rate > 1 else None
    curves = dict.fromkeys(CURVES, curve)
    return Run(experiment=experiment, weights=list(weights), diverged=diverged, **curves)


def experiments_of(exercise, change, ended):
    """What an exercise on a broken claim trains for a right answer."""
    asked = []

    def train(experiments):
        asked.extend(experiments)
        return ended(experiments)

    assert exercise(change, train).passed
    return asked


def check_trains_nothing(exercise, fixed, same):
    """An exercise on a broken claim trains nothing without need.

    Args:
        exercise: Of `judge_broken_claim`.
        fixed: A change that is not allowed.
        same: A change to what the lesson has.
    """

    def train(experiments):
        pytest.fail("nothing to train")

    assert repr(exercise(..., train)).startswith("Not yet: ")
    assert exercise(fixed, train).mistake == "fixed field changed"
    assert exercise(same, train).mistake == "nothing changed"


class Judged:
    """Right answers pass, and each misconception gets its own hint.

    A subclass gives `EXERCISES`: {exercise: (right answers, {mistake: an answer that shows it},
    further arguments of the exercise ...)}.
    """

    EXERCISES: ClassVar[dict]

    def pytest_generate_tests(self, metafunc):
        if "exercise" in metafunc.fixturenames:
            metafunc.parametrize("exercise", self.EXERCISES, ids=lambda f: f.__name__)

    def test_right_answers_pass_and_an_empty_one_waits(self, exercise):
        right, _, *arguments = self.EXERCISES[exercise]
        for answer in right:
            found = exercise(answer, *arguments)
            assert repr(found).startswith("Correct: "), repr(found)
        assert repr(exercise(..., *arguments)).startswith("Not yet: ")

    def test_each_misconception_is_named(self, exercise):
        _, shown, *arguments = self.EXERCISES[exercise]
        assert set(exercise(..., *arguments).known) == set(shown)
        assert len(shown) >= 3
        hints = {}
        for name, answer in shown.items():
            found = exercise(answer, *arguments)
            assert (found.mistake, found.passed) == (name, False), repr(found)
            hints[name] = repr(found)
        assert len(set(hints.values())) == len(shown)
        assert all(t.startswith("Not quite: ") and t.endswith(".") for t in hints.values())

    def test_other_wrong_answers_get_a_hint_too(self, exercise):
        _, _, *arguments = self.EXERCISES[exercise]
        for strange in (1234.5, lambda *_: 1234.5, "a"):
            found = exercise(strange, *arguments)
            assert repr(found).startswith("Not quite: ") and found.mistake is None, repr(found)
