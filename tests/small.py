"""What tests of panels share: one small job, compiled once in a process, and its handles."""

import functools
import gc
import threading
import time
import weakref

import ipywidgets as widgets

from helpers.data import load, split
from helpers.experiment import Experiment
from helpers.panels.figure.live_figure import SAVED_NOTE

BASE = Experiment(hidden=(8,), epochs=20, learning_rate=1e-2)


@functools.cache
def parts():
    """64 training and 64 validation rows of `cells`."""
    return split(load("cells"), train=64, validation=64, seed=0)


def until(condition, seconds=60):
    """Wait until a condition holds; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def status(panel):
    """The words of the status line."""
    panel._talk.flush()
    return panel.status.value


def epochs_of(panel):
    """How many epochs a panel of many networks has trained and shows; 0 before the first."""
    return max((run.epochs for runs in panel.runs.values() for run in runs), default=0)


def press(panel, description):
    """Press the button with these words."""
    (found,) = [w for w in all_widgets(panel) if getattr(w, "description", None) == description]
    found.click()


def all_widgets(widget):
    """A widget and all that is in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_widgets(child)


def check_saved(panel):
    """Fail unless a page without a kernel keeps the panel's `repr`, its picture and its words."""
    bundle, metadata = panel._repr_mimebundle_()
    assert bundle["text/plain"] == repr(panel)
    assert bundle["image/png"].startswith("iVBOR")
    words = f"{panel.live_figure.says} {SAVED_NOTE}"
    assert panel.live_figure.says and metadata == {"image/png": {"alt": words}}


def check_error_is_shown(panel, monkeypatch, move):
    """Fail unless an error of the drawing that `move` asks for is kept and said."""

    def broken(state):
        raise RuntimeError("the pen is dry")

    monkeypatch.setattr(panel.chart, "show", broken)
    move(panel)
    assert isinstance(panel.error, RuntimeError)
    assert "the pen is dry" in panel.status.value


def check_freed(make, use):
    """Fail unless closing a panel, also twice, frees its picture, its widgets and its threads."""
    known, threads = set(widgets.widget._instances), threading.active_count()
    panel = make()
    use(panel)
    figure = weakref.ref(panel.live_figure.figure)
    panel.close()
    panel.close()
    del panel
    gc.collect()
    assert figure() is None
    assert set(widgets.widget._instances) <= known
    assert threading.active_count() <= threads


def check_closing(make):
    """Fail unless closing a panel while it trains ends its thread and frees all; returns it."""
    known = len(widgets.widget._instances)
    panel = make(BASE.replace(epochs=100_000))
    panel.train()
    until(lambda: epochs_of(panel) >= 1)
    thread, figure = panel._worker._thread, weakref.ref(panel.live_figure.figure)
    panel.close()
    assert not thread.is_alive()
    gc.collect()
    assert figure() is None and panel.runs == {}
    panel.train()
    assert not panel._worker.working
    assert len(widgets.widget._instances) <= known
    return panel
