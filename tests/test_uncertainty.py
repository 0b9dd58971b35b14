"""Calibration, passes of Monte-Carlo dropout and what is made of them, against plain counting."""

import numpy as np
import pytest

from helpers import drawing
from helpers.drawing.alt_text import describe
from helpers.experiment import Experiment
from helpers.uncertainty import calibration, dropout_passes, subnetwork, uncertainty
from tests.fakes import FakeTrainer
from tests.small import parts

Y = np.array([1, 0, 1, 1, 0, 1])
P = np.array([0.95, 0.1, 0.55, 0.45, 0.9, 0.62])  # confidence 0.95, 0.9, 0.55, 0.55, 0.9, 0.62


def network(dropout=0.5, hidden=(6, 5), seed=0):
    """A run with weights that are drawn, and a hundred rows for it."""
    trainer = type("Trainer", (FakeTrainer,), {"made": []})
    made = trainer([Experiment(hidden=hidden, dropout=dropout, seed=seed)], parts())
    made.epoch = 1
    return made.runs[0], parts().train.x[:10]


# --- Calibration ----------------------------------------------------------------------------


def test_each_bin_holds_its_rows_their_accuracy_and_their_mean_confidence():
    found = calibration(Y, P)
    assert found.centre == pytest.approx(np.arange(0.05, 1, 0.1))
    assert found.count.tolist() == [0, 0, 0, 0, 0, 2, 1, 0, 2, 1]  # 0.9 is in the bin below it
    full = found.count > 0
    assert found.accuracy[full] == pytest.approx([0.5, 1, 0.5, 1])
    assert found.confidence[full] == pytest.approx([0.55, 0.62, 0.9, 0.95])
    assert np.isnan(found.accuracy[~full]).all() and np.isnan(found.confidence[~full]).all()
    gaps = 2 * 0.05 + 1 * 0.38 + 2 * 0.4 + 1 * 0.05
    assert found.expected_error == pytest.approx(gaps / 6)


def test_confidences_at_the_ends_of_the_axis_are_counted():
    found = calibration([0, 1, 2], [[1, 0, 0], [0, 1, 0], [1 / 3, 1 / 3, 1 / 3]], bins=3)
    assert found.count.tolist() == [1, 0, 2] and found.expected_error == pytest.approx(1 / 9)


def test_probabilities_of_keras_come_in_three_shapes():
    one = calibration(Y, P)
    for same in (P[:, None], np.column_stack([1 - P, P]).astype("float32")):
        found = calibration(Y, same)
        assert (found.count == one.count).all()
        assert found.expected_error == pytest.approx(one.expected_error)


def test_of_calibrated_predictions_the_error_goes_to_0_and_of_overconfident_ones_it_does_not():
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    y = (rng.random(len(p)) < p).astype(int)
    assert calibration(y, p).expected_error < 0.005
    sharper = p**3 / (p**3 + (1 - p) ** 3)
    found = calibration(y, sharper)
    assert found.expected_error > 0.1
    full = found.count > 0
    assert (found.accuracy[full] < found.confidence[full]).all()


def test_where_each_row_has_a_bin_of_its_own_the_error_is_the_mean_of_their_gaps():
    p = np.array([0.95, 0.11, 0.55, 0.43, 0.92, 0.62])
    right = (p > 0.5) == Y
    found = calibration(Y, p, bins=1000)
    assert found.count.max() == 1 and found.count.sum() == 6
    assert found.expected_error == pytest.approx(np.abs(right - np.maximum(p, 1 - p)).mean())


@pytest.mark.parametrize(
    ("y", "p", "bins", "words"),
    [
        (Y, P, 0, "bins=0: must be whole, at least 1"),
        (Y[:5], P, 10, r"y has shape \(5,\): must be \(6,\)"),
        (Y + 1, P, 10, "whole numbers from 0 to 1"),
        (Y, P + 0.5, 10, "p holds 0.6 to 1.45: must be from 0 to 1"),
        (Y, np.full(6, np.nan), 10, "must be from 0 to 1"),
        (Y, np.full((6, 2), 0.4), 10, "must sum to 1"),
        (Y, P[:, None, None], 10, r"p has shape \(6, 1, 1\)"),
    ],
)
def test_calibration_says_what_it_cannot_take(y, p, bins, words):
    with pytest.raises(ValueError, match=words):
        calibration(y, p, bins)


# --- The reliability diagram ----------------------------------------------------------------


def test_the_diagram_has_a_mark_for_each_bin_and_says_the_error():
    figure, ax = drawing.figure()
    drawing.title(ax, "No penalty")
    found = calibration(Y, P)
    drawing.reliability_diagram(ax, found, role="test")
    (marks,) = [c for c in ax.collections if hasattr(c, "get_sizes") and len(c.get_sizes())]
    assert np.asarray(marks.get_offsets()) == pytest.approx(
        np.array([[0.55, 0.5], [0.62, 1], [0.9, 0.5], [0.95, 1]])
    )
    sizes = marks.get_sizes()
    assert sizes[0] == sizes[2] == pytest.approx(2 * sizes[1])
    words = describe(figure)
    assert "No penalty" in words and "accuracy against confidence" in words
    assert f"expected calibration error {found.expected_error:.3f}" in words
    assert "6 test rows, 10 bins" in words


def test_the_note_stands_clear_of_the_title():
    figure, ax = drawing.figure()
    drawing.reliability_diagram(ax, calibration(Y, P))
    drawing.title(ax, "No penalty")
    figure.draw_without_rendering()
    title = ax.title if ax.title.get_text() else ax._left_title
    notes = [t for t in ax.texts if t.get_gid() == "note"]
    highest = max(t.get_window_extent().y1 for t in notes)
    assert title.get_window_extent().y0 >= highest - 1


# --- Monte-Carlo dropout --------------------------------------------------------------------


def test_at_rate_0_every_pass_is_the_prediction():
    run, x = network(dropout=0.0)
    passes = dropout_passes(run, x, 3)
    assert passes.shape == (3, 10, 2) and passes.sum(axis=2) == pytest.approx(np.ones((3, 10)))
    assert (passes == passes[0]).all()
    h = x
    for k in (0, 2):
        h = np.maximum(h @ run.weights[k] + run.weights[k + 1], 0)
    z = (h @ run.weights[4] + run.weights[5])[:, 0]
    assert passes[0, :, 1] == pytest.approx(1 / (1 + np.exp(-z)))


def test_the_passes_average_over_every_mask_there_is():
    run, x = network(dropout=0.4, hidden=(4,))
    every = []
    for mask in np.ndindex(2, 2, 2, 2):
        kept = np.array(mask)
        h = np.maximum(x @ run.weights[0] + run.weights[1], 0) * kept / 0.6
        z = (h @ run.weights[2] + run.weights[3])[:, 0]
        every.append((np.where(kept, 0.6, 0.4).prod(), 1 / (1 + np.exp(-z))))
    weights, outputs = np.array([w for w, _ in every]), np.array([p for _, p in every])
    mean = weights @ outputs
    deviation = np.sqrt(weights @ (outputs - mean) ** 2)
    passes = dropout_passes(run, x, 20_000)[:, :, 1]
    error = deviation / np.sqrt(20_000)
    assert (np.abs(passes.mean(axis=0) - mean) < 4 * error + 1e-9).all()
    assert passes.std(axis=0) == pytest.approx(deviation, rel=0.05)


def test_first_passes_stay_and_one_generator_goes_on():
    run, x = network()
    many = dropout_passes(run, x, 6, seed=3)
    assert (dropout_passes(run, x, 2, seed=3) == many[:2]).all()
    rng = np.random.default_rng(3)
    parts_of = [dropout_passes(run, x, n, seed=rng) for n in (2, 4)]
    assert (np.concatenate(parts_of) == many).all()
    assert not (dropout_passes(run, x, 6, seed=4) == many).all()


def test_a_pass_is_one_subnetwork_for_all_rows():
    run, _ = network()
    left = subnetwork(run.weights, 0.5, np.random.default_rng(0))
    dropped = [(kernel == 0).all(axis=1) for kernel in left[2::2]]
    assert [len(d) for d in dropped] == [6, 5] and any(d.any() for d in dropped)
    for before, after, gone in zip(run.weights[2::2], left[2::2], dropped, strict=True):
        assert after[~gone] == pytest.approx(2 * before[~gone])
    assert (left[0] == run.weights[0]).all()  # inputs are never dropped


def test_another_rate_than_the_one_it_was_trained_with():
    run, x = network(dropout=0.0)
    assert dropout_passes(run, x, 50, rate=0.5)[:, :, 1].std(axis=0).max() > 0.05
    with pytest.raises(ValueError, match="rate=1"):
        dropout_passes(run, x, 5, rate=1)
    with pytest.raises(ValueError, match="passes=0"):
        dropout_passes(run, x, 0)


# --- Mean, entropy, mutual information ------------------------------------------------------


def test_passes_that_disagree_have_mutual_information_and_passes_that_agree_have_none():
    agree, split = np.full((2, 1), 0.5), np.array([[0.0], [1.0]])
    same, apart = uncertainty(agree), uncertainty(split)
    assert same.mean == pytest.approx(apart.mean) and same.entropy == pytest.approx(np.log(2))
    assert same.mutual_information == pytest.approx(0, abs=1e-12)
    assert apart.mutual_information == pytest.approx(np.log(2))
    assert same.standard_deviation == pytest.approx(0)
    assert apart.standard_deviation == pytest.approx(0.5)


def test_entropy_and_information_of_three_classes():
    passes = np.array([[[0.7, 0.2, 0.1]], [[0.1, 0.2, 0.7]], [[0.2, 0.6, 0.2]]])
    mean = passes.mean(axis=0)[0]
    entropy = -(mean * np.log(mean)).sum()
    inner = np.mean([-(p * np.log(p)).sum() for p in passes[:, 0]])
    found = uncertainty(passes)
    assert found.mean == pytest.approx(mean[None]) and found.entropy == pytest.approx(entropy)
    assert found.mutual_information == pytest.approx(entropy - inner)


def test_passes_of_keras_come_in_three_shapes():
    rng = np.random.default_rng(0)
    p = rng.random((7, 4))
    one = uncertainty(p)
    for same in (p[..., None], np.stack([1 - p, p], axis=-1)):
        for first, second in zip(one, uncertainty(same), strict=True):
            assert first == pytest.approx(second)
    with pytest.raises(ValueError, match=r"passes has shape \(7,\)"):
        uncertainty(p[:, 0])
