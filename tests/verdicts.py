"""What holds for the exercises of every lesson."""

from typing import ClassVar


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
