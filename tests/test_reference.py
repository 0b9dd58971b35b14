"""The formulas of `helpers.reference` against facts that do not come from its code."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helpers import reference
from helpers.reference import Stop, early_stopping

# Kept well away from 0, where |w| has no derivative, and small enough for differences.
weights_off_zero = arrays(
    float, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(0.1, 3)
).flatmap(lambda w: arrays(float, w.shape, elements=st.sampled_from([-1.0, 1.0])).map(w.__mul__))
strengths = st.floats(0, 10)


def slope(f, w, h=1e-5):
    """The gradient of `f` at `w` by central differences."""
    out = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        e = np.zeros_like(w)
        e[i] = h
        out[i] = (f(w + e) - f(w - e)) / (2 * h)
    return out


# --- Penalties ----------------------------------------------------------------------------


def test_penalties_by_hand():
    w = [[3.0, -4.0]]
    assert reference.l2_penalty(w, 0.1) == pytest.approx(2.5)
    assert reference.l1_penalty(w, 0.1) == pytest.approx(0.7)


@given(weights_off_zero, strengths)
def test_gradients_are_slopes_of_the_penalties(w, strength):
    for penalty, gradient in (
        (reference.l1_penalty, reference.l1_gradient),
        (reference.l2_penalty, reference.l2_gradient),
    ):
        expected = slope(lambda v, p=penalty: p(v, strength), w)
        np.testing.assert_allclose(gradient(w, strength), expected, rtol=1e-4, atol=1e-6)


def test_l1_gradient_is_a_subgradient_at_zero():
    """|u| lies above the line through 0 with that slope."""
    g = reference.l1_gradient(np.zeros(1), 0.3)[0]
    u = np.linspace(-1, 1, 101)
    assert np.all(0.3 * np.abs(u) >= g * u)


def test_gradient_descent_on_l2_alone_explodes_beyond_its_bound():
    """learning rate * 2 * strength below 2 shrinks a weight, above 2 blows it up."""
    for strength, shrinks in ((9.9, True), (10.1, False)):
        w = np.ones(1)
        for _ in range(50):
            w = reference.sgd_step(w, reference.l2_gradient(w, strength), learning_rate=0.1)
        assert (abs(w[0]) < 1) == shrinks


@given(st.floats(-3, 3), st.floats(0, 2))
def test_soft_threshold_minimises_its_defining_problem(w, step):
    u = np.linspace(-3, 3, 60_001)
    best = u[np.argmin(step * np.abs(u) + (u - w) ** 2 / 2)]
    assert reference.soft_threshold(w, step) == pytest.approx(best, abs=2e-4)


@given(arrays(float, 20, elements=st.floats(-1, 1)), st.floats(0, 1))
def test_soft_threshold_zeroes_exactly_the_small_and_never_turns_a_sign(w, step):
    after = reference.soft_threshold(w, step)
    assert np.all((after == 0) == (np.abs(w) <= step))
    assert np.all(after * w >= 0)
    assert np.all(np.abs(after) <= np.abs(w))


def test_only_the_proximal_step_reaches_exact_zero():
    """A loss with a slope of less than l1 at 0: its minimum is at exactly 0."""

    def pull(w):
        return w - 0.05

    by_gradient = by_proximal = np.ones(1)
    for _ in range(500):
        both = pull(by_gradient) + reference.l1_gradient(by_gradient, 0.1)
        by_gradient = reference.sgd_step(by_gradient, both, 0.03)
        by_proximal = reference.sgd_step(by_proximal, pull(by_proximal), 0.03)
        by_proximal = reference.soft_threshold(by_proximal, 0.03 * 0.1)
    assert by_proximal[0] == 0
    assert 0 < abs(by_gradient[0]) < 0.01


@pytest.mark.parametrize("strength", [-1, math.nan, math.inf, "0.1", None, True, -1e-12])
@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty", "l1_gradient", "l2_gradient"])
def test_bad_strengths_are_refused(name, strength):
    with pytest.raises(ValueError, match=r"strength=.*: must be a finite number at least 0"):
        getattr(reference, name)(np.ones(2), strength)


def test_bad_threshold_is_refused():
    with pytest.raises(ValueError, match=r"step=-0.1: must be a finite number at least 0"):
        reference.soft_threshold(np.ones(2), -0.1)


# --- Dropout ------------------------------------------------------------------------------


def test_dropout_by_hand():
    x, uniform = [1.0, 2.0, 3.0, 4.0], [0.0, 0.49, 0.5, 0.99]
    np.testing.assert_array_equal(reference.inverted_dropout(x, 0.5, uniform), [0, 0, 6, 8])
    np.testing.assert_array_equal(reference.inverted_dropout(x, 0.2, uniform)[1:], [2.5, 3.75, 5])


@given(
    arrays(float, 5, elements=st.floats(-5, 5)),
    st.integers(0, 9),
)
def test_dropout_keeps_the_mean(x, tenths):
    """Averaged over an even grid of uniforms, which is exact for rates in tenths."""
    rate = tenths / 10
    uniforms = (np.arange(10) + 0.5) / 10
    masks = [reference.inverted_dropout(x, rate, np.full(5, u)) for u in uniforms]
    np.testing.assert_allclose(np.mean(masks, axis=0), x, atol=1e-12)


@given(st.floats(0, 0.95), st.integers(0, 1000))
def test_dropout_drops_about_the_rate_and_scales_the_rest(rate, seed):
    rows = 4000
    out = reference.inverted_dropout(
        np.ones(rows), rate, np.random.default_rng(seed).uniform(size=rows)
    )
    np.testing.assert_allclose(out[out != 0], 1 / (1 - rate))
    assert np.mean(out == 0) == pytest.approx(rate, abs=5 * math.sqrt(0.25 / rows))


def test_dropout_of_rate_zero_changes_nothing():
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(reference.inverted_dropout(x, 0, np.zeros(3)), x)


@pytest.mark.parametrize("rate", [1, 1.0, -0.1, math.nan, "0.5"])
def test_bad_rates_are_refused(rate):
    with pytest.raises(ValueError, match=r"rate=.*: must be .* at least 0 and below 1"):
        reference.inverted_dropout(np.ones(2), rate, np.zeros(2))


def test_dropout_wants_a_number_for_every_activation():
    with pytest.raises(ValueError, match=r"uniform has shape \(3,\): must have that of x, \(2,\)"):
        reference.inverted_dropout(np.ones(2), 0.5, np.zeros(3))


# --- Optimizers ---------------------------------------------------------------------------


def test_sgd_by_hand():
    np.testing.assert_allclose(reference.sgd_step([1.0, 2.0], [10.0, -10.0], 0.01), [0.9, 2.1])


def test_momentum_by_hand():
    w, v = reference.momentum_step([1.0], [1.0], [0.0], 0.1)
    np.testing.assert_allclose([w[0], v[0]], [0.9, -0.1])
    w, v = reference.momentum_step(w, [1.0], v, 0.1)
    np.testing.assert_allclose([w[0], v[0]], [0.71, -0.19])


def test_momentum_approaches_ten_times_the_step_of_sgd():
    w, v = np.zeros(1), np.zeros(1)
    for _ in range(200):
        w, v = reference.momentum_step(w, [1.0], v, 0.01)
    assert v[0] == pytest.approx(-0.01 / (1 - 0.9))


def test_first_adam_step_has_the_size_of_the_learning_rate_whatever_the_gradient():
    for gradient in (1e-3, 1.0, -1e4):
        w, _, _ = reference.adam_step([0.0], [gradient], [0.0], [0.0], step=1)
        assert w[0] == pytest.approx(-1e-3 * np.sign(gradient), rel=0.004)


def test_two_adam_steps_by_hand():
    """Gradients 1 and 0: the second step is taken on averages of both."""
    w, m, v = reference.adam_step([0.0], [1.0], [0.0], [0.0], 1, learning_rate=0.1, epsilon=0.0)
    np.testing.assert_allclose([w[0], m[0], v[0]], [-0.1, 0.1, 0.001])
    w, m, v = reference.adam_step(w, [0.0], m, v, 2, learning_rate=0.1, epsilon=0.0)
    np.testing.assert_allclose([m[0], v[0]], [0.09, 0.000999])
    # (0.09 / 0.19) / sqrt(0.000999 / 0.001999) = 0.4736842 / 0.7069299
    assert w[0] == pytest.approx(-0.1 - 0.1 * 0.4736842105 / math.sqrt(0.000999 / 0.001999))


def test_adam_epsilon_is_added_after_the_root():
    w, _, _ = reference.adam_step([0.0], [1.0], [0.0], [0.0], 1, learning_rate=1.0, epsilon=1.0)
    rate = math.sqrt(0.001) / 0.1
    assert w[0] == pytest.approx(-rate * 0.1 / (math.sqrt(0.001) + 1))


def test_rmsprop_by_hand():
    w, v = reference.rmsprop_step([0.0], [2.0], [0.0], learning_rate=0.1, epsilon=0.0)
    np.testing.assert_allclose([w[0], v[0]], [-0.1 * 2 / math.sqrt(0.4), 0.4])


def test_decay_is_taken_off_the_weight_before_the_step():
    zero = np.zeros(1)
    shrunk = [2.0 * (1 - 0.1 * 0.5)]
    np.testing.assert_allclose(reference.sgd_step([2.0], zero, 0.1, weight_decay=0.5), shrunk)
    after, _ = reference.momentum_step([2.0], zero, zero, 0.1, weight_decay=0.5)
    np.testing.assert_allclose(after, shrunk)
    after, _, _ = reference.adam_step([2.0], zero, zero, zero, 1, 0.1, weight_decay=0.5)
    np.testing.assert_allclose(after, shrunk)
    after, _ = reference.rmsprop_step([2.0], zero, zero, 0.1, weight_decay=0.5)
    np.testing.assert_allclose(after, shrunk)


@given(weights_off_zero, st.floats(0, 1), st.floats(1e-3, 0.5))
def test_under_plain_sgd_l2_is_decay_of_twice_the_strength(w, strength, learning_rate):
    by_penalty = reference.sgd_step(w, 1 + reference.l2_gradient(w, strength), learning_rate)
    by_decay = reference.sgd_step(w, np.ones_like(w), learning_rate, weight_decay=2 * strength)
    np.testing.assert_allclose(by_penalty, by_decay, atol=1e-12)


def test_under_adam_l2_is_not_decay():
    """Adam divides the penalty's gradient by its own size: both strengths take one step."""
    z = np.zeros(1)
    ends = [
        reference.adam_step([1.0], reference.l2_gradient([1.0], s), z, z, 1, 0.01)[0][0]
        for s in (0.01, 1.0)
    ]
    assert ends[0] == pytest.approx(ends[1], abs=1e-5)
    decays = [
        reference.adam_step([1.0], z, z, z, 1, 0.01, weight_decay=2 * s)[0][0] for s in (0.01, 1.0)
    ]
    assert decays[0] > decays[1] + 0.01


def test_steps_leave_their_arguments_alone():
    w, g, m, v = (np.full(3, value) for value in (1.0, 2.0, 0.5, 0.25))
    reference.sgd_step(w, g, 0.1, 0.1)
    reference.momentum_step(w, g, m, 0.1, weight_decay=0.1)
    reference.adam_step(w, g, m, v, 3, weight_decay=0.1)
    reference.rmsprop_step(w, g, v, weight_decay=0.1)
    for array, value in ((w, 1), (g, 2), (m, 0.5), (v, 0.25)):
        np.testing.assert_array_equal(array, np.full(3, value))


@pytest.mark.parametrize("rate", [0, -0.1, math.nan, math.inf, "0.1", True])
def test_bad_learning_rates_are_refused(rate):
    z = np.zeros(1)
    for step in (
        lambda: reference.sgd_step(z, z, rate),
        lambda: reference.momentum_step(z, z, z, rate),
        lambda: reference.adam_step(z, z, z, z, 1, rate),
        lambda: reference.rmsprop_step(z, z, z, rate),
    ):
        with pytest.raises(ValueError, match=r"learning_rate=.*: must be a finite number above 0"):
            step()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"step": 0}, "step=0: must be whole, at least 1"),
        ({"step": 1.5}, "step=1.5: must be whole"),
        ({"beta_1": 1.0}, "beta_1=1.0: must be a finite number at least 0 and below 1"),
        ({"beta_2": -0.1}, "beta_2=-0.1: must be a finite number at least 0 and below 1"),
        ({"epsilon": -1e-7}, "epsilon=-1e-07: must be a finite number at least 0"),
        ({"weight_decay": -1}, "weight_decay=-1: must be a finite number at least 0"),
    ],
)
def test_bad_adam_arguments_are_refused(arguments, message):
    z = np.zeros(1)
    with pytest.raises(ValueError, match=message):
        reference.adam_step(z, z, z, z, **{"step": 1, **arguments})


def test_bad_momentum_and_rho_are_refused():
    z = np.zeros(1)
    with pytest.raises(ValueError, match=r"momentum=1.1: must be a finite number from 0 to 1"):
        reference.momentum_step(z, z, z, 0.1, momentum=1.1)
    with pytest.raises(ValueError, match=r"rho=1: must be a finite number at least 0 and below 1"):
        reference.rmsprop_step(z, z, z, rho=1)


@given(arrays(float, (3, 2), elements=st.floats(-5, 5)), st.floats(0.01, 20))
def test_clipping_keeps_the_direction_and_no_more_than_the_norm(g, most):
    after, norm = reference.clipped(g, most), np.linalg.norm(g)
    assert np.linalg.norm(after) == pytest.approx(min(norm, most))
    np.testing.assert_allclose(after * norm, g * np.linalg.norm(after), atol=1e-9)
    np.testing.assert_array_equal(reference.clipped(g, 0), g)  # 0 switches it off


def test_bad_clipnorm_is_refused():
    with pytest.raises(ValueError, match="clipnorm=-1: must be a finite number at least 0"):
        reference.clipped(np.ones(2), -1)


# --- Early stopping -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "losses, patience, min_delta, expected",
    [
        ([5, 4, 3, 2], 2, 0, (None, 4, 4, 4, 2)),  # always better: runs through
        ([5, 4, 6, 6, 6, 1], 3, 0, (5, 5, 2, 2, 4)),  # never sees the 1
        ([5, 4, 6, 6, 1, 6], 3, 0, (None, 6, 5, 5, 1)),  # just in time
        ([5, 4, 4, 4], 2, 0, (4, 4, 2, 2, 4)),  # a tie is no improvement
        ([5, 6, 7, 8], 1, 0, (2, 2, 1, 1, 5)),  # the first epoch is the best
        ([5, 6, 7, 8], 0, 0, (2, 2, 1, 1, 5)),  # 0 waits no less than 1
        ([5, 4.75, 4.5, 4.25], 2, 0.5, (3, 3, 1, 1, 5)),  # too slow: 4.5 is 0.5 off, not more
        ([5, 4.75, 4.25, 4.5], 2, 0.5, (None, 4, 3, 3, 4.25)),  # small steps add up
        ([5], 3, 0, (None, 1, 1, 1, 5)),
        ([5, math.nan, math.nan, 1], 2, 0, (3, 3, 1, 1, 5)),  # NaN never improves
        ([5, math.nan, 4, 6], 2, 0, (None, 4, 3, 3, 4)),
    ],
)
def test_early_stopping_by_hand(losses, patience, min_delta, expected):
    assert early_stopping(losses, patience, min_delta) == Stop(*expected)


def test_without_restoring_the_last_weights_are_kept():
    stop = early_stopping([5, 4, 6, 7], 2, restore_best_weights=False)
    assert stop == Stop(stopped=4, trained=4, best=2, restored=4, loss=7)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 6))
def test_early_stopping_obeys_its_definition(losses, patience):
    stop = early_stopping(losses, patience)
    seen = losses[: stop.trained]
    assert stop.loss == min(seen)
    assert stop.best == seen.index(min(seen)) + 1  # the first of equals
    waited = stop.trained - stop.best
    if stop.stopped is None:
        assert stop.trained == len(losses)
        assert waited < max(patience, 1)
    else:
        assert waited == max(patience, 1)
        assert stop.stopped == stop.trained


@pytest.mark.parametrize("patience", [-1, 1.5, "3", True])
def test_bad_patience_is_refused(patience):
    with pytest.raises(ValueError, match=r"patience=.*: must be whole, at least 0"):
        early_stopping([1.0], patience)


def test_bad_losses_and_min_delta_are_refused():
    for losses in ([], [[1.0]], 1.0):
        with pytest.raises(ValueError, match=r"losses has shape .*: must hold one loss per epoch"):
            early_stopping(losses, 1)
    with pytest.raises(ValueError, match=r"min_delta=-0.1: must be a finite number at least 0"):
        early_stopping([1.0], 1, -0.1)


# --- A network and its loss ---------------------------------------------------------------


def test_activations():
    x = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(reference.activate(x, "relu"), [0, 0, 3])
    np.testing.assert_allclose(reference.activate(x, "tanh"), [math.tanh(-2), 0, math.tanh(3)])
    np.testing.assert_allclose(reference.activate(x, "elu"), [math.exp(-2) - 1, 0, 3])
    assert reference.activate([1000.0], "elu") == 1000  # no overflow, no warning
    with pytest.raises(ValueError, match="activation='gelu': must be one of"):
        reference.activate(x, "gelu")


def test_forward_by_hand():
    """|a - b|, as the sum of relu(a - b) and relu(b - a), plus 1."""
    weights = [
        np.array([[1.0, -1.0], [-1.0, 1.0]]),
        np.zeros(2),
        np.ones((2, 1)),
        np.ones(1),
    ]
    x = np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 2.0]])
    np.testing.assert_allclose(reference.forward(x, weights), [[3.0], [3.0], [1.0]])


def test_forward_without_hidden_layers_is_linear():
    w, b = np.array([[1.0, 2.0, 3.0]]), np.array([0.0, 0.5, -0.5])
    logits = reference.forward([[2.0]], [w, b])
    np.testing.assert_allclose(logits, [[2.0, 4.5, 5.5]])


def test_forward_refuses_what_does_not_fit():
    weights = [np.ones((2, 1)), np.ones(1)]
    with pytest.raises(ValueError, match=r"x has shape \(4, 3\): must be \(rows, 2\)"):
        reference.forward(np.ones((4, 3)), weights)
    with pytest.raises(ValueError, match="weights holds 1 arrays"):
        reference.forward(np.ones((4, 2)), weights[:1])


logits = arrays(float, 6, elements=st.floats(-20, 20))
labels = arrays(np.int64, 6, elements=st.integers(0, 1))


@given(logits, labels)
def test_binary_cross_entropy_is_minus_the_log_of_the_probability(z, y):
    p = 1 / (1 + np.exp(-z))
    expected = -np.mean(np.log(np.where(y == 1, p, 1 - p)))
    assert reference.binary_cross_entropy(z, y) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(logits, labels)
def test_binary_is_softmax_with_one_logit_held_at_zero(z, y):
    two = np.stack([np.zeros_like(z), z], axis=1)
    assert reference.softmax_cross_entropy(two, y) == pytest.approx(
        reference.binary_cross_entropy(z, y), abs=1e-9
    )


@given(arrays(float, (4, 3), elements=st.floats(-20, 20)), st.floats(-50, 50))
def test_softmax_cross_entropy_ignores_a_common_shift(z, shift):
    y = np.array([0, 1, 2, 0])
    assert reference.softmax_cross_entropy(z + shift, y) == pytest.approx(
        reference.softmax_cross_entropy(z, y), abs=1e-9
    )


def test_equal_logits_cost_the_log_of_the_number_of_classes():
    assert reference.softmax_cross_entropy(np.zeros((5, 10)), [0, 1, 2, 3, 4]) == pytest.approx(
        math.log(10)
    )
    assert reference.binary_cross_entropy([0.0, 0.0], [0, 1]) == pytest.approx(math.log(2))


def test_huge_logits_neither_overflow_nor_lose_the_loss():
    assert reference.binary_cross_entropy([1e4, -1e4], [0, 1]) == pytest.approx(1e4)
    assert reference.binary_cross_entropy([1e4, -1e4], [1, 0]) == 0
    assert reference.softmax_cross_entropy([[1e4, 0, -1e4]], [2]) == pytest.approx(2e4)


def test_soft_targets_are_averaged():
    z = np.array([1.5])
    mixed = reference.binary_cross_entropy(z, [0.9])
    sure = [reference.binary_cross_entropy(z, [t]) for t in (0, 1)]
    assert mixed == pytest.approx(0.1 * sure[0] + 0.9 * sure[1])


def test_cross_entropy_picks_by_the_number_of_outputs():
    z, y = np.array([[0.3], [-2.0]]), np.array([1, 1])
    assert reference.cross_entropy(z, y) == reference.binary_cross_entropy(z[:, 0], y)
    assert reference.cross_entropy(z[:, 0], y) == reference.binary_cross_entropy(z[:, 0], y)
    both = np.hstack([z, -z])
    assert reference.cross_entropy(both, y) == reference.softmax_cross_entropy(both, y)


def test_accuracy():
    assert reference.accuracy([[0.1], [-0.1], [0.0], [2.0]], [1, 0, 0, 0]) == 0.75
    assert reference.accuracy([[0, 1, 0], [5, 1, 2]], [1, 1]) == 0.5
    np.testing.assert_array_equal(reference.predicted([[1.0, 1.0, 0.0]]), [0])


def test_labels_that_do_not_fit_are_refused():
    for y in ([0, 3], [-1, 0], [0.0, 1.0]):
        with pytest.raises(ValueError, match="y: must hold whole numbers from 0 to 2"):
            reference.softmax_cross_entropy(np.zeros((2, 3)), y)
    with pytest.raises(ValueError, match="y holds 0 to 2: must be from 0 to 1"):
        reference.binary_cross_entropy(np.zeros(2), [0, 2])
    for loss in (reference.binary_cross_entropy, reference.cross_entropy, reference.accuracy):
        with pytest.raises(ValueError, match=r"y has shape \(3,\): must be \(2,\)"):
            loss(np.zeros((2, 1)), np.zeros(3))
    with pytest.raises(ValueError, match=r"logits has shape \(2, 1\): must be \(rows, classes\)"):
        reference.softmax_cross_entropy(np.zeros((2, 1)), [0, 0])
    with pytest.raises(ValueError, match=r"logits has shape \(2, 3\)"):
        reference.binary_cross_entropy(np.zeros((2, 3)), [0, 0])
    with pytest.raises(ValueError, match="at least one row"):
        reference.accuracy(np.zeros((0, 1)), [])
