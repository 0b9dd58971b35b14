"""The capstone's report: what is written down before the seal is opened."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from helpers.checks.verdicts import Verdict, When, judge, matches, verdict
from helpers.experiment import HYPERPARAMETERS, Experiment
from helpers.validation import check_choice, check_number, is_int

# What the search in the solution notebook comes to; a claim there holds it to that.
REFERENCE: dict[str, float] = {"l2": 0.02}

FEWEST_SEEDS = 5
WIDEST = 0.2  # an expectation as wide as this can hardly be wrong
_GIVEN = {"rows", "label_noise", "seed", "batch_size"}  # by the brief


class Report(NamedTuple):
    """A report's fields, as the learner gave them."""

    settings: Any
    tried: Any
    chosen_by: Any
    seeds: Any
    validation_losses: Any
    expected_accuracy: Any


FIELDS = Report._fields


def written_report(report, base: Experiment) -> Verdict:
    """Judges: a report that is complete and can be believed, before the seal is opened.

    Args:
        report: The learner's: a dict with `FIELDS`.
        base: The unregularised network of the brief.
    """
    tests = {
        "the task changed": lambda r: _GIVEN & set(r.settings),
        "nothing chosen": lambda r: with_settings(base, r.settings) == base,
        "trials not counted": lambda r: is_int(r.tried) and r.tried < 2,
        "chosen by test rows": lambda r: _by(r, "test") or _by(r, "sealed"),
        "chosen by training loss": lambda r: _by(r, "train") and not _by(r, "validation"),
        "penalty counted in": lambda r: _by(r, "val_loss") or _by(r, "penal") or _by(r, "reported"),
        "chosen by accuracy": lambda r: _by(r, "accuracy"),
        "how many seeds, not which": lambda r: np.ndim(r.seeds) == 0,
        "too few seeds": lambda r: len(set(r.seeds)) < FEWEST_SEEDS,
        "one number for all seeds": lambda r: len(_listed(r.validation_losses)) != len(r.seeds),
        "one run counted five times": lambda r: len(set(r.validation_losses)) < len(r.seeds),
        "per cent for a fraction": lambda r: max(_listed(r.expected_accuracy)) > 1,
        "an expectation without room": lambda r: (
            np.ndim(r.expected_accuracy) == 0 or np.ptp(r.expected_accuracy) == 0
        ),
        "an expectation that cannot fail": lambda r: np.ptp(r.expected_accuracy) > WIDEST,
    }
    fault = None
    if isinstance(report, Mapping):
        if wrong := sorted(map(str, set(report) ^ set(FIELDS))):
            sentence = f"look at {', '.join(wrong)}: a report has the fields {', '.join(FIELDS)}"
            return verdict("Not quite", sentence, tests)
        report = Report(**report)
        fault = _fault(report, base)
    elif report is not None and report is not ...:
        sentence = f"this asks for a dictionary with the fields {', '.join(FIELDS)}"
        return verdict("Not quite", sentence, tests)
    mistakes = {name: When(test) for name, test in tests.items()}
    right = When(lambda r: not fault and not any(matches(r, some, 0) for some in mistakes.values()))
    words = f"""
    praise: complete, and written before the seal was opened
    hint: {fault or "look at each field again"}
    the task changed: settings hold what the network is trained with; rows, labels and seeds are
        given, and are the same for all networks that are compared
    nothing chosen: these settings are those of the unregularised network
    trials not counted: tried counts all settings whose validation loss you looked at, in the panels
        too: with a single one tried, nothing was chosen
    chosen by test rows: rows used to choose cannot test any more; choose by validation loss
    chosen by training loss: training loss is lowest for the network that learned the wrong labels
        by heart; choose by validation loss
    penalty counted in: Keras's val_loss holds the penalty, so that strengths are compared by their
        own weight; choose by the data loss on validation rows
    chosen by accuracy: 400 rows give an accuracy to two points only, and count only rows that
        change sides; the brief chooses by validation loss
    how many seeds, not which: name each seed, such as range(5), so that others train the same
    too few seeds: five different seeds at least: one run proves little, a repeated seed nothing
    one number for all seeds: give one number for each seed, so that their differences show
    one run counted five times: different seeds give different losses: train each by itself
    per cent for a fraction: an accuracy is a fraction: 75 % is 0.75
    an expectation without room: a single number is certain to be missed; say from where to where
        you expect the accuracy
    an expectation that cannot fail: nearly every network meets so wide an expectation
    """
    return judge(report, right, mistakes, words)


_FORMS = {
    "tried": "a whole number, of all settings whose validation loss was looked at",
    "chosen_by": 'what the settings were chosen by, such as "validation loss"',
    "seeds": "whole numbers, such as range(5)",
    "validation_losses": "the final data loss of each seed, in nats",
    "expected_accuracy": "two fractions, the lower one first, such as (0.7, 0.8)",
}


def _fault(report: Report, base: Experiment) -> str | None:
    """What is wrong with the form of a report, in words; None if nothing is."""
    try:
        with_settings(base, report.settings)
    except (ValueError, TypeError) as error:
        return " ".join(str(error).split())
    seeds, losses, expected = map(_row, report[-3:])
    well_formed = (
        is_int(report.tried),
        _by(report, "validation", "data") or _by(report, "validation", "loss"),
        len(seeds) and all(map(is_int, report.seeds)),
        len(losses) and losses.min() > 0,
        len(expected) == 2 and 0 <= expected[0] < expected[1] <= 1,
    )
    faults = (name for name, fine in zip(_FORMS, well_formed, strict=True) if not fine)
    return next((f"{name}: {_FORMS[name]}" for name in faults), None)


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
        raise ValueError('settings: a dictionary of hyperparameters, such as {"l2": 0.001}')
    for name in settings:
        check_choice("settings", name, (*HYPERPARAMETERS, "width", "epochs"))
    changes = dict(settings)
    if "width" in changes:
        share = check_number("width", changes.pop("width"), 1) / base.hidden[0]
        changes["hidden"] = tuple(max(1, round(units * share)) for units in base.hidden)
    made = base.replace(**changes)
    if made.epochs > base.epochs:
        raise ValueError(f"epochs={made.epochs}: the brief allows {base.epochs}")
    return made


def _by(report, word, also="") -> bool:
    """Whether a word begins with `word`, and another with `also`; denied ones do not count."""
    words = str(report.chosen_by).lower().replace("validation_", "validation ")
    denied = r"\b(without|no|not) (the |by |any )*(\w+ (?=loss|accuracy|rows))?\w+"
    words = re.sub(denied, "", words)
    return all(re.search(rf"\b{some}", words) for some in (word, also))


def _listed(values) -> list:
    return list(values) if np.iterable(values) else [values]


def _row(values) -> np.ndarray:
    """Finite numbers as an array; an empty one if they are none."""
    try:
        array = np.asarray(list(values), float)
    except (TypeError, ValueError):
        return np.array([])
    return array if array.ndim == 1 and np.isfinite(array).all() else np.array([])
