"""One's own table: what a file holds is found and said, and what cannot be is refused."""

import gzip
import io
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.data import Table, from_arrays, from_frame, read_csv, split
from helpers.data.columns import MOST_CATEGORIES
from helpers.data.report import Report

PLAIN = "bill,home,sick\n44.1,rent,no\n39.5,own,yes\n50,rent,no\n,own,yes\n"


@pytest.fixture
def file(tmp_path):
    """Writes a file, of text or bytes; returns its path."""

    def write(content, name="birds.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def read(path, target="sick", **options):
    """Read without printing."""
    return read_csv(path, target, show=False, **options)


def column(table, name):
    """A column of a table by its name."""
    return next(c for c in table.columns if c.name == name)


def texts(table, name):
    """The values of a category, None where one is missing."""
    found = column(table, name)
    return [None if k < 0 else found.levels[k] for k in found.values]


def listing(rows, **columns):
    """A file of so many rows; each column is a function of the row's number."""
    lines = [",".join(columns)]
    lines += [",".join(str(value(k)) for value in columns.values()) for k in range(rows)]
    return "\n".join(lines) + "\n"


def sick(k):
    """A target that no other column here tells."""
    return "yes" if k * 7 % 11 < 5 else "no"


def check_plain(table):
    """Fail unless a table is that of `PLAIN`."""
    assert table.names == ["bill", "home"] and table.classes == ["no", "yes"]
    np.testing.assert_array_equal(column(table, "bill").values, [44.1, 39.5, 50, np.nan])
    assert texts(table, "home") == ["rent", "own", "rent", "own"]
    assert table.y.tolist() == [0, 1, 0, 1]


# Files


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_separator_line_ends_encoding_and_gzip_are_found(file, separator, ends, encoding, packed):
    text = PLAIN.replace(",", separator).replace("\n", ends).replace("own", "käuflich")
    content = text.encode(encoding)
    table = read(file(gzip.compress(content) if packed else content))
    assert texts(table, "home") == ["rent", "käuflich", "rent", "käuflich"]
    assert table.names == ["bill", "home"] and table.y.tolist() == [0, 1, 0, 1]
    said = " ".join(table.report.notes)
    names = {";": "semicolon", "\t": "tab", "|": "vertical bar"}
    assert ("separated by" in said) == (separator != ",")
    assert names.get(separator, "") in said
    assert ("encoded as" in said) == (encoding in ("utf-16", "utf-16-le", "windows-1252"))


def test_the_name_is_that_of_the_file(file):
    assert read(file(PLAIN, "My birds.v2.csv")).name == "My birds.v2"
    assert read(file(gzip.compress(PLAIN.encode()), "birds.tsv.gz")).name == "birds"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.rstrip("\n"),
        PLAIN + "\n\n",
        PLAIN.replace("\n39", "\n\n39"),
        PLAIN + ",,\n",
        PLAIN.replace("rent", '"rent"').replace("home", '"home"'),
        PLAIN.replace("home", " home ").replace("rent", " rent "),
        "sep=,\n" + PLAIN,
        PLAIN.replace("50", " 50").replace("44.1", "+44.1"),
    ],
)
def test_harmless_differences_change_nothing(file, text):
    check_plain(read(file(text)))


def test_a_first_line_of_excel_names_the_separator(file):
    check_plain(read(file("sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n"))))


def test_quotes_hold_separators_line_ends_and_quotes(file):
    text = 'bill,home,sick\n1,"rent, cheap",no\n2,"own\nhouse",yes\n3,"a ""villa""",no\n4,"x",no\n'
    table = read(file(text), categories=["home"])
    assert texts(table, "home") == ["rent, cheap", "own\nhouse", 'a "villa"', "x"]


def test_a_stray_quote_is_read_as_it_stands(file):
    table = read(file('pipe,home,sick\n1,5" pipe,no\n2,6" pipe,yes\n3,5" pipe,no\n'))
    assert texts(table, "home") == ['5" pipe', '6" pipe', '5" pipe']


def test_a_file_without_names(file):
    body = PLAIN.split("\n", 1)[1]
    check_plain(read(file(body), names=["bill", "home", "sick"]))
    with pytest.raises(ValueError, match=r"names: 2 for 3 columns of birds.csv"):
        read(file(body), names=["bill", "home"])
    with pytest.raises(
        ValueError, match=r"first line holds '1', '2' and '0', which.* names=\[...\]"
    ):
        read(file("1,2,0\n3,4,1\n5,6,0\n"))


def test_columns_without_a_name_are_numbered(file):
    table = read(file(listing(30, **{"": lambda k: k, "bill": lambda k: k * k % 7, "sick": sick})))
    assert table.names == ["bill"] and column(table, "column 1").kind == "identifier"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n \n", "is empty"),
        (b"PK\x03\x04abc", "a workbook of Excel: unpack it, or save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0abc", "a workbook of Excel"),
        (b"PAR1abc", "a Parquet file"),
        (b"%PDF-1.7", "a PDF file"),
        (bytes(range(256)) * 4, "is no text"),
        (b"\x1f\x8bnot packed", "cannot be unpacked"),
        ("bill,home,sick\n", "a line of names and no rows"),
        ("bill\n1\n2\n", r"one column only, 'bill'; .*separator="),
        ("bill home sick\n1 a no\n", r"one column only, 'bill home sick'; .*separator=\" \""),
        ("bill,bill,sick\n1,2,no\n", "the column 'bill' stands more than once"),
        (
            "bill,home,sick\n1,a,no\n2,b,yes,x\n",
            "line 3 has 4 fields, and there should be 3; delete lines",
        ),
        ("bill,home,sick\n1,a,no\n2,b\n3,c,no\n", "line 3 has 2 fields, and there should be 3"),
        (
            "Report of 2024\n\na,b,sick\n1,2,no\n",
            "line 3 has 3 fields, and .* delete lines that are",
        ),
        ("a,b,sick\n1,2,no\n3,4,yes\nTotal: 2\n", "line 4 has 1 field, and there should be 3"),
        ('bill,home,sick\n1,"a\nb",no\n2,b\n', "line 4 has 2 fields"),
        ('bill,home,sick\n1,"a,no\n2,b,yes\n', "line 2 has 2 fields"),
    ],
)
def test_what_is_no_table_is_refused(file, content, message):
    with pytest.raises(ValueError, match=rf"birds.csv: .*{message}"):
        read(file(content))


def test_a_missing_file_is_named_with_the_nearest(file):
    path = file(PLAIN)
    with pytest.raises(FileNotFoundError, match=r"no such file; did you mean 'birds.csv'"):
        read(path.with_name("bird.csv"))
    with pytest.raises(FileNotFoundError, match="there is no such file in "):
        read(path.with_name("penguins.xlsx"))
    with pytest.raises(ValueError, match="is a folder; must be a file"):
        read(path.parent)
    with pytest.raises(ValueError, match="must be a file; download it first"):
        read("https://example.org/birds.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"separator": ";;"}, "separator=';;': must be one character"),
        ({"separator": ";"}, "separator=';': does not stand in birds.csv"),
        ({"encoding": "utf-99"}, "encoding='utf-99': Python knows no such encoding"),
        ({"encoding": "ascii"}, r"birds.csv: byte b'\\xc3' at place 4 is no ascii; .*latin-1"),
        ({"decimal": ";"}, "decimal=';': must be one of '.', ','"),
        ({"target": "sik"}, r"target='sik': must be one of .*did you mean 'sick'"),
        ({"categories": ["hom"]}, r"categories='hom': must be one of .*did you mean 'home'"),
        ({"drop": "sick"}, "drop='sick': must be one of 'bill', 'home'"),
        ({"numbers": ["x"]}, "numbers='x': must be one of"),
        ({"task": "regresion"}, "task='regresion': must be one of None, 'classification'"),
        ({"rows": 1}, "rows=1: must be whole, at least 2"),
        ({"memory": 0}, "memory=0: must be a finite number above 0"),
        ({"positive": "maybe"}, "positive='maybe': must be one of 'no', 'yes'"),
        ({"names": ["a", "a", "b"]}, "names: 'a' stands more than once"),
        ({"drop": ["bill", "home"]}, "no column is left to learn from .*'bill': Left out as asked"),
    ],
)
def test_an_argument_is_refused_with_what_is_allowed(file, options, message):
    path = file(PLAIN.replace("44.1", "é").replace("bill", "billé")) if "encoding" in options else 0
    path = path or file(PLAIN)
    with pytest.raises(ValueError, match=message):
        read(path, **{"target": "sick", **options})


# Values


def test_missing_words(file):
    words = ["", "NA", "n/a", "NaN", "null", "?", "-", ".", "#N/A", "None", "#DIV/0!", "nan"]
    text = "a,b,c,sick\n" + "".join(f"{w},1,x,no\n{k},2,y,yes\n" for k, w in enumerate(words))
    table = read(file(text))
    assert column(table, "a").kind == "number" and column(table, "a").missing[::2].all()
    line = table.report.lines[1]
    assert (line.missing, line.values) == (12, "0 to 11")
    assert "The median of the training rows stands for a missing value, and a" in line.done


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("a,b,sick\n1,x,no\n\n,,\n2,y,?\n3,x,yes\n", {}, (",", "utf-8", 0, [0, 2], True, False)),
        ("sep=;\na;b;sick\n1;x;no\n2;y;yes\n", {}, (";", "utf-8", 6, [0, 1], True, False)),
        ("a\tsick\nr1\t1\tno\nr2\t2\tyes\n", {}, ("\t", "utf-8", 0, [0, 1], True, True)),
        ("1,no\n2,yes\n", {"names": ["a", "sick"]}, (",", "utf-8", 0, [0, 1], False, False)),
    ],
)
def test_a_table_knows_its_file_and_rows(file, text, options, expected):
    path = file(text)
    found = read(path, **options).file
    assert found.path == path.resolve()
    assert expected == (found.separator, found.encoding, found.skipped, found.rows.tolist(),
                        found.header, found.completed)  # fmt: skip


def test_a_sample_knows_its_rows(file):
    rows = "".join(f"{k / 7},{'ny'[k % 2]}\n{',' * (k % 2)}\n" for k in range(90))
    table = read(file("a,sick\n" + rows), rows=30)
    assert len(set(table.file.rows)) == 30
    np.testing.assert_allclose(column(table, "a").values * 7, table.file.rows)


def test_none_is_a_category_of_text(file):
    table = read(file("a,pain,sick\n1,none,no\n2,mild,yes\n3,none,no\n4,?,yes\n"))
    assert texts(table, "pain") == ["none", "mild", "none", None]


@pytest.mark.parametrize("missing", [-999, [-999], ["-999"], "-999", ["-999", "unknown"]])
def test_words_of_ones_own_for_missing_values(file, missing):
    table = read(file("a,b,sick\n1,x,no\n-999,y,yes\n3.5,x,no\n-999.0,x,no\n"), missing=missing)
    np.testing.assert_array_equal(column(table, "a").values, [1, np.nan, 3.5, np.nan])


@pytest.mark.parametrize(
    ("written", "read_as", "separator"),
    [
        (["12,5", "1.234,5", "7"], [12.5, 1234.5, 7], ";"),
        (["0,25", "-3", "1.234.567"], [0.25, -3, 1234567], ";"),
        (["1,234", "2,500", "3"], [1.234, 2.5, 3], ";"),
        (["1,234", "2,500", "3"], [1234, 2500, 3], "\t,"),
        (["1,234.5", "7", ".5"], [1234.5, 7, 0.5], ";"),
        (["1e3", "2E-1", "+4"], [1000, 0.2, 4], ";"),
        (["1,5e3", "2", "3"], [1500, 2, 3], ";"),
        (["−1.5", "2", "3"], [-1.5, 2, 3], ";"),
    ],
)  # fmt: skip
def test_decimal_commas_and_thousands(file, written, read_as, separator):
    """Where nothing else tells, a comma is a decimal one in files that other signs separate."""
    if separator == "\t,":  # fields in quotes, separated by commas
        rows = [f'"{value}",x,no' for value in written]
        separator = ","
    else:
        rows = [separator.join([value, "x", "no"]) for value in written]
    text = "\n".join([separator.join(["a", "b", "sick"]), *rows, f"{separator}y{separator}yes\n"])
    found = column(read(file(text)), "a").values
    np.testing.assert_allclose(found[:3], read_as)
    assert np.isnan(found[3])


def test_the_decimal_sign_of_one_column_tells_another(file):
    text = "a;b;c;sick\n1.234;12,5;0.5;no\n5.678;3,25;0.75;yes\n2.000;1,5;1.5;no\n"
    table = read(file(text))
    assert column(table, "a").values.tolist() == [1234, 5678, 2000]
    assert column(table, "b").values.tolist() == [12.5, 3.25, 1.5]
    assert column(table, "c").values.tolist() == [0.5, 0.75, 1.5]
    said = table.report.sentences
    assert "'a': A point divides its thousands." in said
    assert (
        "'b': It has decimal commas." in said and "'c': Its numbers have a decimal point." in said
    )
    plain = read(file(text), decimal=".")
    assert column(plain, "a").values.tolist() == [1.234, 5.678, 2]


def test_points_among_decimal_commas_are_not_made_larger(file):
    """3.75 beside 12,5 is no 375: the column is no number."""
    table = read(file("a;b;sick\n3.75;x;no\n12,5;y;yes\n3.75;y;yes\n"))
    assert column(table, "a").kind == "category"


def test_numbers_among_which_text_stands_are_refused(file):
    text = listing(40, age=lambda k: "12 years" if k == 20 else k * 3, b=lambda k: k % 3, sick=sick)
    message = (
        r"column 'age': holds numbers, but '12 years' in row 21; .*missing=\['12 years'\].*"
        r"categories=\['age'\].*drop=\['age'\]"
    )
    with pytest.raises(ValueError, match=message):
        read(file(text))
    assert np.isnan(column(read(file(text), missing=["12 years"]), "age").values[20])
    assert "age" not in read(file(text), drop=["age"]).names
    assert column(read(file(text), categories=["age"]), "age").kind == "category"


def test_an_infinite_number_is_refused(file):
    text = "a,b,sick\n1,2,no\ninf,3,yes\n3,4,no\n"
    with pytest.raises(ValueError, match=r"column 'a': holds inf in row 2; .*missing=\['inf'\]"):
        read(file(text))
    assert np.isnan(column(read(file(text), missing=["inf"]), "a").values[1])


def test_a_large_offset_loses_nothing(file):
    """Time stamps and numbers of nine digits: every different value stays different."""
    text = listing(60, time=lambda k: 1_760_000_000 + k * k % 59, b=lambda k: k % 3, sick=sick)
    table = read(file(text))
    parts = split(table, 30, 15)
    assert len(np.unique(column(table, "time").values)) == len({k * k % 59 for k in range(60)})
    rows = np.concatenate(
        [p.x[:, 0] for p in (parts.train, parts.validation, parts.test.open("x"))]
    )
    assert len(np.unique(rows)) == len({k * k % 59 for k in range(60)})


# Kinds of columns


DAYS = [f"{k % 28 + 1:02}" for k in range(40)]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", lambda k: k % 5 * 1.5, ""),
        ("number", lambda k: k * k * 3, ""),
        ("category", lambda k: "abc"[k % 3], ""),
        ("category", lambda k: k % 2 == 0, ""),
        ("category", lambda k: f"0{k % 7}21", ""),
        (
            "identifier",
            lambda k: k + 100,
            r"names the rows: left out \(numbers=\['it'\] keeps it\)",
        ),
        (
            "identifier",
            lambda k: f"P{k:04}",
            r"names the rows: left out \(categories=\['it'\] keeps",
        ),
        ("constant", lambda k: 7, "It is 7 in every row: left out"),
        ("constant", lambda k: "x", "It is 'x' in every row: left out"),
        ("empty", lambda k: "NA", "It holds no value: left out"),
        ("date", lambda k: f"2024-03-{DAYS[k]}", r"holds dates: left out \(.*order=\"it\""),
        ("date", lambda k: f"2024-03-{DAYS[k]} 12:30:00", "holds dates: left out"),
        ("date", lambda k: f"2024-03-{DAYS[k]}T12:30:00Z", "holds dates: left out"),
        ("date", lambda k: f"{DAYS[k]}.03.2024", "holds dates: left out"),
        ("date", lambda k: f"3/{k % 28 + 1}/2024", "holds dates: left out"),
        ("date", lambda k: f"{DAYS[k]} Mar 2024", "holds dates: left out"),
        ("date", lambda k: f"03/{k % 9 + 1}/2024", "read as day before month though"),
    ],
)
def test_kinds(file, kind, value, said):
    table = read(file(listing(40, it=value, b=lambda k: k * k % 7, sick=sick)))
    found = column(table, "it")
    assert found.kind == kind and re.search(said, found.note)
    assert ("it" in table.names) == (kind in ("number", "category"))
    if said:
        assert f"'it': {found.note}" in table.report.sentences
    assert "it" not in split(table, 20, 10).names or kind == "number"


def test_free_text_is_left_out(file):
    def opinion(k):
        return f"the room {k % 60} was fine and so was I"

    table = read(file(listing(120, it=opinion, b=lambda k: k % 3, sick=sick)))
    assert column(table, "it").kind == "text"
    assert "free text, 60 different values: left out" in column(table, "it").note
    nearly = read(file(listing(120, it=lambda k: f"T{k // 2 if k < 50 else k}", b=lambda k: k % 3,
                               sick=sick)))  # fmt: skip
    assert column(nearly, "it").kind == "text"
    assert re.match(r"Its values hardly repeat, 95 different values: left out .* groups=\"it\"",
                    column(nearly, "it").note)  # fmt: skip


def test_named_identifiers_and_named_categories(file):
    text = listing(40, customer_id=lambda k: k * 37 % 1009 + 5, code=lambda k: k % 4, sick=sick)
    table = read(file(text))
    assert column(table, "customer_id").kind == "identifier" and table.names == ["code"]
    table = read(file(text), numbers="customer_id", categories=["code"])
    assert [column(table, name).kind for name in table.names] == ["number", "category"]
    assert texts(table, "code")[:5] == ["0", "1", "2", "3", "0"]


def test_few_rows_in_order_are_no_identifier(file):
    assert "bill" in read(file("bill,b,sick\n1,x,no\n2,y,yes\n3,x,no\n")).names


def test_many_categories_are_said_to_be_joined(file):
    text = listing(400, it=lambda k: f"c{min(k % 90, k % 77)}", b=lambda k: k % 3, sick=sick)
    note = column(read(file(text)), "it").note
    assert re.match(r'Of 7\d categories those that are rare .* become "other"', note)
    parts = split(read(file(text)), 0.6, 0.2)
    names = [name for name in parts.names if name.startswith("it")]
    assert len(names) == MOST_CATEGORIES and names[-1] == "it: other"


# The target


@pytest.mark.parametrize(
    ("values", "classes", "y"),
    [
        (["no", "yes", "no", "yes"], ["no", "yes"], [0, 1, 0, 1]),
        (["True", "False", "True", "False"], ["False", "True"], [1, 0, 1, 0]),
        (["1", "2", "3", "1"], ["1", "2", "3"], [0, 1, 2, 0]),
        (["-1", "1", "1", "-1"], ["-1", "1"], [0, 1, 1, 0]),
        (["2", "10", "9", "2"], ["2", "9", "10"], [0, 2, 1, 0]),
        (["+", "-", "+", "-"], ["+", "-"], [0, 1, 0, 1]),
        (["1.0", "0.0", "1.0", "0.0"], ["0.0", "1.0"], [1, 0, 1, 0]),
        (["low", "high", "mid", "low"], ["high", "low", "mid"], [1, 0, 2, 1]),
    ],
)
def test_classes(file, values, classes, y):
    rows = "".join(f"{k},{v}\n" for k, v in enumerate(values))
    table = read(file(f"a,sick\n{rows}"))
    assert (table.classes, table.y.tolist()) == (classes, y)
    assert table.report.lines[0].kind == "target" and f"{classes[0]} (" in repr(table.report)


def test_the_positive_class_is_the_second(file):
    table = read(file(PLAIN), positive="no")
    assert table.classes == ["yes", "no"] and table.y.tolist() == [1, 0, 1, 0]
    table = read(file("a,sick\n1,0\n2,1\n3,0\n"), positive=0)
    assert table.classes == ["1", "0"] and table.y.tolist() == [1, 0, 1]
    with pytest.raises(
        ValueError, match="positive='x': is for two classes; target 'sick' has 3 cl"
    ):
        read(file("a,sick\n1,x\n2,y\n3,z\n"), positive="x")


def test_rows_without_a_target_are_left_out_and_counted(file):
    table = read(file("a,sick\n1,no\n2,?\n3,yes\n4,\n5,no\n"))
    assert column(table, "a").values.tolist() == [1, 3, 5] and table.y.tolist() == [0, 1, 0]
    assert "2 rows without a target left out." in table.report.notes


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["no"] * 4, "target 'sick': is 'no' in every row; must hold two classes or more"),
        (["?"] * 4, "target 'sick': is missing in every row"),
        (
            [f"n{k}" for k in range(30)],
            "30 different values in 30 rows, 'n0', 'n1', .*choose another",
        ),
        ([0.5] * 4, "target 'sick': is 0.5 in every row; must hold two numbers or more"),
        (
            [0.5, "inf", 2.5],
            r"target 'sick': holds inf in row 2; must be finite.*missing=\['inf'\]",
        ),
        ([*map(str, range(60)), "12 cm"], "target 'sick': holds numbers, but '12 cm' in row 61"),
    ],
)
def test_a_target_without_classes_is_refused(file, values, message):
    path = file("a,sick\n" + "".join(f"{2 * k},{v}\n" for k, v in enumerate(values)))
    with pytest.raises(ValueError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([k + 0.5 for k in range(30)], None),
        (list(range(21)) * 2, None),
        ([0.5, 1.5] * 4, None),
        ([3, 4, 5, 4] * 2, "regression"),
    ],
)
def test_numbers_are_the_target_of_a_regression(file, values, task, capsys):
    path = file("a,sick\n" + "".join(f"{2 * k + k % 3},{v}\n" for k, v in enumerate(values)))
    table = read(path, task=task)
    assert table.task.kind == "regression" and table.classes == []
    assert table.y.dtype == np.float64 and table.y.tolist() == values
    line = table.report.lines[0]
    assert line.values == f"numbers, {min(values)} to {max(values)}"
    assert "a regression" in line.done and ("bins=" in line.done) == (task is None)
    with pytest.raises(ValueError, match="read-only"):
        table.y[0] = 1


def test_a_missing_number_is_no_target(file):
    table = read(file("a,sick\n1,0.5\n2,NA\n3,2.5\n4,\n"))
    assert table.y.tolist() == [0.5, 2.5] and column(table, "a").values.tolist() == [1, 3]
    assert "2 rows without a target left out." in table.report.notes


def test_classes_that_are_numbers_are_said_to_be_so(file):
    path = file("a,sick\n" + "".join(f"{2 * k + k % 3},{k % 5}\n" for k in range(20)))
    assert 'task="regression" predicts the number' in read(path).report.lines[0].done
    assert read(path, task="classification").report.lines[0].done == ""


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (["no", "yes"], {"task": "regression"}, "holds 'no' and 'yes'; task='regression' needs"),
        ([0.5, 1.5], {"positive": 1.5}, r"positive=1.5: is for two classes; target 'sick' holds n"),
        ([1, 2], {"task": "regression", "bins": [2]}, "bins: makes classes of numbers, and task="),
    ],
)
def test_what_no_regression_can_be_is_refused(file, values, options, message):
    path = file("a,sick\n" + "".join(f"{2 * k},{v}\n" for k, v in enumerate(values * 5)))
    with pytest.raises(ValueError, match=message):
        read(path, **options)


def test_task_and_bins_make_classes_of_numbers(file):
    path = file("a,sick\n" + "".join(f"{2 * k},{k % 24 / 2}\n" for k in range(96)))
    assert len(read(path, task="classification").classes) == 24
    table = read(path, bins=[3, 8.5])
    assert table.classes == ["below 3", "3 to below 8.5", "8.5 and above"]
    value = np.arange(96) % 24 / 2
    assert table.y.tolist() == ((value >= 3).astype(int) + (value >= 8.5)).tolist()
    assert read(path, bins=3).classes == ["below 3", "3 and above"]
    for bins, message in (
        ([8, 3], r"bins=\[8.0, 3.0\]: must be numbers in rising order"),
        ([100], r"bins=\[100.0\]: no row of 'sick' is '100 and above'"),
        (["x"], "bins='x': must be a finite number"),
    ):
        with pytest.raises(ValueError, match=message):
            read(path, bins=bins)
    with pytest.raises(ValueError, match="bins: target 'sick' holds text"):
        read(file(PLAIN), bins=[3])


# Large files


def test_a_file_that_is_too_large_is_refused_with_the_figure(file):
    text = listing(2000, a=lambda k: k * 1.5, b=lambda k: k % 7, sick=sick)
    path = file(text)
    packed = file(gzip.compress(text.encode()), "packed.csv.gz")
    for which in (path, packed):
        with pytest.raises(ValueError) as error:
            read(which, memory=1e-4)
        said = re.search(
            r"about (.*) rows × 3 columns need about (.*) GiB, and memory=0.0001 is allowed; "
            r"rows=(\d+) reads a random sample",
            str(error.value),
        )
        assert 1500 < int(said[1].replace(",", "")) < 2500 and float(said[2]) > 1e-4
        table = read(which, memory=1e-4, rows=int(said[3]))
        assert len(table) == int(said[3])
        assert f"{len(table):,} of 2,000 rows were drawn at random." in table.report.notes


def test_a_sample_is_in_order_and_the_same_each_time(file):
    path = file(listing(500, a=lambda k: k, b=lambda k: k % 7, sick=sick))
    table, again = (read(path, rows=50, numbers="a") for _ in range(2))
    found = column(table, "a").values
    assert np.array_equal(found, column(again, "a").values)
    assert (np.diff(found) > 0).all() and 150 < found.mean() < 350


def test_too_many_features_are_refused_before_they_are_made(file, monkeypatch):
    monkeypatch.setattr("helpers.data.splitting.MEMORY", 1e-5)
    table = read(file(listing(400, a=lambda k: k / 3, it=lambda k: f"c{k % 40}", sick=sick)))
    with pytest.raises(ValueError, match=r"400 rows × up to 41 features .*drop=\['it'\]"):
        split(table, 200, 100)


# Frames and arrays

FRAME = {
    "bill": [44.1, 39.5, None, 50.0] * 10,
    "count": [1, 2, 3, 3] * 10,
    "home": ["rent", None, "own", "own"] * 10,
    "flag": [True, False, None, True] * 10,
    "sick": ["no", "yes", "no", "yes"] * 10,
}


@pytest.mark.parametrize("make", [dict, pl.DataFrame], ids=["dict", "polars"])
def test_frames(make):
    table = from_frame(make(FRAME), "sick", name="birds", show=False)
    assert [column(table, n).kind for n in table.names] == ["number", "number"] + ["category"] * 2
    assert texts(table, "flag")[:4] == ["True", "False", None, "True"]
    assert texts(table, "home")[:4] == ["rent", None, "own", "own"]
    np.testing.assert_array_equal(column(table, "bill").values[:4], [44.1, 39.5, np.nan, 50])
    assert table.name == "birds" and len(split(table, 20, 10).names) == 2 + 1 + 2 * 3


def test_polars_columns_of_other_types():
    frame = pl.DataFrame(FRAME).with_columns(
        day=pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 2, 9), "1d", eager=True),
        date=pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 2, 9), "1d", eager=True),
        kind=pl.Series(["a", "b"] * 20, dtype=pl.Categorical),
        took=pl.Series([60 * k % 70 for k in range(40)]).cast(pl.Duration("ms")),
        sick=pl.Series([True, False] * 20),
    )
    table = from_frame(frame, "sick", show=False)
    kinds = {c.name: c.kind for c in table.columns}
    assert kinds["day"] == kinds["date"] == "date"
    assert (kinds["kind"], kinds["took"]) == ("category", "number")
    assert table.classes == ["False", "True"]


def test_a_frame_of_pandas():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(FRAME).astype({"home": "category", "flag": "boolean"})
    frame["nullable"] = pd.array([1, None, 3, 4] * 10, "Int64")
    frame["day"] = pd.date_range("2024-01-01", periods=40, tz="UTC")
    frame["code"] = pd.Series([3, 1] * 20).astype("category")
    frame.loc[3, "sick"] = None
    table = from_frame(frame, "sick", show=False)
    kinds = {c.name: c.kind for c in table.columns}
    assert kinds == {"bill": "number", "count": "number", "home": "category", "flag": "category",
                     "nullable": "number", "day": "date", "code": "category"}  # fmt: skip
    assert len(table) == 39 and texts(table, "code")[:2] == ["3", "1"]
    assert np.isnan(column(table, "nullable").values[1])


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([1, 2, 3, 1], ["1", "2", "3"]),
        ([-1, 1, 1, -1], ["-1", "1"]),
        (["Adelie", "Gentoo", "Adelie", "Gentoo"], ["Adelie", "Gentoo"]),
        (np.array([[1.0], [0.0], [1.0], [0.0]]), ["0", "1"]),
        (np.eye(4)[[0, 2, 3, 1]], ["0", "1", "2", "3"]),
        (pl.DataFrame({"Adelie": [1, 0, 1, 0], "Gentoo": [0, 1, 0, 1]}), ["Adelie", "Gentoo"]),
        ([True, False, True, False], ["False", "True"]),
    ],
)
def test_labels_of_any_kind(labels, classes):
    x = np.array([[1.5, np.nan], [2, 4], [3, 1], [1, 1]])
    table = from_arrays(x, labels, ["bill", "flipper"], show=False)
    assert table.classes == classes and table.names == ["bill", "flipper"]
    wanted = np.asarray(labels)
    one_hot = wanted.ndim == 2 and wanted.shape[1] > 1
    wanted = wanted.argmax(axis=1) if one_hot else np.unique(wanted, return_inverse=True)[1]
    assert table.y.tolist() == np.ravel(wanted).tolist()


def test_arrays_may_hold_text_and_gaps():
    x = np.array([[1, "a"], [2.5, None], [np.nan, "b"], [4, "a"]], object)
    table = from_arrays(x, [0, 1, 0, 1], show=False)
    assert table.names == ["x1", "x2"] and texts(table, "x2") == ["a", None, "b", "a"]
    frame = from_arrays(
        pl.DataFrame({"a": [1.0, 2, 2], "b": ["x", "y", "y"]}), [0, 1, 0], show=False
    )
    assert frame.names == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_arrays([1, 2], [0, 1]), r"x of shape \(2,\): must be \(rows, features\)"),
        (lambda: from_arrays([[1, 2], [3, 4]], [0, 1], ["a"]), "names: 1 for 2 columns of x"),
        (lambda: from_arrays([[1], [2]], [0, 1, 1]), r"columns of \[2, 3\] rows"),
        (
            lambda: from_arrays([[1], [2]], np.ones((2, 2))),
            r"y of shape \(2, 2\): must be \(rows,\)",
        ),
        (lambda: from_arrays([[1], [2]], [0, 1], ["y"]), "target='y': is a column of x"),
        (
            lambda: from_frame(np.ones((2, 2)), "a"),
            "frame: is a ndarray, must be a data frame; for",
        ),
        (lambda: from_frame({"a": [1, 2], "b": [1, 2, 3]}, "a"), r"columns of \[2, 3\] rows"),
        (
            lambda: from_frame({"a": [1, 2], "b": [1, 2]}, "c"),
            "target='c': must be one of 'a', 'b'",
        ),
        (lambda: split({"a": 1}), "table: is a dict, must be a Table.* come from read_csv"),
    ],
)
def test_frames_and_arrays_are_refused_with_what_was_found(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_numbers_alone_give_the_parts_that_a_table_gives():
    """Also bit by bit: a table that was read is no other way of standardising."""
    random = np.random.default_rng(0)
    x, y = random.normal(5, 3, (200, 4)), random.integers(0, 3, 200)
    plain = split(Table("t", x, y, ["a", "b", "c", "d"], ["0", "1", "2"]), 100, 50, flip_labels=0.1)
    parts = split(from_arrays(x, y, ["a", "b", "c", "d"], show=False), 100, 50, flip_labels=0.1)
    for name in ("train", "validation"):
        assert np.array_equal(getattr(parts, name).x, getattr(plain, name).x)
        assert np.array_equal(getattr(parts, name).y, getattr(plain, name).y)
    assert parts.names == plain.names and parts.classes == plain.classes


# What is said


def test_reading_prints_what_it_found(file, capsys):
    table = read_csv(file(PLAIN.replace(",", ";") + "9;own;\n"), target="sick")
    said = capsys.readouterr().out
    assert said == f"{table.report}\n"
    assert said.startswith(
        "birds: 4 rows, 2 columns to learn from.\nTarget 'sick': 2 classes: no (2)"
    )
    assert "1 row without a target left out." in said and "separated by semicolon" in said
    read(file(PLAIN))
    assert capsys.readouterr().out == ""


def test_the_report_has_a_line_for_each_column(file):
    text = "id,bill,home,same,sick\nA1,1.5,rent,x,no\nA2,,own,x,yes\nA3,4,rent,x,no\n"
    report = read(file(text), drop="home").report
    assert isinstance(report, Report)
    assert [(line.column, line.kind, line.missing) for line in report.lines] == [
        ("sick", "target", 0), ("id", "identifier", 0), ("bill", "number", 1),
        ("home", "left out", 0), ("same", "constant", 0)]  # fmt: skip
    assert "birds: 3 rows, 1 column to learn from, 3 columns left out." in str(report)
    shown = repr(report).splitlines()
    assert shown[0] == "birds: 3 rows" and re.match(
        r"bill +number +1 \(33.3 %\) +1.5 to 4", shown[4]
    )
    assert len({line.find("kind") for line in shown if "kind" in line}) == 1


def test_the_report_as_a_page_is_a_table_and_safe(file):
    report = read(file("a<b,$x$,sick\n1,<i>,no\n2,b,yes\n3,<i>,no\n")).report
    page = report._repr_html_()
    assert (
        page.count("<tr>") == 4
        and "<span>$</span>x<span>$</span>" in page
        and 'scope="row"' in page
        and "<caption>" in page
    )
    assert "a&lt;b" in page and "&lt;i&gt; (2)" in page and "<i>" not in page


def test_what_was_done_alike_is_said_once():
    frame = {name: [1.5, None, 2, 4] for name in "abc"} | {"d": ["x", "y", None, "x"]}
    table = from_frame(frame | {"sick": [0, 1, 0, 1]}, "sick", show=False)
    assert table.report.sentences == [
        "'a', 'b' and 'c': The median of the training rows stands for a missing value, and a "
        "feature says where one is missing.",
        "'d': A feature says where one is missing.",
    ]


def test_names_of_any_script(file):
    table = read(file("größe,名前,$\\alpha$,sick\n1,x,3,no\n2,y,4,yes\n3,x,5,no\n"))
    assert table.names == ["größe", "名前", "$\\alpha$"]
    assert repr(table) == "RawTable('birds', 3 rows, 3 columns, classes no, yes)"
    assert len(table) == 3
    with pytest.raises(AttributeError, match=r"made into numbers when .* split: parts.train.x"):
        _ = table.x


# Any file


cells = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.sampled_from(["a", "b", "", "NA", "?", "1,5", "2024-01-01", '"', "x y"]),
    st.text(max_size=6),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=4, max_size=12), st.data())
def test_whatever_csv_writes_is_read_or_refused_in_words(file, rows, data):
    """No file ends in an error of the reader or of NumPy, and no row is lost without a word."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=data.draw(st.sampled_from(",;\t")))
    writer.writerow(["one", "two", "three", "sick"])
    writer.writerows([*row, "no" if k % 2 else "yes"] for k, row in enumerate(rows))
    try:
        table = read(file(text.getvalue()))
    except ValueError as error:
        assert re.match("column '|birds: no column is left|birds.csv: ", str(error)), error
    else:
        assert len(table) == len(rows)
        parts = split(table, 2, 1)
        assert np.isfinite(parts.train.x).all() and np.isfinite(parts.validation.x).all()


def test_bytes_that_windows_does_not_know_are_latin_1(file):
    content = PLAIN.replace("own", "own\x81ñ").encode("latin-1")
    for options in ({}, {"rows": 4}):
        table = read(file(content), **options)
        assert texts(table, "home")[1] == "own\x81ñ"
        assert "The text is encoded as latin-1." in table.report.notes


def test_a_packed_file_is_not_unpacked_beyond_the_memory(file):
    path = file(gzip.compress(("a,sick\n" + "1.5,no\n2.5,yes\n" * 400_000).encode()), "many.csv.gz")
    with pytest.raises(ValueError, match=r"many.csv.gz: more than [\d,]+ rows × 2 columns"):
        read(path, memory=1e-3)


def test_rows_with_names_above_which_no_name_stands(file):
    """As R writes them, and rows that end with a separator."""
    table = read(file("a b sick\nr1 1 2 no\nr2 3 4 yes\nr3 4 5 no\n"), separator=" ")
    assert table.names == ["a", "b"] and column(table, "row names").kind == "identifier"
    assert "The first column has no name in the header line: row names." in table.report.notes
    table = read(file("a,b,sick\n1,2,no,\n3,4,yes,\n4,5,no,\n"))
    assert table.names == ["a", "b"] and column(table, "a").values.tolist() == [1, 3, 4]
    assert "Each row ends with a separator." in table.report.notes


@pytest.mark.parametrize("sign", ["%", "$", "€"])
def test_per_cent_and_currencies_are_taken_off(file, sign):
    before = f"{sign} " * (sign == "$")
    text = "a;b;sick\n" + "".join(
        f"{before}{k * k % 37},{k % 10}{sign * (not before)};x{k % 2};{sick(k)}\n"
        for k in range(40)
    )
    found = column(read(file(text)), "a")
    assert found.values.tolist() == [k * k % 37 + k % 10 / 10 for k in range(40)]
    assert found.note == f"The sign {sign} is taken off. It has decimal commas."


def test_a_sign_that_only_some_have_is_not_taken_off(file):
    """12 % may be 0.12 in the next row."""
    text = listing(60, a=lambda k: f"{k} %" if k > 55 else k / 100, b=lambda k: k % 3, sick=sick)
    with pytest.raises(ValueError, match="column 'a': holds numbers, but '56 %' in row 57"):
        read(file(text))


@pytest.mark.parametrize("frame", [False, True])
def test_whole_numbers_that_floats_cannot_tell_apart_are_identifiers(file, frame):
    long = [10**17 + k for k in range(40)]
    if frame:
        table = from_frame({"a": long, "b": [k % 3 for k in range(40)],
                            "sick": [sick(k) for k in range(40)]}, "sick", show=False)  # fmt: skip
    else:
        table = read(file(listing(40, a=long.__getitem__, b=lambda k: k % 3, sick=sick)))
    assert table.names == ["b"] and len(set(column(table, "a").values.tolist())) == 40


def test_classes_and_categories_that_differ_in_capitals_are_said(file):
    table = read(file("a,home,sick\n1,rent,no\n2,Rent,No\n3,own,no\n4,own,No\n"))
    said = "differ in capitals alone and count as different: mend the file?"
    assert f"'sick': 'No'/'no' {said}" in table.report.sentences
    assert f"'home': 'Rent'/'rent' {said}" in table.report.sentences


def test_a_row_is_counted_among_those_with_a_target(file):
    text = listing(
        60, age=lambda k: "old" if k == 41 else k * 3 % 59, sick=lambda k: "" if k < 9 else sick(k)
    )
    with pytest.raises(ValueError, match="'old' in row 33 of those with a target; mend the file"):
        read(file(text))


def test_lines_of_thousands_of_columns(file):
    names = [f"a column with a long name {k:05}" for k in range(3000)]
    rows = [",".join([*(str(k * j % 7) for j in range(3000)), sick(k)]) for k in range(12)]
    text = "\n".join([",".join([*names, "sick"]), *rows])
    assert len(names[0]) * 3000 > 2**16
    for content in (text, gzip.compress(text.encode())):
        assert len(read(file(content)).columns) == 3000
