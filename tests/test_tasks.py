"""What a task is, and the rows of a regression: standardised, stratified, with wrong numbers."""

import dataclasses
import math

import numpy as np
import pytest

from helpers import metrics, reference
from helpers.data import from_arrays, from_frame, load, split
from helpers.experiment import Experiment, Run
from helpers.keras_script import keras_script
from helpers.tasks import check_task, task_of


def regression(rows=400, seed=0, noise=0.1, **options):
    """A table whose target is a number, far from 0, in a large unit."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    y = 5000 + 300 * (x[:, 0] - 2 * x[:, 1] + noise * rng.normal(size=rows))
    return from_arrays(x, y, list("abcd"), target="price", show=False, **options)


def test_tasks():
    binary, many, number = task_of(2), task_of(5), task_of("regression")
    assert [t.kind for t in (binary, many, number)] == ["binary", "multi-class", "regression"]
    assert [t.outputs for t in (binary, many, number)] == [1, 5, 1]
    assert [t.n_classes for t in (binary, many, number)] == [2, 5, 0]
    assert number.activation == "linear" and number.loss == "mean_squared_error"
    assert [t.chance_loss for t in (binary, many, number)] == [math.log(2), math.log(5), 1]
    assert binary.spell_score(0.824) == "82.4 %" and number.spell_score(0.824) == "0.82"
    assert number.spell_score(-0.5) == "−0.50"
    assert binary.spell_loss(0.5) == "0.50 nats" and number.spell_loss(0.5) == "0.50"
    assert task_of(number) is task_of(0) is number
    for wrong in (1, -1, 2.5, True, "numbers"):
        with pytest.raises(ValueError, match=r"n_classes=.*must be whole, at least 2"):
            task_of(wrong)


def test_a_table_and_its_parts_know_their_task():
    assert split(load("cells"), 50, 50).task.kind == load("cells").task.kind == "binary"
    assert split(load("digits"), 50, 50).task == task_of(10)
    assert split(load("cells"), 50, 50).target is None
    parts = split(regression(), 100, 100)
    assert parts.task == task_of("regression") and (parts.n_classes, parts.classes) == (0, [])


def test_the_target_is_standardised_by_the_training_rows_alone():
    table = regression()
    parts = split(table, 100, 100, seed=3)
    y, target = parts.train.y, parts.target
    assert y.dtype == np.float32 and y.shape == (100,)
    assert abs(y.mean()) < 1e-6 and y.std() == pytest.approx(1, abs=1e-6)
    assert target.name == "price" and target.mean == pytest.approx(5000, rel=0.05)
    found = np.concatenate(
        [
            target.restore(part.y)
            for part in (parts.train, parts.validation, parts.test.open("to count"))
        ]
    )
    np.testing.assert_allclose(np.sort(found), np.sort(table.y), rtol=1e-6)
    np.testing.assert_allclose(target.standardise(target.restore(y)), y, atol=1e-6)
    assert target.rmse(0.25) == pytest.approx(target.standard_deviation / 2)
    assert target.spell_rmse(0.25) == f"RMSE {target.standard_deviation / 2:.0f} in price"


def test_targets_of_other_rows_change_nothing():
    """Planted numbers in validation and test rows that stay in their tenth by size."""
    table = regression()
    parts = split(table, 100, 100)
    train = parts.target.restore(parts.train.y)
    outside = ~np.isclose(table.y[:, None], train, rtol=1e-6).any(axis=1)
    planted = outside & (table.y >= np.sort(table.y)[-30])
    assert planted.any() and outside.sum() == 300
    other = split(dataclasses.replace(table, y=np.where(planted, 1e6, table.y)), 100, 100)
    assert other.target == parts.target
    np.testing.assert_array_equal(other.train.y, parts.train.y)
    np.testing.assert_array_equal(other.train.x, parts.train.x)


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_stratified_by_size(seed):
    """Each tenth of the targets, by size, has its share of both parts to within one row."""
    table = regression(seed=seed)
    parts = split(table, 120, 90, seed=seed)
    edges = np.quantile(table.y, np.arange(1, 10) / 10)
    for part, share in ((parts.train, 12), (parts.validation, 9)):
        counts = np.bincount(np.digitize(parts.target.restore(part.y), edges), minlength=10)
        assert abs(counts - share).max() <= 1.01


@pytest.mark.parametrize("rows", [12, 15, 24, 37])
def test_few_rows_are_neither_the_smallest_nor_the_largest_numbers(rows):
    table = regression(200)
    off = [split(table, rows, rows, seed=seed).validation.y.mean() for seed in range(20)]
    assert abs(np.mean(off)) < 0.15  # in standard deviations of the training rows


def test_groups_and_times_of_a_regression():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(60), 5)
    frame = {"person": people, "day": np.arange(300.0), "x": rng.normal(size=300)}
    frame["y"] = people + rng.normal(size=300)  # people differ in it
    table = from_frame(frame, "y", show=False)
    parts = split(table, 120, 90, groups="person")
    assert "person" not in parts.names
    apart = []
    for seed in range(10):
        one = split(table, 120, 90, seed=seed, groups="person")
        train, validation = (one.target.restore(p.y).mean() for p in (one.train, one.validation))
        apart.append(abs(train - validation))
    assert np.mean(apart) < 2  # whole people, stratified by their numbers; by chance above 4
    sides = [set(people[rows].tolist()) for rows in (parts.rows.training, parts.rows.validation,
                                                     parts.rows.test)]  # fmt: skip
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    later = split(table, 120, 90, order="day")
    assert later.rows.training.max() < later.rows.validation.min()
    assert later.rows.validation.max() < later.rows.test.min()


def test_a_target_that_is_constant_in_the_training_rows_is_refused():
    y = np.append(np.zeros(99), 0.5)
    table = from_arrays(np.arange(100.0)[:, None] ** 2, y, task="regression", show=False)
    with pytest.raises(ValueError, match="the target 'y' is 0 in every training row; take more"):
        split(table, 2, 50, seed=1)


def test_label_noise_gives_rows_the_number_of_another_row():
    table = regression()
    plain, some, more = (split(table, 200, 100, flip_labels=f) for f in (0, 0.2, 0.5))
    assert plain.target == some.target == more.target  # validation losses stay comparable
    np.testing.assert_array_equal(plain.validation.y, more.validation.y)
    assert len(some.flipped) == 40 and set(some.flipped) < set(more.flipped)
    changed = np.flatnonzero(some.train.y != plain.train.y)
    assert set(changed) == set(some.flipped)
    assert set(some.train.y) <= set(plain.train.y)
    np.testing.assert_array_equal(more.train.y[some.flipped], some.train.y[some.flipped])
    every = split(table, 200, 100, flip_labels=1)
    assert abs(np.corrcoef(every.train.y, plain.train.y)[0, 1]) < 0.2
    assert "(40 flipped)" in repr(some)


def test_what_gives_a_number_away_is_named():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    x = {"leak": y * 3 + 0.01 * rng.normal(size=300), "noise": rng.normal(size=300)}
    parts = split(from_frame(x | {"y": y}, "y", show=False), 200, 100)
    told = [note for note in parts.notes if "gives the target away" in note]
    assert len(told) == 1 and told[0].startswith("'leak'")


@pytest.mark.parametrize("seed", range(20))
def test_noise_gives_no_number_away(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.choice(list("abc"), 80).astype(object)
    x = np.column_stack([rng.normal(size=80), rng.integers(0, 5, 80), kinds])
    parts = split(from_arrays(x, rng.normal(size=80), show=False), 40, 40)
    assert not [note for note in parts.notes if "gives the target away" in note]


def test_few_validation_rows_and_a_constant_target_are_spoken_of():
    parts = split(regression(), 300, 50)
    assert any("50 validation rows: a mean squared error on them has a standard error of about "
               "20 % of itself" in note for note in parts.notes)  # fmt: skip
    assert not any("validation rows: a mean" in n for n in split(regression(), 100, 250).notes)
    y = np.where(np.arange(400) < 12, np.arange(400.0) + 1.5, 0)
    table = from_arrays(np.random.default_rng(0).normal(size=(400, 2)), y, show=False)
    assert any("the target is nearly constant: 97" in note for note in split(table, 200, 200).notes)


# The baseline and the formulas --------------------------------------------------------------------


def test_the_baseline_of_numbers_is_their_mean():
    parts = split(regression(), 100, 100)
    y, val = parts.train.y.astype(float), parts.validation.y.astype(float)
    assert metrics.baseline_loss(parts.train.y) == pytest.approx(1, abs=1e-5)
    expected = np.mean((val - y.mean()) ** 2)
    assert metrics.baseline_loss(parts.train.y, parts.validation.y) == pytest.approx(expected)
    score = metrics.baseline_score(parts.train.y, parts.validation.y)
    assert score == pytest.approx(1 - expected / val.var()) and -0.2 < score <= 0
    labels = np.array([0, 1, 1])
    assert metrics.baseline_score(labels) == metrics.baseline_accuracy(labels) == 2 / 3
    assert metrics.baseline_loss(labels.astype(float)) == metrics.baseline_loss(labels)


@pytest.mark.parametrize(
    ("train", "validation", "words"),
    [
        (0.98, 1.0, "Underfitting: both losses stay high (training about 0.98, validation about"),
        (0.1, 0.12, "Good fit: the losses end close together"),
        (0.1, 0.5, "Memorising, harmless so far"),
    ],
)
def test_the_diagnosis_compares_with_the_mean(train, validation, words):
    parts = split(regression(), 100, 100)
    curves = {name: np.full(40, value, "float32") for name, value in (
        ("train_loss", train), ("validation_loss", validation), ("train_accuracy", 1 - train),
        ("validation_accuracy", 1 - validation), ("penalty", 0), ("fit_loss", train),
        ("fit_accuracy", 1 - train))}  # fmt: skip
    run = Run(experiment=Experiment(), weights=[], task=parts.task, **curves)
    baseline = metrics.baseline_loss(parts.train.y, parts.validation.y)
    assert metrics.diagnose(run, baseline).startswith(words)


def test_r_squared_and_mean_squared_error():
    y = np.array([1.0, 2.0, 4.0])
    assert reference.mean_squared_error([[1], [2], [1]], y) == 3
    assert reference.r_squared(y, y) == 1
    assert reference.r_squared(np.full(3, y.mean()), y) == pytest.approx(0)
    assert reference.r_squared([1, 2, 1], y) == pytest.approx(1 - 9 / (14 / 3))
    assert reference.r_squared([1, 2, 1], np.ones(3)) == 0
    with pytest.raises(ValueError, match="y has shape"):
        reference.mean_squared_error([1, 2], y)


def test_class_weights_let_each_class_count_alike():
    y = np.array([0, 0, 0, 1, 3, 3])
    w = reference.class_weights(y)
    np.testing.assert_allclose(w, [6 / 9, 2, 0, 1])
    np.testing.assert_allclose(np.bincount(y, weights=w[y])[[0, 1, 3]], 2)
    with pytest.raises(ValueError, match="whole numbers from 0"):
        reference.class_weights([0.5, 1])


@pytest.mark.parametrize("change", [dict(label_smoothing=0.1), dict(class_weight="balanced")])
def test_what_is_for_classes_is_refused_for_numbers(change):
    (name,) = change
    parts = split(regression(), 100, 100)
    with pytest.raises(ValueError, match=f"{name}=.*is for classes; the target of a regression"):
        keras_script(Experiment(**change), parts)
    check_task(Experiment(**change), task_of(2))


def test_class_weight_is_checked():
    with pytest.raises(ValueError, match="class_weight='even': must be"):
        Experiment(class_weight="even")


# Scores of classes of unequal size ----------------------------------------------------------------


def test_balanced_accuracy_by_hand():
    y, p = np.array([0, 0, 0, 0, 1, 1]), np.array([0.1, 0.2, 0.9, 0.4, 0.8, 0.3])
    assert metrics.balanced_accuracy(y, p) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics.balanced_accuracy(y, p[:, None]) == metrics.balanced_accuracy(y, p)
    assert metrics.balanced_accuracy(y, np.zeros(6)) == 0.5
    many = np.eye(3)[[0, 1, 1, 2]]
    assert metrics.balanced_accuracy([0, 0, 1, 2], many) == pytest.approx((1 / 2 + 1 + 1) / 3)


def test_roc_auc_by_hand():
    y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    assert metrics.roc_auc(y, p) == 0.75  # three of four pairs are in order
    assert metrics.roc_auc(y, np.full(4, 0.3)) == 0.5
    assert metrics.roc_auc(y, 1 - p) == 0.25
    with pytest.raises(ValueError, match="y: holds class 1 only; ROC AUC needs rows of two"):
        metrics.roc_auc([1, 1], [0.5, 0.6])
    with pytest.raises(ValueError, match="whole numbers from 0 to 1"):
        metrics.roc_auc([0, 2], [0.5, 0.6])


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_scikit_learn(classes, seed):
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    y = np.append(np.arange(classes), rng.integers(0, classes, 60) ** 2 // classes)
    p = np.round(rng.dirichlet(np.ones(classes), len(y)), 1) + 1e-9  # with ties
    p /= p.sum(axis=1, keepdims=True)
    given = p[:, 1] if classes == 2 else p
    auc = sklearn.roc_auc_score(y, given, **({"multi_class": "ovr"} if classes > 2 else {}))
    assert metrics.roc_auc(y, given) == pytest.approx(auc)
    expected = sklearn.balanced_accuracy_score(y, p.argmax(axis=1))
    assert metrics.balanced_accuracy(y, given) == pytest.approx(expected)
