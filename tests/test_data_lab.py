"""DataLab with a stand-in for the search; the last test searches on the real engine."""

import _thread
import html
import re
import sys
import types
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from helpers.data import from_arrays, load, split
from helpers.metrics import Interval
from helpers.panels import DataLab
from tests.fakes import Gate
from tests.small import BASE, check_freed, check_saved, parts, press, until

VERDICT = ("Regularisation helps <here>: it costs $5 and $6.", "Chosen: L2 0.01.")


class Progress(NamedTuple):
    phase: str
    fraction: float
    remaining: float


class FakeResult:
    """What the stand-in finds: three rows, of which one is chosen."""

    def __init__(self, parts, finished=True):
        self.parts, self.finished = parts, finished
        names = ("L2 0.01", "no regularisation", "dropout 0.5")
        differences = (Interval(-0.1, -0.15, -0.05, 0.05), Interval(0.0, 0.0, 0.0, 0.0),
                       Interval(np.inf, -np.inf, np.inf, np.inf))  # fmt: skip
        self.candidates = tuple(
            types.SimpleNamespace(
                name=name, is_baseline=name == "no regularisation", mean=0.4 + 0.1 * k,
                difference=difference, left_out=False, experiment=BASE.replace(l2=0.01 * (k == 0)),
            )
            for k, (name, difference) in enumerate(zip(names, differences, strict=True))
        )  # fmt: skip
        self.chosen = self.candidates[0]
        self.verdict = VERDICT if finished else ("It was cancelled.", *VERDICT)

    def draw(self, ax):
        names = [c.name for c in self.candidates]
        ax.errorbar([-0.1, 0, 0.1], range(3), xerr=0.05, fmt="o")
        ax.set_yticks(range(3), names)

    def open_test(self, why):
        part = self.parts.test.open(why)
        return types.SimpleNamespace(words=f"On {len(part)} test rows the accuracy is ≈ 80 %.")

    def export(self, folder):
        folder, number = Path(folder), 1
        while folder.exists():
            number += 1
            folder = folder.with_name(f"{Path(folder.name).stem.split('-2')[0]}-{number}")
        folder.mkdir()
        (folder / "model.keras").write_text("a network")
        return folder


class FakeSearch:
    """Stands in for `helpers.search.search`.

    Attributes:
        asked: The minutes of each search.
        before: Called when a search begins; may wait for a test, or raise.
        endless: Whether it goes on until it is cancelled.
    """

    def __init__(self):
        self.asked, self.endless, self.chosen = [], False, True

    def before(self):
        """Let it begin."""

    def search(self, parts, *, minutes, progress, cancel, **options):
        self.asked.append(minutes)
        self.options = options
        self.before()
        progress(Progress("round 1 of 3", 0.25, 80.0))
        while self.endless and not cancel.wait(0.005):
            progress(Progress("round 2 of 3", 0.5, 40.0))
        result = FakeResult(parts, finished=not cancel.is_set())
        if not self.chosen:
            result.chosen = None
        return result


@pytest.fixture(autouse=True)
def engine(monkeypatch, request):
    """The stand-in, which panels search with; not where a test asks for the real one."""
    if "real_engine" in request.fixturenames:
        return None
    found = FakeSearch()
    monkeypatch.setitem(sys.modules, "helpers.search", found)
    return found


@pytest.fixture
def make(closing):
    """Makes panels of one table that search with the stand-in."""

    def make(given=None, **more):
        return closing(DataLab(given or parts(), **more))

    return make


@pytest.fixture
def searched(panel):
    """A panel whose search is done."""
    panel.search()
    panel.wait()
    return panel


def said(panel):
    """The words of the status line, without marks."""
    return html.unescape(re.sub(r"<[^>]*>", " ", panel.status.value))


def test_the_table_and_the_sizes_are_shown_before_anything_is_done(panel, engine):
    shown = panel.controls.report.value
    assert "64 training rows to learn from, 64 validation rows to choose by" in shown
    assert "test rows sealed until the end" in shown and "56 features" in shown
    assert "four baselines" in said(panel) and engine.asked == []
    assert panel.controls.open_button.disabled and panel.controls.export_button.disabled
    assert panel.form is None and panel.live_figure is None


def test_a_table_that_was_read_shows_its_report(make):
    x = np.arange(40.0).reshape(20, 2)
    x[3, 0] = np.nan
    table = from_arrays(x, ["a<b", "c"] * 10, ["size", "$ig"], show=False)
    shown = make(split(table, train=10, validation=5)).controls.report.value
    assert 'scope="row">size' in shown and "1 (5.0 %)" in shown and "a&lt;b (10)" in shown
    assert "<li>" in shown  # what to know about the parts
    assert 'role="region"' in shown and 'tabindex="0"' in shown


def test_a_search_shows_verdict_picture_and_ranking(searched, engine):
    assert engine.asked == [2] and searched.error is None
    assert "Regularisation helps &lt;here&gt;" in searched.status.value
    assert "$5" not in searched.status.value  # two of them would be mathematics
    labels = [t.get_text() for t in searched.live_figure.figure.axes[0].get_yticklabels()]
    assert labels == ["L2 0.01", "no regularisation", "dropout 0.5"]
    assert searched.controls.picture.children == (searched.live_figure,)
    ranking = searched.controls.ranking.value
    assert "-0.100 (-0.150 to -0.050)" in ranking and "diverged" in ranking
    assert searched.controls.search_button.description == "Search again"
    assert searched.controls.bar.value == 0 and searched.controls.count.value == ""


def test_progress_and_remaining_time_are_told(panel, engine):
    engine.endless = True
    panel.search()
    until(lambda: panel.controls.count.value == "round 2 of 3, 40 s left")
    assert panel.controls.bar.value == panel.controls.bar.max / 2
    assert "at most 2 min" in said(panel)
    assert panel.controls.search_button.description == "Cancel" and panel.controls.minutes.disabled


def test_cancelling_keeps_what_there_is(panel, engine):
    engine.endless = True
    press(panel, "Search")
    until(lambda: panel.controls.bar.value)
    press(panel, "Cancel")
    panel.wait()
    assert not panel.result.finished and "It was cancelled." in said(panel)
    assert not panel.controls.open_button.disabled
    engine.endless = False
    press(panel, "Search again")  # and is not cancelled any more
    panel.wait()
    assert panel.result.finished


def test_an_interrupted_wait_cancels_the_search(panel, engine):
    def interrupt():
        until(lambda: panel._worker.awaited)
        _thread.interrupt_main()

    engine.endless, engine.before = True, interrupt
    with pytest.raises(KeyboardInterrupt):
        panel.search()
        panel.wait()
    panel.wait()
    assert not panel.result.finished


def test_the_minutes_are_those_of_the_field(panel, engine):
    panel.controls.minutes.value = 0.5
    panel.search()
    panel.wait()
    assert engine.asked == [0.5]
    panel.controls.minutes.value = -1
    press(panel, "Search again")
    assert "minutes=-1.0: must be a finite number above 0" in said(panel)
    assert "Chosen: L2 0.01." in said(panel)  # an error does not take the verdict away


def test_further_arguments_are_the_searchs(make, engine):
    panel = make(base=BASE, folds=3)
    panel.search()
    panel.wait()
    assert engine.options == {"base": BASE, "folds": 3}


def test_the_seal_is_opened_once_and_counted(make, capsys):
    panel = make(split(load("cells"), train=64, validation=64, seed=5))
    panel.search()
    panel.wait()
    press(panel, "Open the sealed rows")
    assert "why=''" in said(panel) and panel.parts.test.opened == []
    panel.controls.why.value = "the choice is made"
    press(panel, "Open the sealed rows")
    panel.wait()
    rows = len(panel.parts.test)
    assert panel.parts.test.opened == ["the choice is made"]
    assert f"On {rows} test rows the accuracy" in said(panel)
    assert "opened the 1st time: “the choice is made”" in panel.controls.seal.value
    assert "Test set opened (1st time)" in capsys.readouterr().out
    assert panel.controls.open_button.disabled
    panel.search()  # another result may look, and it is said that these rows were seen
    panel.wait()
    assert panel.opened is None and "1st time" in panel.controls.seal.value
    panel.open_test("again")
    panel.wait()
    assert "2nd time: “again”" in panel.controls.seal.value


def test_without_test_rows_there_is_nothing_to_open(make):
    panel = make(split(load("cells"), train=512, validation=512, test=0))
    panel.search()
    panel.wait()
    assert panel.controls.open_button.disabled
    assert "No row is left for a test" in panel.controls.seal.value


def test_the_export_says_where_it_went(searched, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert searched.controls.folder.value == "cells-network"
    press(searched, "Export")
    searched.wait()
    assert searched.exported == Path("cells-network")
    assert f"Exported to {tmp_path / 'cells-network'}: model.keras." in said(searched)
    press(searched, "Export")
    searched.wait()
    assert f"Exported to {tmp_path / 'cells-network-2'}" in said(searched)
    assert "A folder 'cells-network' was there already; it is as it was." in said(searched)
    searched.controls.folder.value = " "
    press(searched, "Export")
    assert "folder=' ': must be the name of a folder" in said(searched)


def test_nothing_can_be_opened_or_exported_before_a_network_is_chosen(panel, engine):
    for act in (lambda: panel.open_test("why"), lambda: panel.export("folder")):
        with pytest.raises(ValueError, match="no network is chosen yet"):
            act()
    engine.chosen = False
    panel.search()
    panel.wait()
    assert panel.controls.open_button.disabled and panel.controls.export_button.disabled
    assert "Search first" in panel.keras_script


def test_one_thing_is_done_at_a_time(searched, engine):
    gate = Gate()
    engine.before = gate.stop_here
    searched.search()
    gate.wait_for_thread()
    for act in (searched.search, lambda: searched.export("folder"),
                lambda: searched.open_test("why")):  # fmt: skip
        with pytest.raises(RuntimeError, match="still searching"):
            act()
    gate.open()
    searched.wait()
    assert searched.error is None


def test_an_error_of_the_search_is_shown_kept_and_raised(panel, engine):
    def broken():
        raise MemoryError("no room for the networks")

    engine.before = broken
    panel.search()
    with pytest.raises(MemoryError):
        panel.wait()
    assert "MemoryError: no room for the networks" in said(panel)
    assert panel.controls.search_button.description == "Search"
    engine.before = lambda: None
    panel.search()
    panel.wait()
    assert panel.error is None and "MemoryError" not in said(panel)


def test_the_keras_code_is_that_of_the_chosen_network(searched):
    drawer = searched.children[-1]
    drawer.selected_index = 0
    code = drawer.children[0].value
    assert "regularizers.L2(0.01)" in code and "regularizers" in searched.keras_script


def test_the_face_is_fixed(panel):
    assert repr(panel) == "DataLab(cells, minutes=2)"
    before, _ = panel._repr_mimebundle_()
    assert "64 training rows" in before["text/markdown"] and "baselines" in before["text/markdown"]
    panel.search()
    panel.wait()
    check_saved(panel)
    assert all(sentence in panel.live_figure.says for sentence in VERDICT)
    assert panel._repr_mimebundle_()[0]["text/plain"] == before["text/plain"]


def test_a_lecture_has_a_larger_picture(make):
    widths = []
    for size in ("page", "lecture"):
        panel = make(size=size)
        panel.search()
        panel.wait()
        widths.append(panel.live_figure.figure.bbox.width)
    assert widths[1] > widths[0]


def test_closing_frees_everything():
    def use(panel):
        panel.search()
        panel.wait()
        panel.search()
        panel.wait()

    check_freed(lambda: DataLab(parts()), use)


def test_closing_ends_a_search(panel, engine):
    engine.endless = True
    panel.search()
    until(lambda: panel.controls.bar.value)
    panel.close()
    assert panel.closed and panel.result is None
    panel.search()
    assert engine.asked == [2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"parts": 3}, "parts: is a int, must be what split"),
        ({"minutes": 0}, "minutes=0: must be a finite number above 0"),
        ({"size": "huge"}, "size='huge'"),
        ({"fold": 3}, "argument='fold': must be one of .*did you mean 'folds'"),
        ({"settings": "minutes: 2"}, "settings='minutes: 2': must be as in"),
        ({"settings": "target='y'", "parts": parts()}, "only minutes can be set"),
    ],
)
def test_bad_arguments_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        DataLab(**wrong)


# With a form


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the notebook is, with a table."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{i % 7},{i % 5},{'ny'[i % 3 == 0]}" for i in range(60)]
    (tmp_path / "mine.csv").write_text("\n".join(["a,b,left", *rows]))
    return tmp_path


def test_from_a_file_to_a_result(folder, closing):
    panel = closing(DataLab(minutes=1))
    assert repr(panel) == "DataLab(no table yet, minutes=1)" and "Choose a file" in said(panel)
    assert panel.controls.search_button.disabled
    with pytest.raises(ValueError, match="parts: there are none yet"):
        panel.search()
    panel.form.path.value = "mine.csv"
    panel.wait()
    assert "mine.csv has 3 columns. Now choose the column to predict." in " ".join(
        said(panel).split()
    )
    panel.form.target.value = "left"
    panel.wait()
    assert not panel.controls.search_button.disabled and "left" in panel.controls.report.value
    assert panel.controls.folder.value == "mine-network"
    panel.search()
    panel.wait()
    assert panel.result.parts is panel.parts and panel.live_figure is not None
    panel.form.target.value = "b"  # what was found is of another target
    panel.wait()
    assert panel.result is None and panel.live_figure is None
    assert panel.controls.picture.children == () and panel.controls.ranking.value == ""


def test_a_wrong_file_is_said_where_the_reader_looks(folder, closing):
    panel = closing(DataLab())
    (folder / "broken.csv").write_bytes(b"PK\x03\x04")
    panel.form.path.value = "broken.csv"
    with pytest.raises(ValueError, match=r"broken\.csv: is a ZIP archive"):
        panel.wait()
    assert "broken.csv: is a ZIP archive" in said(panel) and panel.parts is None
    panel.form.path.value = "mine.csv"
    panel.wait()
    assert "ZIP" not in said(panel)


def test_settings_bring_another_panel_to_the_same_place(folder, closing):
    first = closing(DataLab())
    first.form.path.value = "mine.csv"
    first.wait()
    first.form.target.value = "left"
    first.form.drop.value = ("b",)
    first.controls.minutes.value = 0.5
    first.wait()
    expected = "path='mine.csv', target='left', drop=['b'], train=0.6, validation=0.2, minutes=0.5"
    assert first.settings == expected
    second = closing(DataLab(settings=first.settings))
    second.wait()
    assert second.settings == expected and second.parts.names == first.parts.names == ["a"]


def test_the_form_rests_while_it_searches(folder, closing, engine):
    panel = closing(DataLab(settings="path='mine.csv', target='left'"))
    panel.wait()
    engine.endless = True
    panel.search()
    assert panel.form.target.disabled and panel.form.upload.disabled
    panel.cancel()
    panel.wait()
    assert not panel.form.target.disabled


@pytest.fixture
def real_engine(tmp_path, monkeypatch):
    """Leaves the real search in place, with an empty cache."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


def test_the_real_search_from_a_file_to_an_exported_network(real_engine, folder, closing):
    space = {"l2": (0.01, 0.1), "dropout": (0.3,)}
    more = {"base": BASE, "space": space, "folds": 3, "seeds": 2}
    panel = closing(DataLab(minutes=60, settings="path='mine.csv', target='left'", **more))
    panel.wait()
    phases = []
    panel.controls.count.observe(lambda change: phases.append(change["new"]), "value")
    panel.search()
    panel.wait()
    assert panel.result.finished and any("round 1" in words for words in phases)
    assert {c.name for c in panel.result.candidates} >= {"L2 0.01", "no regularisation"}
    assert all(sentence in said(panel) for sentence in panel.result.verdict)
    labels = [t.get_text() for t in panel.live_figure.figure.axes[0].get_yticklabels()]
    assert any("(chosen)" in label for label in labels)
    check_saved(panel)
    panel.open_test("the choice is made")
    panel.wait()
    assert 0 <= panel.opened.low <= panel.opened.score <= panel.opened.high <= 1
    assert panel.opened.words in said(panel)
    panel.export("kept")
    panel.wait()
    assert {"model.keras", "predict.py", "train.py", "REPORT.md"} <= {
        path.name for path in panel.exported.iterdir()
    }


def test_closing_a_panel_with_a_form_frees_everything(folder):
    def use(panel):
        panel.wait()
        panel.search()
        panel.wait()

    check_freed(lambda: DataLab(settings="path='mine.csv', target='left'"), use)


def test_a_press_brings_what_its_field_holds_on_the_page(searched):
    """Its own message may come before the one with the words."""
    button = searched.controls.open_button
    button._handle_custom_msg({"pressed": ["a reason just typed"]}, [])
    searched.wait()
    assert searched.controls.why.value == "a reason just typed"
    assert searched.parts.test.opened == ["a reason just typed"]
