"""From raw rows to features and parts: nothing is learned from rows that are not for training."""

import copy
import json
import pickle

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.data import Encoding, Table, from_frame, load, split
from helpers.data.assignment import row_prints
from helpers.data.columns import MOST_CATEGORIES, Column
from helpers.data.encoding import statistics
from helpers.data.notes import gives_away
from helpers.data.seal import OPENINGS
from helpers.data.stratified import stratified_order
from helpers.experiment import Experiment
from helpers.keras_script import keras_script

TRAINING = {
    "income": [10.0, None, 30.0, 50.0, 20.0],
    "age": [20, 30, 40, 50, 60],
    "home": ["rent", "own", "rent", None, "own"],
    "car": ["yes", "no", "yes", "no", "no"],
}


def columns_of(values):
    """Columns as they are read."""
    rows = len(next(iter(values.values())))
    frame = values | {"y": ["a", "b"] * (rows // 2) + ["a"] * (rows % 2)}
    return from_frame(frame, "y", show=False).columns


@pytest.fixture
def encoding():
    return Encoding.fit(columns_of(TRAINING), np.arange(5))


def mixed(rows, seed=0, **more):
    """A table with numbers, text, gaps and three classes, of which each row is different."""
    random = np.random.default_rng(seed)
    gaps = random.random(rows) < 0.2
    frame = {
        "row": np.arange(rows) + 0.5,
        "income": np.where(gaps, np.nan, random.normal(50, 20, rows)),
        "home": random.choice(["rent", "own", "parents", None], rows),
        "y": random.choice(["a", "b", "c"], rows),
    }
    return from_frame(frame | more, "y", name="mixed", show=False)


def row_numbers(parts, part):
    """Which rows of a `mixed` table a part holds."""
    k = parts.names.index("row")
    value = part.x[:, k].astype(float) * parts.standard_deviation[k] + parts.mean[k]
    return np.rint(value - 0.5).astype(int)


def everything(parts):
    """All parts, the test opened."""
    test = [parts.test.open("property test")] if len(parts.test) else []
    return [parts.train, parts.validation, *test]


# The encoding


def test_features_are_what_they_are_called(encoding):
    assert encoding.names == [
        "income", "income missing", "age", "home=own", "home=rent", "home missing",
        "car=no", "car=yes"]  # fmt: skip
    x = encoding.transform(TRAINING)
    assert x.dtype == np.float32 and x.shape == (5, 8)
    named = dict(zip(encoding.names, x.T.tolist(), strict=True))
    income = np.array([10, 25, 30, 50, 20.0])  # 25 is the median of the four that are there
    np.testing.assert_allclose(named["income"], (income - income.mean()) / income.std(), rtol=1e-6)
    assert named["income missing"] == [0, 1, 0, 0, 0]
    assert named["home=own"] == [0, 1, 0, 0, 1] and named["home=rent"] == [1, 0, 1, 0, 0]
    assert named["home missing"] == [0, 0, 0, 1, 0]
    assert named["car=no"] == [0, 1, 0, 1, 1] and named["car=yes"] == [1, 0, 1, 0, 0]


def test_unseen_categories_are_all_zeros(encoding):
    raw = {"income": [30.0], "age": [40], "home": ["castle"], "car": [None]}
    named = dict(zip(encoding.names, encoding.transform(raw)[0].tolist(), strict=True))
    assert [v for name, v in named.items() if name.startswith(("home", "car"))] == [0] * 5


def test_a_number_missing_where_none_was_in_training_is_the_median(encoding):
    raw = {"income": [30.0], "age": [None], "home": ["own"], "car": ["no"]}
    assert encoding.transform(raw)[0, encoding.names.index("age")] == 0  # 40, the median and mean


@pytest.mark.parametrize(
    "raw",
    [
        TRAINING,
        pl.DataFrame(TRAINING),
        {name: [v if v is None else str(v) for v in values] for name, values in TRAINING.items()},
        {name: ["?" if v is None else v for v in values] for name, values in TRAINING.items()},
        {**TRAINING, "more": [1, 2, 3, 4, 5]},
        dict(reversed(TRAINING.items())),
        columns_of(TRAINING),
    ],
    ids=["lists", "polars", "text", "words", "more columns", "another order", "columns"],
)  # fmt: skip
def test_raw_rows_of_any_kind(encoding, raw):
    wanted = encoding.transform(columns_of(TRAINING), np.arange(5))
    assert np.array_equal(encoding.transform(raw), wanted)
    assert np.array_equal(encoding.transform(raw, np.array([3, 1])), wanted[[3, 1]])


def test_words_for_missing_values_are_known_to_the_encoding():
    table = from_frame({"a": [1.5, -999, 3, 4], "b": ["x", "?", "unknown", "x"], "y": [0, 1, 0, 1]},
                       "y", missing=[-999, "unknown"], show=False)  # fmt: skip
    encoding = Encoding.fit(table.columns, np.arange(4), table.words)
    assert encoding.names == ["a", "a missing", "b=x", "b missing"]
    for gaps in ([-999, None], ["-999", "NA"], ["-999.0", ""]):
        x = encoding.transform({"a": gaps, "b": ["unknown", "?"]})
        assert x[:, 1:].tolist() == [[1, 0, 1]] * 2


def test_one_raw_row_is_enough(encoding):
    """Where each column is constant or missing in the rows that are to be predicted."""
    wanted = encoding.transform(TRAINING)
    for k in range(5):
        row = {name: [values[k]] for name, values in TRAINING.items()}
        assert np.array_equal(encoding.transform(row), wanted[[k]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": None}, "raw: has no column 'age'; has income, home and car"),
        ({"age": ["old"]}, "column 'age': holds 'old'; must be a number"),
        ({"age": ["12 years"]}, "column 'age': holds '12 years'; must be a number"),
    ],
)
def test_raw_rows_are_refused_with_what_was_found(encoding, change, message):
    raw = {"income": [30.0], "age": [40], "home": ["own"], "car": ["no"]} | change
    raw = {name: values for name, values in raw.items() if values is not None}
    with pytest.raises(ValueError, match=message):
        encoding.transform(raw)


def test_an_array_will_do_where_all_are_numbers():
    x = np.random.default_rng(0).normal(3, 2, (20, 3))
    encoding = Encoding.of_numbers(x[:10], ["a", "b", "c"])
    wanted = (x - x[:10].mean(axis=0)) / x[:10].std(axis=0)
    np.testing.assert_allclose(encoding.transform(x), wanted, atol=1e-6)
    assert np.array_equal(
        encoding.transform(dict(zip("abc", x.T, strict=True))), encoding.transform(x)
    )
    with pytest.raises(ValueError, match=r"raw of shape \(20, 2\): must be \(rows, 3\)"):
        encoding.transform(x[:, :2])


@given(st.integers(1, 40), st.integers(40, 80))
def test_rare_categories_share_other(often, kinds):
    """Of more than 50 the most frequent 49 keep a feature; what is unseen is other, too."""
    levels = tuple(f"c{k:02}" for k in range(kinds))
    counts = np.where(np.arange(kinds) % 2, often + 1, 1)
    values = np.repeat(np.arange(kinds), counts).astype(np.int32)
    column = Column("it", "category", np.append(values, -1), levels)
    encoding = Encoding.fit([column], np.arange(len(values)))
    if kinds <= MOST_CATEGORIES:
        assert encoding.names == [f"it={level}" for level in levels]
        return
    (rule,) = encoding.rules
    assert rule.other and len(rule.categories) == MOST_CATEGORIES - 1
    frequent = {level for level, n in zip(levels, counts, strict=True) if n > 1}
    kept = set(rule.categories)
    assert frequent <= kept or kept <= frequent
    x = encoding.transform({"it": ["unheard of", None, rule.categories[0]]})
    assert x[:, -1].tolist() == [1, 0, 0] and x.sum(axis=1).tolist() == [1, 0, 1]
    assert (encoding.transform([column], np.arange(len(values))).sum(axis=1) == 1).all()


def test_what_is_constant_in_the_training_rows_is_0_everywhere():
    columns = columns_of({"a": [7, 7, 7, 1, None], "b": ["x", "x", "x", "y", None]})
    encoding = Encoding.fit(columns, np.arange(3))
    assert encoding.names == ["a", "b=x"] and np.isinf(encoding.standard_deviation).all()
    assert (encoding.transform(columns) == 0).all()


def test_a_column_without_a_value_in_the_training_rows():
    table = mixed(60, late=[None] * 60)
    assert "late" not in table.names  # nothing in any row: left out when it is read
    values = np.full(60, np.nan)
    values[stratified_order(table.y, np.random.default_rng((0, 0)))[-5:]] = 3
    parts = split(mixed(60, late=values), 30, 15)
    k = parts.names.index("late")
    assert all((part.x[:, k : k + 2] == 0).all() for part in everything(parts))
    assert "'late' is missing in every training row." in parts.notes


def test_an_encoding_can_be_sent(encoding):
    arrived = pickle.loads(pickle.dumps(encoding))
    assert np.array_equal(arrived.transform(TRAINING), encoding.transform(TRAINING))
    assert repr(arrived) == "Encoding(4 columns, 8 features)"
    with pytest.raises(ValueError, match="read-only"):
        encoding.mean[0] = 1


# Nothing is learned from other rows


@st.composite
def sizes(draw):
    """Rows of a table, training and validation rows, and a seed."""
    rows = draw(st.integers(12, 60))
    validation = draw(st.integers(1, rows - 6))
    return rows, draw(st.integers(4, rows - validation - 1)), validation, draw(st.integers(0, 99))


@given(sizes(), st.floats(-1e9, 1e9), st.sampled_from(["rent", "castle", "zoo"]), st.booleans())
def test_planted_leaks_change_nothing(case, number, category, gaps):
    """Validation and test rows may hold anything: training rows and what was learned stay."""
    rows, train, validation, seed = case
    table = mixed(rows, seed)
    parts = split(table, train, validation, seed)
    other = stratified_order(table.y, np.random.default_rng((seed, 0)))[train:]
    wild = {}
    for column in table.columns:
        values = column.values.astype(object)
        if column.levels:
            values = np.array([*column.levels, None], object)[column.values]
        wild[column.name] = values
    wild["income"][other] = None if gaps else number + np.arange(len(other))
    wild["home"][other] = category
    planted = from_frame(
        wild | {"y": [table.classes[k] for k in table.y]},
        "y",
        show=False,
        numbers=["row", "income"],
    )
    found = split(planted, train, validation, seed)
    assert np.array_equal(found.train.x, parts.train.x)
    assert np.array_equal(found.train.y, parts.train.y)
    assert found.encoding.rules == parts.encoding.rules
    assert np.array_equal(found.mean, parts.mean)
    assert np.array_equal(found.standard_deviation, parts.standard_deviation)
    if category == "castle":
        assert "home=castle" not in found.names


@given(sizes())
def test_what_was_learned_is_that_of_the_training_rows(case):
    rows, train, validation, seed = case
    table = mixed(rows, seed)
    parts = split(table, train, validation, seed)
    chosen = row_numbers(parts, parts.train)
    income = table.columns[1].values[chosen]
    rule = next(rule for rule in parts.encoding.rules if rule.name == "income")
    assert rule.indicator == np.isnan(income).any()
    if not np.isnan(income).all():
        assert rule.median == np.median(income[~np.isnan(income)])
    home = table.columns[2]
    seen = {home.levels[k] for k in home.values[chosen] if k >= 0}
    assert {name.split("=")[1] for name in parts.names if name.startswith("home=")} == seen
    assert all(np.isfinite(part.x).all() for part in everything(parts))


def test_every_row_is_in_one_part_with_its_class():
    table = mixed(90)
    parts = split(table, 0.5, 0.3)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (45, 27, 18)
    chosen = [row_numbers(parts, part) for part in everything(parts)]
    assert sorted(np.concatenate(chosen)) == list(range(90))
    for rows, part in zip(chosen, everything(parts), strict=True):
        assert np.array_equal(table.y[rows], part.y)
        for k, count in enumerate(np.bincount(table.y)):
            assert abs((part.y == k).sum() - count * len(part) / 90) < 1


def test_shipped_parts_are_what_the_plain_formula_gives():
    """Bit by bit, whatever one's own tables need."""
    for name in ("cells", "mnist1d", "breast_cancer", "digits"):
        table = load(name)
        parts = split(table, 200, 100, seed=3)
        order = stratified_order(table.y, np.random.default_rng((3, 0)))
        rows = {"train": order[:200], "validation": order[-100:]}
        mean, deviation = statistics(table.x[rows["train"]], table.names)
        for which, of in rows.items():
            x = ((table.x[of].astype(np.float64) - mean) / deviation).astype(np.float32)
            assert np.array_equal(getattr(parts, which).x, x)
            assert np.array_equal(getattr(parts, which).y, table.y[of])
        assert parts.names == table.names


# Sizes


@pytest.mark.parametrize("table", [mixed(100), load("breast_cancer")], ids=["own", "shipped"])
def test_fractions(table):
    n = len(table)
    parts = split(table, train=0.6, validation=0.2)
    assert (len(parts.train), len(parts.validation)) == (round(0.6 * n), round(0.2 * n))
    assert parts.recipe["train"] == round(0.6 * n)
    same = split(table, round(0.6 * n), round(0.2 * n))
    assert np.array_equal(same.train.x, parts.train.x)
    assert len(split(table, 0.5, 0.5).test) <= 1
    with pytest.raises(ValueError, match=rf"train={round(0.9 * n)}: must be whole, from 1 to "):
        split(table, 0.9, 0.3)
    with pytest.raises(ValueError, match=r"train=1.5: must be whole, from 1 to"):
        split(table, 1.5, 0.3)


def test_a_test_of_a_given_size():
    table = mixed(100)
    parts = split(table, 30, 20, test=10)
    assert (len(parts.test), parts.max_train) == (10, 70)
    assert len(split(table, 30, 20, test=0.1).test) == 10
    assert len(split(table, 30, 20, test=0).test) == 0
    with pytest.raises(ValueError, match=r"train=71: .* from 1 to 70 .*validation=20 and test=10"):
        split(table, 71, 20, test=10)
    with pytest.raises(ValueError, match="test=1: with published=True the test rows are"):
        split(load("cells"), 71, 20, test=1, published=True)


@given(sizes(), st.data())
def test_learning_curves_share_validation_rows_and_nest_training_rows(case, data):
    rows, train, validation, seed = case
    table = mixed(rows, seed)
    large = split(table, train, validation, seed)
    small = large.replace(train=data.draw(st.integers(2, train)))
    nested = row_numbers(small, small.train)
    assert np.array_equal(row_numbers(large, large.train)[: len(nested)], nested)
    assert np.array_equal(
        row_numbers(large, large.validation), row_numbers(small, small.validation)
    )


def test_parts_are_split_again_as_others_are():
    parts = split(mixed(120), 60, 30, seed=2)
    assert json.loads(json.dumps(parts.recipe)) == parts.recipe
    again, noisy = parts.replace(), parts.replace(flip_labels=0.25)
    assert np.array_equal(again.train.x, parts.train.x)
    assert len(noisy.flipped) == 15 and np.array_equal(noisy.train.x, parts.train.x)
    with pytest.raises(ValueError, match="table 'mixed' is your own, so no line of code"):
        _ = parts.code
    OPENINGS.clear()
    parts.test.open("first")
    assert again.test.opened == noisy.test.opened == ["first"]
    assert parts.replace(seed=3).test.opened == []
    assert repr(parts).startswith(
        "Parts('mixed', 60 training, 30 validation, 30 sealed test rows, "
    )


def test_the_keras_script_of_ones_own_table_says_how_to_write_its_rows(tmp_path):
    parts = split(mixed(60), 30, 15)
    script = keras_script(Experiment(hidden=(4,), epochs=2), parts)
    assert f"keras.Input(({parts.n_features},))" in script and "load(" in script
    (rows,) = (line for line in script.splitlines() if "np.savez(" in line)
    assert 'np.savez("mixed.npz", x=parts.train.x, y=parts.train.y' in rows


def test_copies_of_parts_are_the_same():
    parts = split(mixed(60), 30, 15)
    for other in (copy.copy(parts), copy.deepcopy(parts), pickle.loads(pickle.dumps(parts))):
        assert np.array_equal(other.replace().train.x, parts.train.x)
        assert repr(other) == repr(parts) and other.source.report == parts.source.report


# Copies


def copied(rows, copies, **more):
    """A `mixed` table whose last rows repeat its first ones, without numbers of rows."""
    random = np.random.default_rng(1)
    income = random.normal(50, 20, rows)
    income[-copies:] = income[:copies]
    kind = random.choice(["a", "b", None], rows)
    kind[-copies:] = kind[:copies]
    y = random.choice(["no", "yes"], rows)
    y[-copies:] = y[:copies]
    return from_frame({"income": income, "kind": kind, "y": y} | more, "y", name="own", show=False)


@given(st.integers(1, 25), st.floats(0.1, 0.6), st.floats(0.1, 0.3), st.integers(0, 99))
def test_equal_rows_are_on_the_same_side(copies, train, validation, seed):
    table = copied(80, copies)
    parts = split(table, train, validation, seed)
    sides = [{row.tobytes() for row in part.x} for part in everything(parts)]
    assert not (sides[0] & sides[1] or any((sides[0] | sides[1]) & side for side in sides[2:]))
    assert sum(map(len, everything(parts))) == 80
    said = f"{copies} rows equal another" if copies > 1 else "1 row equals another"
    assert parts.notes[0] == f"{said} row in every column: equal rows are on the same side."
    for name, asked in (("train", train), ("validation", validation)):
        found, wanted = len(getattr(parts, name)), round(asked * 80)
        assert wanted - 1 <= found <= wanted or wanted == 1
        word = "training" if name == "train" else name
        said = f"{found} {word} rows rather than {wanted}, so that equal rows stay together."
        assert (said in parts.notes) == (found != wanted) or found == 1


def test_rows_that_differ_in_free_text_are_no_copies():
    """Passengers of one age and sex are different people: their names say so."""
    random = np.random.default_rng(0)
    frame = {"name": [f"Miss Number {k // 2 if k < 20 else k}" for k in range(200)],
             "age": random.integers(20, 60, 200), "sex": random.choice(["f", "m"], 200),
             "y": random.choice(["no", "yes"], 200)}  # fmt: skip
    table = from_frame(frame, "y", show=False)
    assert table.columns[0].kind == "text" and table.names == ["age", "sex"]
    notes = split(table, 100, 50).notes
    assert not any("equal" in note and "another row" in note for note in notes)


def test_where_most_rows_are_equal_they_are_on_all_sides():
    random = np.random.default_rng(0)
    frame = {"a": random.choice(["x", "y"], 200), "b": random.choice(["u", "v"], 200),
             "y": random.choice(["no", "yes"], 200)}  # fmt: skip
    parts = split(from_frame(frame, "y", show=False), 100, 50)
    assert (len(parts.train), len(parts.validation)) == (100, 50)
    assert parts.notes[0] == (
        "196 rows equal another row in every column: so many that equal rows are on all sides."
    )
    assert "50 of 50 validation rows equal a training row in every column" in parts.notes[1]


@given(st.integers(0, 50))
def test_prints_are_equal_for_equal_rows_alone(seed):
    table = copied(40, 7, other=np.r_[np.arange(33) % 5 - 0.0, np.arange(7) % 5 * -1.0 * -1.0])
    prints, rows = row_prints(table), set()
    for k in range(40):
        rows.add(tuple(str(c.values[k] + 0.0) for c in table.columns))
    assert len(set(prints.tolist())) == len(rows) == 33


# Groups


def patients(sizes, seed=0, **more):
    """A table in which each patient has so many rows; a patient's rows are alike."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(sizes)), sizes)
    who = random.permutation(who)
    frame = {
        "patient": [f"P{k}" for k in who],
        "blood": who % 7 + random.normal(size=len(who)),
        "row": np.arange(len(who)) + 0.5,
        "y": np.where((who * 5) % 3 == 0, "sick", "well"),
    }
    return from_frame(frame | more, "y", name="patients", show=False), who


@given(st.lists(st.integers(2, 9), min_size=8, max_size=30), st.integers(0, 99))
def test_a_group_is_on_one_side(sizes, seed):
    table, who = patients(sizes)
    parts = split(table, 0.5, 0.25, seed, groups="patient")
    sides = [set(who[row_numbers(parts, part)]) for part in everything(parts)]
    assert not any(a & b for k, a in enumerate(sides) for b in sides[:k])
    assert sum(map(len, everything(parts))) == len(who)
    assert not any(name.startswith("patient") for name in parts.names)
    assert (
        f"{len(sizes)} groups of 'patient': the rows of each are on one side only." in parts.notes
    )
    wanted = round(0.5 * len(who))
    assert wanted - 9 < len(parts.train) <= wanted or len(sides[0]) == 1
    fewer = parts.replace(train=max(wanted // 2, 1))
    assert set(who[row_numbers(fewer, fewer.train)]) <= sides[0]
    assert set(who[row_numbers(fewer, fewer.validation)]) == sides[1]


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_stratified_by_their_class(seed):
    """One patient in ten is sick: so it is in each part."""
    who = np.repeat(np.arange(100), 3)
    frame = {"patient": [f"P{k}" for k in who], "row": np.arange(300) + 0.5,
             "y": np.where(who % 10 == 3, "sick", "well")}  # fmt: skip
    parts = split(from_frame(frame, "y", show=False), 0.5, 0.2, seed, groups="patient")
    assert [int((part.y == 0).sum()) // 3 for part in everything(parts)] == [5, 2, 3]


def test_groups_may_be_numbers_missing_or_named_in_a_table():
    table, _ = patients([2] * 20, hospital=[1.0, 2, 3, None] * 10)
    parts = split(table, 0.4, 0.3, groups="hospital")
    assert "13 groups of 'hospital'" in parts.notes[0] and "hospital" not in parts.names
    x = np.c_[np.arange(40) // 4, np.random.default_rng(0).normal(size=40)]
    own = Table("t", x, np.arange(40) % 2, ["who", "blood"], ["a", "b"])
    parts = split(own, 0.5, 0.25, groups="who")
    assert parts.names == ["blood"] and (len(parts.train), len(parts.validation)) == (20, 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": "patients"}, "groups='patients': must be one of .*did you mean 'patient'"),
        ({"groups": "patient", "order": "row"}, "groups and order: give one of them"),
        ({"groups": "one"}, "groups='one': holds one group; must hold two or more"),
        (
            {"groups": "two", "train": 0.2, "validation": 0.2, "test": 0.5},
            "training: no training row is left",
        ),
        (
            {"order": "patient"},
            "order='patient': holds 'P0', .*neither dates nor numbers; .*2024-01-31",
        ),
        ({"order": "gappy"}, "order='gappy': is missing in 20 rows; leave those rows out"),
        ({"order": "day"}, "order='day': must be one of 'patient', 'blood'"),
    ],
)
def test_groups_and_orders_are_refused(options, message):
    table, _ = patients(
        [2] * 20, one=["x"] * 40, two=["a", "b"] * 20, gappy=[None, 1.5, 2.5, None] * 10
    )
    with pytest.raises(ValueError, match=message):
        split(table, **{"train": 10, "validation": 10} | options)


# Order in time


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", None])
def test_in_time_the_future_is_never_learned_from(written):
    days = np.datetime64("2020-01-01") + np.random.default_rng(0).permutation(100) * 5
    named = days if written is None else [day.item().strftime(written) for day in days]
    table = mixed(100, day=named)
    parts = split(table, 0.6, 0.2, order="day")
    train, validation, test = (days[row_numbers(parts, part)] for part in everything(parts))
    assert (len(train), len(validation), len(test)) == (60, 20, 20)
    assert train.max() < validation.min() and validation.max() < test.min()
    assert "day" not in parts.names
    assert parts.notes[0] == (
        "the rows are sorted by 'day': training, then validation, the test last."
    )
    fewer = parts.replace(train=15)  # the latest of the training rows; all else stays
    assert np.array_equal(np.sort(days[row_numbers(fewer, fewer.train)]), np.sort(train)[-15:])
    assert np.array_equal(
        row_numbers(fewer, fewer.validation), row_numbers(parts, parts.validation)
    )
    assert len(fewer.test) == 20 and parts.max_train == fewer.max_train == 60


def test_rows_of_one_time_are_not_divided():
    table = mixed(100, year=np.sort(np.random.default_rng(0).integers(2000, 2012, 100)))
    parts = split(table, 0.55, 0.2, order="year")
    year = next(c for c in table.columns if c.name == "year").values
    sides = [set(year[row_numbers(parts, part)]) for part in everything(parts)]
    assert max(sides[0]) < min(sides[1]) and max(sides[1]) < min(sides[2])
    assert any("so that rows of one 'year' stay together" in note for note in parts.notes)
    assert "year" not in parts.names


# What is warned of


def warned(parts, words):
    """The one note with these words."""
    (found,) = [note for note in parts.notes if words in note]
    return found


@pytest.mark.parametrize("kind", ["category", "number", "gap"])
def test_a_feature_that_gives_the_target_away(kind):
    plain = mixed(300)
    y = np.array([plain.classes[k] for k in plain.y])
    leak = {
        "category": np.char.add("code ", y),
        "number": plain.y + np.random.default_rng(0).uniform(0, 0.5, 300),
        "gap": np.where(plain.y == 0, np.nan, plain.y * 1.0),
    }[kind]
    assert not any("gives the target away" in note for note in split(plain, 150, 100).notes)
    note = warned(split(mixed(300, leak=leak), 150, 100), "gives the target away")
    assert note == (
        "'leak' gives the target away by itself; if it is known only after 'y' is, leave it out "
        "with drop=['leak']."
    )


@given(st.integers(0, 1000), st.integers(30, 300), st.integers(2, 60))
def test_noise_gives_nothing_away(seed, rows, kinds):
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    number = Column("a", "number", random.normal(size=rows))
    levels = tuple(map(str, range(kinds)))
    category = Column("b", "category", random.integers(-1, kinds, rows).astype(np.int32), levels)
    names = Column("c", "category", np.arange(rows, dtype=np.int32), tuple(map(str, range(rows))))
    for column in (number, category, names):
        assert not gives_away(column, np.arange(rows), y)


def test_a_target_that_is_nearly_constant():
    y = np.where(np.arange(200) % 40 == 3, "yes", "no")
    frame = {"a": np.arange(200) ** 0.5, "b": np.arange(200) % 7, "y": y}
    table = from_frame(frame, "y", show=False)
    parts = split(table, 120, 40)
    assert warned(parts, "nearly constant") == (
        "the target is nearly constant: 97.5 % of the training rows are 'no', so an accuracy of "
        "97.5 % means that nothing was learned."
    )
    assert "of class 'yes' (3): too few to learn it" in warned(parts, "fewer than 5")
    assert not any("nearly constant" in note for note in split(mixed(200), 120, 40).notes)


@pytest.mark.parametrize("validation", [20, 100, 600])
def test_validation_rows_too_few_to_tell_anything(validation):
    table = from_frame({"a": np.random.default_rng(0).normal(size=2000),
                        "y": np.arange(2000) % 2}, "y", show=False)  # fmt: skip
    notes = [n for n in split(table, 1000, validation).notes if "standard error" in n]
    points = 100 * np.sqrt(0.25 / validation)
    said = f"has a standard error of about {points:.0f} points"
    assert [said in note for note in notes] == [True] * int(points > 3)


def test_a_class_that_a_part_lacks_is_named():
    y = ["a", "b"] * 30 + ["c"]
    table = from_frame({"a": np.arange(61) ** 0.5, "y": y}, "y", show=False)
    parts = split(table, 30, 10)
    assert any(note.endswith("row is of class 'c'.") for note in parts.notes)
    assert parts.n_classes == 3


@pytest.mark.parametrize("rows", [2, 3, 4, 20])
def test_tiny_tables(rows):
    """One training row and one validation row: every feature is constant, none is infinite."""
    frame = {
        "a": [1.5, None, 3.5, 2.5] * 5,
        "b": ["x", "y", None, "x"] * 5,
        "y": ["no", "yes"] * 10,
    }
    table = from_frame({k: v[:rows] for k, v in frame.items()}, "y", show=False, categories="b")
    for seed in range(5):
        parts = split(table, 1, 1, seed)
        assert len(parts.train) >= 1 <= len(parts.validation)
        assert all(np.isfinite(part.x).all() for part in everything(parts))
        assert (parts.train.x == 0).all() or len(parts.train) > 1


def test_each_row_a_class_of_its_own():
    table = from_frame({"a": np.arange(20) ** 0.5, "y": np.arange(20)}, "y", show=False)
    parts = split(table, 12, 6)
    assert parts.n_classes == 20 and not set(parts.train.y) & set(parts.validation.y)
    said = " ".join(parts.notes)
    assert "no training row is of class" in said and "no validation row is of class" in said
    assert "fewer than 5 training rows are of class" in said


def test_units_out_of_reach_are_refused():
    table = from_frame(
        {"big": [1e300, -1e300, 1e299, 2e300] * 5, "y": [0, 1] * 10}, "y", show=False
    )
    with pytest.raises(ValueError, match="the numbers in 'big' are too large or too small; use"):
        split(table, 10, 5)
