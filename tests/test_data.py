"""Data: what ships is what is described, and a split keeps its promises."""

import copy
import hashlib
import io
import itertools
import json
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import data
from helpers.data import Table, load, make_2d, read_csv, shipped, split
from helpers.data.seal import OPENINGS
from helpers.data.shipped import FOLDER, SHIPPED
from helpers.data.stratified import stratified_order, turns

NAMES = tuple(SHIPPED)
RAW = ("credit", "concrete")  # read as one's own tables are
NUMBERS = tuple(name for name in NAMES if name not in RAW)
KINDS = ("moons", "rings", "spirals", "cells")


def own_table(x, y, classes=2, **more):
    """A table of one's own with made-up names."""
    x = np.asarray(x)
    names = [f"f{n}" for n in range(x.shape[1])]
    return Table("own", x, y, names, [f"c{n}" for n in range(classes)], **more)


def row_numbers(counts):
    """A table whose one feature is the row's number, with the given class counts shuffled."""
    y = np.repeat(np.arange(len(counts)), counts)
    y = np.random.default_rng(0).permutation(y)
    return own_table(np.arange(len(y))[:, None], y, classes=max(2, len(counts)))


def rows_of(parts, part):
    """Which rows of a `row_numbers` table a part holds."""
    return np.rint(part.x[:, 0].astype(float) * parts.standard_deviation[0] + parts.mean[0]).astype(
        int
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data folder that a test may damage."""
    for table in SHIPPED.values():
        (tmp_path / table.file).write_bytes((FOLDER / table.file).read_bytes())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


# What ships


def described():
    """The rows of the table in data/README.md, by name."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| `(.+?)` \| (.+?) \| (.+?) \| (.+?) \| `(\w+)` \|$", text, re.M
    )
    return {row[0]: row[1:] for row in rows}


def test_readme_describes_every_file():
    in_folder = {path.name for path in FOLDER.iterdir()}
    assert in_folder == {s.file for s in SHIPPED.values()} | {"README.md"}
    assert set(described()) == set(NAMES)
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    restore = re.search(r"git checkout -- (.+)", text)[1].split()
    assert set(restore) == {f"data/{s.file}" for s in SHIPPED.values()}
    for name in data.TWO_CELL_COLUMNS:
        assert f"`{name}`" in text


@pytest.mark.parametrize("name", NAMES)
def test_readme_code_and_file_agree(name):
    file, shape, classes, licence, sha256 = described()[name]
    assert file == SHIPPED[name].file
    assert sha256 == SHIPPED[name].sha256
    assert sha256 == hashlib.sha256((FOLDER / file).read_bytes()).hexdigest()
    assert licence
    table = load(name)
    assert shape == f"{len(table)} × {len(table.names)}"
    if not table.classes:
        assert classes == f"`{table.target}`, {table.y.min():.3g} to {table.y.max():.3g}"
        return
    counts = [
        f"{c} ({n})" if str(k) == c else f"{k} = {c} ({n})"
        for k, (c, n) in enumerate(zip(table.classes, np.bincount(table.y), strict=True))
    ]
    assert classes == ", ".join(counts)


@pytest.mark.parametrize("name", NUMBERS)
def test_load(name):
    table = load(name)
    assert table.name == name
    assert table.x.dtype == np.float32 and table.y.dtype == np.int64
    assert len(table.names) == len(set(table.names)) == table.x.shape[1]
    assert repr(table).startswith(f"Table('{name}', {len(table)} rows")


def test_credit_is_read_as_ones_own_file_is(capsys):
    table, own = load("credit"), read_csv(FOLDER / "credit.csv", target="Status")
    assert capsys.readouterr().out == f"{own.report}\n"
    assert repr(table) == repr(own) and repr(table.report) == repr(own.report)
    assert sum(line.missing for line in table.report.lines) == 455
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in table.names) and "455 values" in text
    parts, same = (split(t, train=0.6, validation=0.2) for t in (table, own))
    assert np.array_equal(parts.train.x, same.train.x)
    assert "Income missing" in parts.names and "Home=rent" in parts.names
    assert parts.code == 'parts = split(load("credit"), train=2672, validation=891, seed=0)'
    table.classes.append("other")
    assert load("credit").classes == ["bad", "good"]
    for column in table.columns:
        with pytest.raises(ValueError, match="read-only"):
            column.values[0] = 1


def test_concrete_is_a_regression():
    table = load("concrete")
    assert table.task.kind == "regression" and table.classes == [] and len(table.names) == 8
    assert (
        repr(table) == "RawTable('concrete', 1,030 rows, 8 columns, number 'compressive_strength')"
    )
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (*table.names, table.target))
    parts = split(table, train=0.6, validation=0.2)
    assert parts.code == 'parts = split(load("concrete"), train=618, validation=206, seed=0)'
    assert "number 'compressive_strength')" in repr(parts)


def test_cells_first_row_is_the_files():
    table = load("cells")
    line = (FOLDER / "cell_segmentation.csv").read_text().splitlines()[1].split(",")
    assert table.names[0] == "angle_ch_1" and "case" not in table.names
    assert table.x[0].tolist() == np.array(line[2:], np.float32).tolist()
    assert table.classes[table.y[0]] == line[1] == "PS"
    assert table.published_test[0] and line[0] == "Test"
    assert table.published_test.sum() == 1010


def test_mnist1d_joins_the_published_parts_in_order():
    table = load("mnist1d")
    with np.load(FOLDER / "mnist1d.npz", allow_pickle=False) as arrays:
        assert np.array_equal(table.x[:4000], arrays["x"])
        assert np.array_equal(table.x[4000:], arrays["x_test"])
        assert np.array_equal(table.y[4000:], arrays["y_test"])
    assert np.flatnonzero(table.published_test).tolist() == list(range(4000, 5000))


def test_rows_of_digits_are_images_of_the_file():
    table = load("digits")
    with np.load(FOLDER / "digits.npz", allow_pickle=False) as arrays:
        assert np.array_equal(table.x.reshape(-1, 8, 8), arrays["x"])
        assert np.array_equal(table.y, arrays["y"])
    assert table.names[8] == "pixel_1_0" and table.x.max() == 16


def test_a_table_is_read_from_disk_once(folder):
    first = load("mnist1d")
    (folder / "mnist1d.npz").unlink()
    assert np.array_equal(load("mnist1d").x, first.x)


def test_learner_cannot_corrupt_what_is_shared():
    table = load("cells")
    parts = split(table, 20, 20)
    arrays = [
        table.x,
        table.y,
        table.published_test,
        parts.mean,
        parts.standard_deviation,
        parts.flipped,
    ]
    arrays += [parts.train.x, parts.train.y, parts.validation.x, parts.validation.y]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    table.names.clear()
    table.classes.append("other")
    assert len(load("cells").names) == 56 and load("cells").classes == ["PS", "WS"]


def test_unknown_table():
    with pytest.raises(ValueError, match=r"name='cell'.*'cells', 'mnist1d', .*'digits'"):
        load("cell")


@pytest.mark.parametrize("name", NAMES)
def test_altered_file(folder, name):
    path = folder / SHIPPED[name].file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError) as error:
        load(name)
    found = hashlib.sha256(content).hexdigest()
    for word in (
        f"data/{path.name}",
        SHIPPED[name].sha256,
        found,
        f"copy data/{path.name} again from the archive that you downloaded",
        f"git checkout -- data/{path.name}",
    ):
        assert word in str(error.value)


def test_a_table_that_a_spreadsheet_saved_is_refused(folder):
    path = folder / "breast_cancer.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ValueError, match=r"altered \(a spreadsheet .*from the archive"):
        load("breast_cancer")


def test_missing_file(folder):
    (folder / "mnist1d.npz").unlink()
    with pytest.raises(FileNotFoundError) as error:
        load("mnist1d")
    for word in (
        "data/mnist1d.npz",
        SHIPPED["mnist1d"].sha256,
        "no file",
        "from the archive",
        "git checkout -- data/",
    ):
        assert word in str(error.value)


def test_pickled_arrays_are_refused(folder, monkeypatch):
    content = io.BytesIO()
    np.savez(content, x=np.array([{}], object))
    (folder / "mnist1d.npz").write_bytes(content.getvalue())
    sha256 = hashlib.sha256(content.getvalue()).hexdigest()
    monkeypatch.setitem(SHIPPED, "mnist1d", SHIPPED["mnist1d"]._replace(sha256=sha256))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load("mnist1d")


GOOD = {"x": np.zeros((3, 2)), "y": [0, 1, 0], "names": ["a", "b"], "classes": ["c", "d"]}


class Frame:
    """What a data frame is to NumPy: columns of their own types, gaps included."""

    def __init__(self, **columns):
        self.columns = columns

    def __array__(self, dtype=None, copy=None):
        columns = [np.asarray(column) for column in self.columns.values()]
        kinds = {column.dtype for column in columns}
        found = np.empty(
            (len(columns[0]), len(columns)), kinds.pop() if len(kinds) == 1 else object
        )
        for k, column in enumerate(columns):
            found[:, k] = column
        return found


class Missing:
    """As `pandas.NA`: no number, and equal to nothing."""

    def __repr__(self):
        return "<NA>"

    def __float__(self):
        raise TypeError("a missing value is no number")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros(3)}, r"x of shape \(3,\): must be \(rows, features\).*reshape\(-1, 1\)"),
        (
            {"x": np.full((3, 2), np.nan)},
            r"gaps in the columns 'a' \(3\) and 'b' \(3\); .*dropna",
        ),
        ({"x": [[0, 1], [0, np.nan], [1, 2]]}, r"x: .*has gaps in the columns 'b' \(1\)"),
        ({"x": [[0, 1], [0, -np.inf], [1, 2]]}, r"x: .*infinite numbers in the columns 'b' \(1\)"),
        ({"x": [[1, "two"], [2, "three"], [3, "two"]]}, "x: column 'b' holds 'two' and 'three'; "),
        ({"x": Frame(a=[1, 2, 3], b=["PS", "WS", "PS"])}, "'b' holds 'PS' and 'WS'.*get_dummies"),
        ({"x": Frame(a=[1, 2, 3], b=["1,5", "2,5", "0"])}, r"'b' holds '1,5'.*decimal=\",\""),
        ({"x": Frame(a=[1, 2, 3], b=[0.5, None, Missing()])}, r"gaps in the columns 'b' \(2\)"),
        ({"x": np.zeros((3, 2), "datetime64[s]")}, "column 'a' holds dates"),
        ({"names": ["a"]}, "names: 1 for 2 columns"),
        ({"names": ["a", "a"]}, "names: 'a' stands more than once"),
        ({"classes": ["a"]}, r"classes=\['a'\]: must be at least 2"),
        ({"classes": ["a", "a"]}, "classes: 'a' stands more than once"),
        ({"y": [0, 1]}, r"y of shape \(2,\): must be 3 whole numbers from 0 to 1"),
        ({"y": [0, 1, 2]}, r"y: must be .* from 0 to 1.*holds 0, 1 and 2: classes, y = np.unique"),
        ({"y": [1, 2, 1]}, "holds 1 and 2: classes, y = np.unique"),
        ({"y": [-1, 1, 1]}, "holds -1 and 1: classes, y = np.unique"),
        ({"y": [0, 1, 0.5]}, "holds 0.0, 0.5 and 1.0"),
        ({"y": ["yes", "no", "no"]}, "holds 'no' and 'yes': classes, y = np.unique"),
        ({"y": [0, 1, np.nan]}, "y: .*has 1 gap: leave those rows out"),
        ({"y": Frame(y=["a", None, Missing()])}, r"y of shape \(3, 1\): .*; use np.ravel\(y\)"),
        ({"y": ["a", None, Missing()]}, "y: .*has 2 gaps: leave those rows out"),
        ({"y": [[0], [1], [0]]}, r"y of shape \(3, 1\): .*; use np.ravel\(y\)"),
        ({"y": [[0, 1], [1, 0], [0, 1]]}, r"y of shape \(3, 2\): .*; np.asarray\(y\).argmax"),
        ({"published_test": [True]}, r"published_test of shape \(1,\)"),
    ],
)
def test_own_table_is_refused_with_what_was_found(change, message):
    assert len(Table("own", **GOOD)) == 3
    with pytest.raises(ValueError, match=message):
        Table("own", **{**GOOD, **change})


def test_a_target_that_is_a_quantity_is_said_to_be_none_of_classes():
    y = np.linspace(1, 2, 30)
    with pytest.raises(ValueError, match=r"30 different values, 1.0 to 2.0: .*np.median\(y\)"):
        Table("own", np.zeros((30, 1)), y, ["a"], ["c", "d"])


@pytest.mark.parametrize(
    "labels", [["b", "a", "b"], [1, 3, 3], [-1.0, 1.0, 1.0], [True, False, True]]
)
def test_the_line_that_numbers_the_classes_works(labels):
    classes, y = np.unique(labels, return_inverse=True)
    table = Table("own", np.zeros((3, 1)), y, ["a"], classes)
    assert [table.classes[k] for k in table.y] == list(map(str, labels))
    assert repr(table).endswith(f"classes {', '.join(map(str, classes))})")


@pytest.mark.parametrize(
    "x", [Frame(a=[1, 2, 3], b=[0.5, 1, 2]), [[1, "0.5"], [2, "1"], [3, "2"]],
          np.array([[1, 0.5], [2, 1], [3, 2]], object)]
)  # fmt: skip
def test_numbers_of_any_type_are_taken(x):
    table = Table("own", **{**GOOD, "x": x, "names": np.array(["a", "b"])})
    assert table.x.tolist() == [[1, 0.5], [2, 1], [3, 2]] and table.names == ["a", "b"]


# Two dimensions


@pytest.mark.parametrize("kind", KINDS)
def test_make_2d(kind):
    table = make_2d(kind, rows=201, seed=3)
    assert table.x.shape == (201, 2) and table.x.dtype == np.float32
    assert len(table.classes) == 2
    again, other = make_2d(kind, rows=201, seed=3), make_2d(kind, rows=201, seed=4)
    assert np.array_equal(table.x, again.x) and np.array_equal(table.y, again.y)
    assert not np.array_equal(table.x, other.x)
    share = 719 / 2019 if kind == "cells" else 0.5
    assert abs(table.y.sum() - 201 * share) < 1
    quiet = make_2d(kind, rows=201, noise=0, seed=3)
    noisy = make_2d(kind, rows=201, noise=0.5, seed=3)
    assert 0.3 < np.mean((noisy.x - quiet.x).std(axis=0) / _unit(kind)) < 0.7


def _unit(kind):
    """What the noise of a kind is measured in."""
    if kind != "cells":
        return np.ones(2)
    cells = load("cells")
    columns = [cells.names.index(name) for name in data.TWO_CELL_COLUMNS]
    return cells.x[:, columns].std(axis=0)


def test_shapes_without_noise_lie_on_their_curves():
    rings = make_2d("rings", noise=0)
    radius = np.hypot(*rings.x.T)
    assert np.allclose(radius, np.where(rings.y == 0, 1, 0.5), atol=1e-6)
    spirals = make_2d("spirals", noise=0)
    radius = np.hypot(*spirals.x.T)
    turned = np.arctan2(*spirals.x.T[::-1]) - 3 * np.pi * radius - np.pi * spirals.y
    assert np.allclose(np.cos(turned), 1, atol=1e-5)
    moons = make_2d("moons", noise=0)
    centre = np.where(moons.y[:, None] == 0, [0, 0], [1, 0.5])
    assert np.allclose(np.hypot(*(moons.x - centre).T), 1, atol=1e-6)


def test_two_cell_columns_are_rows_of_cells():
    cells = load("cells")
    table = make_2d("cells", rows=2019)
    columns = [cells.names.index(name) for name in table.names]
    expected = np.column_stack([cells.x[:, columns], cells.y])
    found = np.column_stack([table.x, table.y])
    assert sorted(map(tuple, found)) == sorted(map(tuple, expected))


def test_two_cell_columns_are_the_most_telling_pair():
    cells = load("cells")
    z = (cells.x - cells.x.mean(axis=0, dtype=float)) / cells.x.std(axis=0, dtype=float)
    target = 2.0 * cells.y - 1

    def right(i, j):
        a, b = z[:, i], z[:, j]
        terms = np.column_stack([np.ones(len(z)), a, b, a * a, b * b, a * b])
        fitted = terms @ np.linalg.solve(terms.T @ terms, terms.T @ target)
        return np.mean((fitted > 0) == (target > 0))

    best = max(itertools.combinations(range(56), 2), key=lambda pair: right(*pair))
    assert {cells.names[i] for i in best} == set(data.TWO_CELL_COLUMNS)
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{100 * right(*best):.1f} % of all rows" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "squares"}, "kind='squares': must be one of 'moons'"),
        ({"kind": "moons", "rows": 1}, "rows=1: must be whole, from 2 to 100000"),
        ({"kind": "cells", "rows": 2020}, "rows=2020: must be whole, from 2 to 2019"),
        ({"kind": "moons", "noise": -0.1}, "noise=-0.1: must be a finite number from 0 to 10"),
        ({"kind": "moons", "noise": float("nan")}, "noise=nan: must be a finite number"),
        ({"kind": "moons", "noise": "much"}, "noise='much': must be a finite number"),
        ({"kind": "moons", "seed": -1}, "seed=-1: must be whole, from 0"),
    ],
)
def test_make_2d_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_2d(**arguments)


# Splitting: properties

counts_strategy = st.lists(st.integers(2, 40), min_size=2, max_size=6)


@st.composite
def splits(draw):
    """Class counts, and sizes that fit them; of one training row every column is constant."""
    counts = draw(counts_strategy)
    rows = sum(counts)
    validation = draw(st.integers(1, rows - 2))
    train = draw(st.integers(2, rows - validation))
    return counts, train, validation, draw(st.integers(0, 10_000))


@given(splits())
def test_parts_are_disjoint_and_of_the_sizes_asked_for(case):
    counts, train, validation, seed = case
    table = row_numbers(counts)
    parts = split(table, train, validation, seed)
    assert (len(parts.train), len(parts.validation)) == (train, validation)
    assert len(parts.test) == len(table) - train - validation
    everything = [parts.train, parts.validation]
    if len(parts.test):
        everything.append(parts.test.open("property test"))
    rows = np.concatenate([rows_of(parts, part) for part in everything])
    assert sorted(rows) == list(range(len(table)))
    labels = np.concatenate([part.y for part in everything])
    assert np.array_equal(labels, table.y[rows])


@given(splits())
def test_parts_say_how_many_training_rows_there_could_be(case):
    counts, train, validation, seed = case
    parts = split(row_numbers(counts), train, validation, seed)
    most = parts.max_train
    assert len(split(row_numbers(counts), most, validation, seed).train) == most
    with pytest.raises(ValueError, match="train="):
        split(row_numbers(counts), most + 1, validation, seed)


@given(splits())
def test_each_class_has_its_share_to_within_one_row(case):
    counts, train, validation, seed = case
    parts = split(row_numbers(counts), train, validation, seed)
    share = np.array(counts) / sum(counts)
    for part in (parts.train, parts.validation):
        found = np.bincount(part.y, minlength=len(counts))
        assert (np.abs(found - len(part) * share) < 1 + 1e-9).all()


@given(splits())
def test_same_seed_same_parts(case):
    counts, train, validation, seed = case
    table = row_numbers(counts)
    one, two = (split(table, train, validation, seed, flip_labels=0.3) for _ in range(2))
    for name in ("train", "validation"):
        assert np.array_equal(getattr(one, name).x, getattr(two, name).x)
        assert np.array_equal(getattr(one, name).y, getattr(two, name).y)
    assert np.array_equal(one.flipped, two.flipped)


@given(splits(), st.data())
def test_learning_curves_share_validation_rows_and_nest_training_rows(case, draw):
    counts, train, validation, seed = case
    table = row_numbers(counts)
    fewer = draw.draw(st.integers(2, train))
    large, small = split(table, train, validation, seed), split(table, fewer, validation, seed)
    assert np.array_equal(rows_of(large, large.train)[:fewer], rows_of(small, small.train))
    assert np.array_equal(rows_of(large, large.validation), rows_of(small, small.validation))


@given(splits(), st.floats(0, 1))
def test_flips_change_only_the_reported_training_rows(case, fraction):
    counts, train, validation, seed = case
    table = row_numbers(counts)
    plain = split(table, train, validation, seed)
    parts = split(table, train, validation, seed, flip_labels=fraction)
    assert len(parts.flipped) == round(fraction * train)
    assert np.array_equal(np.flatnonzero(parts.train.y != plain.train.y), parts.flipped)
    assert ((parts.train.y >= 0) & (parts.train.y < len(counts))).all()
    assert np.array_equal(parts.train.x, plain.train.x)
    assert np.array_equal(parts.validation.y, plain.validation.y)
    if len(parts.test):
        assert np.array_equal(parts.test.open("after").y, plain.test.open("before").y)


@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1))
def test_more_flips_are_the_same_flips_and_more(seed, one, two):
    few, many = sorted((one, two))
    table = load("mnist1d")
    few, many = (split(table, 60, 60, seed, flip_labels=f) for f in (few, many))
    assert set(few.flipped) <= set(many.flipped)
    assert np.array_equal(few.train.y[few.flipped], many.train.y[few.flipped])


@given(splits(), st.floats(-1e9, 1e9))
def test_nothing_is_learned_from_rows_that_are_not_for_training(case, planted):
    """Other rows may hold anything: nothing about the training rows changes."""
    counts, train, validation, seed = case
    table = row_numbers(counts)
    x = np.random.default_rng(seed).normal(3, 2, size=(len(table), 3))
    parts = split(own_table(x, table.y, len(counts)), train, validation, seed)
    wild = x.copy()
    wild[stratified_order(table.y, np.random.default_rng((seed, 0)))[train:]] = planted
    other = split(own_table(wild, table.y, len(counts)), train, validation, seed)
    for name in ("mean", "standard_deviation"):
        assert np.array_equal(getattr(parts, name), getattr(other, name))
    assert np.array_equal(parts.train.x, other.train.x)
    if train > 1:
        assert np.allclose(parts.train.x.mean(axis=0, dtype=float), 0, atol=1e-5)
        assert np.allclose(parts.train.x.std(axis=0, dtype=float), 1, atol=1e-4)


@given(counts_strategy)
def test_any_start_of_the_turns_holds_each_class_share(counts):
    whose = turns(tuple(counts))
    met = np.cumsum(whose[:, None] == np.arange(len(counts)), axis=0)
    due = np.arange(1, len(whose) + 1)[:, None] * np.array(counts) / sum(counts)
    assert (np.abs(met - due) < 1 + 1e-9).all()
    assert met[-1].tolist() == counts


# Splitting: examples


def test_seeds_differ():
    table = load("cells")
    one, two = split(table, 50, 50, seed=0), split(table, 50, 50, seed=1)
    assert not np.array_equal(one.train.x, two.train.x)
    assert not np.array_equal(one.validation.x, two.validation.x)


@given(
    st.floats(-1e12, 1e12),
    st.lists(st.integers(0, 1000), min_size=20, max_size=40, unique=True),
)
def test_a_large_offset_loses_no_value(offset, values):
    """Time stamps, identifiers, pressures: what differs in the table differs after splitting."""
    values = np.array(values, float)
    table, shifted = (
        own_table(v[:, None], np.arange(len(v)) % 2) for v in (values, values + offset)
    )
    parts = split(table, 12, 6)
    for name in ("train", "validation"):
        x, other = (getattr(p, name).x for p in (parts, split(shifted, 12, 6)))
        assert len(np.unique(other)) == len(np.unique(x))
        np.testing.assert_allclose(other, x, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rounding", [0, 1])
def test_what_is_constant_in_the_training_rows_is_0_everywhere(dtype, rounding):
    """Also where only rounding makes it vary; 0.1 has no exact float."""
    x = np.full((40, 2), 0.1, dtype)
    x[:, 1] = np.arange(40)
    x[::2, 0] = np.nextafter(x[0, 0], 1, dtype=dtype) if rounding else x[0, 0]
    y = np.arange(40) % 2
    order = stratified_order(y, np.random.default_rng((0, 0)))
    x[order[-1], 0] = 5.1
    parts = split(own_table(x, y), 20, 10)
    for part in (parts.train, parts.validation, parts.test.open("look")):
        assert (part.x[:, 0] == 0).all() and np.ptp(part.x[:, 1]) > 1
    assert parts.notes == ("in the training rows 'f0' does not vary, so it is 0 in every row.",)
    assert repr(parts).endswith(f"\nNote: {parts.notes[0]}")
    again = (x[order[:20]] - parts.mean) / parts.standard_deviation
    assert np.array_equal(again.astype(np.float32), parts.train.x)


def test_a_column_that_hardly_varies_in_the_training_rows_is_named():
    y = np.arange(40) % 2
    order = stratified_order(y, np.random.default_rng((0, 0)))
    x = np.zeros((40, 2))
    x[:, 1] = np.arange(40)
    x[order[0], 0], x[order[-3:], 0] = 1e-3, 1
    (note,) = split(own_table(x, y), 20, 10).notes
    assert note.startswith("'f0' hardly varies in the training rows: 3 other rows")


@given(st.floats(-300, 300), st.integers(0, 100))
def test_units_do_not_matter(exponent, seed):
    """Whatever the unit, the parts are the same, or it is said that numbers are out of reach."""
    x = np.random.default_rng(seed).normal(size=(30, 1))
    y = np.arange(30) % 2
    try:
        parts = split(own_table(x * 10.0**exponent, y), 15, 10)
    except ValueError as error:
        assert abs(exponent) > 140 and "'f0' are too large or too small" in str(error)
    else:
        np.testing.assert_allclose(parts.train.x, split(own_table(x, y), 15, 10).train.x, rtol=1e-5)


def test_rows_on_both_sides_are_counted():
    x = np.random.default_rng(0).normal(size=(60, 3))
    x[:, 0] = np.abs(x[:, 0])
    y = np.arange(60) % 2
    order = stratified_order(y, np.random.default_rng((0, 0)))
    assert split(own_table(x, y), 30, 20).notes == ()
    x[order[-4:]] = x[order[0]]  # validation rows equal to a training row
    x[order[30]] = x[order[1]]  # a test row equal to a training row
    x[order[31]] = x[order[-7]]  # and one equal to a validation row
    x[order[1], 2], x[order[30], 2] = 0.0, -0.0
    parts = split(own_table(x, y), 30, 20)
    assert parts.notes == (
        "4 of 20 validation rows equal a training row in every column, so their score flatters.",
        "2 of 10 test rows equal a training or validation row in every column, so their score "
        "flatters.",
    )
    assert "Note: 4 of 20 validation rows equal" in repr(parts)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_nothing_to_note_on_what_ships(name):
    notes = split(load(name), 200, 300).notes
    if copied := {"credit": 3, "concrete": 38}.get(name):
        copies, *notes = notes
        assert copies.startswith(f"{copied} rows equal another row in every column")
        notes = tuple(notes)
    if name == "digits":  # some pixels at the edge are 0 in every image
        assert "'pixel_0_0', 'pixel_1_0'" in notes[0] and "do not vary" in notes[0]
    else:
        assert notes == ()


def test_a_class_without_rows_is_named():
    table = own_table(np.arange(50.0)[:, None], np.arange(50) == 25)
    parts = split(table, 30, 10)
    assert sum(note == f"no {name} row is of class 'c1'." for note in parts.notes
               for name in ("training", "validation")) >= 1  # fmt: skip
    assert parts.n_classes == 2


def test_flips_go_to_every_other_class_alike():
    table = load("mnist1d")
    plain = split(table, 4000, 500)
    parts = split(table, 4000, 500, flip_labels=1.0)
    moved = (parts.train.y - plain.train.y) % 10
    counts = np.bincount(moved, minlength=10)
    assert counts[0] == 0
    assert (np.abs(counts[1:] - 4000 / 9) < 5 * np.sqrt(4000 / 9)).all()


@pytest.mark.parametrize("name", ["cells", "mnist1d"])
def test_published_division(name):
    table = load(name)
    kept = table.x[table.published_test].astype(float)
    parts = split(table, 400, 400, published=True)
    test = parts.test.open("compare with the publishers' rows")
    assert np.allclose(test.x, (kept - parts.mean) / parts.standard_deviation, atol=1e-5)
    assert np.array_equal(test.y, table.y[table.published_test])
    most = len(table) - len(kept) - 400
    assert parts.max_train == most
    parts = split(table, most, 400, published=True)
    assert len(parts.test) == len(kept)
    with pytest.raises(ValueError, match=f"train={most + 1}: must be whole, from 1 to {most} "):
        split(table, most + 1, 400, published=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 0}, r"train=0: must be whole, from 1 to 469 .*569 rows.*validation=100"),
        ({"train": 470}, r"train=470: must be whole, from 1 to 469"),
        ({"train": 1.5}, r"train=1.5: must be whole, from 1 to 469"),
        ({"train": "all"}, r"train='all': must be whole, from 1 to 469"),
        ({"train": True}, r"train=True: must be whole"),
        ({"validation": 0}, r"validation=0: must be whole, from 1 to 568"),
        ({"validation": 569}, r"validation=569: must be whole, from 1 to 568"),
        ({"seed": -1}, r"seed=-1: must be whole, from 0"),
        ({"flip_labels": -0.1}, r"flip_labels=-0.1: must be a finite number from 0 to 1"),
        ({"flip_labels": 1.1}, r"flip_labels=1.1: must be a finite number from 0 to 1"),
        ({"flip_labels": float("nan")}, r"flip_labels=nan: must be a finite number"),
        ({"published": True}, r"published=True: table 'breast_cancer' has no published"),
        ({"published": "yes"}, r"published='yes': must be one of False, True"),
    ],
)
def test_split_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        split(load("breast_cancer"), **{"train": 100, "validation": 100, **arguments})


def test_reprs_are_short_and_the_same_everywhere():
    parts = split(load("cells"), 512, 512, flip_labels=0.1)
    assert repr(parts) == (
        "Parts('cells', 512 training (51 flipped), 512 validation, 995 sealed test rows, "
        "56 features, 2 classes)"
    )
    assert repr(parts.train) == "Part(512 rows, 56 features)"


# Splitting again


@pytest.mark.parametrize(
    "parts",
    [
        split(load("cells"), 30, 20, seed=3, flip_labels=0.2),
        split(load("mnist1d"), 30, 20, published=True),
        split(load("credit"), 0.6, 0.2, seed=2, groups="Age"),
        split(make_2d("moons", rows=90, noise=0.1, seed=5), 30, 20, seed=1),
        split(make_2d("cells", rows=90), 30, 20),
        split(row_numbers([20, 25]), 30, 10, seed=4),
    ],
    ids=lambda parts: parts.source.name,
)
def test_the_same_parts_again(parts):
    assert json.loads(json.dumps(parts.recipe)) == parts.recipe
    found = [parts.replace()]
    if parts.source.origin is not None:
        scope = {}
        exec(f"from helpers.data import load, make_2d, split\n{parts.code}", scope)
        found.append(scope["parts"])
    for again in found:
        assert again.recipe == parts.recipe
        assert np.array_equal(again.train.x, parts.train.x)
        assert np.array_equal(again.train.y, parts.train.y)
        assert np.array_equal(again.validation.x, parts.validation.x)
        assert np.array_equal(again.test.open("again").x, parts.test.open("once").x)


def test_code_reads_as_one_writes_it():
    parts = split(load("cells"))
    assert parts.code == 'parts = split(load("cells"), train=512, validation=512, seed=0)'
    parts = parts.replace(train=64, flip_labels=0.2)
    assert parts.code.endswith("train=64, validation=512, seed=0, flip_labels=0.2)")
    assert len(parts.flipped) == 13


def test_an_own_table_is_split_again_with_other_rows_and_flips():
    table = row_numbers([40, 40])
    parts = split(table, 40, 20, seed=2)
    fewer, noisy = parts.replace(train=16), parts.replace(flip_labels=0.25)
    assert np.array_equal(rows_of(fewer, fewer.train), rows_of(parts, parts.train)[:16])
    assert np.array_equal(noisy.train.x, parts.train.x) and len(noisy.flipped) == 10
    with pytest.raises(ValueError, match="train=61: must be whole, from 1 to 60"):
        parts.replace(train=61)


def test_what_is_no_argument_of_split_is_refused():
    with pytest.raises(ValueError, match="argument of split='rows': must be one of 'train'"):
        split(load("cells")).replace(rows=3)


def test_no_line_of_code_gives_an_own_table():
    parts = split(row_numbers([20, 20]), 10, 10)
    assert parts.source.origin is None
    with pytest.raises(ValueError, match="table 'own' is your own, so no line of code"):
        _ = parts.code


# The seal


@pytest.fixture
def sealed():
    return split(load("breast_cancer"), 100, 100).test


def test_no_public_attribute_gives_the_test_rows(sealed):
    assert len(sealed) == 369
    for name in ("x", "y"):
        with pytest.raises(AttributeError, match=r"sealed: test.open\(why\)"):
            getattr(sealed, name)
    public = {name for name in dir(sealed) if not name.startswith("_")}
    assert public == {"open", "opened"}
    assert repr(sealed) == "Sealed(369 rows, never opened)"


def test_opening_is_counted_and_shown(sealed, capsys):
    assert len(sealed.open("the model is chosen")) == 369
    sealed.open(" just one more look ")
    assert capsys.readouterr().out == (
        "Test set opened (1st time): the model is chosen\n"
        "Test set opened (2nd time): just one more look\n"
    )
    assert sealed.opened == ["the model is chosen", "just one more look"]
    assert repr(sealed) == (
        "Sealed(369 rows, opened for: 1. the model is chosen; 2. just one more look)"
    )
    sealed.opened.clear()
    assert len(sealed.opened) == 2


@pytest.mark.parametrize("why", ["", "  ", None, 3])
def test_opening_needs_a_reason(sealed, why):
    with pytest.raises(ValueError, match=r"why=.*must say in words"):
        sealed.open(why)
    assert sealed.opened == []


def test_a_copy_keeps_the_count(sealed):
    parts = split(load("breast_cancer"), 100, 100)
    parts.test.open("first")
    for other in (copy.copy(parts), copy.deepcopy(parts), pickle.loads(pickle.dumps(parts))):
        assert other.test.opened == ["first"]
    copy.deepcopy(parts).test.open("through a copy")
    copy.copy(parts.test).open("through another")
    assert parts.test.opened == ["first", "through a copy", "through another"]


def test_the_count_belongs_to_the_rows(sealed):
    """The same rows split off again, by whatever means, are the same test set."""
    sealed.open("first")
    table = load("breast_cancer")
    same = split(table, 100, 100), split(table, 100, 100, flip_labels=0.3)
    assert [parts.test.opened for parts in same] == [["first"]] * 2
    same[1].test.open("through flipped labels")
    assert sealed.opened == ["first", "through flipped labels"]
    for other in (split(table, 100, 100, seed=1), split(table, 101, 100)):
        assert other.test.opened == []
    published = [split(load("cells"), n, 20, published=True) for n in (30, 40)]
    published[0].test.open("with 30 training rows")
    assert published[1].test.opened == ["with 30 training rows"]


def test_a_seal_unpickled_elsewhere_keeps_its_count(sealed):
    sealed.open("here")
    sent = pickle.dumps(sealed)
    OPENINGS.clear()  # as in another process
    arrived = pickle.loads(sent)
    assert arrived.opened == ["here"]
    assert split(load("breast_cancer"), 100, 100).test.opened == ["here"]


def test_nothing_left_to_test():
    parts = split(load("breast_cancer"), 469, 100)
    with pytest.raises(ValueError, match="holds 0 rows"):
        parts.test.open("why not")
    assert parts.test.opened == []
