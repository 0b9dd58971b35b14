"""Folds for cross-validation: no row on both sides, nothing learned from rows that are held out."""

import numpy as np
import pytest

from helpers.data import from_arrays, from_frame, load, split
from helpers.data.folding import folds

RANDOM = np.random.default_rng(0)


def table(rows=120, **columns):
    """A table that was read: a number, a category with a rare value, and two classes."""
    columns = {
        "size": RANDOM.normal(size=rows).tolist(),
        "home": [["rent", "own", "other"][k % 3] if k else "castle" for k in range(rows)],
        **columns,
        "answer": ["yes" if k % 2 else "no" for k in range(rows)],
    }
    return from_frame(columns, target="answer")


def test_each_row_is_held_out_once_and_no_test_row_ever():
    parts = split(load("cells"), train=300, validation=200)
    made, held = folds(parts, 5), np.concatenate([parts.rows.training, parts.rows.validation])
    found = np.concatenate([fold.validation_rows for fold in made])
    assert sorted(found) == sorted(held) and len(made) == 5
    for fold in made:
        assert not set(fold.training_rows) & set(fold.validation_rows)
        assert set(fold.training_rows) <= set(held)
        assert len(fold.train) == 300 and len(fold.validation) == 100


def test_folds_hold_each_class_in_its_share():
    parts = split(load("cells"), train=300, validation=200)
    for fold in folds(parts, 5):
        for part in (fold.train, fold.validation):
            assert part.y.mean() == pytest.approx(719 / 2019, abs=0.03)


def test_what_a_fold_prepares_is_learned_from_its_own_training_rows():
    parts = split(table(), train=60, validation=40)
    for fold in folds(parts, 4):
        assert fold.train.x[:, 0].mean() == pytest.approx(0, abs=1e-6)
        assert fold.train.x[:, 0].std() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("fold", range(4))
def test_no_value_of_a_held_out_row_changes_a_training_row(fold):
    plain = [float(k % 7) for k in range(120)]
    first = folds(split(table(size=plain), train=60, validation=40), 4)[fold]
    planted = list(plain)
    for row in first.validation_rows:
        planted[row] = 1e6
    second = folds(split(table(size=planted), train=60, validation=40), 4)[fold]
    assert (first.training_rows == second.training_rows).all()
    assert (first.train.x == second.train.x).all()
    assert (first.validation.x[:, 0] != second.validation.x[:, 0]).any()


def test_folds_are_equally_wide_whatever_categories_their_training_rows_have():
    parts = split(table(), train=70, validation=30)
    made = folds(parts, 5)
    assert len({(f.train.x.shape, f.validation.x.shape) for f in made}) == 1
    without = [f for f in made if 0 not in f.training_rows]  # the only row with a castle
    assert without and all((f.train.x[:, -1] == 0).all() for f in without)


def test_a_group_is_on_one_side_of_each_fold():
    group = [f"g{k * k % 23}" for k in range(120)]
    parts = split(table(group=group), train=0.6, validation=0.2, groups="group")
    for fold in folds(parts, 4):
        assert not {group[k] for k in fold.training_rows} & {group[k] for k in fold.validation_rows}
    assert len({len(f.train) for f in folds(parts, 4)}) == 1


def test_fewer_groups_make_fewer_folds():
    group = [f"g{k % 4}" for k in range(120)]
    parts = split(table(group=group), train=0.5, validation=0.25, groups="group")
    assert len(folds(parts, 5)) == 3


def test_in_time_every_training_row_is_earlier_than_every_held_out_one():
    days = [f"2024-{1 + k % 120 // 10:02}-{1 + k % 5:02}" for k in range(120)]
    parts = split(table(day=days), train=0.6, validation=0.2, order="day")
    made = folds(parts, 4)
    assert len(made) >= 2 and len({f.train.x.shape for f in made}) == 1
    for fold in made:
        assert max(days[k] for k in fold.training_rows) < min(days[k] for k in fold.validation_rows)


def test_equal_rows_are_on_the_same_side():
    size = [float(k // 2) for k in range(120)]
    home, answer = ["rent"] * 120, ["yes" if k // 2 % 2 else "no" for k in range(120)]
    twins = from_frame({"size": size, "home": home, "answer": answer}, target="answer")
    for fold in folds(split(twins, train=60, validation=40), 4):
        assert not {size[k] for k in fold.training_rows} & {size[k] for k in fold.validation_rows}


def test_flipped_labels_are_for_training_alone():
    parts = split(load("cells"), train=300, validation=200, flip_labels=0.3)
    for fold in folds(parts, 3):
        assert (fold.validation.y == parts.source.y[fold.validation_rows]).all()
        assert (fold.train.y != parts.source.y[fold.training_rows]).mean() == pytest.approx(0.3)


def test_a_regression_is_standardised_by_each_folds_training_rows():
    x = RANDOM.normal(size=(90, 2))
    parts = split(from_arrays(x, 50 + 9 * x[:, 0]), train=50, validation=25)
    for fold in folds(parts, 3):
        assert fold.train.y.mean() == pytest.approx(0, abs=1e-6)
        restored = fold.target.restore(fold.validation.y)
        assert restored == pytest.approx(50 + 9 * x[fold.validation_rows, 0], rel=1e-5)


def test_what_is_refused():
    parts = split(load("cells"), train=300, validation=200)
    with pytest.raises(ValueError, match="folds=1: must be whole, at least 2"):
        folds(parts, 1)
    group = ["a", "b", "c"] * 40
    parts = split(table(group=group), train=40, validation=40, groups="group")
    assert len(folds(parts, 5)) == 2
    two = split(table(group=["a", "b"] * 60), train=60, validation=60, groups="group")
    assert [len(f.train) for f in folds(two, 5)] == [60, 60]
