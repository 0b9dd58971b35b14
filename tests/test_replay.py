"""Recordings of panels: complete, exact, small, and the panel stands as before afterwards."""

import base64
import itertools
import json
import re
import zlib

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.experiment import Experiment
from helpers.panels import SweepLab
from helpers.panels.base.panel import Panel
from tests.fakes import fake_trainer  # noqa: F401  used as a fixture
from tests.small import BASE, parts
from website.replay import NotRecorded, assets, hook, record
from website.replay.packing import lay_out
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
    return closing(SweepLab(parts(), BASE, "l2", (0, 0.01, 0.1), (0, 1)))


def unpack(recording):
    """What a page reads from a recording: the header, and a function that gives its frames."""
    block = zlib.decompress(base64.b64decode(recording.pack()))
    start = 4 + int.from_bytes(block[:4], "little")
    header = json.loads(block[4:start])
    numbers = [np.frombuffer(block, "<f4", n, start + 4 * at) for at, n in header["numbers"]]

    def frame(place):
        lengths = [len(c["options"]) for c in header["controls"] if c["kind"] != "button"]
        number = header["at"][np.ravel_multi_index(place, lengths)]
        still, axes, pens, labels, says, pieces = header["frames"][number]
        columns = [numbers[piece] for piece in pieces]
        pairs = [np.stack(columns[i : i + 2], 1).ravel() for i in range(0, len(columns), 2)]
        counts = np.array([len(pair) / 2 for pair in pairs], "float32")
        begin, end = header["stills"][still]
        return {
            "still": block[start + begin : start + end],
            "size": header["size"],
            "strokes": [header["strokes"][pen] for pen in header["pens"][pens]],
            "labels": header["labels"][labels],
            "axes": header["axes"][axes],
            "frame": np.concatenate([counts, *pairs]).tobytes(),
            "says": header["words"][says],
        }

    return header, frame


def test_a_page_reads_each_frame_as_the_canvas_was_sent_it(small):
    recording = record(small)
    header, frame = unpack(recording)
    assert [len(c["options"]) for c in header["controls"]] == [3, len(some_epochs(20)), 2]
    for place in itertools.product(range(3), range(len(some_epochs(20))), range(2)):
        assert frame(place) == recording.frames[place]._asdict()


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
    for index, epoch in enumerate(some_epochs(20)):
        assert f"after {epoch} epoch" in recording.frames[0, index, 0].says
    (run, *_) = small.runs[0]
    assert cut(run, 7).epochs == 7 and (cut(run, 7).train_loss == run.train_loss[:7]).all()


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
    hook.install(made)
    return made


def test_a_shown_panel_is_kept_as_its_replay(shell, small):
    bundle, _ = shell.display_formatter.format(small)
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'class="replay' in bundle["text/html"]
    again, _ = shell.display_formatter.format(small)
    ids = [re.search(r'id="(.+?)"', b["text/html"])[1] for b in (bundle, again)]
    assert len(set(ids)) == 2


def test_a_panel_without_a_recorder_keeps_what_a_saved_notebook_keeps(shell, closing):
    panel = closing(Unknown())
    with pytest.raises(NotRecorded, match="Unknown"):
        record(panel)
    bundle, _ = shell.display_formatter.format(panel)
    assert bundle == {"text/plain": "unknown"}
