"""The capstone: a report that is written first, and a seal that is opened once."""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from helpers import metrics, reference
from helpers.checks.verdicts import Mistake, Verdict, When, judge, judge_function
from helpers.experiment import HYPERPARAMETERS, Experiment, Run

if TYPE_CHECKING:
    from helpers.data import Part, Parts

# What the search in the solution notebook comes to; a claim there holds it to that.
REFERENCE: dict[str, float] = {"l2": 0.02}

FIELDS = ("settings", "tried", "chosen_by", "seeds", "validation_losses", "expected_accuracy")
FEWEST_SEEDS = 5
WIDEST = 0.2  # an expectation as wide as this can hardly be wrong
OFF = 0.05  # losses that differ by more, as a share, are those of another network
NORMAL = 1.96  # standard errors within which 95 % of a normal distribution lies


# --- What was measured --------------------------------------------------------------------


class Measured(NamedTuple):
    """A mean over seeds and rows, its standard error, and the ends of its 95 % interval."""

    mean: float
    error: float
    low: float
    high: float

    def __str__(self):
        return f"{self.mean:.1%} ({self.low:.1%} to {self.high:.1%})"


def measured(values) -> Measured:
    """The mean of one number for each seed and row, such as "was it right?".

    Its error has two sources: the luck of the rows, which all seeds share, and that of the
    seeds. Of differences of two networks on the same rows it gives the paired error.

    Args:
        values: (seeds, rows), at least two of either.
    """
    values = np.asarray(values, float)
    if values.ndim != 2 or min(values.shape) < 2:
        raise ValueError(f"values of shape {values.shape}: must be (seeds, rows), two at least")
    of_rows, of_seeds = values.mean(axis=0), values.mean(axis=1)
    variance = sum(some.var(ddof=1) / len(some) for some in (of_rows, of_seeds))
    mean, error = float(values.mean()), math.sqrt(variance)
    return Measured(mean, error, mean - NORMAL * error, mean + NORMAL * error)


def paired_difference(function: Callable) -> Verdict:
    """Judges: function(before, after), the gain and its standard error over rows."""

    def answer(error, sign=1):
        def solved(before, after):
            rows = (after - before).mean(axis=0)
            return sign * float(rows.mean()), float(error(before, after, rows))

        return solved

    def unpaired(before, after, rows):
        both = (some.mean(axis=0).var(ddof=1) for some in (before, after))
        return math.sqrt(sum(both) / len(rows))

    def seeds(before, after, rows):
        gains = (after - before).mean(axis=1)
        return gains.std(ddof=1) / math.sqrt(len(gains))

    def whole(before, after, rows):
        return measured(after - before).error

    def of_one(before, after, rows):
        p = after.mean()
        return math.sqrt(p * (1 - p) / len(rows))

    right = answer(lambda before, after, rows: rows.std(ddof=1) / math.sqrt(len(rows)))
    return judge_function(
        function,
        right,
        _pairs(),
        [
            Mistake(
                "rows not paired",
                answer(unpaired),
                "this adds the errors of two accuracies as if each had rows of its own; here a "
                "hard row is hard for both, so subtract row by row first",
            ),
            Mistake(
                "seeds counted as rows",
                answer(lambda b, a, rows: (a - b).std(ddof=1) / math.sqrt(b.size)),
                "five seeds on the same rows are not five times as many rows; take the mean over "
                "the seeds first, so that each row counts once",
            ),
            Mistake(
                "deviation for error",
                answer(lambda b, a, rows: rows.std(ddof=1)),
                "this is how much rows differ, and not how much their mean would; divide by the "
                "root of the number of rows",
            ),
            Mistake(
                "interval for error",
                answer(lambda b, a, rows: NORMAL * rows.std(ddof=1) / math.sqrt(len(rows))),
                "this is half of the 95 % interval; the standard error is what was multiplied by "
                "1.96",
            ),
            Mistake(
                "luck of seeds",
                answer(seeds),
                "this is how much seeds differ; they stand before the same rows, and so agree on "
                "what may be an accident of these rows",
            ),
            Mistake(
                "luck of seeds added",
                answer(whole),
                "this is the whole error, with the luck of the seeds in it; here only the part "
                "over rows is asked for",
            ),
            Mistake(
                "error of one accuracy",
                answer(of_one),
                "p (1 - p) / n is for one accuracy, not for a difference; of that, each row has "
                "a value of its own",
            ),
            Mistake(
                "the wrong way round",
                When(lambda a: _close(a, [(-g, e) for g, e in (right(*p) for p in _pairs())])),
                "a gain is after minus before",
            ),
        ],
        praise="each row is compared with itself, and the hard ones no longer count twice",
        hint="after - before, the mean over seeds (axis 0); then mean and std(ddof=1) / "
        "sqrt(rows) of what each row is left with",
        tolerance=5e-3,
    )


def _pairs() -> tuple:
    """(before, after): 0 or 1 for each seed and row; some rows are hard for both."""
    random = np.random.default_rng(9)
    made = []
    for seeds, rows in ((5, 40), (3, 60)):
        hard = random.uniform(size=rows)
        before, after = (random.uniform(size=(seeds, rows)) > share * hard for share in (1.2, 0.8))
        made.append((before.astype(float), after.astype(float)))
    return tuple(made)


def _close(answers, expected) -> bool:
    return np.shape(answers) == np.shape(expected) and np.allclose(answers, expected, rtol=5e-3)


def what_may_be_said(answer) -> Verdict:
    """Judges: the number of the sentence that a gain of 0.5 ± 0.9 points bears."""
    return judge(
        answer,
        3,
        [
            Mistake(
                "noise sold as a win",
                1,
                "the difference is smaller than its own standard error: other cells might well "
                "turn it round",
            ),
            Mistake(
                "no evidence, so no difference",
                2,
                "that a difference was not seen does not say that there is none; from a point less "
                "to two points more, all is still possible here",
            ),
            Mistake(
                "seeds for rows",
                4,
                "all five seeds stood before the same cells; that they agree says nothing about "
                "other cells",
            ),
            Mistake(
                "asked until it fits",
                5,
                "rows that are asked again until the answer pleases are validation rows, whatever "
                "their name is",
            ),
        ],
        praise="say what was measured and how sure it is, and let the reader stop there",
        hint="the number of one sentence, from 1 to 5",
    )


# --- The report ---------------------------------------------------------------------------


def written_report(report, base: Experiment) -> Verdict:
    """Judges: a report that is complete and can be believed, before the seal is opened.

    Args:
        report: The learner's: a dict with `FIELDS`.
        base: The unregularised network of the brief.
    """
    mistakes = _report_mistakes(base)
    known = [mistake.name for mistake in mistakes]
    if isinstance(report, Mapping):
        wrong = sorted(map(str, set(report) ^ set(FIELDS)))
        if wrong:
            words = f"look at {', '.join(wrong)}: a report has the fields {', '.join(FIELDS)}"
            return Verdict(f"Not quite: {words}.", False, None, tuple(known))
        report = _Report(*(report[name] for name in FIELDS))
    elif report is not None and report is not ...:
        words = f"this asks for a dictionary with the fields {', '.join(FIELDS)}"
        return Verdict(f"Not quite: {words}.", False, None, tuple(known))
    return judge(
        report,
        When(lambda r: not any(_holds(mistake, r) for mistake in mistakes) and not _fault(r, base)),
        mistakes,
        praise="complete, and written before the seal was opened",
        hint=(isinstance(report, _Report) and _fault(report, base)) or "look at each field again",
    )


class _Report(NamedTuple):
    settings: Any
    tried: Any
    chosen_by: Any
    seeds: Any
    validation_losses: Any
    expected_accuracy: Any


def _holds(mistake: Mistake, report) -> bool:
    try:
        return bool(mistake.answer.test(report))
    except Exception:
        return False


def _fault(report: _Report, base: Experiment) -> str | None:
    """What is wrong with the form of a report, in words; None if nothing is."""
    try:
        with_settings(base, report.settings)
    except (ValueError, TypeError) as error:
        return str(error).rstrip(".")
    if not _is_whole(report.tried):
        return "tried: a whole number, of all settings whose validation loss was looked at"
    if not _by(report, "validation", "data") and not _by(report, "validation", "loss"):
        return 'chosen_by: what the settings were chosen by, such as "validation loss"'
    seeds = _numbers(report.seeds)
    if seeds is None or not all(map(_is_whole, report.seeds)):
        return "seeds: whole numbers, such as range(5)"
    losses = _numbers(report.validation_losses)
    if losses is None or losses.min() <= 0:
        return "validation_losses: the final data loss of each seed, in nats"
    expected = _numbers(report.expected_accuracy)
    if expected is None or len(expected) != 2 or not 0 <= expected[0] < expected[1] <= 1:
        return "expected_accuracy: two fractions, the lower one first, such as (0.7, 0.8)"
    return None


def with_settings(base: Experiment, settings: Mapping[str, float]) -> Experiment:
    """The network of the brief with a report's settings.

    Args:
        base: The unregularised one.
        settings: Names of `HYPERPARAMETERS`, "width" (units of the first hidden layer; further ones
            keep their share) or "epochs" (at most those of `base`).

    Raises:
        ValueError: If a name is none of these or a value is outside its range.
    """
    if not isinstance(settings, Mapping):
        raise ValueError('settings: a dictionary of knobs, such as {"l2": 0.001}')
    allowed = (*HYPERPARAMETERS, "width", "epochs")
    for name in settings:
        if name not in allowed:
            raise ValueError(f"settings: {name!r} is none of {', '.join(allowed)}")
    changes = dict(settings)
    if "width" in changes:
        if not changes["width"] >= 1:
            raise ValueError(f"settings: width={changes['width']!r}: must be at least 1")
        share = changes.pop("width") / base.hidden[0]
        changes["hidden"] = tuple(max(1, round(units * share)) for units in base.hidden)
    made = base.replace(**changes)
    if made.epochs > base.epochs:
        raise ValueError(f"epochs={made.epochs}: the brief allows {base.epochs}")
    return made


def _report_mistakes(base: Experiment) -> list[Mistake]:
    """In the order in which they are looked for."""

    def name(word, test, hint):
        return Mistake(word, When(test), hint)

    return [
        name(
            "the task changed",
            lambda r: {"rows", "label_noise", "seed", "batch_size"} & set(r.settings),
            "settings hold what the network is trained with; rows, labels and seeds are given, "
            "and are the same for all who are compared",
        ),
        name(
            "nothing chosen",
            lambda r: with_settings(base, r.settings) == base,
            "these settings are those of the unregularised network",
        ),
        name(
            "trials not counted",
            lambda r: _is_whole(r.tried) and r.tried < 2,
            "tried counts all settings whose validation loss you looked at, in the panels too: "
            "whoever has tried one has not chosen",
        ),
        name(
            "chosen by test rows",
            lambda r: _by(r, "test") or _by(r, "sealed"),
            "rows that have chosen cannot test any more; choose by validation loss",
        ),
        name(
            "chosen by training loss",
            lambda r: _by(r, "train") and not _by(r, "validation"),
            "training loss is lowest for the network that learned the wrong labels by heart; "
            "choose by validation loss",
        ),
        name(
            "penalty counted in",
            lambda r: _by(r, "val_loss") or _by(r, "penal") or _by(r, "reported"),
            "Keras's val_loss holds the penalty, so that strengths are compared by their own "
            "weight; choose by the data loss on validation rows",
        ),
        name(
            "chosen by accuracy",
            lambda r: _by(r, "accuracy"),
            "400 rows know an accuracy to two points only, and see rows change sides and nothing "
            "else; the brief chooses by validation loss",
        ),
        name(
            "how many seeds, not which",
            lambda r: np.ndim(r.seeds) == 0,
            "seeds are named one by one, such as range(5), so that others can train the same",
        ),
        name(
            "too few seeds",
            lambda r: len(set(r.seeds)) < FEWEST_SEEDS,
            "five different seeds at least: one run proves little, and the same seed twice is one",
        ),
        name(
            "one number for all seeds",
            lambda r: len(_listed(r.validation_losses)) != len(r.seeds),
            "validation_losses has one number for each seed, so that their spread can be seen",
        ),
        name(
            "one run counted five times",
            lambda r: len(set(r.validation_losses)) < len(r.validation_losses),
            "seeds that differ do not give the same loss: train each seed by itself",
        ),
        name(
            "per cent for a fraction",
            lambda r: max(_listed(r.expected_accuracy)) > 1,
            "an accuracy is a fraction: 75 % is 0.75",
        ),
        name(
            "an expectation without room",
            lambda r: np.ndim(r.expected_accuracy) == 0 or np.ptp(r.expected_accuracy) == 0,
            "one number is missed for certain; say from where to where you expect the accuracy",
        ),
        name(
            "an expectation that cannot fail",
            lambda r: np.ptp(r.expected_accuracy) > WIDEST,
            "so wide an expectation is met by nearly every network, and says nothing",
        ),
    ]


def _by(report, word, also="") -> bool:
    """Whether a word begins with `word`, and another with `also`; denied ones do not count."""
    words = str(report.chosen_by).lower().replace("validation_", "validation ")
    denied = r"\b(without|no|not) (the |by |any )*(\w+ (?=loss|accuracy|rows))?\w+"
    words = re.sub(denied, "", words)
    return all(re.search(rf"\b{some}", words) for some in (word, also))


def _is_whole(value) -> bool:
    return not isinstance(value, (bool, np.bool_)) and isinstance(value, (int, np.integer))


def _listed(values) -> list:
    return list(values) if np.iterable(values) else [values]


def _numbers(values) -> np.ndarray | None:
    try:
        array = np.asarray(list(values), float)
    except (TypeError, ValueError):
        return None
    return array if array.ndim == 1 and len(array) and np.isfinite(array).all() else None


# --- The seal -----------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class SealedResult(Verdict):
    """A verdict with what was measured on the sealed rows; shown, it is a picture too.

    Attributes:
        accuracy: {"unregularised", "yours", "reference"}: accuracies on the sealed rows.
        gain: {"unregularised", "reference"}: yours minus that one's, paired row by row.
        by_seed: {"unregularised", "yours", "reference"}: the accuracy of each seed: (seeds,).
        opened: How often the seal was open by then.
        picture: A PNG.
        words: What it shows, for those who cannot see it.
    """

    accuracy: dict[str, Measured] = field(default_factory=dict)
    gain: dict[str, Measured] = field(default_factory=dict)
    by_seed: dict[str, np.ndarray] = field(default_factory=dict)
    opened: int = 1
    picture: bytes = b""
    words: str = ""

    def _repr_png_(self):
        return self.picture, {"alt": self.words}


def sealed_result(
    report, parts: Parts, base: Experiment, reference_settings: Mapping[str, float] | None = None
) -> Verdict:
    """Train what the report says, open the seal, and compare; words here, numbers in a picture.

    The seal stays closed while the report is not complete (`written_report`) or does not fit
    what training gives. All three networks are trained with the report's seeds on the same rows.

    Args:
        report: As in `written_report`.
        parts: The rows of the brief; their test set is opened.
        base: The unregularised network of the brief.
        reference_settings: What else to compare with; `REFERENCE` if None.

    Returns:
        A `SealedResult`, or the plain verdict on a report that is not ready.
    """
    found = written_report(report, base)
    known = (*found.known, *_RESULT_HINTS)
    if not found:
        return Verdict(found.text, False, found.mistake, known)
    from helpers.training import train

    theirs = REFERENCE if reference_settings is None else reference_settings
    asked = {
        "unregularised": base,
        "yours": with_settings(base, report["settings"]),
        "reference": with_settings(base, theirs),
    }
    seeds = sorted({int(seed) for seed in report["seeds"]})
    runs = train([e.replace(seed=s) for e in asked.values() for s in seeds], parts, progress=False)
    runs = {name: runs[i * len(seeds) : (i + 1) * len(seeds)] for i, name in enumerate(asked)}
    if name := _not_as_told(report, runs["yours"]):
        return Verdict(f"Not quite: {_RESULT_HINTS[name]}.", False, name, known)
    test = parts.test.open("how good is the network of the report?")
    right = {
        name: np.array(
            [reference.predicted(reference.forward(test.x, run.weights, run.experiment.activation))
             == test.y for run in some],
            float,
        )
        for name, some in runs.items()
    }  # fmt: skip
    same = asked["yours"] == asked["reference"]
    return _compare(report, right, same, test, len(parts.test.opened), known)


_RESULT_HINTS = {
    "diverged": "with these settings training diverged, so there is no network to test",
    "losses of another network": "these validation losses are not what the settings give with "
    "these seeds on the rows of the brief; the seal stays closed until they are",
    "no gain": "by sealed rows this network is not better than the unregularised one by more than "
    "two standard errors",
    "opened before": "this is no longer a test, and its rows are now worth what validation rows "
    "are worth",
}


def _not_as_told(report, runs: Sequence[Run]) -> str | None:
    """The mistake that shows before the seal is opened, if any."""
    if any(run.diverged for run in runs):
        return "diverged"
    given = np.mean(list(report["validation_losses"]))
    trained = np.mean([metrics.final_loss(run) for run in runs])
    return "losses of another network" if abs(given - trained) > OFF * trained else None


def _compare(report, right, same: bool, test: Part, opened: int, known) -> SealedResult:
    accuracy = {name: measured(values) for name, values in right.items()}
    by_seed = {name: values.mean(axis=1) for name, values in right.items()}
    gain = {n: measured(right["yours"] - right[n]) for n in ("unregularised", "reference")}
    improved = gain["unregularised"].mean > 2 * gain["unregularised"].error
    mistake = "opened before" if opened > 1 else None if improved else "no gain"
    low, high = report["expected_accuracy"]
    said = [
        _words(gain["unregularised"], "the unregularised network"),
        "the reference is this very network"
        if same
        else _words(gain["reference"], "the reference"),
        _met(accuracy["yours"].mean, low, high),
    ]
    start = "Correct" if mistake is None else "Not quite"
    if opened > 1:
        said = [f"the test set has been opened {opened} times: {_RESULT_HINTS[mistake]}"]
    text = f"{start}: {'; '.join(said)}."
    shown = _draw(text, accuracy, gain, (low, high), opened, test)
    return SealedResult(
        text, mistake is None, mistake, known, accuracy, gain, by_seed, opened, *shown
    )


def _words(gain: Measured, other: str) -> str:
    if gain.mean > 2 * gain.error:
        return f"better than {other} by more than two standard errors"
    if gain.mean < -2 * gain.error:
        return f"worse than {other} by more than two standard errors"
    return f"within noise of {other}, less than two standard errors away"


def _met(accuracy: float, low: float, high: float) -> str:
    if low <= accuracy <= high:
        return "as accurate as expected"
    return f"{'less' if accuracy < low else 'more'} accurate than expected"


# --- The picture --------------------------------------------------------------------------


def _draw(text, accuracy, gain, expected, opened, test) -> tuple[bytes, str]:
    """A PNG of the verdict's words above its numbers, and what it shows, in words.

    All of it is in the picture because a notebook that shows one shows no text beside it.
    """
    from helpers.drawing import alt_text, plots

    figure, (ax, below) = plots.figure(rows=2, height=660)
    words = textwrap.fill(text, 78)
    figure.suptitle(words, x=0.015, ha="left", **plots.label_font(plots.INK))
    often = "once" if opened == 1 else f"{opened} times: no longer a test"
    plots.title(ax, f"{len(test)} sealed rows, opened {often}")
    low, high = (100 * end for end in expected)
    guess = 100 * metrics.baseline_accuracy(test.y)
    color = plots.LINE_STYLES["validation"]["color"]
    small = {"va": "center", "ha": "center"}
    ax.fill_between((low, high), 0.55, 1.3, color=color, alpha=0.2, linewidth=0)
    ax.text((low + high) / 2, 0.72, "expected", **small, **plots.label_font(color, "small"))
    ax.axvline(guess, **plots.LINE_STYLES["muted"])
    ax.text(guess, 2.35, "guessing ", va="center", ha="right",
            **plots.label_font(plots.MUTED, "small"))  # fmt: skip
    _dots(ax, accuracy, "{:.1f} %", plots)
    ax.set_xlabel("accuracy in per cent, with 95 % interval")
    left, right = ax.get_xlim()
    ax.set_xlim(left - 0.12 * (right - left), right)
    plots.title(below, "What yours has more, compared row by row")
    _dots(below, {f"than {name}": value for name, value in gain.items()}, "{:+.1f}", plots)
    below.axvline(0, **plots.LINE_STYLES["muted"])
    below.set_xlabel("points, with 95 % interval")
    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=100)
    return made.getvalue(), alt_text.describe(figure)


def _dots(ax, rows: Mapping[str, Measured], form: str, plots) -> None:
    """A dot with its interval for each row, and the numbers at the right."""
    color = plots.LINE_STYLES["test"]["color"]
    beside = {"transform": ax.get_yaxis_transform(), "va": "center"}
    for place, value in enumerate(rows.values()):
        half = 100 * NORMAL * value.error
        ax.errorbar(100 * value.mean, place, xerr=half, fmt="o", color=color, markersize=10,
                    linewidth=2.6, capsize=6)  # fmt: skip
        words = f"{form.format(100 * value.mean)} ± {half:.1f}" if half else "the same"
        ax.text(
            1.02, place, words.replace("-", "\N{MINUS SIGN}"), **beside, **plots.label_font(color)
        )
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.4, -0.6)
