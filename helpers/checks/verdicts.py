"""What a check says, and how answers are compared; every lesson's checks are made of these."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

NOT_YET = "replace the three dots with your answer"
NO_RETURN = (
    "your function returns nothing for some arguments; it needs a `return` in every branch, and "
    "one at the end"
)


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


class When(NamedTuple):
    """Stands for every answer that passes `test(answer)`; a test that raises counts as no."""

    test: Callable[[Any], bool]


def any_of(*answers) -> When:
    """Each of these answers, to a relative 1e-3."""
    return When(lambda answer: any(matches(answer, some, 1e-3) for some in answers))


def wrong_at(right: Sequence[str], *places: int) -> When:
    """Answers in the words of `right` that are wrong at one of these places, counted from 0."""

    def test(answer):
        answer = [plain(word) for word in answer]
        well_formed = len(answer) == len(right) and set(answer) <= set(right)
        return well_formed and any(answer[place] != right[place] for place in places)

    return When(test)


def verdict(start: str, sentence: str, known: Iterable[str], mistake: str | None = None) -> Verdict:
    """A verdict of one sentence, with or without its full stop.

    Args:
        start: "Correct", "Not yet" or "Not quite".
        sentence: What follows the colon.
        known: The names of all mistakes that the check recognises.
        mistake: The name of the recognised one.
    """
    text = f"{start}: {sentence.rstrip('.')}."
    return Verdict(text, start == "Correct", mistake, tuple(known))


def sentences(words: str, names: Iterable[str]) -> dict[str, str]:
    """What a check says, by name.

    Args:
        words: Entries `name: sentence`; the further lines of a sentence are indented.
        names: The names that there must be.

    Raises:
        ValueError: If a name is missing, unknown or there twice.
    """
    entries = re.split(r"\n(?=\S)", inspect.cleandoc(words))
    pairs = [" ".join(entry.split()).partition(": ") for entry in entries]
    found, wanted = [name for name, _, _ in pairs], list(names)
    if sorted(found) != sorted(wanted):
        raise ValueError(f"words for {found}: must be for {wanted}, each once")
    return {name: sentence for name, _, sentence in pairs}


def judge(
    answer, right, mistakes: Mapping[str, Any], words: str, *, tolerance: float = 1e-3
) -> Verdict:
    """Compare an answer with the right one, then with each mistake in order.

    Whole numbers must agree exactly, others to a relative `tolerance`, text whatever its case.
    Several things are judged at once as a tuple.

    Args:
        answer: What the learner gave; `...` and None, alone or inside a tuple, mean not yet.
        right: The right answer, or a `When`.
        mistakes: {name of the misconception: what those answer who hold it, or a `When`}.
        words: A sentence without its full stop for each name, as entries `name: sentence` with
            further lines indented. `praise` says what the right answer means, a mistake's name
            what to look at, and `hint` the same where no mistake is recognised.
        tolerance: Greatest difference, relative to the right number.
    """
    said = sentences(words, ("praise", "hint", *mistakes))
    if _untouched(answer):
        return verdict("Not yet", NOT_YET, mistakes)
    return _compared(answer, right, mistakes, said, tolerance)


def judge_function(
    function: Callable,
    right: Callable,
    cases: Iterable[tuple],
    mistakes: Mapping[str, Callable | When],
    words: str,
    *,
    call: Callable = lambda function, *arguments: function(*arguments),
    tolerance: float = 1e-3,
) -> Verdict:
    """Call the learner's function on each case and judge all its answers at once.

    A mistake is a wrong function, recognised where the learner's gives the same on every case,
    or a `When` that tests the tuple of all answers. So choose cases on which right and wrong part.

    Args:
        function: What the learner wrote. It gets copies of the arguments.
        right: The right function, such as one of `helpers.reference`.
        cases: Arguments, one tuple for each call; a list stands for an array.
        mistakes: {name of the misconception: a wrong function, or a `When`}.
        words, tolerance: As in `judge`.
        call: `call(function, *case)` gives what is compared, for functions that need more than
            arrays or whose answer is not compared as it stands.
    """
    cases, said = list(cases), sentences(words, ("praise", "hint", *mistakes))

    def answers(f):
        return tuple(call(f, *map(_copied, case)) for case in cases)

    if _untouched(function):
        return verdict("Not yet", NOT_YET, mistakes)
    if not callable(function):
        return verdict("Not quite", "this asks for a function, not for its value", mistakes)
    try:
        found = answers(function)
    except Exception as error:
        raised = f"your function raised {type(error).__name__}: {error}"
        return verdict("Not quite", raised, mistakes)
    if all(map(_untouched, found)):
        return verdict("Not yet", NOT_YET, mistakes)
    wrong = {name: f if isinstance(f, When) else answers(f) for name, f in mistakes.items()}
    return _compared(found, answers(right), wrong, said, tolerance)


def _compared(answer, right, mistakes, said, tolerance) -> Verdict:
    if matches(answer, right, tolerance):
        return verdict("Correct", said["praise"], mistakes)
    for name, wrong in mistakes.items():
        if matches(answer, wrong, tolerance):
            return verdict("Not quite", said[name], mistakes, name)
    return verdict("Not quite", _form_fault(answer, right) or said["hint"], mistakes)


def _untouched(answer) -> bool:
    if isinstance(answer, (tuple, list)):
        return any(_untouched(a) for a in answer)
    return answer is None or answer is ...


def matches(answer, expected, tolerance) -> bool:
    """Whether an answer is the expected one, or passes its test."""
    if expected is None:
        return answer is None
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
        return isinstance(answer, str) and plain(answer) == expected.lower()
    tolerance = 0 if np.asarray(expected).dtype.kind in "iub" else tolerance
    expected, found = np.asarray(expected, float), _as_numbers(answer)
    if found is None or found.shape != expected.shape:
        return False
    scale = np.maximum(np.abs(expected), 1e-9)
    return bool(np.all(np.abs(found - expected) <= tolerance * scale))


def plain(word: str) -> str:
    """A word without blanks around it, in small letters."""
    return word.strip().lower()


def _as_numbers(answer) -> np.ndarray | None:
    """The answer as float64, or None if it is not made of numbers."""
    try:
        array = np.asarray(answer)
    except ValueError:
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


def _form_fault(answer, right) -> str | None:
    """What is wrong with the form of an answer, whatever its value."""
    if _untouched(answer) and not isinstance(answer, (tuple, list)):
        return NO_RETURN
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
    return np.array(argument) if isinstance(argument, (np.ndarray, list)) else argument
