"""Panels that train banks: what is shown is what was published and chosen last, in any order.

A trainer without TensorFlow stands in for the engine, and gates decide what each thread does when.
"""

import functools
import threading

import ipywidgets as widgets
import numpy as np
import pytest

from helpers.data import Table, make_2d, split
from helpers.experiment import Experiment
from helpers.panels import BoundaryLab, GridLab, SweepLab
from tests.fakes import Gate, StallingLock, fake_trainer, overtake  # noqa: F401
from tests.small import all_widgets, check_saved, status

BASE = Experiment(hidden=(3,), epochs=4)
SEEDS = (0, 1)
L2 = (0.0, 1.0, 2.0)


@functools.cache
def moons():
    """40 training rows, 4 of them with a flipped label, and 40 validation rows."""
    return split(make_2d("moons", rows=100), train=40, validation=40, flip_labels=0.1)


def sweep(base=BASE, **more):
    return SweepLab(moons(), base, "l2", L2, SEEDS, **more)


def boundary(base=BASE, **more):
    return BoundaryLab(moons(), base, "l2", L2, SEEDS, **more)


def grid(base=BASE, **more):
    positions = {"l2": L2, "dropout": (0.0, 0.5)}
    return GridLab(moons(), base, positions=positions, seeds=SEEDS, **more)


MAKERS = [sweep, boundary, grid]


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def make(request, trainer, closing):
    """Makes one of the three panels."""
    return lambda *given, **more: closing(request.param(*given, **more))


def trained(panel):
    panel.train()
    panel.wait()
    return panel


def lines(panel, name):
    """What is drawn as a line of this name, on all axes: arrays of y."""
    found = [ln for ax in panel.live_figure.figure.axes for ln in ax.get_lines()]
    return [ln.get_ydata() for ln in found if ln.get_label() == name]


def widget_with(panel, **traits):
    """The one widget in the panel whose traits have these values."""
    (found,) = [
        w for w in all_widgets(panel)
        if all(getattr(w, name, None) == value for name, value in traits.items())
    ]  # fmt: skip
    return found


def labels(panel):
    """The words of all labels."""
    return [w.value for w in all_widgets(panel) if isinstance(w, widgets.Label)]


def train_button(panel):
    words = ("Train all", "Train again", "Go on", "Cancel")
    (found,) = [w for w in all_widgets(panel) if getattr(w, "description", None) in words]
    return found


def metric_buttons(panel):
    return widget_with(panel, options=(("loss", "loss"), ("accuracy", "accuracy")))


def mean(runs, curve):
    return np.mean([getattr(run, curve) for run in runs], axis=0)


# --- One owner of what is drawn ---------------------------------------------------------------


@pytest.mark.parametrize("create", [sweep, boundary])
@pytest.mark.parametrize("epoch", [1, BASE.epochs])
def test_a_metric_chosen_while_results_come_is_that_of_all_lines(
    trainer,
    closing,
    create,
    epoch,
):
    panel, gate = closing(create()), Gate()
    trainer.before_runs = staticmethod(lambda at: gate.stop_here() if at == epoch else None)
    panel.train()
    gate.wait_for_thread()
    trainer.before_runs = staticmethod(lambda at: None)
    metric_buttons(panel).value = "accuracy"
    gate.open()
    panel.wait()
    left = lines(panel, "validation")[0]
    assert left == pytest.approx(mean(panel.runs[0.0], "validation_accuracy"))
    assert "accuracy" in [ax.get_ylabel() for ax in panel.live_figure.figure.axes]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_the_ends_of_all_positions_are_of_the_chosen_metric(trainer, closing, metric):
    """The metric changes after the last results were computed, before they are drawn."""
    panel, gate = closing(sweep(metric={"loss": "accuracy", "accuracy": "loss"}[metric])), Gate()
    panel.live_figure.lock = lock = StallingLock(panel.live_figure.lock, gate)

    def before_runs(epoch):
        if epoch == BASE.epochs:
            lock.thread = threading.current_thread()

    trainer.before_runs = staticmethod(before_runs)
    panel.train()
    gate.wait_for_thread()
    metric_buttons(panel).value = metric
    gate.open()
    panel.wait()
    _, right = lines(panel, "validation")
    ends = [mean(runs, f"validation_{metric}")[-1] for runs in panel.runs.values()]
    assert right == pytest.approx(ends)


def test_the_slider_moved_last_is_what_is_drawn(make):
    panel = trained(make())
    overtake(
        panel, lambda: setattr(panel.l2, "value", 1.0), lambda: setattr(panel.l2, "value", 2.0)
    )
    runs = panel.runs[2.0, 0.0] if isinstance(panel, GridLab) else panel.runs[2.0]
    assert lines(panel, "validation")[0] == pytest.approx(mean(runs, "validation_loss"))


def test_a_slider_that_moves_while_results_come_does_not_bring_back_old_ones(make, trainer):
    panel, gate = make(), Gate()
    trainer.before = staticmethod(lambda epoch: gate.stop_here() if epoch == 3 else None)
    panel.train()
    gate.wait_for_thread()
    panel.cancel()

    def go_on():
        gate.open()
        panel.wait()

    overtake(panel, lambda: setattr(panel.l2, "value", 1.0), go_on)
    runs = panel.runs[1.0, 0.0] if isinstance(panel, GridLab) else panel.runs[1.0]
    assert len(runs[0].validation_loss) == 3
    assert lines(panel, "validation")[0] == pytest.approx(mean(runs, "validation_loss"))


# --- Buttons ----------------------------------------------------------------------------------


def test_train_cancel_and_train_again_go_on_where_it_was(make, trainer):
    panel, gate = make(), Gate()
    trainer.before = staticmethod(lambda epoch: gate.stop_here() if epoch == 3 else None)
    train_button(panel).click()
    gate.wait_for_thread()
    assert train_button(panel).description == "Cancel"
    train_button(panel).click()
    gate.open()
    panel.wait()
    assert {run.epochs for runs in panel.runs.values() for run in runs} == {3}
    assert train_button(panel).description == "Go on"
    assert "epoch 3 of 4" in labels(panel)
    trainer.before = staticmethod(lambda epoch: None)
    made = list(trainer.made)
    train_button(panel).click()
    panel.wait()
    assert {run.epochs for runs in panel.runs.values() for run in runs} == {4}
    assert trainer.made == made and train_button(panel).description == "Train again"


def test_cancel_and_train_in_one_breath_go_on(make, trainer):
    panel, gate = make(), Gate()
    trainer.before = staticmethod(lambda epoch: gate.stop_here() if epoch == 2 else None)
    panel.train()
    gate.wait_for_thread()
    panel.cancel()
    panel.train()
    gate.open()
    panel.wait()
    assert {run.epochs for runs in panel.runs.values() for run in runs} == {4}
    assert len(trainer.made) == 1


def test_training_again_keeps_the_old_results_until_there_are_new_ones(make, trainer):
    panel, gate = trained(make()), Gate()
    old = panel.runs
    trainer.before = staticmethod(lambda epoch: gate.stop_here() if epoch == 1 else None)
    train_button(panel).click()
    gate.wait_for_thread()
    assert panel.runs == old and "Compiling" in status(panel)
    panel.cancel()
    gate.open()
    panel.wait()  # the first epoch of the new training is there
    trainer.before = staticmethod(lambda epoch: None)
    panel.train()
    panel.wait()
    assert {run.epochs for runs in panel.runs.values() for run in runs} == {4}
    assert panel.runs != old and len(trainer.made) == 2


def test_training_again_that_fails_keeps_the_old_results(make, trainer):
    panel = trained(make())
    old = panel.runs
    trainer.before = staticmethod(lambda epoch: 1 / 0)
    panel.train(replace=True)
    with pytest.raises(ZeroDivisionError):
        panel.wait()
    assert panel.runs == old and "ZeroDivisionError" in status(panel)
    assert train_button(panel).description == "Train again"
    trainer.before = staticmethod(lambda epoch: None)
    panel.train(replace=True)
    panel.wait()
    assert "after 4 epochs" in status(panel)


def test_closing_while_it_compiles_waits_for_the_thread_and_publishes_nothing(make, trainer):
    panel, gate = make(), Gate()
    trainer.before = staticmethod(lambda epoch: gate.stop_here())
    panel.train()
    gate.wait_for_thread()
    gate.open()
    panel.close()
    assert panel.closed and panel.runs == {}
    panel.train()  # does nothing any more
    panel.cancel()
    assert repr(panel).startswith(type(panel).__name__)


def test_a_panel_that_diverged_everywhere_is_finished(trainer, closing):
    panel = closing(SweepLab(moons(), BASE, "l2", (1000, 2000), SEEDS))
    trained(panel)
    assert "2 of 2 runs diverged" in status(panel) and "no sweet spot" in status(panel)
    assert train_button(panel).description == "Train again"


def test_the_code_in_the_open_drawer_follows_the_slider(make):
    panel = make()
    (drawer,) = [w for w in all_widgets(panel) if getattr(w, "titles", None)]
    drawer.selected_index = 0
    panel.l2.value = 2.0
    assert "l2(2" in drawer.children[0].value.replace("L2(2", "l2(2")


def test_each_panel_says_what_varies_in_its_standard_errors(make):
    panel = trained(make())
    words = status(panel)
    if isinstance(panel, GridLab):
        assert "One standard error over 40 validation rows and 2 seeds is" in words
    if type(panel) is SweepLab:
        assert "over 2 seeds" in words
    else:
        assert "(one standard error over 40 rows)" in words


def test_a_saved_panel_holds_picture_and_words(make):
    check_saved(trained(make()))


def test_nothing_is_drawn_of_memory_that_was_never_written(make, monkeypatch):
    """What `np.empty` finds in memory is nearly always small, and now and then overflows."""
    made = np.empty

    def empty(*given, **more):
        found = made(*given, **more)
        if found.dtype.kind == "f":
            found.fill(np.finfo(found.dtype).max)
        return found

    monkeypatch.setattr(np, "empty", empty)
    trained(make())


@pytest.mark.parametrize("kind", [SweepLab, BoundaryLab, GridLab])
def test_a_split_with_rows_of_one_class_is_shown(trainer, closing, kind):
    random = np.random.default_rng(1)
    x = random.normal(size=(200, 2))
    score = x[:, 0] + random.normal(size=200)
    rare = Table("rare", x, score > np.quantile(score, 0.98), list("ab"), ["no", "yes"])
    parts = split(rare, 8, 1)
    assert len({*parts.train.y}) == len({*parts.validation.y}) == 1
    panel = trained(closing(kind(parts, BASE, seeds=SEEDS)))
    assert "after 4 epochs" in status(panel)
    check_saved(panel)
