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

from helpers import reference
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
        "packages": _package_problem,
        "data": _data_problem,
        "training": _training_problem,
    }
    problems = {}
    for name, look in looks.items():
        try:
            problem = look()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}. What to do: {_INSTALL}"
        if problem is not None:
            problems[name] = problem
    if problems:
        print("\n".join(f"{name}: {problems.get(name, 'fine')}." for name in looks))
        print(f"To be mended: {len(problems)} of {len(looks)}.")
    else:
        print(f"{', '.join(looks)}: everything works.")


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


# --- 02: L2 -------------------------------------------------------------------------------


def translated_strength(answer) -> Verdict:
    """Judges: the Keras `l2` of a gradient to which 0.0005 * w is added, at learning rate 0.1."""
    return judge(
        answer,
        0.00025,
        [
            Mistake(
                "same number",
                0.0005,
                "l2(0.0005) pulls with 2 · 0.0005 · w, twice what the paper adds; the slope of "
                "λ w² has a factor 2",
            ),
            Mistake(
                "doubled",
                0.001,
                "you went the wrong way; the slope of λ w² is 2 λ w, so λ is half of what the "
                "paper adds",
            ),
            Mistake(
                "learning rate counted in",
                When(lambda a: _near_any(a, [0.00005, 0.000025, 0.0001])),
                "the learning rate multiplies the whole gradient, the penalty's part with it, in "
                "the paper as in Keras; leave it out",
            ),
            Mistake(
                "divided by the learning rate",
                When(lambda a: _near_any(a, [0.005, 0.0025, 0.01])),
                "the paper adds to the gradient, so the learning rate comes after it, in the paper "
                "as in Keras; leave it out",
            ),
        ],
        praise="2 · 0.00025 · w is what the paper adds to the gradient",
        hint="solve 2 λ w = 0.0005 w for λ",
    )


_WEIGHTS = (
    (np.array([[0.5, -1.5], [2.0, 0.25]]), 0.1),
    (np.array([3.0, -0.5, 0.25]), 0.02),
)


def penalty_and_slope(function: Callable) -> Verdict:
    """Judges: function(w, strength), the penalty of `keras.regularizers.L2` and its gradient."""
    return judge_function(
        function,
        lambda w, s: (s * np.sum(w**2), 2 * s * w),
        _WEIGHTS,
        [
            Mistake(
                "half of a textbook",
                lambda w, s: (s / 2 * np.sum(w**2), s * w),
                "this is a textbook's penalty, with a half in front; Keras takes the strength "
                "times the sum of squares as it stands",
            ),
            Mistake(
                "2 forgotten in the slope",
                lambda w, s: (s * np.sum(w**2), s * w),
                "the penalty is right, but w² has the slope 2 w",
            ),
            Mistake(
                "absolute values",
                lambda w, s: (s * np.sum(np.abs(w)), s * np.sign(w)),
                "this is L1, the sum of absolute values; L2 takes squares",
            ),
            Mistake(
                "mean for sum",
                lambda w, s: (s * np.mean(w**2), 2 * s * w / w.size),
                "you take the mean over the weights; the penalty is their sum, so a larger layer "
                "pays more",
            ),
            Mistake(
                "root taken",
                lambda w, s: (s * np.sqrt(np.sum(w**2)), s * w / np.sqrt(np.sum(w**2))),
                "this is the norm; the penalty is the norm squared, so leave out the root",
            ),
            Mistake(
                "slope downhill",
                lambda w, s: (s * np.sum(w**2), -2 * s * w),
                "the gradient points uphill, away from 0; descent puts the minus in front of it "
                "later",
            ),
        ],
        praise="one number for the layer, and for each weight a pull in proportion to it",
        hint="the penalty is strength * sum of w**2, its slope 2 * strength * w, an array like w",
    )


_STEPS = (
    (np.array([1.0, -2.0]), np.array([0.5, 1.5]), 0.1, 0.4),
    (np.array([[0.5, 3.0]]), np.array([[-1.0, 0.25]]), 0.5, 0.05),
)


def penalised_step(function: Callable) -> Verdict:
    """Judges: function(w, gradient, learning_rate, l2), `w` after one step of descent."""
    return judge_function(
        function,
        lambda w, g, rate, l2: w - rate * (g + 2 * l2 * w),
        _STEPS,
        [
            Mistake(
                "2 forgotten",
                lambda w, g, rate, l2: w - rate * (g + l2 * w),
                "the penalty's part of the gradient is 2 * l2 * w",
            ),
            Mistake(
                "learning rate forgotten",
                lambda w, g, rate, l2: (1 - 2 * l2) * w - rate * g,
                "you shrink by 2 * l2 whatever the learning rate; it multiplies the penalty's "
                "slope as it does the data's",
            ),
            Mistake(
                "wrong direction",
                lambda w, g, rate, l2: w - rate * (g - 2 * l2 * w),
                "your penalty makes the weights grow; its slope is added to the gradient, and the "
                "step goes against the sum",
            ),
            Mistake(
                "penalty for slope",
                lambda w, g, rate, l2: w - rate * (g + l2 * np.sum(w**2)),
                "you add the penalty itself, one number for all weights; a step needs its slope, "
                "one for each weight",
            ),
            Mistake(
                "data forgotten",
                lambda w, g, rate, l2: (1 - 2 * rate * l2) * w,
                "your weights shrink but learn nothing; the data's gradient belongs into the step",
            ),
            Mistake(
                "shrunk after learning",
                lambda w, g, rate, l2: (1 - 2 * rate * l2) * (w - rate * g),
                "you shrink what was learnt in this very step, too; both slopes are taken at the "
                "same w",
            ),
        ],
        praise="the same as (1 - 2 * learning_rate * l2) * w - learning_rate * gradient",
        hint="take learning_rate times the whole gradient, data and penalty, off w",
    )


def book_model(model) -> Verdict:
    """Judges: a Keras model whose three kernels are penalised as in (0.02 / 2) * sum w**2."""

    def strengths(name, kind="l2"):
        return [_strength_of(getattr(layer, name), kind) for layer in _layers(model, "Dense")]

    def activity():
        return any(layer.activity_regularizer for layer in _layers(model, "Dense"))

    def l2_on(*patterns, number=0.01):
        """Whether kernels carry this L2 strength as in one of the patterns, and nothing else."""

        def look(_):
            found = tuple(strengths("kernel_regularizer"))
            wanted = [tuple(number * on for on in pattern) for pattern in patterns]
            alone = not any(strengths("kernel_regularizer", "l1") + strengths("bias_regularizer"))
            return alone and not activity() and any(_matches(found, w, 1e-3) for w in wanted)

        return When(look)

    return judge(
        model,
        l2_on((1, 1, 1)),
        [
            Mistake(
                "the book's number",
                l2_on((1, 1, 1), (1, 1, 0), number=0.02),
                "0.02 is the book's number, and the book has a half in front of it; Keras has not",
            ),
            Mistake(
                "output spared",
                l2_on((1, 1, 0)),
                "the book's sum runs over all kernels, and yours leaves out the output layer's; a "
                "relu network moves its scale to where it costs nothing",
            ),
            Mistake(
                "a hidden layer spared",
                l2_on((1, 0, 1), (0, 1, 1), (1, 0, 0), (0, 1, 0)),
                "a hidden layer has no penalty; the book's sum runs over all kernels",
            ),
            Mistake(
                "biases penalised",
                When(lambda _: any(strengths("bias_regularizer"))),
                "you penalise biases; the book's sum runs over kernels, and a bias makes no answer "
                "steeper",
            ),
            Mistake(
                "activity for kernel",
                When(lambda _: activity()),
                "an activity_regularizer penalises what a layer puts out, not its weights: use "
                "kernel_regularizer",
            ),
            Mistake(
                "L1 for L2",
                When(lambda _: any(strengths("kernel_regularizer", "l1"))),
                "this is L1, which sums absolute values; the book sums squares",
            ),
        ],
        praise="the same pull on every kernel as in the book, and none on a bias",
        hint="this asks for a Keras model of three Dense layers, 16, 8 and 1 units, each with a "
        "kernel_regularizer",
    )


def _layers(model, *kinds) -> list:
    """The layers of a Keras model that are of these kinds, without importing Keras."""
    return [layer for layer in model.layers if type(layer).__name__ in kinds]


def _strength_of(regularizer, kind: str) -> float:
    """The "l1" or "l2" of a Keras regularizer; 0 if it has none."""
    return float(getattr(regularizer, kind, 0.0))


_FITTED = (  # strengths; val_loss as fit prints it and penalty, both (strengths, seeds)
    (
        np.array([0.0, 0.001, 0.01, 0.1]),
        np.array([[0.58, 0.60, 0.90], [0.61, 0.63, 0.62], [0.66, 0.65, 0.67], [0.64, 0.44, 0.71]]),
        np.array([[0.00, 0.00, 0.00], [0.04, 0.05, 0.04], [0.20, 0.21, 0.22], [0.10, 0.01, 0.12]]),
    ),
    (
        np.array([0.0, 0.003, 0.03]),
        np.array([[0.70, 0.72], [0.68, 0.99], [0.85, 0.87]]),
        np.array([[0.00, 0.00], [0.30, 0.31], [0.30, 0.33]]),
    ),
)


def chosen_strength(function: Callable) -> Verdict:
    """Judges: function(strengths, val_loss, penalty), the strength with the lowest data loss."""

    def at_least(measure):
        return lambda s, v, p: float(s[np.argmin(measure(v, p))])

    return judge_function(
        function,
        at_least(lambda v, p: (v - p).mean(axis=1)),
        _FITTED,
        [
            Mistake(
                "val_loss trusted",
                at_least(lambda v, p: v.mean(axis=1)),
                "you compare val_loss as fit prints it, penalty included; that charges the strong "
                "for their strength, so take the penalty off first",
            ),
            Mistake(
                "luckiest seed",
                at_least(lambda v, p: (v - p).min(axis=1)),
                "you let the luckiest seed decide; average over the seeds, axis 1, and then choose",
            ),
            Mistake(
                "penalty added",
                at_least(lambda v, p: (v + p).mean(axis=1)),
                "val_loss holds the penalty already, and you add it once more; take it off",
            ),
            Mistake(
                "smallest penalty",
                at_least(lambda v, p: p.mean(axis=1)),
                "you take the one that pays least; without a strength there is nothing to pay, and "
                "that says nothing about mistakes",
            ),
            Mistake(
                "index for strength",
                lambda s, v, p: float(np.argmin((v - p).mean(axis=1))),
                "this is its place in the row; the question is for the strength that stands there",
            ),
        ],
        praise="chosen by mistakes on rows that were not trained on, and by no single seed",
        hint="data loss is val_loss - penalty; average it over axis 1, and find the lowest",
    )


# --- 03: L1 -------------------------------------------------------------------------------


def vanishing_strength(answer) -> Verdict:
    """Judges: the least `l1` at which the data loss 2 (w - 0.3)**2 + 1 leaves w = 0."""
    return judge(
        answer,
        1.2,
        [
            Mistake(
                "L1 taken for L2",
                When(lambda a: a == "never" or math.isinf(float(a))),
                "that would be so for L2, whose pull fades towards 0; the pull of L1 does not, so "
                "at some strength it wins",
            ),
            Mistake(
                "place for slope",
                0.3,
                "this is where the data want the weight; what counts is how hard they pull it away "
                "from 0",
            ),
            Mistake(
                "2 forgotten in the slope",
                0.6,
                "the slope of 2 (w - 0.3)² is 4 (w - 0.3); take it at w = 0",
            ),
            Mistake(
                "pull of L2",
                When(lambda a: _near_any(a, [2.4, -2.4])),
                "there is no factor 2 here; λ |w| has the slope λ or -λ, whatever w is",
            ),
            Mistake(
                "sign kept",
                -1.2,
                "a strength is not negative; it has to match the size of the data's slope at 0",
            ),
        ],
        praise="from there on, the price of leaving 0 is above what the data pay for it",
        hint="w = 0 is the lowest point as soon as λ is at least the size of the data's slope at 0",
    )


_THRESHOLDS = (
    (np.array([0.5, -0.03, 0.02, -1.2, 0.0]), 0.1),
    (np.array([[0.3, -0.3], [2.0, -0.1]]), 0.2),
)


def shrunk_to_zero(function: Callable) -> Verdict:
    """Judges: function(w, step), the soft threshold of an array."""
    return judge_function(
        function,
        reference.soft_threshold,
        _THRESHOLDS,
        [
            Mistake(
                "hard threshold",
                lambda w, step: np.where(np.abs(w) > step, w, 0.0),
                "small weights are 0, but you leave the others as they were; all come closer to 0 "
                "by the step",
            ),
            Mistake(
                "signs lost",
                lambda w, step: np.maximum(np.abs(w) - step, 0),
                "the sizes are right, but negative weights have become positive; give each its "
                "sign back",
            ),
            Mistake(
                "negative weights dropped",
                lambda w, step: np.maximum(w - step, 0),
                "you cut off every negative weight; shrink the size |w|, then give each its sign "
                "back",
            ),
            Mistake(
                "stepped over 0",
                lambda w, step: w - step * np.sign(w),
                "this is the subgradient's step; a weight nearer to 0 than the step jumps to the "
                "other side and never rests",
            ),
            Mistake(
                "share for amount",
                lambda w, step: (1 - step) * w,
                "you shrink each weight by a share of itself, as L2 does; L1 takes the same amount "
                "off all",
            ),
            Mistake(
                "clipped",
                lambda w, step: np.clip(w, -step, step),
                "you keep what should go: this limits every weight to the step, where the step is "
                "to be taken off",
            ),
        ],
        praise="the same amount off each, and exactly 0 where less than that was there",
        hint="take step off |w|, but not below 0, and multiply by the sign of w",
    )


_KERNELS = (
    (np.array([[0.5, -0.5, 0], [0, 0, 0], [0.2, 0.1, 0.3], [0, 0, 0], [0, -0.1, 0]]),),
    (np.array([[0, 0], [1, -1], [2, 1], [0.3, 0], [0, 0], [0, 0], [-0.2, 0.2]]),),
)


def inputs_in_use(function: Callable) -> Verdict:
    """Judges: function(kernel), how many inputs the first layer of a network reads at all."""
    return judge_function(
        function,
        lambda k: int(np.any(k != 0, axis=1).sum()),
        _KERNELS,
        [
            Mistake(
                "weights for inputs",
                lambda k: int(np.count_nonzero(k)),
                "you count weights; an input is in use as soon as one weight of its row is not 0",
            ),
            Mistake(
                "units for inputs",
                lambda k: int(np.any(k != 0, axis=0).sum()),
                "you go down the columns, which are units; a kernel has one row for each input",
            ),
            Mistake(
                "all for any",
                lambda k: int(np.all(k != 0, axis=1).sum()),
                "you ask that no weight of the row is 0; one that is not 0 is enough to be read",
            ),
            Mistake(
                "unused for used",
                lambda k: int(np.all(k == 0, axis=1).sum()),
                "these are the inputs whose row is all 0, the ones that are not read",
            ),
            Mistake(
                "signs cancel",
                lambda k: int(np.count_nonzero(k.sum(axis=1))),
                "a row such as 0.5, -0.5 sums to 0 and is read all the same; look at each weight, "
                "or sum the sizes",
            ),
        ],
        praise="what is left out can be left out of the measurement too",
        hint="for each row ask whether any weight is not 0, and count the rows where it is so",
    )


def translated_elastic_net(answer) -> Verdict:
    """Judges: (l1, l2) of Keras for 0.1 * (0.3 * sum |w| + 0.7 / 2 * sum w**2)."""
    return judge(
        answer,
        (0.03, 0.035),
        [
            Mistake(
                "half forgotten",
                (0.03, 0.07),
                "l1 is right; but the formula has half of the squares, and Keras takes them whole",
            ),
            Mistake(
                "half turned round",
                (0.03, 0.14),
                "l1 is right; the half in front of the squares makes Keras's l2 smaller, not "
                "larger",
            ),
            Mistake(
                "shares exchanged",
                (0.07, 0.015),
                "0.3 is the share of the absolute values, 0.7 that of the squares; you have them "
                "the other way round",
            ),
            Mistake(
                "shares left out",
                When(lambda a: _matches(a, (0.1, 0.05), 1e-3) or _matches(a, (0.1, 0.1), 1e-3)),
                "0.1 stands in front of the bracket; inside it each part has its share, 0.3 and "
                "0.7",
            ),
            Mistake(
                "strength left out",
                When(lambda a: _matches(a, (0.3, 0.35), 1e-3) or _matches(a, (0.3, 0.7), 1e-3)),
                "you have the shares; the 0.1 in front of the bracket multiplies both",
            ),
        ],
        praise="l1 multiplies the sum of |w| and l2 the sum of w², both as they stand",
        hint="multiply out: what stands in front of the sum of |w|, and what in front of that of "
        "w²",
    )


# --- 04: dropout --------------------------------------------------------------------------


def kept_activation(answer) -> Verdict:
    """Judges: what an activation of 3 becomes in training if `Dropout(0.25)` keeps it."""
    return judge(
        answer,
        4.0,
        [
            Mistake(
                "divided by the rate",
                12.0,
                "you divided by the rate; what stays is divided by 1 - rate, the share that stays",
            ),
            Mistake(
                "not scaled",
                3.0,
                "that is its value at prediction; in training Keras makes up for what is dropped",
            ),
            Mistake(
                "scaled down",
                2.25,
                "you made it smaller; as others are gone, those that stay must speak louder",
            ),
            Mistake(
                "kept for dropped",
                0.75,
                "you multiplied by the rate; it is the share that is dropped, and nothing is "
                "multiplied by it",
            ),
            Mistake(
                "dropped for kept",
                0.0,
                "0 is what becomes of it when it is dropped; here it is kept",
            ),
        ],
        praise="3 / (1 - 0.25): with a quarter gone, the rest speaks a third louder",
        hint="what stays is divided by the share that stays, 1 - 0.25",
    )


_MASKED = tuple(
    (
        np.array([[2.0, -1.0, 0.5, 3.0], [1.5, 4.0, -2.0, 0.25]]),
        rate,
        np.array([[0.1, 0.9, 0.35, 0.7], [0.6, 0.22, 0.95, 0.45]]),
        training,
    )
    for rate in (0.3, 0.75)
    for training in (True, False)
)


def dropout_layer(function: Callable) -> Verdict:
    """Judges: function(x, rate, uniform, training), what Keras's Dropout gives for that noise."""

    def masked(drop, scale, otherwise=lambda x, r: x):
        def answer(x, r, u, training):
            return np.where(drop(u, r), 0.0, scale(x, r)) if training else otherwise(x, r)

        return answer

    def low(u, r):
        return u < r

    return judge_function(
        function,
        masked(low, lambda x, r: x / (1 - r)),
        _MASKED,
        [
            Mistake(
                "divided by the rate",
                masked(low, lambda x, r: x / r),
                "you divided by the rate; inverted dropout divides by 1 - rate, the share that is "
                "kept",
            ),
            Mistake(
                "kept for dropped",
                masked(lambda u, r: u >= r, lambda x, r: x / r),
                "you took the rate for the share that is kept; it is the share that is dropped",
            ),
            Mistake(
                "mask turned round",
                masked(lambda u, r: u >= r, lambda x, r: x / (1 - r)),
                "you keep what should go; an activation goes where uniform < rate, which happens "
                "with probability rate",
            ),
            Mistake(
                "not scaled",
                masked(low, lambda x, r: x),
                "nothing makes up for what is dropped; divide what is kept by 1 - rate",
            ),
            Mistake(
                "scaled at prediction",
                masked(low, lambda x, r: x, lambda x, r: x * (1 - r)),
                "you scale at prediction; that works as well, and the first papers did so, but "
                "Keras scales in training and leaves prediction alone",
            ),
            Mistake(
                "scaled down",
                masked(low, lambda x, r: x * (1 - r)),
                "you made the kept ones smaller; divide by 1 - rate instead",
            ),
            Mistake(
                "dropped at prediction",
                lambda x, r, u, training: np.where(u < r, 0.0, x / (1 - r)),
                "you drop at prediction, too; when training is False, x comes out as it went in",
            ),
        ],
        praise="zeroed, made up for, and out of the way at prediction",
        hint="in training 0 where uniform < rate and x / (1 - rate) elsewhere, at prediction x",
    )


def keeps_four_fifths(model) -> Verdict:
    """Judges: a Keras model with two hidden layers, each of which keeps 80 % in training."""

    def kinds():
        """One letter for each Dense and Dropout layer, in order: such as "hdhdo"."""
        names = [type(layer).__name__ for layer in _layers(model, "Dense", "Dropout")]
        letters = "".join("d" if name == "Dropout" else "h" for name in names)
        last = letters.rindex("h")
        return letters[:last] + "o" + letters[last + 1 :]

    def rates():
        return [layer.rate for layer in _layers(model, "Dropout")]

    return judge(
        model,
        When(lambda _: kinds() == "hdhdo" and np.allclose(rates(), 0.2)),
        [
            Mistake(
                "kept for dropped",
                When(lambda _: kinds() == "hdhdo" and np.allclose(rates(), 0.8)),
                "Dropout(0.8) drops 80 % and keeps a fifth; the rate is the share that goes",
            ),
            Mistake(
                "dropout behind the output",
                When(lambda _: kinds().endswith("od")),
                "you drop the answer itself: in training every fifth row would be answered 0; no "
                "dropout goes behind the output layer",
            ),
            Mistake(
                "inputs dropped",
                When(lambda _: kinds().startswith("d")),
                "you drop inputs; what was asked for are the outputs of the hidden layers, so a "
                "Dropout follows each hidden Dense",
            ),
            Mistake(
                "one layer forgotten",
                When(lambda _: kinds() in ("hdho", "hhdo")),
                "there is a single Dropout layer; it acts on what the layer before it puts out, so "
                "each hidden layer needs one of its own",
            ),
        ],
        praise="a fifth of each hidden layer is gone at every step, and nothing at prediction",
        hint="this asks for a Keras model: Dense(16), Dropout, Dense(8), Dropout, Dense(1)",
    )


class _Answer(np.ndarray):
    """What a network gives: an array that, like a tensor of Keras, can be asked for `numpy`."""

    def numpy(self) -> np.ndarray:
        return np.asarray(self)


class _Network:
    """Stands for a Keras model with dropout: in training it answers too high and too low by turns.

    So any even number of calls in a row has the same mean and spread, whoever asked before.
    """

    def __init__(self):
        self._sign = 1

    def __call__(self, x, training=False):
        plain = 0.5 + 0.1 * np.mean(x, axis=1, keepdims=True)
        self._sign = -self._sign
        off = self._sign * 0.05 * (1 + np.arange(len(plain)))[:, None]
        return (plain + off * bool(training)).view(_Answer)

    def predict(self, x, **_):
        return self(x).numpy()


_ASKED = (
    (np.array([[1.0, 2.0], [-1.0, 0.5], [0.25, 0.0]]), 20),
    (np.array([[0.5, -0.5], [1.5, 1.0], [2.0, -1.0], [0.0, 0.1]]), 4),
)


def masked_doubt(function: Callable) -> Verdict:
    """Judges: function(network, x, masks), mean and standard deviation with dropout left on."""

    def with_network(f):
        # A fresh network for each call, so that all who ask it alike are answered alike.
        return (lambda x, masks: f(_Network(), x, masks)) if callable(f) else f

    def reads(summary, training=True):
        def answer(network, x, masks):
            p = [np.asarray(network(x, training=training))[:, 0] for _ in range(masks)]
            return summary(np.array(p))

        return with_network(answer)

    return judge_function(
        with_network(function),
        reads(lambda p: (p.mean(axis=0), p.std(axis=0))),
        _ASKED,
        [
            Mistake(
                "asked for predictions",
                reads(lambda p: (p.mean(axis=0), p.std(axis=0)), training=False),
                "all your answers are alike, for without training=True the network is whole; leave "
                "dropout on",
            ),
            Mistake(
                "asked once",
                reads(lambda p: (p[0], 0 * p[0])),
                "you asked once and used the answer again and again; each mask needs a call of its "
                "own",
            ),
            Mistake(
                "spread over the rows",
                reads(lambda p: (p.mean(axis=1), p.std(axis=1))),
                "you went along the rows; doubt is how much the masks differ about one row, so "
                "average over the axis of the masks",
            ),
            Mistake(
                "variance for deviation",
                reads(lambda p: (p.mean(axis=0), p.var(axis=0))),
                "this spread is a variance; its root is on the scale of the probabilities",
            ),
            Mistake(
                "error of the mean",
                reads(lambda p: (p.mean(axis=0), p.std(axis=0) / np.sqrt(len(p)))),
                "you divided by the root of the number of masks; that says how well the mean is "
                "known, and shrinks with patience; doubt does not",
            ),
        ],
        praise="one answer and one doubt for each row",
        hint="stack masks answers of network(x, training=True), then mean and std over the masks",
    )


# --- 05: early stopping -------------------------------------------------------------------


def _last_epoch(patience_spent, improves, count=lambda waited: 0):
    """A rule like early stopping: the epoch after which it ends, or the last there is.

    Args:
        patience_spent: Says of (waited, patience) whether to stop.
        improves: Says of (loss, best, last) whether an epoch counts as an improvement.
        count: What `waited` becomes then.
    """

    def rule(losses, patience):
        best, waited = losses[0], 0
        for epoch in range(2, len(losses) + 1):
            loss, last = losses[epoch - 1], losses[epoch - 2]
            if improves(loss, best, last):
                best, waited = min(loss, best), count(waited)
            else:
                waited += 1
                if patience_spent(waited, patience):
                    return epoch
        return len(losses)

    return rule


_LOSSES = (
    (np.array([5, 4, 4.5, 4.2, 3, 3.5, 3.2, 3.1, 3.3]), 3),
    (np.array([1, 0.9, 0.9, 0.95, 0.9, 0.8, 0.85, 0.85]), 2),
    (np.array([3, 1.0, 2, 2]), 5),
)


def stopping_epoch(function: Callable) -> Verdict:
    """Judges: function(losses, patience), the epoch (from 1) after which training ends."""

    def enough(waited, patience):
        return waited >= patience

    def below_best(loss, best, last):
        return loss < best

    def right(losses, patience):
        return reference.early_stopping(losses, patience).trained

    return judge_function(
        function,
        right,
        _LOSSES,
        [
            Mistake(
                "never starts afresh",
                _last_epoch(enough, below_best, count=lambda waited: waited),
                "you count all epochs without improvement; patience is about those in a row, so "
                "an improvement sets the count back to 0",
            ),
            Mistake(
                "compared with the last epoch",
                _last_epoch(enough, lambda loss, best, last: loss < last),
                "you compare each epoch with the one before; an improvement is a loss below the "
                "best of all so far",
            ),
            Mistake(
                "a tie for an improvement",
                _last_epoch(enough, lambda loss, best, last: loss <= best),
                "an epoch as good as the best is no improvement; only a lower loss counts",
            ),
            Mistake(
                "one epoch too patient",
                _last_epoch(lambda waited, patience: waited > patience, below_best),
                "you stop one epoch late; training ends with the epoch that makes the count reach "
                "the patience",
            ),
            Mistake(
                "best epoch for last",
                lambda losses, patience: int(np.argmin(losses[: right(losses, patience)])) + 1,
                "this is the epoch whose weights are worth keeping; training ends later, when the "
                "patience is used up",
            ),
            Mistake(
                "counted from 0",
                lambda losses, patience: right(losses, patience) - 1,
                "this is an index, and Python counts from 0; the first epoch is epoch 1",
            ),
        ],
        praise="this is when Keras's EarlyStopping stops",
        hint="remember the best loss and how many epochs in a row were not below it",
    )


def stopping_callback(answer) -> Verdict:
    """Judges: the EarlyStopping callback for a penalised network whose data loss is a metric."""

    def asks(**wanted):
        return lambda c: all(getattr(c, name) in values for name, values in wanted.items())

    def is_right(c):
        return asks(
            monitor=["val_binary_crossentropy"], mode=["min", "auto"], patience=[10],
            restore_best_weights=[True],
        )(c)  # fmt: skip

    return judge(
        answer,
        When(is_right),
        [
            Mistake(
                "penalty watched",
                When(asks(monitor=["val_loss"])),
                "val_loss contains the penalty, and can fall while the network gets worse on new "
                "rows; watch the metric that does not",
            ),
            Mistake(
                "training rows watched",
                When(asks(monitor=["loss", "binary_crossentropy", "accuracy"])),
                "this is measured on training rows, where memorising pays to the end; the names "
                "of validation scores begin with val_",
            ),
            Mistake(
                "accuracy watched",
                When(asks(monitor=["val_accuracy"])),
                "accuracy moves in whole rows and may stay while the loss climbs; the task asks "
                "for the data loss",
            ),
            Mistake(
                "highest loss sought",
                When(asks(mode=["max"])),
                "a loss is better when it is lower; with mode max this takes every fall for a "
                "setback",
            ),
            Mistake(
                "last weights kept",
                When(asks(restore_best_weights=[False])),
                "it stops in time, but leaves you with the weights of the last epoch, which is "
                "what Keras does unless told otherwise",
            ),
            Mistake(
                "no patience",
                When(asks(patience=[0, 1])),
                "this stops at the first epoch that is not better; the task asks for a patience "
                "of 10",
            ),
        ],
        praise="it watches what new rows cost, and gives back the weights that cost least",
        hint="make a keras.callbacks.EarlyStopping with monitor, mode, patience and "
        "restore_best_weights",
    )


_DESCENTS = ((np.array([0.01, 0.5, 2.0]), 0.1, 20), (np.array([4.0, 0.3]), 0.2, 3))


def learned_share(function: Callable) -> Verdict:
    """Judges: function(h, learning_rate, steps), the share of the best weight that is reached."""
    return judge_function(
        function,
        lambda h, rate, steps: 1 - (1 - rate * h) ** steps,
        _DESCENTS,
        [
            Mistake(
                "what is missing",
                lambda h, rate, steps: (1 - rate * h) ** steps,
                "this is the share that is still missing; what is reached is 1 less that",
            ),
            Mistake(
                "one step",
                lambda h, rate, steps: rate * h,
                "this is what one step covers; each further step covers the same share of what is "
                "still missing",
            ),
            Mistake(
                "steps added up",
                lambda h, rate, steps: rate * h * steps,
                "you give every step the length of the first; each covers a share of what is "
                "missing, and so gets shorter",
            ),
            Mistake(
                "ridge",
                lambda h, rate, steps: h / (h + 1 / (rate * steps)),
                "this is what the L2 penalty of the same time leaves, the relative and not the "
                "thing itself; follow the descent step by step",
            ),
            Mistake(
                "endlessly small steps",
                lambda h, rate, steps: 1 - np.exp(-rate * h * steps),
                "this is the limit of endlessly many, endlessly small steps; here they are counted "
                "and have a size",
            ),
        ],
        praise="steep directions are there at once, flat ones hardly begin",
        hint="what is missing is multiplied by (1 - learning_rate * h) at each step",
    )


def equivalent_strength(answer) -> Verdict:
    """Judges: the Keras `l2` that is akin to 200 steps of 0.01 from 0."""
    return judge(
        answer,
        0.25,
        [
            Mistake(
                "a textbook's strength",
                0.5,
                "1 / (learning rate · steps) is what stands beside h; in Keras that is 2 λ, so "
                "halve it",
            ),
            Mistake(
                "doubled",
                1.0,
                "you went the wrong way with the 2; in Keras 2 λ stands beside h, so λ is half of "
                "1 / (learning rate · steps)",
            ),
            Mistake(
                "time for strength",
                When(lambda a: _near_any(a, [2.0, 4.0])),
                "that grows with the number of steps; but the longer one trains, the weaker is "
                "the penalty it is akin to",
            ),
            Mistake(
                "learning rate forgotten",
                When(lambda a: _near_any(a, [1 / 200, 1 / 400])),
                "steps alone are no time; small ones go less far, so multiply them by the "
                "learning rate",
            ),
            Mistake(
                "steps forgotten",
                When(lambda a: _near_any(a, [100.0, 50.0])),
                "the learning rate alone is no time; multiply it by the number of steps",
            ),
        ],
        praise="flat directions are then shrunk alike by both",
        hint="set 2 λ equal to 1 / (learning rate · steps)",
    )
