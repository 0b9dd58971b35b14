"""Judges answers to exercises, names the misconception behind a wrong one, and checks claims.

    checks.environment()                # says in words whether the course runs here
    checks.final_gap(answer, history)   # shows "Correct: ...", "Not yet: ..." or "Not quite: ..."
    claim("L2 narrows the gap in {count} seeds", lower=with_l2, than=without, unit="nats")

A check is a short function: the right answer, a table of mistakes, and what it says of each. A
mistake is known by what it makes people answer; its sentence names it. Verdicts hold no measured
number, so that a sentence is the same on every machine. Names resolve when they are used.
"""

import importlib

_NAMES = {
    "claims": "claim",
    "installation": "environment",
    "verdicts": "Verdict When any_of judge judge_function",
    "lesson_01": "final_gap fit_call lowest_epoch memorised_truth mended_split named_shapes "
    "no_overfitting rows_for_half_a_point trivial_baseline",
    "lesson_02": "book_model broken_gain chosen_strength lowest_data_loss_epoch penalised_step "
    "penalty_and_slope repaired_decay tracked_history translated_strength",
    "lesson_03": "broken_selection inputs_in_use inputs_left repaired_threshold shrunk_to_zero "
    "sparse_model translated_elastic_net vanishing_strength",
    "lesson_04": "broken_dropout_gain dropout_history dropout_layer keeps_four_fifths "
    "kept_activation loss_without_dropout monte_carlo_dropout repaired_dropout",
    "lesson_05": "broken_patience equivalent_strength learned_share repaired_fit restored_epoch "
    "stopped_history stopping_callback stopping_epoch",
    "lesson_06": "augmented_history broken_noise_gain harmless_changes mixed_rows plain_accuracy "
    "repaired_split smoothed_labels worth_in_rows",
    "lesson_07": "best_of_study fold_rows repaired_cross_validation strongest_within_error "
    "successive_halving tuned_study unhelpful_dropout winners_optimism",
    "lesson_08": "broken_peak memorising_epoch memorising_history peak_width read_descent "
    "repaired_comparison ridge_weights what_was_shown",
    "lesson_09": "broken_batch_size ensemble_loss frozen_model limited_kernel normalised_batch "
    "repaired_ensemble transfer_read",
    "lesson_10": "columns_known_too_late error_in_units gain_over_baseline known_groups "
    "normalised_model repaired_preparation unhelpful_penalty",
    "lesson_11": "broken_combination paired_difference repaired_selection what_may_be_said",
    "estimates": "Measured measured",
    "report": "REFERENCE written_report",
    "sealed": "SealedResult sealed_result",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}
__all__ = sorted(_MODULES)


def __getattr__(name):
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
