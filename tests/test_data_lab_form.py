"""The form of DataLab: from a file to parts, without a line of code."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers.panels.base.panel import caught
from helpers.panels.own_data.form import Form, keep

CSV = "age,plan,paid,left\n" + "".join(
    f"{20 + i % 37},{'abc'[i % 3]},{i % 11 + 0.5},{('no', 'yes')[i % 4 == 0]}\n" for i in range(80)
)


class Desk:
    """Stands in for the panel: does each job at once and keeps what it is given."""

    def __init__(self):
        self.parts, self.error = None, None
        self.form = Form(self.work, self.press, self.observed, self.take)

    def work(self, job):
        self.error = None
        try:
            job()
        except Exception as problem:
            self.error = problem
        self.form.enable(True)

    def take(self, parts):
        self.parts = parts

    def fail(self, problem):
        self.error = problem

    def press(self, action):
        return lambda _: self.observed(lambda _: action())(None)

    def observed(self, method):
        return caught(lambda self, change: method(change)).__get__(self)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A form in a folder with one file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text(CSV)
    return Desk()


@pytest.fixture
def opened(desk):
    """The form with the file read and no target chosen."""
    desk.form.path.value = "customers.csv"
    return desk


def upload(desk, name, content):
    file = {"name": name, "type": "text/csv", "size": len(content), "content": content,
            "last_modified": datetime.now(UTC)}  # fmt: skip
    desk.form.upload.value = (file,)


def test_nothing_can_be_chosen_before_there_is_a_file(desk):
    choices = [w for row in desk.form.rows[1:] for w in row if hasattr(w, "disabled")]
    assert choices and all(w.disabled for w in choices)
    assert "Choose a file" in desk.form.words[0] and desk.parts is None


def test_a_path_gives_the_columns_and_a_target_the_parts(opened):
    assert opened.form.names == ("age", "plan", "paid", "left") and opened.parts is None
    assert [name for name, _ in opened.form.target.options][1:] == list(opened.form.names)
    assert opened.form.words[0] == "customers.csv has 4 columns."
    assert opened.form.target.label == "choose a column"  # and the menu is not blank
    assert opened.form.task.label == "as the column looks"
    opened.form.target.value = "left"
    parts = opened.parts
    assert parts.source.target == "left" and parts.classes == ["no", "yes"]
    assert [len(part) for part in (parts.train, parts.validation, parts.test)] == [48, 16, 16]


def test_sizes_and_columns_left_out_make_other_parts(opened):
    opened.form.target.value = "left"
    opened.form.drop.value = ("plan", "left")  # the target stays
    opened.form.train.value = 50
    opened.form.validation.value = 25
    parts = opened.parts
    assert [len(part) for part in (parts.train, parts.validation, parts.test)] == [40, 20, 20]
    assert set(parts.names) == {"age", "paid"}
    opened.form.drop.value = ()
    assert "plan=a" in opened.parts.names


def test_what_the_target_holds_can_be_said(opened):
    opened.form.target.value = "paid"
    assert opened.parts.task.kind == "regression"
    opened.form.task.value = "classification"
    assert opened.parts.n_classes == 11
    opened.form.target.value = "plan"
    opened.form.task.value = "regression"
    assert "'plan'" in str(opened.error) and "needs numbers" in str(opened.error)
    assert opened.parts is None  # those of before are of another target
    opened.form.task.value = None
    assert opened.error is None and opened.parts.n_classes == 3


@pytest.mark.parametrize(
    ("train", "validation", "words"),
    [
        (0, 20, "training rows in %=0: must be a finite number above 0 and below 100"),
        (60, 100, "validation rows in %=100: must be"),
        (90, 20, "train=72: must be whole, from 1 to 64"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(opened, train, validation, words):
    opened.form.target.value = "left"
    opened.form.train.value, opened.form.validation.value = train, validation
    assert words in str(opened.error) and opened.parts is None
    opened.form.train.value, opened.form.validation.value = 60, 20
    assert opened.error is None and len(opened.parts.train) == 48


def test_an_uploaded_file_is_kept_beside_the_notebook_and_read(desk, tmp_path):
    upload(desk, "up.csv.gz", gzip.compress(CSV.encode()))
    assert desk.form.names == ("age", "plan", "paid", "left")
    assert desk.form.path.value == "up.csv.gz" and "beside the notebook" in desk.form.words[0]
    assert desk.form.upload.value == () and (tmp_path / "up.csv.gz").is_file()
    desk.form.target.value = "left"
    assert desk.parts.source.file.path == tmp_path / "up.csv.gz"


def test_keeping_a_file_overwrites_none(desk, tmp_path):
    assert keep("customers.csv", CSV.encode()) == (Path("customers.csv"), False)
    other, written = keep("customers.csv", b"other")
    assert other.name == "customers-2.csv" and other.read_bytes() == b"other" and written
    assert (tmp_path / "customers.csv").read_text() == CSV
    assert keep("..\\..\\evil/../customers.csv", b"other")[0].name == "customers-2.csv"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["customers-2.csv", "customers.csv"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", b"PK\x03\x04 rest", "x.csv: is a ZIP archive or a workbook of Excel"),
        ("x.csv", b"", "x.csv: is empty; must hold a line of names and rows"),
        ("x.csv", b"just words\nand more\n", "x.csv: has one column only"),
        ("x.csv", b"a,b\n", "x.csv: holds a line of names and no rows"),
        ("x.csv", b"a,b\n1,2\n3\n", "x.csv: line 3 has 1 field"),
    ],
)
def test_a_file_that_is_no_table_is_refused_before_a_target_is_asked_for(
    opened, name, content, words
):
    opened.form.target.value = "left"
    upload(opened, name, content)
    assert words in str(opened.error)
    assert opened.parts is None and opened.form.names == () and opened.form.target.disabled
    assert not Path(name).exists()  # it is of no use there
    opened.form.path.value = "customers.csv"
    assert opened.error is None and opened.form.names


def test_a_path_that_leads_nowhere_is_refused_with_what_is_near(desk):
    desk.form.read_button.click()
    assert "path=''" in str(desk.error)
    desk.form.path.value = "customer.csv"
    assert "there is no such file; did you mean 'customers.csv'?" in str(desk.error)


def test_the_same_path_can_be_read_again(opened, tmp_path):
    (tmp_path / "customers.csv").write_text(CSV.replace("plan", "tariff"))
    opened.form.read_button.click()
    assert "tariff" in opened.form.names


def test_what_is_filled_in_fills_another_form_alike(opened):
    opened.form.target.value = "left"
    opened.form.drop.value = ("plan",)
    opened.form.train.value = 50
    values = opened.form.values
    assert values == {"path": "customers.csv", "target": "left", "drop": ["plan"],
                      "train": 0.5, "validation": 0.2}  # fmt: skip
    other = Desk()
    other.form.fill(values)
    assert other.form.values == values and other.parts.names == opened.parts.names


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "path=None: must name the file"),
        ({"path": "customers.csv", "tarjet": "left"}, "setting='tarjet'.*did you mean 'target'"),
        ({"path": "customers.csv", "train": 60}, "train=60: must be a finite number from 0 to 1"),
        ({"path": "customers.csv", "task": "guess"}, "task='guess'"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(desk, values, words):
    with pytest.raises(ValueError, match=words):
        desk.form.fill(values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"target": "lefft"}, "target='lefft': must be one of 'age'.*did you mean 'left'"),
        ({"target": "left", "drop": "plann"}, "drop='plann': must be one of"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_those_that_are(desk, values, words):
    desk.form.fill({"path": "customers.csv"} | values)
    with pytest.raises(ValueError, match=words):
        raise desk.error
