"""Measures of made-up runs whose answers are known."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import metrics
from helpers.experiment import Divergence, Experiment, Move, Run


def make_run(
    train, validation, *, seed=0, weights=None, diverged=None, moves=(), activation="relu"
):
    train, validation = (np.asarray(curve, np.float32) for curve in (train, validation))
    nothing = np.zeros(len(train), np.float32)
    if weights is None:
        weights = [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)]
    return Run(
        experiment=Experiment(
            hidden=(3,), epochs=max(1, len(train)), seed=seed, activation=activation
        ),
        train_loss=train,
        validation_loss=validation,
        train_accuracy=nothing,
        validation_accuracy=nothing,
        penalty=nothing,
        fit_loss=nothing,
        fit_accuracy=nothing,
        weights=weights,
        moves=moves,
        diverged=diverged,
    )


def ending(loss, **changes):
    return make_run([0.1, 0.1], [1, loss], **changes)


BROKEN = Divergence(1, "training loss is no longer a finite number")


# --- One run ------------------------------------------------------------------------------


def test_gap_and_best_epoch():
    run = make_run([0.9, 0.5, 0.25], [1.0, 0.75, 0.875])
    np.testing.assert_allclose(metrics.gaps(run), [0.1, 0.25, 0.625], atol=1e-6)
    assert metrics.gap(run) == 0.625
    assert metrics.best_epoch(run) == 2
    assert metrics.final_loss(run) == 0.875


def test_the_first_of_equal_epochs_is_the_best():
    assert metrics.best_epoch(make_run([1, 1, 1], [2, 1, 1])) == 2


def test_a_diverged_run_ends_at_infinite_loss():
    assert metrics.final_loss(make_run([1], [1], diverged=BROKEN)) == math.inf
    assert metrics.final_loss(make_run([], [], diverged=BROKEN)) == math.inf


def test_a_run_without_epochs_is_refused():
    empty = make_run([], [])
    for measure in (metrics.gap, metrics.best_epoch, metrics.final_loss):
        with pytest.raises(ValueError, match="must hold at least one epoch"):
            measure(empty)


def test_norms_and_zeros():
    weights = [
        np.array([[3.0, 0.0], [-4.0, 0.0]]),
        np.ones(2),
        np.array([[0.0], [2.0]]),
        np.ones(1),
    ]
    run = make_run([1], [1], weights=weights)
    np.testing.assert_allclose(metrics.norms(run), [5, 2])
    assert metrics.norm(run.kernels) == pytest.approx(math.sqrt(29))
    assert metrics.exact_zeros(run) == (3, 6)


def test_exact_zeros_are_counted_where_the_penalty_acts():
    weights = [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1)]
    run = make_run([1], [1], weights=weights)
    spared = dataclasses.replace(run, experiment=run.experiment.replace(penalise_output=False))
    assert metrics.exact_zeros(run) == (6, 6)
    assert metrics.exact_zeros(spared) == (4, 4)


def test_small_weights_are_not_zeros():
    run = make_run([1], [1], weights=[np.full((2, 2), 1e-30), np.zeros(2)])
    assert metrics.exact_zeros(run).zeros == 0


# --- How sure -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "freedom, table",
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042), (120, 1.980)],
)
def test_t_quantiles_agree_with_the_printed_table(freedom, table):
    assert metrics.t_quantile(freedom) == pytest.approx(table, abs=6e-4)


@pytest.mark.parametrize("freedom, table", [(1, 63.657), (4, 4.604), (10, 3.169)])
def test_t_quantiles_of_99_percent(freedom, table):
    assert metrics.t_quantile(freedom, 0.99) == pytest.approx(table, abs=6e-4)


def test_t_tends_to_the_normal_quantile():
    assert metrics.t_quantile(5000) == pytest.approx(1.95996, abs=6e-4)


def test_interval_by_hand():
    found = metrics.interval([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.776445 * math.sqrt(2.5 / 5)
    assert found.mean == 3
    assert found.half == pytest.approx(half, rel=1e-5)
    assert (found.low, found.high) == (pytest.approx(3 - half), pytest.approx(3 + half))
    assert str(found) == "3 ± 2"


def test_interval_holds_the_mean_as_often_as_it_says():
    """10 000 intervals of five normal numbers; the share's own error is 0.2 points."""
    samples = np.random.default_rng(0).normal(7, 3, size=(10_000, 5))
    found = [metrics.interval(sample) for sample in samples]
    assert np.mean([i.low <= 7 <= i.high for i in found]) == pytest.approx(0.95, abs=0.008)


def test_bad_intervals_are_refused():
    for values in ([], [1.0], 3 * [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="must be at least two numbers"):
            metrics.interval(values)
    with pytest.raises(ValueError, match=r"values=\[1.0, inf\]: must be finite"):
        metrics.interval([1, math.inf])
    for confidence in (0, 1, -0.5, math.nan, "0.95"):
        with pytest.raises(ValueError, match=r"confidence=.*: must be .* above 0 and below 1"):
            metrics.interval([1, 2], confidence)
    for freedom in (0, 1.5):
        with pytest.raises(ValueError, match=r"freedom=.*: must be whole, at least 1"):
            metrics.t_quantile(freedom)


def test_accuracy_error_by_hand_and_by_simulation():
    assert metrics.accuracy_error(0.8, 500) == pytest.approx(0.0179, abs=5e-5)
    hits = np.random.default_rng(0).binomial(500, 0.8, size=20_000) / 500
    assert metrics.accuracy_error(0.8, 500) == pytest.approx(hits.std(), rel=0.03)
    assert metrics.accuracy_error(1, 10) == 0


@pytest.mark.parametrize("accuracy", [-0.1, 1.1, math.nan, "0.8"])
def test_bad_accuracies_are_refused(accuracy):
    with pytest.raises(ValueError, match=r"accuracy=.*: must be a finite number from 0 to 1"):
        metrics.accuracy_error(accuracy, 10)


@pytest.mark.parametrize("rows", [0, -5, 1.5])
def test_bad_rows_are_refused(rows):
    with pytest.raises(ValueError, match=r"rows=.*: must be whole, at least 1"):
        metrics.accuracy_error(0.5, rows)


def test_paired_differences_go_by_seed_whatever_the_order():
    before = [ending(1.0, seed=3), ending(2.0, seed=1)]
    after = [ending(1.5, seed=1), ending(0.75, seed=3)]
    np.testing.assert_allclose(metrics.paired_differences(before, after), [-0.5, -0.25])
    gaps = metrics.paired_differences(before, after, metrics.gap)
    np.testing.assert_allclose(gaps, [-0.5, -0.25])


def test_pairs_are_surer_than_two_intervals():
    """Luck that both sides share cancels."""
    luck = np.linspace(0, 1, 5)
    before = [ending(2 + x, seed=i) for i, x in enumerate(luck)]
    after = [ending(1.9 + x, seed=i) for i, x in enumerate(luck)]
    pairs = metrics.interval(metrics.paired_differences(before, after))
    assert pairs.high < 0
    single = metrics.interval([metrics.final_loss(run) for run in before])
    assert single.half > 0.1


def test_pairs_that_do_not_match_are_refused():
    one, two = ending(1.0, seed=1), ending(1.0, seed=2)
    with pytest.raises(ValueError, match=r"before has seeds \[1\], after \[2\]: must be the same"):
        metrics.paired_differences([one], [two])
    with pytest.raises(ValueError, match=r"after: has seeds \[1, 1\], must have each once"):
        metrics.paired_differences([one], [one, one])
    with pytest.raises(ValueError, match=r"before: has seeds \[\]"):
        metrics.paired_differences([], [])


def test_the_baseline_predicts_the_training_frequencies():
    train, other = np.array([0, 0, 0, 1]), np.array([1, 1, 0, 1])
    assert metrics.baseline_accuracy(train) == 0.75
    assert metrics.baseline_accuracy(train, other) == 0.25
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert metrics.baseline_loss(train) == pytest.approx(expected)
    expected = -(0.25 * math.log(0.75) + 0.75 * math.log(0.25))
    assert metrics.baseline_loss(train, other) == pytest.approx(expected)
    assert metrics.baseline_loss(np.arange(10)) == pytest.approx(math.log(10))
    for baseline in (metrics.baseline_accuracy, metrics.baseline_loss):
        with pytest.raises(ValueError, match="at least one row"):
            baseline([])
        with pytest.raises(ValueError, match="at least one row"):
            baseline([0, 1], [])


def test_the_baseline_of_a_single_class():
    assert str(metrics.baseline_loss([1, 1], [1])) == "0.0"  # not −0.0
    assert metrics.baseline_accuracy([1, 1], [1]) == 1
    assert metrics.baseline_accuracy([1, 1], [0]) == 0
    # The class that was never met gets the frequency of one row.
    assert metrics.baseline_loss([1, 1], [0]) == pytest.approx(math.log(3))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=50), st.integers(0, 5))
def test_no_constant_answer_beats_the_majority(y, answer):
    assert np.mean(np.array(y) == answer) <= metrics.baseline_accuracy(y)


@given(*2 * [st.lists(st.integers(0, 5), min_size=1, max_size=50)], st.permutations(range(6)))
def test_the_baseline_has_the_cross_entropy_of_the_training_frequencies(y_train, y, names):
    loss = metrics.baseline_loss(y_train, y)
    assert math.isfinite(loss) and loss >= 0
    relabelled = [[names[label] for label in labels] for labels in (y_train, y)]
    assert metrics.baseline_loss(*relabelled) == pytest.approx(loss)
    if set(y) <= set(y_train):
        assert loss == pytest.approx(
            np.mean([-math.log(np.mean(np.array(y_train) == c)) for c in y])
        )
        assert loss >= metrics.baseline_loss(y) - 1e-12  # the rows' own frequencies do best


# --- A sweep ------------------------------------------------------------------------------


def make_sweep(**ends):
    """{position: ends of the seeds}, keys spelled p0, p1, ..."""
    return {
        float(name[1:]): [ending(end, seed=seed) for seed, end in enumerate(found)]
        for name, found in ends.items()
    }


def test_sweet_spot_is_the_lowest_mean_not_the_luckiest_run():
    sweep = make_sweep(p0=[1.0, 1.0], p1=[0.5, 0.5], p2=[0.125, 1.0])
    assert metrics.sweet_spot(sweep) == 1
    assert metrics.sweet_spot(sweep, lambda run: -metrics.final_loss(run)) == 0


def test_the_smaller_of_equally_good_positions_is_the_sweet_spot():
    assert metrics.sweet_spot(make_sweep(p3=[0.5], p1=[0.5], p2=[0.75])) == 1


def test_a_position_with_a_diverged_run_is_not_chosen():
    sweep = make_sweep(p0=[1.0, 1.0], p1=[0.25, 0.25])
    sweep[1.0][0] = make_run([], [], diverged=BROKEN)
    assert metrics.sweet_spot(sweep) == 0


def test_one_standard_error_by_hand():
    """The best mean is 0.5, its standard error 0.25 / sqrt(2) * sqrt(2) / 2 = 0.125."""
    sweep = make_sweep(
        p0=[0.5625, 0.5625], p1=[0.375, 0.625], p2=[0.625, 0.625], p3=[0.6255, 0.6255]
    )
    assert metrics.sweet_spot(sweep) == 1
    assert metrics.one_standard_error(sweep) == 2


def test_one_rule_of_one_standard_error():
    means = {0.0: 0.9, 1.0: 0.5, 2.0: 0.625, 3.0: 0.75}
    assert metrics.within_one_standard_error(means, 0.125) == [1, 2]
    assert metrics.within_one_standard_error(means, 0) == [1]
    assert metrics.within_one_standard_error({(1, 2): 0.5, (0, 3): 0.5}, 0.1) == [(0, 3), (1, 2)]
    assert metrics.standard_error([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(math.sqrt(2.5 / 5))


@given(st.lists(st.integers(0, 8), min_size=6, max_size=6))
def test_a_sweep_and_a_grid_without_rows_agree_on_the_rule(ends):
    """Both keep what is within one standard error; a sweep's is over seeds alone."""
    sweep = make_sweep(**{f"p{k}": np.array(ends[2 * k : 2 * k + 2]) / 8 for k in range(3)})
    means = {p: np.mean([metrics.final_loss(r) for r in runs]) for p, runs in sweep.items()}
    error = metrics.standard_error(
        [metrics.final_loss(r) for r in sweep[metrics.sweet_spot(sweep)]]
    )
    kept = metrics.within_one_standard_error(means, error)
    assert metrics.sweet_spot(sweep) in kept and metrics.one_standard_error(sweep) == kept[-1]


def test_bad_sweeps_are_refused():
    with pytest.raises(ValueError, match="sweep: must hold at least one position"):
        metrics.sweet_spot({})
    with pytest.raises(ValueError, match=r"sweep: no run at 0.1"):
        metrics.sweet_spot({0.1: []})
    with pytest.raises(ValueError, match="at every position a run diverged"):
        metrics.sweet_spot({0.1: [make_run([1], [1], diverged=BROKEN)]})
    with pytest.raises(ValueError, match=r"one run at 0.1, but a standard error takes two"):
        metrics.one_standard_error({0.1: [ending(1.0)]})


# --- Two features -------------------------------------------------------------------------


def test_decision_surface_of_a_known_network():
    """Logit = first feature, through relu(x) - relu(-x): P = 1 / (1 + exp(-x))."""
    weights = [
        np.array([[1.0, -1.0], [0.0, 0.0]]),
        np.zeros(2),
        np.array([[1.0], [-1.0]]),
        np.zeros(1),
    ]
    run = make_run([1], [1], weights=weights)
    x = np.array([[-2.0, 0.0], [2.0, 1.0]])
    surface = metrics.decision_surface(run, x, steps=5, margin=0.25)
    np.testing.assert_allclose(surface.first, [-3, -1.5, 0, 1.5, 3])
    np.testing.assert_allclose(surface.second, [-0.25, 0.125, 0.5, 0.875, 1.25])
    expected = 1 / (1 + np.exp(-surface.first))
    np.testing.assert_allclose(surface.probability, np.tile(expected, (5, 1)))


def test_decision_surface_uses_the_activation():
    weights = [np.array([[1.0], [0.0]]), np.zeros(1), np.ones((1, 1)), np.zeros(1)]
    x = np.array([[-2.0, 0.0], [2.0, 1.0]])
    left = {
        activation: metrics.decision_surface(
            make_run([1], [1], weights=weights, activation=activation), x, steps=3, margin=0
        ).probability[0, 0]
        for activation in ("relu", "tanh")
    }
    assert left["relu"] == 0.5
    assert left["tanh"] == pytest.approx(1 / (1 + math.exp(math.tanh(2))))


def test_decision_surface_survives_huge_logits_and_a_constant_feature():
    weights = [np.array([[1e6], [0.0]]), np.zeros(1)]
    run = make_run([1], [1], weights=weights)
    surface = metrics.decision_surface(run, np.array([[-1.0, 2.0], [1.0, 2.0]]), steps=3)
    np.testing.assert_array_equal(surface.probability[1], [0, 0.5, 1])
    np.testing.assert_allclose(surface.second, [1.9, 2.0, 2.1])


def test_surfaces_that_cannot_be_drawn_are_refused():
    run = make_run([1], [1])
    x = np.zeros((4, 2))
    with pytest.raises(ValueError, match=r"x has shape \(4, 3\): must be \(rows, 2\)"):
        metrics.decision_surface(run, np.zeros((4, 3)))
    with pytest.raises(ValueError, match="has 3 inputs and 1 outputs"):
        metrics.decision_surface(make_run([1], [1], weights=[np.ones((3, 1)), np.zeros(1)]), x)
    with pytest.raises(ValueError, match="has 2 inputs and 4 outputs"):
        metrics.decision_surface(make_run([1], [1], weights=[np.ones((2, 4)), np.zeros(4)]), x)
    with pytest.raises(ValueError, match="steps=1: must be whole, at least 2"):
        metrics.decision_surface(run, x, steps=1)
    with pytest.raises(ValueError, match=r"margin=-0.1: must be a finite number at least 0"):
        metrics.decision_surface(run, x, margin=-0.1)


# --- Diagnosis ----------------------------------------------------------------------------

LOG_2 = math.log(2)
EPOCH = np.arange(1, 201)
FALL = np.exp(-EPOCH / 15)  # from 0.94 to nothing
NOISE = np.random.default_rng(0).normal(size=(2, 200))


def diagnose(run, baseline=LOG_2):
    """The diagnosis with the baseline of two classes of equal size."""
    return metrics.diagnose(run, baseline)


def overfitted(epochs=200, **changes):
    """Lowest near epoch 40, then up by 0.0035 an epoch."""
    train = 0.6 * np.exp(-EPOCH / 25) + 0.01
    validation = np.where(EPOCH < 40, 0.4 + 0.2 * (40 - EPOCH) / 40, 0.4 + 0.0035 * (EPOCH - 40))
    return make_run(train[:epochs], validation[:epochs], **changes)


def test_overfitting_is_told_with_its_numbers():
    said = diagnose(overfitted())
    # The end is the median of epochs 191 to 200: epoch 195.5.
    assert said == (
        "Overfitting: validation loss has risen 0.54 since epoch 40 "
        "while training loss fell to 0.01."
    )


@pytest.mark.parametrize("scale", [0.0, 0.01, 0.03])
def test_noise_does_not_hide_overfitting(scale):
    run = overfitted()
    noisy = make_run(run.train_loss, run.validation_loss + scale * NOISE[0])
    assert diagnose(noisy).startswith("Overfitting: ")


@pytest.mark.parametrize("seed", range(50))
def test_noise_alone_is_never_overfitting(seed):
    """A flat curve, whose lowest of 200 epochs lies some three deviations down."""
    noise = np.random.default_rng(seed).normal(size=(2, 200))
    run = make_run(0.30 + 0.03 * noise[0], 0.40 + 0.03 * noise[1])
    assert diagnose(run).startswith("Good fit: ")


def test_good_fit():
    said = diagnose(make_run(0.25 + 0.4 * FALL, 0.3 + 0.4 * FALL))
    assert said == (
        "Good fit: the losses end close together "
        "(training about 0.25, validation about 0.30; baseline 0.69)."
    )


def test_two_losses_near_zero_are_together_whatever_their_ratio():
    assert diagnose(make_run(0.001 + FALL, 0.03 + FALL)).startswith("Good fit: ")


def test_underfitting_depends_on_the_baseline():
    train, validation = 0.6 + 0.09 * FALL, 0.62 + 0.08 * FALL
    said = diagnose(make_run(train, validation))
    assert said == (
        "Underfitting: both losses stay high "
        "(training about 0.60, validation about 0.62; baseline 0.69)."
    )
    for baseline, word in ((math.log(10), "Good fit: "), (0.9, "Underfitting: ")):
        assert diagnose(make_run(train, validation), baseline).startswith(word)


def test_a_diagnosis_takes_the_baseline_of_its_rows_and_no_other():
    """It has no default: the log of the number of classes is the baseline of equal classes only."""
    with pytest.raises(TypeError, match="baseline"):
        metrics.diagnose(overfitted())
    run = make_run(0.25 + 0.2 * FALL, 0.26 + 0.2 * FALL)
    for rare, word in ((50, "Good fit: "), (10, "Underfitting: ")):
        baseline = metrics.baseline_loss(np.arange(100) < rare)
        assert metrics.diagnose(run, baseline).startswith(word)


@given(st.floats(0.05, 20), st.floats(0.02, 0.7), st.floats(1e-4, 0.5), st.integers(8, 200))
def test_a_curve_that_falls_smoothly_is_still_learning(height, rate, floor, epochs):
    """Whatever its height, far above the baseline or so high that it looks like underfitting."""
    epoch = np.arange(1, epochs + 1)
    curve = height * (floor + (1 - floor) * np.exp(-rate * epoch))
    stretch = curve[-max(5, epochs // 5)] / curve[-1]
    said = diagnose(make_run(curve, 1.01 * curve), baseline=0.13)
    if stretch > 1.1:
        assert said.startswith("Still learning: training and validation loss are still falling")
    assert not said.startswith("Unstable: validation loss jumps")


def test_a_curve_that_rests_far_above_the_baseline_is_not_still_learning():
    flat = 3 + 0.001 * NOISE[0]
    assert diagnose(make_run(flat, flat)).startswith("Unstable: validation loss 3.00 is far")


def test_still_learning_says_what_falls():
    slow = 0.4 + 0.3 * np.exp(-EPOCH / 150)
    said = diagnose(make_run(slow, slow + 0.02))
    assert said.startswith("Still learning: training and validation loss are still falling (")
    said = diagnose(make_run(slow, np.full(200, 0.55)))
    assert said.startswith("Still learning: training loss is still falling (")


def test_a_gap_that_does_no_harm():
    said = diagnose(make_run(0.05 + FALL, 0.5 + FALL))
    assert said == (
        "Memorising, harmless so far: training loss is 0.45 below validation loss, "
        "which has not risen beyond its noise (training about 0.05, validation about 0.50)."
    )


def test_both_losses_rising_is_not_called_overfitting():
    up = 0.2 + 0.0005 * EPOCH
    assert diagnose(make_run(up, up + 0.1)).startswith("Getting worse: ")
    # ... and once both are high and together, it is underfitting: a strength was set too high.
    high = np.where(EPOCH < 100, 0.3 + FALL, 0.65)
    move = (Move(99, "l2", 1.0),)
    said = diagnose(make_run(high, high + 0.01, moves=move))
    assert said.startswith("Underfitting: both losses have risen since epoch 99 and are high (")


def test_after_a_move_it_waits_then_tells_recovery():
    move = (Move(150, "l2", 0.03),)
    run = overfitted()
    validation = run.validation_loss.copy()
    validation[150:] = validation[149] - 0.004 * np.arange(50)
    fallen = make_run(run.train_loss, validation, moves=move)
    early = dataclasses.replace(
        fallen, train_loss=run.train_loss[:152], validation_loss=validation[:152]
    )
    assert diagnose(early) == "Too early to tell: 2 epochs since l2 became 0.03."
    said = diagnose(fallen)
    assert said.startswith("Recovering: validation loss is 0.21 above its best of epoch 40, but")
    assert said.endswith("falling since l2 became 0.03.")


def test_jumps_are_told_as_such():
    jumps = 1 + 0.8 * np.where(EPOCH % 2, 1, -1)
    assert diagnose(make_run(jumps, jumps)).startswith("Unstable: validation loss jumps")
    said = diagnose(make_run(np.full(200, 0.7), np.full(200, 17165.0)))
    assert said == (
        "Unstable: validation loss 1.7e+04 is far above the baseline, 0.69, "
        "and never was much better."
    )


def test_short_and_diverged_runs():
    assert diagnose(make_run([], [])) == "Too early to tell: 0 epochs."
    assert diagnose(make_run([1], [1])) == "Too early to tell: 1 epoch."
    said = diagnose(make_run([], [], diverged=BROKEN))
    assert said == "Diverged: at epoch 1 training loss is no longer a finite number."
    assert metrics.undiagnosed(make_run([1], [1])) == "Too early to tell: 1 epoch."
    assert metrics.undiagnosed(make_run([], [], diverged=BROKEN)) == said
    assert metrics.undiagnosed(overfitted()) is None


HEADS = (
    "Diverged", "Too early to tell", "Unstable", "Recovering", "Still learning", "Overfitting",
    "Underfitting", "Getting worse", "Good fit", "Memorising, harmless so far",
)  # fmt: skip


@given(
    st.lists(
        st.tuples(*2 * [st.floats(0, 5, width=32)]), min_size=0, max_size=60
    ),
    st.lists(st.integers(0, 60), max_size=2),
)  # fmt: skip
def test_any_curve_gets_one_sentence(points, moves):
    train, validation = np.array(points, np.float32).reshape(-1, 2).T
    moves = tuple(Move(epoch, "l2", 0.1) for epoch in sorted(moves) if epoch <= len(train))
    said = diagnose(make_run(train, validation, moves=moves))
    assert said.split(": ")[0] in HEADS
    assert said.endswith(".")
    assert "\n" not in said and "nan" not in said
