"""The capstone's report: what is written down before the test set is opened."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from helpers.checks.verdicts import Verdict, When, judge, matches, verdict
from helpers.validation import is_int

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


def written_report(report) -> Verdict:
    """Judge whether a report is complete and plausible, before the test set is opened.

    Args:
        report: The learner's: a dict with `FIELDS`.
    """
    tests = {
        "the task changed": lambda r: _GIVEN & set(r.settings),
        "nothing chosen": lambda r: not any(r.settings.values()),
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
        fault = _fault(report)
    elif report is not None and report is not ...:
        sentence = f"this asks for a dict with the fields {', '.join(FIELDS)}"
        return verdict("Not quite", sentence, tests)
    mistakes = {name: When(test) for name, test in tests.items()}
    right = When(lambda r: not fault and not any(matches(r, some, 0) for some in mistakes.values()))
    words = f"""
    praise: the report is complete, and it was written before the test set was opened
    hint: {fault or "look at each field again"}
    the task changed: settings describe the model and its training; rows, labels, batch size and
        seeds are given, and they are the same for all networks that are compared
    nothing chosen: these settings switch nothing on; name what regularises your model
    trials not counted: tried counts all settings whose validation loss you looked at, in the panels
        too; with a single one tried, nothing was chosen
    chosen by test rows: rows that were used to choose cannot test any more; choose by the loss on
        validation rows
    chosen by training loss: the training loss is lowest for the network that memorised the wrong
        labels; choose by the loss on validation rows
    penalty counted in: Keras's val_loss contains the penalty, so it does not compare strengths;
        choose by the data loss on validation rows
    chosen by accuracy: with 400 rows an accuracy has a standard error of two points, and it
        changes only when a row changes sides; the brief chooses by loss on validation rows
    how many seeds, not which: name each seed, such as range(5), so that others can repeat the runs
    too few seeds: use at least five different seeds; one run says little, and a repeated seed adds
        nothing
    one number for all seeds: give one loss for each seed, so that the standard deviation is visible
    one run counted five times: different seeds give different losses; evaluate each model
    per cent for a fraction: write an accuracy as a fraction; 75 % is 0.75
    an expectation without room: a single number will almost surely be wrong; give the lower and the
        upper end of what you expect
    an expectation that cannot fail: nearly every network meets an expectation as wide as this one
    """
    return judge(report, right, mistakes, words)


_FORMS = {
    "settings": 'a dict of what your model uses, such as {"dropout": 0.3, "epochs": 40}',
    "tried": "a whole number, of all settings whose validation loss you looked at",
    "chosen_by": 'what you chose the settings by, such as "validation data loss"',
    "seeds": "whole numbers, such as range(5)",
    "validation_losses": "the data loss of each model on the validation rows, in nats",
    "expected_accuracy": "two fractions, the lower one first, such as (0.7, 0.8)",
}


def _fault(report: Report) -> str | None:
    """What is wrong with the form of a report, in words; None if nothing is."""
    seeds, losses, expected = map(_row, report[-3:])
    settings = report.settings
    well_formed = (
        isinstance(settings, Mapping) and all(isinstance(name, str) for name in settings),
        is_int(report.tried),
        _by(report, "validation", "data") or _by(report, "validation", "loss"),
        len(seeds) and all(map(is_int, report.seeds)),
        len(losses) and losses.min() > 0,
        len(expected) == 2 and 0 <= expected[0] < expected[1] <= 1,
    )
    faults = (name for name, fine in zip(_FORMS, well_formed, strict=True) if not fine)
    return next((f"{name}: {_FORMS[name]}" for name in faults), None)


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
