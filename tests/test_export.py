"""The exported folder: the scripts, the network and the page agree with the run in the course."""

import csv
import gzip
import itertools
import re
import subprocess
import sys

import keras
import matplotlib.figure
import numpy as np
import pytest

from helpers import reference
from helpers.data import from_arrays, from_frame, load, read_csv, split
from helpers.experiment import CURVES, Divergence, Experiment, Move, Run
from helpers.export import export
from helpers.export.network import load_script
from helpers.search.result import SearchResult
from helpers.training import train
from tests.test_keras_script import undefined

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning", "ignore:When providing `inputs`"
)

E = Experiment(hidden=(5,), l2=0.01, epochs=3, batch_size=16, learning_rate=0.01, seed=3)
TOLERANCE = 1e-4


def run_on(parts, **changes):
    """A run as if trained: random weights."""
    e = E.replace(**changes)
    random = np.random.default_rng(1)
    sizes = [parts.n_features, *e.hidden, parts.task.outputs]
    weights = []
    for rows, units in itertools.pairwise(sizes):
        weights += [random.normal(size=(rows, units)), random.normal(size=units)]
    weights = [np.asarray(w, np.float32) for w in weights]
    curves = {name: np.linspace(0.7, 0.5, e.epochs, dtype=np.float32) for name in CURVES}
    return Run(experiment=e, weights=weights, task=parts.task, **curves)


# Tables -----------------------------------------------------------------------------------

ODD = ["größe (cm)", "a/b", "class", "normalization", 'say "hi", it\'s', "cast", ".", "$x$ {y}",
       "λ\\n", "where_1", "string_lookup", "日本", "  name  ", "text", "#"]  # fmt: skip


def write(path, rows, names, separator=";", encoding="utf-8"):
    """Write a file of text; quotes where they are needed."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows([names, *rows])
    return path


def clinic(folder):
    """Everything odd at once: decimal commas, signs, gaps, dates, names that Keras refuses."""
    random = np.random.default_rng(0)
    words = ['he said "no"', "it's; fine", "[UNK]", "Ärger", "3", "12", "no/ne", "two\nlines"]
    rows = []
    for k in range(120):
        big = 1.7e9 + 100 * random.normal()
        number = f"{random.normal() + k / 40:.3f}".replace(".", ",")
        rows.append([
            number if k % 11 else "NA",                       # größe (cm)
            f"{3e-9 * random.normal():.4e}".replace(".", ","),  # a/b: tiny numbers
            words[random.integers(len(words))] if k % 7 else "?",  # class
            f"{1000 * random.random():,.2f} €".translate(str.maketrans(",.", ".,")),  # € 1.234,56
            random.choice(["x", "y", "none"]),                # say "hi"
            f"{big:.3f}".replace(".", ","),                   # cast: large offset
            "-" if k % 3 else str(random.integers(50) + 0.5).replace(".", ","),  # .
            random.choice(["a", "b"]),                        # $x$ {y}
            "7" if k < 119 else "8",                          # λ\n: constant but for one row
            random.choice(["True", "False"]),                 # where_1
            random.choice(["lo", "hi", ""]),                  # string_lookup
            f"c{random.integers(70)}",                        # 日本: many categories
            str(random.integers(9)),                          # name
            f"2024-01-{k % 28 + 1:02}",                       # text: dates
            f"id-{k}",                                        # #
            ["healthy", "sick", "", "sick"][random.integers(4)] if k % 9 else "healthy",
        ])  # fmt: skip
        if k % 20 == 0:
            rows.append([""] * 16)
    path = write(folder / "Klinik Daten.csv", rows, [*ODD, 'is "sick"?'])
    table = read_csv(path, 'is "sick"?', show=False, categories=["日本"])
    return split(table, 60, 20)


def frame(folder):
    """A frame: booleans, gaps, -999 for a missing number; nothing on disk."""
    random = np.random.default_rng(2)
    columns = {
        "age": [None if k % 9 == 4 else int(k * 7 % 80) for k in range(90)],
        "smokes": [[True, False, None][k] for k in random.integers(3, size=90)],
        "code": random.integers(4, size=90),
        "lab": np.where(random.random(90) < 0.2, -999, random.normal(size=90)),
        "kind": [["a,b", 'c"d', " e", "none"][k] for k in random.integers(4, size=90)],
        "centre": [f"c{k % 6}" for k in range(90)],
    }
    columns["grade"] = [["low", "mid", "high"][k] for k in random.integers(3, size=90)]
    table = from_frame(columns, "grade", categories="code", missing=-999, show=False)
    return split(table, 45, 15, groups="centre")


def arrays(folder):
    """Numbers alone, with labels that are numbers, some flipped."""
    random = np.random.default_rng(3)
    x = random.normal(size=(80, 3)) * [1, 1e6, 1e-8] + [0, 1e9, 0]
    return split(
        from_arrays(x, random.integers(5, 9, size=80), show=False), 40, 20, flip_labels=0.3
    )


def binned(folder):
    """A gzipped file without a header, numbers of the target divided, sorted by time, a sample."""
    random = np.random.default_rng(4)
    path = folder / "log.csv.gz"
    rows = [f"{k},{random.normal():.3f},{random.normal() * 9:.2f}" for k in range(200)]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    names = ["time", "value", "gain"]
    table = read_csv(path, "gain", names=names, bins=[-3, 3], rows=100, numbers="time", show=False)
    return split(table, 50, 25, order="time")


def prices(folder):
    """A regression: prices with points between thousands and decimal commas, some wrong, gaps."""
    random = np.random.default_rng(6)
    rows = []
    for k in range(100):
        size = random.normal()
        price = f"{2e6 + 3e3 * (size + random.normal()):,.2f}".translate(str.maketrans(",.", ".,"))
        place = random.choice(["town", "village", ""])
        rows.append([f"{size:.4f}".replace(".", ","), place, price if k % 10 else ""])
    path = write(folder / "prices.csv", rows, ["size", "place", "price"], encoding="latin-1")
    return split(read_csv(path, "price", show=False), 50, 20, flip_labels=0.2)


TABLES = {
    "prices": prices,
    "concrete": lambda folder: split(load("concrete"), 100, 60),
    "clinic": clinic,
    "frame": frame,
    "arrays": arrays,
    "binned": binned,
    "cells": lambda folder: split(load("cells"), 60, 40),
    "credit": lambda folder: split(load("credit"), 100, 60, flip_labels=0.1),
}
TRAINED = ("clinic", "prices")
UNSEEN = ["a castle", 'with "quotes"', "NA", ""]


class Kept:
    """A table, its run, and the folder that was exported."""

    def __init__(self, name, folder):
        self.parts = TABLES[name](folder)
        self.run = train([E], self.parts)[0] if name in TRAINED else run_on(self.parts)
        self.folder = export(self.parts, self.run, folder / "kept network")
        self.predict = load_script(self.folder / "predict.py")
        self.raw = self.folder.parent / "new rows.csv"
        self.out = self.folder.parent / "predictions.csv"
        self._write_rows()

    def _write_rows(self):
        """Raw rows of the file, then some with gaps and unseen categories in each column."""
        script, table = self.predict, self.parts.source
        path = self.folder / "rows.csv"
        if getattr(table, "file", None):
            path = table.file.path
        names, rows = script.read_file(path)
        rows = rows[:30]
        full = max(rows, key=lambda row: sum(map(bool, row)))  # so that none becomes empty
        for name, kind in script.COLUMNS.items():
            for text in ["", "?"] if kind == "number" else UNSEEN:
                rows.append(list(full))
                rows[-1][names.index(name)] = text
        self.names, self.rows = names, rows
        shuffled = np.random.default_rng(5).permutation(len(names)).tolist()
        if getattr(script, "NAMES", None):
            shuffled = range(len(names))
        with open(self.raw, "w", encoding=script.ENCODING, newline="") as file:
            writer = csv.writer(file, delimiter=script.SEPARATOR)
            if not getattr(script, "NAMES", None):
                writer.writerow([names[k] for k in shuffled])
            writer.writerows([[row[k] for k in shuffled] for row in rows])

    def columns(self):
        """Those rows as columns, as they are given to `model.keras`."""
        return self.predict.to_columns(self.names, self.rows)

    def expected(self):
        """What the course predicts for them: probabilities (rows, classes), or numbers (rows, 1).

        Numbers are in standard deviations of the target, so that one tolerance fits all.
        """
        table, encoding = self.parts.source, self.parts.encoding
        raw = {}
        for name, values in self.columns().items():
            raw[name] = values
        if not hasattr(table, "columns"):  # a table of numbers has no gaps
            medians = {n: np.median(table.x[self.parts.rows.training, k], axis=0)
                       for k, n in enumerate(table.names)}  # fmt: skip
            raw = {n: np.where(np.isnan(v), medians[n], v) for n, v in raw.items()}
        x = encoding.transform(raw)
        logits = reference.forward(x, self.run.weights)
        if not self.parts.classes:
            return logits
        if self.parts.n_classes == 2:
            p = 1 / (1 + np.exp(-logits[:, 0]))
            return np.stack([1 - p, p], axis=1)
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Exports a table once; returns what belongs to it."""
    made = {}

    def kept(name):
        if name not in made:
            made[name] = Kept(name, tmp_path_factory.mktemp(name))
        return made[name]

    return kept


RUN = """
import pathlib, runpy, sys
sys.modules["helpers"] = None  # cannot be imported
for folder in sys.argv[1:]:
    folder = pathlib.Path(folder)
    sys.argv = ["train.py", "--test"]
    print("TABLE", folder.parent.name)
    runpy.run_path(str(folder / "train.py"), run_name="__main__")
    sys.argv = ["predict.py", str(folder.parent / "new rows.csv"),
                str(folder.parent / "predictions.csv")]
    runpy.run_path(str(folder / "predict.py"), run_name="__main__")
"""


@pytest.fixture(scope="module")
def outcome(kept, tmp_path_factory):
    """What the scripts of all folders print, run in one process without `helpers`, elsewhere."""
    folders = [str(kept(name).folder) for name in TABLES]
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error::UserWarning", "-c", RUN, *folders],
        capture_output=True, text=True, cwd=tmp_path_factory.mktemp("elsewhere"),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


each_table = pytest.mark.parametrize("name", TABLES)


def network_of(model):
    """The weights of the network in a model that takes raw columns."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return [w for layer in dense for w in layer.get_weights()]


# They agree -------------------------------------------------------------------------------


@each_table
def test_the_model_predicts_as_the_course_does(kept, name):
    found = kept(name)
    model = keras.models.load_model(found.folder / "model.keras")
    p = found.predict.predict(model, found.columns())
    expected = found.expected()
    if found.parts.n_classes == 2:
        p = np.column_stack([1 - p, p])
    elif found.parts.target:
        p = found.parts.target.standardise(p)
    np.testing.assert_allclose(p, expected, atol=TOLERANCE)
    assert expected.std(axis=0).min() > 0.01


@each_table
def test_the_models_weights_are_the_runs(kept, name):
    found = kept(name)
    model = keras.models.load_model(found.folder / "model.keras")
    for mine, theirs in zip(network_of(model), found.run.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@each_table
def test_predict_adds_the_same_predictions_to_a_file(kept, outcome, name):
    found = kept(name)
    with open(found.out, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=found.predict.SEPARATOR)
    classes, expected = found.parts.classes, found.expected()
    if not classes:
        assert header == [*header[: len(found.names)], f"predicted {found.predict.TARGET}"]
        numbers = found.parts.target.standardise(np.array([row[-1:] for row in rows], float))
        np.testing.assert_allclose(numbers, expected, atol=TOLERANCE)
        return
    assert header[-len(classes) :] == [f"probability of {c}" for c in classes]
    assert header[-len(classes) - 1] == f"predicted {found.predict.TARGET}"
    shares = np.array([row[-len(classes) :] for row in rows], float)
    np.testing.assert_allclose(shares, expected, atol=TOLERANCE)
    sure = np.sort(expected, axis=1)[:, -1] - np.sort(expected, axis=1)[:, -2] > 1e-3
    labels = np.array([row[-len(classes) - 1] for row in rows])
    assert (labels == np.array(classes)[expected.argmax(axis=1)])[sure].all()
    assert len(rows) == len(found.rows) and len(header) == len(found.names) + len(classes) + 1


@pytest.mark.parametrize("name", TRAINED)
def test_the_script_trains_the_same_network(kept, outcome, name):
    found = kept(name)
    model = keras.models.load_model(found.folder / "retrained.keras")
    for mine, theirs in zip(network_of(model), found.run.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=TOLERANCE)
    said, scale = outcome.partition(f"TABLE {name}0\n")[2].partition("TABLE")[0], found.parts.target
    for part, loss, score in (
        ("training", found.run.train_loss[-1], found.run.train_score[-1]),
        ("validation", found.run.validation_loss[-1], found.run.validation_score[-1]),
    ):
        if scale:
            told = re.search(rf"{part}: \d+ rows, error ([\d.]+), R² (-?[\d.]+)", said)
            assert float(told[1]) == pytest.approx(scale.rmse(loss), rel=1e-3)
            assert float(told[2]) == pytest.approx(score, abs=1e-3)
        else:
            told = re.search(rf"{part}: \d+ rows, loss ([\d.]+) nats, accuracy ([\d.]+) %", said)
            assert float(told[1]) == pytest.approx(loss, abs=2e-4)
            assert float(told[2]) == pytest.approx(100 * score, abs=0.06)


@each_table
def test_the_script_evaluates_the_rows_of_each_part(kept, outcome, name):
    parts = kept(name).parts
    said = outcome.partition(f"TABLE {name}")[2].partition("TABLE")[0]
    for part, rows in (("training", parts.train), ("validation", parts.validation),
                       ("test", parts.test)):  # fmt: skip
        assert f"{part}: {len(rows):,} rows" in said
    assert not parts.test.opened


# The scripts ------------------------------------------------------------------------------


@each_table
def test_the_scripts_use_what_they_define_and_are_clean(kept, name):
    folder = kept(name).folder
    for script in ("train.py", "predict.py"):
        code = (folder / script).read_text(encoding="utf-8")
        assert undefined(code) == {"__file__"}
        assert not re.search(r"\bhelpers\b|@\w+@", code)
    rules = ["--select", "E,F,I,UP,B,SIM", "--ignore", "E501"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", *rules, "."],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_moves_and_every_hyperparameter_stand_in_the_script(kept, tmp_path):
    parts = kept("frame").parts
    changes = dict(l1=0.01, dropout=0.3, input_noise=0.1, label_smoothing=0.1, weight_decay=0.1,
                   clipnorm=1.0, proximal=True, optimizer="adamw")  # fmt: skip
    run = run_on(parts, **changes)
    object.__setattr__(run, "moves", (Move(1, "l2", 0.1), Move(2, "dropout", 0.1)))
    code = (export(parts, run, tmp_path / "x") / "train.py").read_text(encoding="utf-8")
    assert undefined(code) == {"__file__"}
    for line in ("L1 = 0.01", "INPUT_NOISE = 0.1", "LABEL_SMOOTHING = 0.1", "SEED = 3"):
        assert f"\n{line}\n" in code
    assert "\nL2 = " not in code and "(2, 3, {" in code


def test_a_file_without_a_column_or_with_text_for_a_number_is_refused(kept, tmp_path, monkeypatch):
    found = kept("credit")
    for rows, message in (
        ("Age,Home\n3,rent\n", "has no column .*'Seniority'"),
        (",".join(found.names) + "\n" + ",".join(["x"] * 14) + "\n", "column 'Seniority': 'x' is"),
        (",".join(found.names) + "\n", "holds no rows"),
        (",".join(found.names) + "\n1,2\n", "row 1 has 2 fields, not 14"),
    ):
        path = tmp_path / "rows.csv"
        path.write_text(rows, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["predict.py", str(path), str(tmp_path / "out.csv")])
        with pytest.raises(SystemExit, match=message):
            found.predict.main()
    monkeypatch.setattr(sys, "argv", ["predict.py", str(path), str(path)])
    with pytest.raises(SystemExit, match="usage"):
        found.predict.main()
    monkeypatch.setattr(sys, "argv", ["predict.py", str(tmp_path / "none.csv"), "out.csv"])
    with pytest.raises(SystemExit, match="there is no such file"):
        found.predict.main()


# The page ---------------------------------------------------------------------------------


def test_the_page_says_what_was_found_done_and_reached(kept):
    found = kept("clinic")
    page = (found.folder / "REPORT.md").read_text(encoding="utf-8")
    parts = found.parts
    assert f"{len(parts.train):,} training, {len(parts.validation):,} validation and" in page
    assert f"**Test rows.** {len(parts.test)} rows, still sealed" in page
    assert "Regularisation: L2 strength 0.01." in page and "It holds dates" in page
    assert f"| training | {len(parts.train)} |" in page
    assert (found.folder / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert str(found.folder.parent) not in page


def test_the_page_takes_verdict_picture_and_what_the_test_rows_said(kept, tmp_path):
    found = kept("frame")

    class Opened:
        words = "40 test rows: accuracy 81 % (72 to 88 %)."

    figure = matplotlib.figure.Figure(figsize=(2, 1))
    ax = figure.add_subplot()
    verdict = ["Regularisation helps here.", "By 0.2 | 0.1."]
    for k, picture in enumerate((figure, ax)):
        folder = export(found.parts, found.run, tmp_path / f"f{k}", verdict=verdict,
                        picture=picture, opened=Opened())  # fmt: skip
        page = (folder / "REPORT.md").read_text(encoding="utf-8")
        assert "- Regularisation helps here." in page and "40 test rows: accuracy 81 %" in page
        assert (folder / "picture.png").stat().st_size < 20_000
    with pytest.raises(ValueError, match="picture: is a str, must be a matplotlib figure"):
        export(found.parts, found.run, tmp_path / "f2", picture="x.png")
    assert not (tmp_path / "f2").exists()


def test_a_search_result_exports_what_it_chose_and_says(kept, tmp_path, monkeypatch):
    found = kept("frame")
    figure = matplotlib.figure.Figure(figsize=(2, 1))
    monkeypatch.setattr(SearchResult, "draw", lambda self: figure)
    result = SearchResult(
        parts=found.parts, base=E, candidates=(), best_baseline=None, chosen=None, gains={},
        gain=None, verdict=("L2 helps here.",), finished=True, seeds=1, folds=5,
    )  # fmt: skip
    result.runs = [found.run, None]
    folder = result.export(str(tmp_path / "net"))
    assert folder == tmp_path / "net"
    page = (folder / "REPORT.md").read_text(encoding="utf-8")
    assert "- L2 helps here." in page and "still sealed" in page
    model = keras.models.load_model(folder / "model.keras")
    np.testing.assert_array_equal(network_of(model)[0], found.run.weights[0])


# What is refused --------------------------------------------------------------------------


def test_a_folder_that_is_taken_is_left_alone(kept, tmp_path):
    found = kept("arrays")
    (tmp_path / "net").mkdir()
    assert export(found.parts, found.run, tmp_path / "net") == tmp_path / "net"  # empty
    (tmp_path / "net" / "train.py").write_text("mine")
    assert export(found.parts, found.run, str(tmp_path / "net")) == tmp_path / "net-2"
    assert export(found.parts, found.run, tmp_path / "net") == tmp_path / "net-3"
    assert (tmp_path / "net" / "train.py").read_text() == "mine"
    (tmp_path / "file").write_text("x")
    assert export(found.parts, found.run, tmp_path / "file").name == "file-2"
    assert {p.name for p in tmp_path.iterdir()} == {"net", "net-2", "net-3", "file", "file-2"}


def test_a_folder_that_cannot_be_made_is_refused(kept, tmp_path, monkeypatch):
    found = kept("arrays")
    with pytest.raises(FileNotFoundError, match=r"folder='.*x/y': there is no folder '.*x'"):
        export(found.parts, found.run, tmp_path / "x" / "y")
    with pytest.raises(ValueError, match="folder='/': must be the name of a new folder"):
        export(found.parts, found.run, "/")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(PermissionError, match=r"folder=.*Permission denied.*can be written"):
        export(found.parts, found.run, tmp_path / "x")


def test_a_run_that_does_not_fit_is_refused(kept, tmp_path):
    parts, other = kept("arrays").parts, kept("frame")
    with pytest.raises(ValueError, match=r"run: its network has \d+ inputs and 3 outputs, and"):
        export(parts, other.run, tmp_path / "x")
    run = run_on(parts)
    object.__setattr__(run, "diverged", Divergence(3, "overflow"))
    with pytest.raises(ValueError, match="run: diverged at epoch 3; must be"):
        export(parts, run, tmp_path / "x")
    with pytest.raises(ValueError, match=r"run: is a list, must be one Run, such as runs\[0\]"):
        export(parts, [run], tmp_path / "x")
    with pytest.raises(ValueError, match="parts: is a str"):
        export("parts", run, tmp_path / "x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda text: None, FileNotFoundError, "there is no such file now"),
        (lambda text: text.replace("1.5", "1.75"), ValueError, "column 'a' holds other numbers"),
        (lambda text: text.replace("u\n", "v\n"), ValueError, "the target 'sick' has other"),
        (lambda text: text.replace("red", "blue"), ValueError, "changed since: .*'hue="),
        (lambda text: "".join(text.splitlines(True)[:30]), ValueError, "since: it has 29 rows"),
        (lambda text: text.replace("hue", "hues"), ValueError, "its columns are 'a', 'hues'"),
    ],
)
def test_a_file_that_is_gone_or_was_changed_is_refused(tmp_path, change, error, message):
    rows = "".join(f"{k % 7}.5,{['red', 'tan', 'jet'][k % 3]},{'uv'[k % 2]}\n" for k in range(60))
    path = tmp_path / "small.csv"
    path.write_text("a,hue,sick\n" + rows)
    parts = split(read_csv(path, "sick", show=False), 30, 15)
    text = change(path.read_text())
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(error, match=message):
        export(parts, run_on(parts), tmp_path / "x")
    assert not (tmp_path / "x").exists()
