"""Recordings of panels: complete, exact, small, and the panel stands as before afterwards."""

import base64
import itertools
import json
import os
import re
import zlib

import nbformat.v4 as v4
import numpy as np
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from helpers.data import make_2d, split
from helpers.experiment import Experiment
from helpers.panels import BoundaryLab, DecayLab, Draw, LiveLab, Predict, PredictNumber, SweepLab
from helpers.panels.base.panel import Panel
from tests.fakes import fake_trainer  # noqa: F401  used as a fixture
from tests.imports import ROOT
from tests.small import BASE, parts
from website.replay import NotRecorded, assets, hook, record
from website.replay.packing import GRID, lay_out, once_more, steps_of
from website.replay.recording import Control
from website.replay.sweeps import cut, some_epochs

MOST_BYTES = 600_000  # of a panel in a page


@pytest.fixture
def sweep(trainer, closing):
    """A sweep of lesson 02's size, trained by a formula."""
    base = Experiment(hidden=(128, 64), epochs=100)
    return closing(SweepLab(parts(), base, "l2", (0, 0.005, 0.02, 0.05, 0.1)))


@pytest.fixture
def small(trainer, closing):
    """A sweep that is recorded quickly."""
    return closing(SweepLab(parts(), BASE.replace(epochs=5), "l2", (0, 0.01, 0.1), (0, 1)))


def unpack(recording):
    """What a page reads from a recording: the header, and a function that gives its frames."""
    block = zlib.decompress(base64.b64decode(recording.pack()))
    start = 4 + int.from_bytes(block[:4], "little")
    header = json.loads(block[4:start])
    parts = {
        name: [np.frombuffer(block[start + at : start + at + n], form) for at, n in header[name]]
        for name, form in (("numbers", "<f4"), ("steps", "<i2"), ("stills", "u1"))
    }

    def column(piece):
        if piece >= 0:
            return parts["numbers"][piece]
        steps = parts["steps"][-1 - piece]
        places = np.cumsum(np.where(steps == -(2**15), 0, steps.astype(int)))
        grid = header["grid"] * max(header["size"])
        return np.where(steps == -(2**15), np.nan, places / grid).astype("float32")

    def frame(place):
        lengths = [len(c["options"]) for c in header["controls"] if c["kind"] != "button"]
        number = header["at"][np.ravel_multi_index(place, lengths)]
        still, axes, pens, labels, says, pieces = header["frames"][number]
        columns = [column(piece) for piece in pieces]
        pairs = [np.stack(columns[i : i + 2], 1).ravel() for i in range(0, len(columns), 2)]
        counts = np.array([len(pair) / 2 for pair in pairs], "float32")
        return {
            "still": parts["stills"][still].tobytes(),
            "size": header["size"],
            "strokes": [header["strokes"][pen] for pen in header["pens"][pens]],
            "labels": header["labels"][labels],
            "axes": header["axes"][axes],
            "frame": np.concatenate([counts, *pairs]),
            "says": header["words"][says],
        }

    return header, frame


def test_a_page_reads_each_frame_as_the_canvas_was_sent_it(small):
    recording = record(small)
    header, frame = unpack(recording)
    assert [len(c["options"]) for c in header["controls"]] == [3, len(some_epochs(5)), 2]
    for place in itertools.product(range(3), range(len(some_epochs(5))), range(2)):
        found, sent = frame(place), recording.frames[place]._asdict()
        numbers = np.frombuffer(sent.pop("frame"), "<f4")
        pixels = np.abs(found.pop("frame") - numbers) * max(sent["size"])
        assert np.nanmax(pixels) <= 1 / (2 * GRID) + 1e-4
        assert found == sent
        at = len(sent["strokes"])
        for stroke, count in zip(sent["strokes"], numbers[: len(sent["strokes"])], strict=True):
            if "name" in stroke:  # what can be read is exact
                assert not pixels[at : at + 2 * int(count)].any()
            at += 2 * int(count)


def test_what_is_recorded_is_what_the_panel_shows_and_it_stands_as_before(small):
    small.train()
    small.wait()
    small.slider.value, small.metric.value = 0.01, "accuracy"
    small.wait()
    before, runs = small.live_figure.sent(), small.runs
    recording = record(small)
    assert (small.slider.value, small.metric.value) == (0.01, "accuracy")
    assert small.live_figure.sent() == before == recording.frames[recording.start]
    assert {at: [run.epochs for run in row] for at, row in small.runs.items()} == {
        at: [run.epochs for run in row] for at, row in runs.items()
    }
    small.slider.value, small.metric.value = 0.1, "loss"
    small.wait()
    place = (2, recording.start[1], 0)
    assert small.live_figure.sent().frame == recording.frames[place].frame
    assert "l2(0.1)" in recording.frames[place].says


def test_a_sweep_that_grows_shows_the_curves_as_far_as_they_were_trained(small):
    recording = record(small)
    for index, epoch in enumerate(some_epochs(5)):
        assert f"after {epoch} epoch" in recording.frames[0, index, 0].says
    (run, *_) = small.runs[0]
    assert cut(run, 3).epochs == 3 and (cut(run, 3).train_loss == run.train_loss[:3]).all()


def test_a_sweep_of_the_courses_size_is_small_and_one_element(sweep):
    code = record(sweep).to_html("sweep")
    assert len(code) < MOST_BYTES
    assert code.count("<figure") == code.count("</figure>") == code.count("<script") == 1
    assert not re.search(r"(src|href)=\"(?!data:)", code)


def test_parts_that_begin_another_are_kept_once():
    found, body = lay_out([b"abcd", b"ab", b"xy", b"abcd", b""])
    assert len(body) == 6
    assert [body[at : at + n] for at, n in zip(found, (4, 2, 2, 4, 0), strict=True)] == [
        b"abcd", b"ab", b"xy", b"abcd", b"",
    ]  # fmt: skip


def test_a_live_run_is_kept_at_all_positions_moved_on_the_way_and_with_other_presets(
    trainer, closing
):
    presets = {"much": {"l2": 0.1}, "both": {"l2": 0.01, "dropout": 0.5}}
    panel = closing(LiveLab(parts(), BASE.replace(epochs=10), presets=presets))
    panel.train()
    panel.wait()
    panel.l2.value = 0.03
    panel.wait()
    before, run = panel.live_figure.sent(), panel.run
    recording = record(panel)
    assert (panel.run, panel.l2.value, panel.live_figure.sent()) == (run, 0.03, before)
    l2, after, _, moved, *buttons = recording.controls
    assert len(l2.options) == len(panel.l2.positions) and l2.start == 0
    assert after.options[-1] == "epoch 10" and moved.name == "moved after epoch 5 to"
    assert [button.name for button in buttons] == ["much", "both"]
    ends = {
        "much": (buttons[0].sets["L2 strength"], len(after.options) - 1, 0, 0),
        "both": (0, len(after.options) - 1, buttons[1].sets["settings"], 0),
        "moved": (0, len(after.options) - 1, 0, moved.options.index("l2(0.1)")),
    }
    titles = {name: " ".join(recording.frames[place].labels) for name, place in ends.items()}
    assert "l2(0.1)" in titles["much"] and "l2(0.1)" in titles["moved"]
    assert "Dropout(0.5)" in titles["both"]
    early = after.options.index("epoch 2")
    frames = recording.frames
    assert frames[0, early, 0, 1] == frames[0, early, 0, 0] != frames[5, early, 0, 0]
    assert frames[0, early, 0, 0].says.startswith("Epoch 2:")


@pytest.mark.parametrize("kind", [BoundaryLab, DecayLab])
def test_panels_that_draw_weights_are_kept_with_those_of_each_epoch(trainer, closing, kind):
    base, rows = Experiment(hidden=(4,), epochs=4), parts()
    if kind is BoundaryLab:
        rows = split(make_2d("moons"), train=20, validation=20, seed=0)
        panel = closing(kind(rows, base, "l2", (0, 0.1), (0,)))
    else:
        panel = closing(kind(rows, base, (0, 0.1), (0,)))
    recording = record(panel)
    assert sum(trainer.made) == 2 * len([run for runs in panel.runs.values() for run in runs])
    for index, epoch in enumerate((1, 2, 4)):
        place = (0, index, *(0 for _ in recording.controls[2:]))
        assert f"after {epoch} epoch" in recording.frames[place].says
    assert [control.name for control in recording.controls[:3]] == [
        "L2 strength", "after", "curves of",
    ]  # fmt: skip


def test_steps_lead_back_to_the_values_and_lift_the_pen():
    values = np.array([0.25, 0.5, np.nan, 0.75], "float32")
    steps = np.frombuffer(steps_of(values, 1000), "<i2")
    assert steps.tolist() == [250, 250, -(2**15), 250]
    assert steps_of(np.array([40.0], "float32"), 1000) is None  # far outside of the figure
    assert steps_of(np.array([], "float32"), 1000) == b""


def test_steps_between_steps_are_kept_where_they_deflate_better():
    ramp = np.arange(0, 4000, 7, dtype="<i2").tobytes()
    better, twice = once_more(ramp)
    assert better and np.cumsum(np.frombuffer(twice, "<i2"), dtype="<i2").tobytes() == ramp
    assert once_more(b"") == (False, b"")


def test_the_assets_load_nothing_else_and_are_no_module():
    script, style = assets()
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    assert "</script" not in script and "</style" not in style
    assert not re.search(r"https?:|url\(|@import", script + style)


def test_a_control_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="kind='knob': must be slider, choice or button"):
        Control("L2", "knob", ["0"])
    with pytest.raises(ValueError, match="start=1: must be an index of"):
        Control("L2", "slider", ["0"], 1)


class Unknown(Panel):
    """A panel that no recorder knows."""

    def __init__(self):
        super().__init__(None, "page")

    def _saved(self, bundle):
        return {**bundle, "text/plain": "unknown"}, {}


@pytest.fixture
def shell():
    """A shell in which panels are kept as replays."""
    made = InteractiveShell()
    made.display_pub = CapturingDisplayPublisher(parent=made)
    hook.install(made)
    return made


def test_a_shown_panel_is_kept_as_its_replay(shell, closing):
    panel = closing(Predict("Which?", ["this", "that"], "this", {"this": "Yes.", "that": "No."}))
    for _ in range(2):
        assert shell.display_formatter.format(panel) == ({}, {})
    first, second = (output["data"] for output in shell.display_pub.outputs)
    assert set(first) == {"text/html", "text/plain"}
    assert 'class="replay' in first["text/html"]
    ids = [re.search(r'id="(.+?)"', data["text/html"])[1] for data in (first, second)]
    assert len(set(ids)) == 2


def test_a_question_is_given_out_again_when_its_panel_is_told_the_number(shell, closing):
    panel = closing(PredictNumber("How many?", 0, 3))
    shell.display_formatter.format(panel)
    shell.run_cell("1")
    panel.reveal(2.5)
    shell.run_cell("2")
    shell.run_cell("3")
    asked, told = shell.display_pub.outputs
    assert asked["transient"] == told["transient"] and told["update"]
    assert asked["data"]["text/html"] != told["data"]["text/html"]


def test_a_drawing_is_asked_for_before_and_after_the_real_curve_is_known(shell, closing):
    panel = closing(Draw("Which way?", x=(1, 20), y=(0, 1)))
    shell.display_formatter.format(panel)
    asked = record(panel)
    panel.reveal([1, 10, 20], [0.9, 0.5, 0.4])
    shell.run_cell("1")
    assert [bool(output.get("update")) for output in shell.display_pub.outputs] == [False, True]
    assert asked.data != record(panel).data


def test_a_panel_without_a_recorder_keeps_what_a_saved_notebook_keeps(shell, closing):
    panel = closing(Unknown())
    with pytest.raises(NotRecorded, match="Unknown"):
        record(panel)
    shell.display_formatter.format(panel)
    (output,) = shell.display_pub.outputs
    assert output["data"] == {"text/plain": "unknown"}


def test_in_a_notebook_the_first_output_gets_what_a_later_cell_reveals(kernels):
    cells = [
        "from website.replay import hook\nhook.install(get_ipython())",
        "from helpers.panels import PredictNumber\nguess = PredictNumber('How many?', 0, 3)\nguess",
        "guess.reveal(2.5)",
    ]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells])
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    NotebookClient(notebook, kernel_name="python3").execute(env=env)
    assert [len(cell.outputs) for cell in notebook.cells] == [0, 1, 0]
    (output,) = notebook.cells[1].outputs
    data = re.search(r'class="replay-data">(.+?)</script>', output.data["text/html"])[1]
    block = zlib.decompress(base64.b64decode(data))
    assert "2.50" in json.loads(block[4 : 4 + int.from_bytes(block[:4], "little")])["words"][-1]
