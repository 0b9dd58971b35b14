"""Judges answers to exercises, names the misconception behind a wrong one, and checks claims.

    checks.environment()                # says in words whether the course runs here
    checks.final_gap(answer, run)       # shows "Correct: ...", "Not yet: ..." or "Not quite: ..."
    claim("L2 narrows the gap in {count} seeds", smaller=with_l2, larger=without)

A check is a short function: the right answer, and a table of mistakes. A mistake is known by what
it makes people answer; the hint names it. Verdicts hold no measured number, so that a sentence is
the same on every machine.
"""

from __future__ import annotations

import importlib.metadata
import math
import numbers
import re
import string
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from helpers.data import FOLDER, SHIPPED, load, make_2d, split
from helpers.experiment import Experiment

if TYPE_CHECKING:
    from helpers.data import Parts
    from helpers.experiment import Run

# --- Verdicts -----------------------------------------------------------------------------


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
    if _matches(answer, right, tolerance):
        return verdict("Correct", praise, passed=True)
    for mistake in mistakes:
        if _matches(answer, mistake.answer, tolerance):
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


def _matches(answer, expected, tolerance) -> bool:
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
            and all(_matches(a, e, tolerance) for a, e in zip(answer, expected, strict=True))
        )
    if isinstance(expected, str):
        return isinstance(answer, str) and answer.strip().lower() == expected.lower()
    tolerance = 0 if _is_whole(expected) else tolerance
    expected, found = np.asarray(expected, float), _as_numbers(answer)
    if found is None or found.shape != expected.shape:
        return False
    scale = np.maximum(np.abs(expected), 1e-9)
    return bool(np.all(np.abs(found - expected) <= tolerance * scale))


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


# --- Claims -------------------------------------------------------------------------------


def claim(sentence: str, *, smaller, larger, by: float = 0.0) -> None:
    """Print a sentence if all pairs bear it out; raise, with the numbers, if one does not.

        claim("L2 narrows the gap in {count} seeds", smaller=with_l2, larger=without)
        # L2 narrows the gap in 5 of 5 seeds.

    What is counted is said by the data, not by the author: `{count}` becomes "5 of 5", and
    `{by}` the margin.

    Args:
        sentence: With `{count}` where there are several pairs, and `{by}` where there is a
            margin; its full stop is added.
        smaller, larger: Numbers, or one of them a single number for all pairs.
        by: In each pair `larger` must exceed `smaller` by more than this.

    Raises:
        AssertionError: If one pair does not bear the sentence out (nor does a NaN).
        ValueError: If the sentence lacks a placeholder or has an unknown one, the two sides are
            not equally long, or there is no pair.
    """
    smaller, larger = _side("smaller", smaller), _side("larger", larger)
    if smaller.ndim and larger.ndim and len(smaller) != len(larger):
        raise ValueError(f"smaller holds {len(smaller)} numbers, larger {len(larger)}: must agree")
    if not _is_margin(by):
        raise ValueError(f"by={by!r}: must be a finite number at least 0")
    pairs = max(smaller.size, larger.size)
    needed = {"count"} if pairs > 1 else set()
    needed |= {"by"} if by else set()
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
    if not needed <= named <= {"count", "by"}:
        raise ValueError(f"sentence={sentence!r}: must hold {sorted(needed)}, and has {named}")
    borne_out = np.broadcast_to(larger - smaller > by, pairs)
    words = sentence.format(count=f"{borne_out.sum()} of {pairs}", by=f"{by:g}")
    if not borne_out.all():
        raise AssertionError(
            f"{words}: that is not all. smaller={smaller.round(4).tolist()}, "
            f"larger={larger.round(4).tolist()}, by={by:g}"
        )
    print(f"{words.rstrip('.')}.")


def _side(name, values) -> np.ndarray:
    if not isinstance(values, (numbers.Real, np.ndarray)):
        values = list(values)
    values = np.asarray(values, float)
    if values.ndim > 1 or not values.size:
        raise ValueError(f"{name} of shape {values.shape}: must be one number or a row of them")
    return values


def _is_margin(by) -> bool:
    return isinstance(by, numbers.Real) and math.isfinite(by) and by >= 0


# --- Does the course run here? ------------------------------------------------------------

NEEDED = ("keras", "numpy", "matplotlib", "pillow", "jupyterlab", "ipykernel", "ipywidgets",
          "anywidget", "traitlets", "tqdm")  # fmt: skip
_INSTALL = (
    "in the folder of README.md run its command under “open the course”, then choose "
    "Kernel > Restart Kernel and run this cell again"
)


def environment() -> None:
    """Print in words whether Python, packages, data and training work, and if not, what to do."""
    looks = {
        "Python": _python_problem,
        "Packages": _package_problem,
        "Data": _data_problem,
        "Training": _training_problem,
    }
    problems = 0
    for name, look in looks.items():
        try:
            problem = look()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}. What to do: {_INSTALL}"
        problems += problem is not None
        print(f"{name}: {problem or 'fine'}.")
    print("Everything works." if not problems else f"To be mended: {problems} of {len(looks)}.")


def _python_problem() -> str | None:
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return None
    found = ".".join(map(str, sys.version_info[:2]))
    return f"this is {found}, and the course is made for 3.11 to 3.13. What to do: {_INSTALL}"


def _package_problem() -> str | None:
    pins = _pins((FOLDER.parent / "requirements.txt").read_text(encoding="utf-8"))
    faults = []
    for name in NEEDED:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            faults.append(f"{name} is missing")
            continue
        if not _fits(found, pins[name]):
            faults.append(f"{name} is {found}, tried was {pins[name]}")
    return f"{', '.join(faults)}. What to do: {_INSTALL}" if faults else None


def _pins(requirements: str) -> dict[str, str]:
    """The version that follows `~=` for each package named without a condition."""
    lines = (line.split("~=") for line in requirements.splitlines() if ";" not in line)
    return {name.strip(): pin.strip() for name, pin in (line for line in lines if len(line) == 2)}


def _fits(found: str, pin: str) -> bool:
    """Whether a version is compatible with a pin: as `~=`, which frees the last number only."""
    wanted = [int(n) for n in pin.split(".")]
    have = [int(n) for n in re.match(r"\d+(\.\d+)*", found)[0].split(".")]
    return have[: len(wanted) - 1] == wanted[:-1] and have >= wanted


def _data_problem() -> str | None:
    for name in SHIPPED:
        load(name)  # raises, and says how to restore the file
    return None


def _training_problem() -> str | None:
    from helpers.training import train

    small = Experiment(hidden=(4,), epochs=3, batch_size=20)
    (run,) = train(small, split(make_2d("moons", rows=60), train=40, validation=20), progress=False)
    if run.epochs == 3 and run.train_loss[-1] < run.train_loss[0]:
        return None
    return f"a small network did not learn. What to do: {_INSTALL}"


# --- 01: overfitting ----------------------------------------------------------------------


def final_gap(answer, run: Run) -> Verdict:
    """Judges: validation minus training loss of a run after its last epoch."""
    train, validation = run.train_loss, run.validation_loss
    low = int(np.argmin(validation))
    return judge(
        answer,
        float(validation[-1] - train[-1]),
        [
            Mistake(
                "sign turned round",
                float(train[-1] - validation[-1]),
                "you took validation from training; the gap is what the network does worse on "
                "rows it has not seen, so it is validation minus training",
            ),
            Mistake(
                "gap at the lowest point",
                float(validation[low] - train[low]),
                "this is the gap at the epoch of the lowest validation loss; the question is "
                "about the last epoch, index -1",
            ),
            Mistake(
                "accuracies for losses",
                When(lambda a: _near_any(a, _accuracy_gaps(run))),
                "this is a difference of accuracies; the gap is one of losses, in nats",
            ),
            Mistake(
                "validation loss alone",
                float(validation[-1]),
                "this is the validation loss itself; a gap needs the training loss taken off",
            ),
            Mistake(
                "mean over the epochs",
                float(np.mean(validation - train)),
                "this averages over all epochs; the question is about the last one, index -1",
            ),
        ],
        praise="the network is worse by this many nats on rows it has not seen",
        hint="take run.train_loss[-1] from run.validation_loss[-1]",
    )


def _accuracy_gaps(run) -> list[float]:
    gap = float(run.train_accuracy[-1] - run.validation_accuracy[-1])
    return [gap, -gap, 100 * gap, -100 * gap]


def _near_any(answer, values) -> bool:
    return any(_matches(answer, value, 1e-3) for value in values)


def lowest_epoch(answer, run: Run) -> Verdict:
    """Judges: the epoch, counted from 1, at which the validation loss of a run is lowest."""
    validation = run.validation_loss
    return judge(
        answer,
        int(np.argmin(validation)) + 1,
        [
            Mistake(
                "counted from 0",
                int(np.argmin(validation)),
                "this is an index, and Python counts from 0; the first epoch is epoch 1",
            ),
            Mistake(
                "loss for epoch",
                float(validation.min()),
                "this is the lowest loss; the question is when it is reached, so look for argmin",
            ),
            Mistake(
                "training curve",
                int(np.argmin(run.train_loss)) + 1,
                "this is where the training loss is lowest; it falls to the end and says nothing "
                "about rows the network has not seen",
            ),
            Mistake(
                "highest accuracy",
                int(np.argmax(run.validation_accuracy)) + 1,
                "this is where validation accuracy is highest; loss and accuracy need not agree, "
                "and the question is about the loss",
            ),
        ],
        praise="from here on, further training makes the validation loss worse or no better",
        hint="np.argmin(run.validation_loss) is the index of the lowest value; then count from 1",
    )


_LABELS = (
    (np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1])),
    (np.array([2, 2, 2, 1, 0, 1]), np.array([2, 0, 0, 0, 2, 1])),
    (np.array([1, 1, 0, 1]), np.array([1, 1, 1, 1, 0])),
)


def trivial_baseline(function: Callable) -> Verdict:
    """Judges: function(y_train, y), the accuracy on `y` of y_train's commonest class."""

    def commonest(y):
        return np.bincount(y).argmax()

    return judge_function(
        function,
        lambda y_train, y: float(np.mean(y == commonest(y_train))),
        _LABELS,
        [
            Mistake(
                "peeks at the answers",
                lambda y_train, y: float(np.mean(y == commonest(y))),
                "you look for the commonest class among the rows you are marked on; a rule may "
                "only know the training rows",
            ),
            Mistake(
                "measured where it was learned",
                lambda y_train, y: float(np.mean(y_train == commonest(y_train))),
                "you measure on the training rows; take the class from y_train, but count in y",
            ),
            Mistake(
                "coin for majority",
                lambda y_train, y: 1 / len(np.unique(y_train)),
                "one divided by the number of classes is what drawing lots gives; always naming "
                "the commonest class does better when the classes differ in size",
            ),
            Mistake(
                "mean of the labels",
                lambda y_train, y: float(np.mean(y)),
                "the mean of y is the share of class 1, and only if there are two classes; the "
                "commonest class can be another one",
            ),
            Mistake(
                "class for accuracy",
                lambda y_train, y: float(commonest(y_train)),
                "your function returns the class; the question is how often that class is right "
                "in y",
            ),
        ],
        praise="a network has to beat this before its accuracy means anything",
        hint="find the commonest class of y_train with np.bincount(y_train).argmax(), then the "
        "share of y that equals it",
    )


def rows_for_half_a_point(answer) -> Verdict:
    """Judges: the rows at which an accuracy of 0.8 has a standard error of 0.005."""
    return judge(
        answer,
        6400.0,
        [
            Mistake(
                "square forgotten",
                32.0,
                "the error falls with the square root of the rows, so the wished error enters "
                "squared",
            ),
            Mistake(
                "root kept",
                80.0,
                "this is the root of the answer; square both sides before solving for n",
            ),
            Mistake(
                "points for fractions",
                0.64,
                "half a point is 0.005, not 0.5, when the accuracy is written as 0.8",
            ),
            Mistake(
                "one divided by the root",
                40000.0,
                "1 / sqrt(n) leaves out p (1 - p): an accuracy of 0.8 varies less than that",
            ),
            Mistake(
                "two standard errors",
                25600.0,
                "this makes two standard errors half a point; the question asks for one",
            ),
        ],
        praise="a validation set of 512 rows is far from it, so small differences stay unseen",
        hint="solve sqrt(p (1 - p) / n) = 0.005 for n, with p = 0.8",
    )


def memorised_truth(answer, parts: Parts) -> Verdict:
    """Judges: the accuracy by true labels of a network that fits all given labels of `parts`."""
    wrong = len(parts.flipped) / len(parts.train)
    return judge(
        answer,
        1 - wrong,
        [
            Mistake(
                "training accuracy believed",
                1.0,
                "1 is its accuracy by the labels it was given, and some of those are wrong",
            ),
            Mistake(
                "share of the wrong",
                wrong,
                "this is the share of labels that were flipped; on these it repeats the error, "
                "and on all others it is right",
            ),
            Mistake(
                "coin on the wrong",
                1 - wrong / 2,
                "you let it be right on half of the flipped rows; of two classes there is one "
                "wrong answer, and it has learned just that",
            ),
            Mistake(
                "validation accuracy",
                When(lambda a: 0.5 < float(a) < 0.775),
                "that would be a network that has also forgotten correct labels; it fits every "
                "label it was given, and most of those are true",
            ),
        ],
        praise="it repeats every error it was taught, so its perfect training score is not what "
        "it seems",
        hint="on how many training rows does the label it has learned agree with the truth",
        tolerance=0.005,
    )
