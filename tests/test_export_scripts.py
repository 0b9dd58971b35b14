"""The exported scripts as text, for any names and values; `test_export.py` runs them."""

import ast
import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import from_frame, split
from helpers.experiment import CURVES, Experiment, Run
from helpers.export.scripts import predict_script, train_script
from helpers.export.source import ROWS, source_of
from tests.test_keras_script import undefined

RUN = Run(experiment=Experiment(hidden=(2,), epochs=2), weights=[],
          **{name: np.ones(2, np.float32) for name in CURVES})  # fmt: skip
AWKWARD = ["a/b", "", " ", "class", "None", 'x"""', "it's", "\\", "{0}", "%s", "@gaps@", "@loop@",
           "where", "cast_1", "a\nb", "é", "日本", "\u2028", "x,y", "#", "=1+1"]  # fmt: skip
names = st.sampled_from(AWKWARD) | st.text(max_size=8)


COLUMNS = st.dictionaries(
    names.filter(lambda name: name != "y"), st.sampled_from(["number", "category"]), min_size=1,
    max_size=5,
)  # fmt: skip


def made(folder, given):
    """The parts and the source of 40 rows with these columns: {name: "number" or "category"}."""
    values = {"number": list(range(40)), "category": ["u", "v"] * 20}
    columns = {name: values[kind] for name, kind in given.items()} | {"y": ["no", "yes"] * 20}
    numbers = [name for name, kind in given.items() if kind == "number"]
    parts = split(from_frame(columns, "y", numbers=numbers, show=False), 20, 10)
    return parts, source_of(parts, folder)


def constants(code):
    """{name: value} of the constants at the top of a script."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where rows are written; each example replaces those of the one before."""
    return tmp_path_factory.mktemp("scripts")


@settings(max_examples=30)
@given(COLUMNS)
def test_any_name_of_a_column_stands_in_the_scripts(folder, given):
    parts, source = made(folder, given)
    assert list(source.columns) == list(given)
    for code in (train_script(source, parts, RUN), predict_script(source)):
        assert undefined(code) == {"__file__"}
        assert constants(code)["COLUMNS"] == given
    with open(folder / ROWS, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [*given, "y"] and len(rows) == 40


@settings(max_examples=30)
@given(st.lists(names.filter(str.strip), min_size=2, max_size=2, unique_by=str.strip))
def test_any_value_of_a_category_and_of_the_target_stands_as_it_is(folder, values):
    table = from_frame({"x": values * 20, "y": values * 20, "z": range(40)}, "y",
                       categories="x", task="classification", show=False)  # fmt: skip
    parts = split(table, 20, 10)
    source = source_of(parts, folder)
    code = train_script(source, parts, RUN)
    assert constants(code)["CLASSES"] == parts.classes
    with open(folder / ROWS, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    levels = table.columns[0].levels
    assert {row["x"] for row in rows} <= {*levels, ""}
    assert [parts.classes.index(row["y"]) for row in rows] == table.y.tolist()


def test_a_target_cannot_end_the_docstring(folder):
    columns = {"x": list(range(40)), '"""\\': ["a", "b"] * 20}
    parts = split(from_frame(columns, '"""\\', numbers="x", show=False), 20, 10)
    code = train_script(source_of(parts, folder), parts, RUN)
    assert ast.get_docstring(ast.parse(code)).startswith("Predict '''\\ from 1 column")
    assert constants(code)["TARGET"] == '"""\\'
