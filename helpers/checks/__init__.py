"""Judges answers to exercises, names the misconception behind a wrong one, and checks claims.

    checks.environment()                # says in words whether the course runs here
    checks.final_gap(answer, run)       # shows "Correct: ...", "Not yet: ..." or "Not quite: ..."
    claim("L2 narrows the gap in {count} seeds", smaller=with_l2, larger=without)

A check is a short function: the right answer, and a table of mistakes. A mistake is known by what
it makes people answer; the hint names it. Verdicts hold no measured number, so that a sentence is
the same on every machine.
"""

from helpers.checks.claims import claim
from helpers.checks.installation import environment
from helpers.checks.lesson_01 import (
    final_gap,
    lowest_epoch,
    memorised_truth,
    named_shapes,
    rows_for_half_a_point,
    trivial_baseline,
)
from helpers.checks.lesson_02 import (
    book_model,
    chosen_strength,
    penalised_step,
    penalty_and_slope,
    translated_strength,
)
from helpers.checks.lesson_03 import (
    inputs_in_use,
    shrunk_to_zero,
    translated_elastic_net,
    vanishing_strength,
)
from helpers.checks.lesson_04 import dropout_layer, keeps_four_fifths, kept_activation, masked_doubt
from helpers.checks.lesson_05 import (
    equivalent_strength,
    learned_share,
    stopping_callback,
    stopping_epoch,
)
from helpers.checks.lesson_06 import harmless_changes, mixed_rows, smoothed_labels, worth_in_rows
from helpers.checks.lesson_07 import (
    fold_rows,
    strongest_within_error,
    successive_halving,
    winners_bonus,
)
from helpers.checks.lesson_08 import peak_width, read_descent, ridge_weights, what_was_shown
from helpers.checks.lesson_09 import (
    REFERENCE,
    Measured,
    measured,
    paired_difference,
    sealed_result,
    what_may_be_said,
    with_settings,
    written_report,
)
from helpers.checks.verdicts import Mistake, Verdict, When, judge, judge_function

__all__ = [
    "REFERENCE",
    "Measured",
    "Mistake",
    "Verdict",
    "When",
    "book_model",
    "chosen_strength",
    "claim",
    "dropout_layer",
    "environment",
    "equivalent_strength",
    "final_gap",
    "fold_rows",
    "harmless_changes",
    "inputs_in_use",
    "judge",
    "judge_function",
    "keeps_four_fifths",
    "kept_activation",
    "learned_share",
    "lowest_epoch",
    "masked_doubt",
    "measured",
    "memorised_truth",
    "mixed_rows",
    "named_shapes",
    "paired_difference",
    "peak_width",
    "penalised_step",
    "penalty_and_slope",
    "read_descent",
    "ridge_weights",
    "rows_for_half_a_point",
    "sealed_result",
    "shrunk_to_zero",
    "smoothed_labels",
    "stopping_callback",
    "stopping_epoch",
    "strongest_within_error",
    "successive_halving",
    "translated_elastic_net",
    "translated_strength",
    "trivial_baseline",
    "vanishing_strength",
    "what_may_be_said",
    "what_was_shown",
    "winners_bonus",
    "with_settings",
    "worth_in_rows",
    "written_report",
]
