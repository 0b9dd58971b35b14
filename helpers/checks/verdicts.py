"""What a check says, and how answers are compared; every lesson's checks are made of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says: its text is one fixed sentence.

    Attributes:
        text: Begins with "Correct:", "Not yet:" or "Not quite:".
        passed: Whether the answer is right.
        mistake: The name of the recognised mistake, or None.
        known: The names of all mistakes that this check recognises.
    """

    text: str
    passed: bool
    mistake: str | None = None
    known: tuple[str, ...] = ()

    def __repr__(self):
        return self.text

    def __bool__(self):
        return self.passed


class Mistake(NamedTuple):
    """A wrong answer that tells what its author believed.

    Attributes:
        name: The misconception in a few words, such as "kept for dropped".
        answer: What those answer who hold it: a value, a wrong function (where a function is
            asked for), or a `When`.
        hint: Names the misconception and what to look at; a sentence without its full stop.
    """

    name: str
    answer: Any
    hint: str


class When(NamedTuple):
    """Stands for every answer that passes `test(answer)`; a test that raises counts as no."""

    test: Callable[[Any], bool]


def judge(
    answer,
    right,
    mistakes: Sequence[Mistake],
    *,
    praise: str,
    hint: str,
    tolerance: float = 1e-3,
) -> Verdict:
    """Compare an answer with the right one, then with each mistake in order.

    Whole numbers must agree exactly, others to a relative `tolerance`, text whatever its case.
    Several things are judged at once as a tuple.

    Args:
        answer: What the learner gave; `...` and None, alone or inside a tuple, mean not yet.
        right: The right answer, or a `When`.
        mistakes: The wrong answers that are recognised.
        praise: Follows "Correct: ", and says what the answer means.
        hint: Follows "Not quite: " where no mistake is recognised.
        tolerance: Greatest difference, relative to the right number.
    """
    known = tuple(mistake.name for mistake in mistakes)

    def verdict(start, words, passed=False, mistake=None):
        return Verdict(f"{start}: {words.rstrip('.')}.", passed, mistake, known)

    if _untouched(answer):
        return verdict("Not yet", "replace the three dots with your answer")
    if matches(answer, right, tolerance):
        return verdict("Correct", praise, passed=True)
    for mistake in mistakes:
        if matches(answer, mistake.answer, tolerance):
            return verdict("Not quite", mistake.hint, mistake=mistake.name)
    return verdict("Not quite", _form_fault(answer, right) or hint)


def judge_function(
    function: Callable,
    right: Callable,
    cases: Iterable[tuple],
    mistakes: Sequence[Mistake],
    *,
    praise: str,
    hint: str,
    tolerance: float = 1e-3,
) -> Verdict:
    """Call the learner's function on each case and judge all its answers at once.

    A mistake's `answer` is a wrong function: it is recognised where the learner's gives the
    same on every case. So choose cases on which right and wrong part.

    Args:
        function: What the learner wrote. It gets copies of the arguments.
        right: The right function, such as one of `helpers.reference`.
        cases: Arguments, one tuple for each call.
        mistakes, praise, hint, tolerance: As in `judge`.
    """
    cases = list(cases)

    def answers(f):
        return tuple(f(*(_copied(argument) for argument in case)) for case in cases)

    table = [
        m if isinstance(m.answer, When) else m._replace(answer=answers(m.answer)) for m in mistakes
    ]
    if _untouched(function):
        found = None
    elif not callable(function):
        return Verdict(
            "Not quite: this asks for a function, not for its value.",
            False,
            known=tuple(m.name for m in mistakes),
        )
    else:
        try:
            found = answers(function)
        except Exception as error:
            return Verdict(
                f"Not quite: your function raised {type(error).__name__}: {error}",
                False,
                known=tuple(m.name for m in mistakes),
            )
    return judge(found, answers(right), table, praise=praise, hint=hint, tolerance=tolerance)


def _untouched(answer) -> bool:
    if isinstance(answer, (tuple, list)):
        return any(_untouched(a) for a in answer)
    return answer is None or answer is ...


def matches(answer, expected, tolerance) -> bool:
    """Whether an answer is the expected one, or passes its test."""
    if isinstance(expected, When):
        try:
            return bool(expected.test(answer))
        except Exception:
            return False
    if isinstance(expected, (tuple, list)):
        return (
            isinstance(answer, (tuple, list, np.ndarray))
            and len(answer) == len(expected)
            and all(matches(a, e, tolerance) for a, e in zip(answer, expected, strict=True))
        )
    if isinstance(expected, str):
        return isinstance(answer, str) and answer.strip().lower() == expected.lower()
    tolerance = 0 if _is_whole(expected) else tolerance
    expected, found = np.asarray(expected, float), _as_numbers(answer)
    if found is None or found.shape != expected.shape:
        return False
    scale = np.maximum(np.abs(expected), 1e-9)
    return bool(np.all(np.abs(found - expected) <= tolerance * scale))


def near_any(answer, values) -> bool:
    """Whether an answer is one of these numbers, to a relative 1e-3."""
    return any(matches(answer, value, 1e-3) for value in values)


def _is_whole(value) -> bool:
    return np.asarray(value).dtype.kind in "iub"


def _as_numbers(answer) -> np.ndarray | None:
    """The answer as float64, or None if it is not made of numbers."""
    try:
        array = np.asarray(answer)
    except ValueError:
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


def _form_fault(answer, right) -> str | None:
    """What is wrong with the form of an answer, whatever its value."""
    if isinstance(right, When):
        return None
    if isinstance(right, (tuple, list)):
        if isinstance(answer, (tuple, list, np.ndarray)) and len(answer) == len(right):
            faults = (_form_fault(a, r) for a, r in zip(answer, right, strict=True))
            return next(filter(None, faults), None)
        return f"this asks for {len(right)} answers"
    if isinstance(right, str):
        return None if isinstance(answer, str) else "this asks for a word in quotation marks"
    found, shape = _as_numbers(answer), np.shape(right)
    if found is None:
        return "this asks for a number" if shape == () else "this asks for an array of numbers"
    if found.shape != shape:
        what = "one number" if shape == () else f"an array of shape {shape}"
        return f"this asks for {what}, and your answer has shape {found.shape}"
    return None if np.isfinite(found).all() else "your answer is not finite"


def _copied(argument):
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def layers_of(model, *kinds) -> list:
    """The layers of a Keras model that are of these kinds, without importing Keras."""
    return [layer for layer in model.layers if type(layer).__name__ in kinds]
