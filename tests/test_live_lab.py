"""LiveLab on the real engine: what sliders and buttons do to weights, curves and picture."""

import gc
import html
import math
import random
import threading
import weakref

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from helpers import metrics
from helpers.data import load, split
from helpers.drawing.histogram import BARS
from helpers.experiment import HYPERPARAMETERS, Experiment, Move
from helpers.panels import LiveLab
from helpers.panels.base import notebook_cells
from helpers.panels.base.worker import Worker
from helpers.panels.live import live_training
from helpers.panels.live.weights_view import SPAN
from helpers.training import Trainer, train
from tests.small import BASE, check_saved, parts, press, status, until

EPOCHS = BASE.epochs
ADVANCE = Trainer.advance


@pytest.fixture
def make():
    """Makes panels that train as fast as they can; closes them."""
    made = []

    def make(base=BASE, hyperparameters=("l2", "dropout"), **more):
        made.append(LiveLab(parts(), base, hyperparameters, **{"seconds": 0, **more}))
        return made[-1]

    yield make
    for panel in made:
        panel.close()


@pytest.fixture
def panel(make):
    return make()


@pytest.fixture
def hold(monkeypatch):
    """Holds the training before the given epoch until the event that it returns is set."""
    go = threading.Event()

    def hold(epoch):
        def advance(trainer, epochs):
            for _ in range(epochs):
                if trainer.epoch + 1 == epoch:
                    go.wait(60)
                ADVANCE(trainer, 1)

        monkeypatch.setattr(Trainer, "advance", advance)
        return go

    yield hold
    go.set()


def title(panel):
    """The words above the curves."""
    return panel.chart.title.get_text()


def drawn(panel, name):
    """The points of a line in the picture."""
    return panel.chart.curves.artists[name].get_xydata()


# --- Training -------------------------------------------------------------------------------


def test_a_run_is_the_one_that_train_gives(panel):
    panel.l2.value = 0.01
    panel.train()
    panel.wait()
    (expected,) = train(BASE.replace(l2=0.01), parts(), progress=False)
    assert panel.run.epochs == EPOCHS
    assert panel.run.moves == ()
    assert panel.run.validation_loss == pytest.approx(expected.validation_loss, abs=1e-5)
    assert drawn(panel, "training") == pytest.approx(
        np.column_stack([np.arange(1, EPOCHS + 1), expected.train_loss]), abs=1e-5
    )


def test_a_slider_moved_midway_changes_weights_and_curves_and_is_stamped(make, hold):
    panel, still, go = make(), make(), hold(epoch=7)
    panel.train()
    until(lambda: panel.run is not None and panel.run.epochs >= 5)
    panel.l2.value = 0.1
    go.set()
    panel.wait()
    still.train()
    still.wait()
    (move,) = panel.run.moves
    assert (move.name, move.value) == ("l2", 0.1) and 3 <= move.epoch < EPOCHS
    assert np.array_equal(panel.run.train_loss[:3], still.run.train_loss[:3])
    assert panel.run.train_loss[-1] > still.run.train_loss[-1]
    norms = [sum((k**2).sum() for k in p.run.kernels) for p in (panel, still)]
    assert norms[0] < 0.7 * norms[1]
    assert "l2(0.1)" in [t.get_text() for t in panel.chart.moves.moving[1:]]


def test_training_goes_on_where_it_paused(make, panel, hold):
    slow, go = make(), hold(epoch=7)
    slow.train()
    until(lambda: slow.run is not None and slow.run.epochs >= 5)
    slow.pause()
    go.set()
    slow.wait()
    assert 5 <= slow.run.epochs < EPOCHS
    slow.train()
    slow.wait()
    panel.train()
    panel.wait()
    assert np.array_equal(slow.run.validation_loss, panel.run.validation_loss)


def test_at_its_end_a_run_can_go_on_as_long_again(panel):
    panel.train()
    panel.wait()
    panel.train()
    panel.wait()
    assert panel.run.epochs == 2 * EPOCHS
    assert panel.chart.curve_axes.ax.get_xlim() == (0, 2 * EPOCHS)
    panel.restart()
    panel.wait()
    assert panel.run.epochs == EPOCHS
    assert panel.chart.curve_axes.ax.get_xlim() == (0, EPOCHS)


def test_one_epoch_is_one_epoch(panel):
    for expected in (1, 2):
        panel.step()
        panel.wait()
        assert panel.run.epochs == expected
    panel.train()
    panel.wait()
    assert panel.run.epochs == EPOCHS


def test_restart_takes_the_sliders_as_they_stand_and_the_same_weights(panel):
    panel.train()
    panel.wait()
    first = panel.run
    panel.restart()
    panel.wait()
    assert np.array_equal(panel.run.train_loss, first.train_loss)
    panel.dropout.value = 0.5
    panel.restart()
    panel.wait()
    assert panel.run.experiment.dropout == 0.5 and panel.run.moves == ()


def test_a_new_seed_is_another_run(panel):
    panel.train()
    panel.wait()
    first = panel.run
    panel.new_seed()
    panel.wait()
    assert panel.run.experiment.seed == first.experiment.seed + 1
    assert not np.array_equal(panel.run.train_loss, first.train_loss)


def test_a_pace_lets_a_learner_watch_and_wait_lifts_it(make, monkeypatch):
    panel, pauses, sleep = make(seconds=36_000), [], Worker.sleep
    monkeypatch.setattr(Worker, "sleep", lambda *args: pauses.append(args[1]) or sleep(*args))
    panel.step()
    panel.wait()
    panel.train()
    until(lambda: pauses)
    assert panel.run.epochs == 2 and pauses[0] == pytest.approx(36_000 / EPOCHS, rel=0.1)
    panel.step()  # is not kept waiting
    until(lambda: panel.phase == "idle")
    assert panel.run.epochs == 3
    panel.train()
    panel.wait()
    assert panel.run.epochs == EPOCHS


# --- Moves ----------------------------------------------------------------------------------


def test_a_move_while_it_rests_waits_and_is_said_and_drawn(panel):
    panel.step()
    panel.wait()
    panel.l2.value = 0.03
    assert panel.run.moves == ()
    assert "l2(0.03) acts when training goes on" in status(panel)
    assert "l2(0.03)" in [text.get_text() for text in panel.chart.moves.moving[1:]]
    panel.step()
    panel.wait()
    assert panel.run.moves == (Move(1, "l2", 0.03),)
    assert "acts when" not in status(panel)


def test_a_move_back_before_it_acts_is_none(panel):
    panel.step()
    panel.wait()
    panel.l2.value = 0.03
    panel.l2.value = 0
    panel.step()
    panel.wait()
    assert panel.run.moves == ()


def test_undo_goes_back_to_the_weights_before_the_move(panel):
    panel.step()
    panel.wait()
    before = panel.run
    panel.l2.value = 0.1
    panel.train()
    panel.wait()
    panel.undo()
    panel.wait()
    assert panel.l2.value == 0 and panel.run.moves == () and panel.run.epochs == 1
    for now, then in zip(panel.run.weights, before.weights, strict=True):
        assert np.array_equal(now, then)
    panel.train()
    panel.wait()
    (plain,) = train(BASE, parts(), progress=False)
    assert panel.run.train_loss == pytest.approx(plain.train_loss, abs=1e-5)


def test_undo_of_a_move_that_does_not_act_yet_takes_it_back(panel):
    panel.step()
    panel.wait()
    panel.dropout.value = 0.5
    panel.undo()
    panel.wait()
    assert panel.dropout.value == 0 and panel.run.epochs == 1
    assert panel.controls.undo.disabled


def test_undo_with_nothing_to_undo_does_nothing(panel):
    panel.undo()
    panel.wait()
    assert panel.run is None


@pytest.mark.parametrize(("same", "left"), [(math.inf, 0), (-math.inf, 2)])
def test_moves_of_one_drag_are_undone_together(panel, monkeypatch, same, left):
    monkeypatch.setattr(live_training, "SAME_MOVE", same)
    panel.step()
    panel.wait()
    for value in (0.01, 0.02, 0.03):
        panel.l2.value = value
        panel.step()
        panel.wait()
    assert len(panel.run.moves) == 3
    panel.undo()
    panel.wait()
    assert len(panel.run.moves) == left
    assert panel.l2.value == (panel.run.moves[-1].value if left else 0)


def test_many_moves_while_training_end_at_the_last_ones(make):
    panel = make(BASE.replace(epochs=100_000), ("l2", "dropout", "learning_rate"))
    chance = random.Random(0)
    for _ in range(5):
        panel.train()
        until(lambda: panel.run is not None)
        for k in range(40):
            name = chance.choice(["l2", "dropout", "learning_rate"])
            getattr(panel, name).value = chance.choice(HYPERPARAMETERS[name].positions[:-2])
            if k % 10 == 0:
                until(lambda epochs=panel.run.epochs: panel.run.epochs > epochs)
        until(lambda epochs=panel.run.epochs: panel.run.epochs > epochs + 10)  # two goes of five
        panel.pause()
        panel.wait()
        in_force = {name: getattr(panel.base, name) for name in panel.sliders}
        in_force |= {move.name: move.value for move in panel.run.moves}
        assert in_force == {name: slider.value for name, slider in panel.sliders.items()}


# --- Sliders that need a restart --------------------------------------------------------------


def test_what_changes_data_or_shape_waits_for_a_restart_and_says_so(make):
    panel = make(hyperparameters=("l2", "width", "rows", "label_noise"))
    panel.step()
    panel.wait()
    first = panel.run
    panel.rows.value, panel.label_noise.value = 32, 0.25
    assert "acts after a restart" in status(panel)
    assert panel.controls.restart.button_style == "warning"
    panel.step()
    panel.wait()
    assert np.array_equal(panel.run.train_loss[:1], first.train_loss)
    panel.width.value = 4
    panel.restart()
    panel.wait()
    assert panel.controls.restart.button_style == ""
    assert [w.shape for w in panel.run.kernels] == [(56, 4), (4, 1)]
    assert "32 rows · label noise 0.25" in title(panel)
    assert "train=32" in panel.keras_script and "flip_labels=0.25" in panel.keras_script


OPTIMIZERS = {"SGD": {"optimizer": "sgd", "learning_rate": 0.5}, "Adam": {"optimizer": "adam"}}


def test_another_optimizer_waits_for_a_restart_and_says_so(make):
    panel = make(hyperparameters=("l2",), optimizers=OPTIMIZERS)
    assert panel.experiment == BASE.replace(**OPTIMIZERS["SGD"])
    panel.step()
    panel.wait()
    panel.optimizer.value = "Adam"
    assert "Adam acts after a restart." in status(panel)
    assert panel.controls.restart.button_style == "warning"
    assert "SGD" in title(panel) and "SGD" in panel.keras_script
    panel.restart()
    panel.wait()
    assert panel.controls.restart.button_style == ""
    assert panel.run.experiment == BASE.replace(**OPTIMIZERS["Adam"], l2=0)
    assert "Adam" in title(panel) and "Adam" in panel.keras_script


def test_the_optimizer_is_a_setting(make):
    panel = make(hyperparameters=("l2",), optimizers=OPTIMIZERS, settings="optimizer=Adam, seed=2")
    assert panel.settings == "l2=0, optimizer=Adam, seed=2"
    with pytest.raises(ValueError, match="optimizer='x'"):
        panel.settings = "l2=0.1, optimizer=x"
    assert panel.settings == "l2=0, optimizer=Adam, seed=2"
    with pytest.raises(ValueError, match="must be different names of optimizer"):
        make(optimizers={"SGD": {"epochs": 3}})


# --- Face -----------------------------------------------------------------------------------


def test_the_repr_holds_the_settings_and_no_result(panel):
    assert repr(panel) == "LiveLab(cells, l2=0, dropout=0, seed=0)"
    panel.l2.value = 0.03
    panel.train()
    panel.wait()
    assert repr(panel) == "LiveLab(cells, l2=0.03, dropout=0, seed=0)"
    check_saved(panel)


def test_settings_go_out_and_in(make):
    panel = make(settings="l2=0.004, seed=3")
    assert panel.settings == "l2=0.004, dropout=0, seed=3"
    panel.settings = "dropout=0.5"
    assert (panel.dropout.value, panel.seed, panel.l2.value) == (0.5, 3, 0.004)
    assert panel.experiment == BASE.replace(l2=0.004, dropout=0.5, seed=3)


@pytest.mark.parametrize(
    ("text", "words"),
    [("l1=3", "l1"), ("l2", "name=number"), ("l2=x", "'x'"), ("l2=-1", "l2"), ("seed=-1", "seed")],
)
def test_bad_settings_are_refused_and_change_nothing(panel, text, words):
    before = panel.settings
    with pytest.raises(ValueError, match=words):
        panel.settings = f"dropout=0.5, {text}"
    assert panel.settings == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hyperparameters": ("l2", "momentum")}, "hyperparameters"),
        ({"hyperparameters": ("l2", "l2")}, "hyperparameters"),
        ({"hyperparameters": "l2"}, "hyperparameters"),
        ({"metric": "auc"}, "metric"),
        ({"extras": ("test",)}, "extras"),
        ({"log_axes": "loss"}, "log_axes"),
        ({"log_axes": ("accuracy",)}, "log_axes"),
        ({"seconds": -1}, "seconds"),
        ({"size": "huge"}, "size"),
        ({"top": -1}, "top"),
        ({"presets": {"odd": {"l1": 1}}}, "presets"),
        ({"presets": {"odd": {"l2": -1}}}, "l2"),
        ({"base": BASE.replace(hidden=()), "hyperparameters": ("width",)}, "width"),
    ],
)
def test_bad_arguments_are_refused(make, wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)


def test_buttons_do_what_the_methods_do(make):
    panel = make(presets={"too much": {"l2": 0.1}})
    press(panel, "Train")
    panel.wait()
    assert panel.run.epochs == EPOCHS
    panel.dropout.value = 0.5
    press(panel, "too much")
    panel.wait()
    assert panel.run.experiment == BASE.replace(l2=0.1)
    press(panel, "New seed")
    panel.wait()
    assert panel.seed == 1
    press(panel, "Pin")
    assert panel.pins == [panel.run]


def test_without_presets_there_is_one_that_switches_all_off(make):
    panel = make(BASE.replace(l2=0.1))
    panel.preset("no regularisation")
    panel.wait()
    assert panel.run.experiment == BASE
    with pytest.raises(ValueError, match="preset='odd'"):
        panel.preset("odd")


def test_four_runs_are_kept_with_their_numbers(panel):
    for _ in range(5):
        panel.new_seed()
        panel.wait()
        panel.pin()
    assert [run.experiment.seed for run in panel.pins] == [2, 3, 4, 5]
    table = panel.controls.table.value
    assert table.count("<tr>") == 5 and "seed 5" in table
    assert f"{panel.run.validation_loss[-1]:.3f}" in table
    assert panel.controls.unpin.layout.display is None
    press(panel, "Unpin all")
    assert panel.controls.table.value == "" and panel.pins == []
    assert panel.controls.unpin.layout.display == "none"


def test_pinned_runs_keep_what_their_restarts_set(make):
    panel = make(hyperparameters=("l2", "width", "rows", "label_noise"))
    panel.step()
    panel.wait()
    panel.width.value, panel.rows.value, panel.label_noise.value = 4, 32, 0.25
    panel.pin()
    assert "l2(0), 8 units, 64 rows, label noise 0, seed 0" in panel.controls.table.value
    panel.restart()
    panel.wait()
    panel.l2.value = 0.1
    panel.step()
    panel.wait()
    panel.pin()
    words = "l2(0), 4 units, 32 rows, label noise 0.25, seed 0, l2(0.1) from epoch 20"
    assert words in panel.controls.table.value


def test_loss_and_accuracy_keep_their_limits(panel):
    panel.train()
    panel.wait()
    ax, stills = panel.chart.curve_axes.ax, []
    panel.live_figure.children[0].observe(lambda change: stills.append(1), "still")
    limits = ax.get_ylim()
    panel.new_seed()
    panel.wait()
    assert ax.get_ylim() == limits and not stills
    panel.metric.value = "accuracy"
    assert len(stills) == 1
    assert drawn(panel, "training")[:, 1] == pytest.approx(panel.run.train_accuracy)


def test_penalty_and_what_fit_reports_can_be_added(make):
    panel = make(BASE.replace(l2=0.01), extras=("penalty",))
    panel.train()
    panel.wait()
    assert drawn(panel, "penalty")[:, 1] == pytest.approx(panel.run.penalty)
    assert len(drawn(panel, "reported")) == 0
    panel.extras["reported"].value = True
    panel.extras["penalty"].value = False
    assert drawn(panel, "reported")[:, 1] == pytest.approx(panel.run.fit_loss)
    assert len(drawn(panel, "penalty")) == 0


def test_the_sum_is_what_training_makes_small(make):
    panel = make(BASE.replace(l2=0.01), extras=("sum",))
    panel.train()
    panel.wait()
    total = panel.run.train_loss + panel.run.penalty
    assert drawn(panel, "sum")[:, 1] == pytest.approx(total)


def test_the_weights_can_be_seen_beside_the_curves(make):
    base = BASE.replace(l1=0.3, proximal=True)
    panel = make(base, ("l1", "width"), side_view="weights")
    panel.train()
    panel.wait()
    view = panel.chart.views["weights"]
    zeros, weights = metrics.exact_zeros(panel.run)
    assert 0 < zeros < weights
    bars, zero_bar, norm, count = view.moving
    assert count.get_text() == f"{zeros:,} of {weights:,} exactly 0"
    assert f"{metrics.norm(panel.run.penalised_kernels):.3g}" in norm.get_text()
    tops = bars.get_paths()[0].vertices[:, 1]
    kernels = np.concatenate([k.ravel() for k in panel.run.penalised_kernels])
    assert tops.max() == np.histogram(kernels[kernels != 0], BARS, (-SPAN, SPAN))[0].max()
    assert zero_bar.get_paths()[0].vertices[:, 1].max() == zeros


def test_what_lies_above_the_axis_is_said(make):
    panel = make(top=0.1)
    panel.train()
    panel.wait()
    assert "above the axis" in status(panel)
    assert "▲" in panel.chart.curves.artists["validation label"].get_text()


def test_the_status_says_what_the_picture_shows(panel):
    assert "press Train" in status(panel)
    panel.train()
    panel.wait()
    words = status(panel)
    assert f"Epoch {EPOCHS}" in words and f"{panel.run.train_loss[-1]:.2f}" in words
    assert panel.live_figure.says.startswith(f"Epoch {EPOCHS}")


def test_a_diverging_run_says_so_and_what_to_do(make):
    panel = make(BASE.replace(optimizer="sgd"), ("l2", "learning_rate"))
    panel.l2.value, panel.learning_rate.value = 10, 1
    panel.train()
    panel.wait()
    assert panel.run.diverged is not None
    words = status(panel)
    assert "Diverged" in words and "restart" in words
    panel.l2.value, panel.learning_rate.value = 0, 0.01
    panel.train()
    panel.wait()
    assert panel.run.diverged is None and panel.run.epochs == EPOCHS


def run_script(code):
    """What a script has made: its names."""
    found = {}
    exec(compile(code.replace("verbose=2", "verbose=0"), "script", "exec"), found)
    return found


def test_before_the_first_run_the_keras_code_is_that_of_the_sliders(panel):
    panel.l2.value = 0.03
    assert "L2(0.03)" in panel.keras_script and f"epochs={EPOCHS}" in panel.keras_script
    drawer = panel.children[-1]
    drawer.selected_index = 0
    assert "L2(0.03)" in drawer.children[0].value
    panel.l2.value = 0.02
    status(panel)
    assert "L2(0.02)" in drawer.children[0].value


def test_the_keras_code_gives_the_run_on_screen_with_its_moves(make):
    panel = make(BASE.replace(l2=0.01), ("l2", "learning_rate", "rows"))
    panel.rows.value = 32
    for change in ({}, {"l2": 0.3}, {"l2": 0.0, "learning_rate": 0.003}, {}):
        for name, value in change.items():
            getattr(panel, name).value = value
        for _ in range(2):
            panel.step()
            panel.wait()
    panel.l2.value, panel.rows.value = 0.1, 64  # these act later, so that they are not in it
    run = panel.run
    assert [move.epoch for move in run.moves] == [2, 4, 4] and run.epochs == 8
    assert panel.keras_script.startswith("# The run on screen; sliders that do not act yet are not")
    found = run_script(panel.keras_script)
    assert len(found["parts"].train) == 32
    history = found["history"]
    assert history["loss"] == pytest.approx(run.fit_loss, rel=1e-4)
    assert history["val_loss"] == pytest.approx(run.fit_validation_loss, rel=1e-4)
    assert history["val_accuracy"] == pytest.approx(run.validation_accuracy)
    for ours, theirs in zip(run.weights, found["model"].get_weights(), strict=True):
        assert theirs == pytest.approx(ours, rel=1e-3, abs=1e-5)


def test_the_keras_code_goes_as_far_as_the_run(make):
    panel = make(seconds=36_000)
    panel.step()
    panel.wait()
    assert "epochs=1," in panel.keras_script
    panel.train()
    until(lambda: panel.phase == "training")
    assert f"epochs={EPOCHS}," in panel.keras_script
    panel.pause()
    panel.wait()
    wild = make(BASE.replace(optimizer="sgd", learning_rate=1, l2=10))
    wild.train()
    wild.wait()
    assert f"epochs={wild.run.diverged.epoch}," in wild.keras_script


def test_while_the_next_run_begins_all_is_still_told_of_the_one_on_screen(make, monkeypatch):
    panel = make(hyperparameters=("rows",))
    panel.step()
    panel.wait()
    panel.rows.value = 32
    told = []

    def advance(trainer, count):
        panel.pin()
        told.append(panel.keras_script)
        return ADVANCE(trainer, count)

    monkeypatch.setattr(Trainer, "advance", advance)
    panel.restart()
    panel.wait()
    assert "train=64" in told[0] and "train=32" in told[-1]
    assert "64 rows" in panel.controls.table.value.split("<tr>")[2]


def test_an_open_drawer_follows_when_it_rests(panel):
    drawer = panel.children[-1]
    drawer.selected_index = 0
    panel.step()
    panel.wait()
    assert "epochs=1," in drawer.children[0].value
    panel.l2.value = 0.03
    panel.step()
    panel.wait()
    assert '(1, 2, {"l2": 0.03})' in html.unescape(drawer.children[0].value)


# --- Errors and ends ------------------------------------------------------------------------


def test_an_error_in_the_thread_is_shown_kept_and_raised(panel, monkeypatch):
    panel.step()
    panel.wait()
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", lambda *_: 1 / 0)
        panel.train()
        with pytest.raises(ZeroDivisionError):
            panel.wait()
    assert isinstance(panel.error, ZeroDivisionError)
    assert "ZeroDivisionError" in status(panel) and "advance" in status(panel)
    panel.train()
    panel.wait()
    assert panel.error is None and panel.run.epochs == EPOCHS


def test_an_error_in_a_callback_is_shown_kept_and_raised(panel, monkeypatch):
    monkeypatch.setattr(panel, "restart", lambda: 1 / 0)
    monkeypatch.setattr(panel, "chart", None)
    panel._moved({"owner": panel.l2, "new": 0.1})  # as a slider's callback
    assert isinstance(panel.error, AttributeError)
    with pytest.raises(AttributeError):
        panel.wait()
    assert "AttributeError" in panel.status.value


def test_closing_ends_the_thread_and_frees_all(make):
    panel = make(BASE.replace(epochs=100_000))
    known = len(_instances)
    panel.train()
    until(lambda: panel.run is not None)
    threads, figure = threading.active_count(), weakref.ref(panel.live_figure.figure)
    panel.close()
    until(lambda: threading.active_count() < threads)
    gc.collect()
    assert figure() is None
    panel.train()
    panel.close()
    assert panel.phase == "idle" and panel.run is None
    assert repr(panel).startswith("LiveLab(")
    assert len(_instances) < known - 50


def test_twenty_runs_of_a_cell_leave_one_panel(monkeypatch):
    run = [0]
    monkeypatch.setattr(notebook_cells, "running_cell", lambda: ("cell", str(run[0])))
    monkeypatch.setattr(notebook_cells, "_made", {})
    kept, figures, counts = [], [], []
    for k in range(20):
        run[0] = k
        panel = LiveLab(parts(), BASE, seconds=0)
        panel.step()
        if k % 5 == 0:
            panel.wait()
        kept.append(panel)  # as the output history of a notebook does
        figures.append(weakref.ref(panel.live_figure.figure))
        counts.append((len(_instances), threading.active_count()))
    gc.collect()
    assert sum(figure() is not None for figure in figures) == 1
    assert sum(not panel.closed for panel in kept) == 1
    assert counts[-1][0] <= counts[1][0] + 5
    kept[-1].close()
    until(lambda: threading.active_count() <= counts[0][1] + 1)


def test_two_panels_train_side_by_side(make):
    one, other = make(seconds=36_000), make(BASE.replace(l2=0.1), seconds=36_000)
    one.train()
    other.train()
    until(lambda: one.phase == other.phase == "training")
    one.wait()
    other.wait()
    assert one.run.experiment.l2 == 0 and other.run.experiment.l2 == 0.1
    assert one.run.train_loss[-1] < other.run.train_loss[-1]


def test_more_classes_and_large_type():
    digits = split(load("mnist1d"), train=64, validation=64)
    panel = LiveLab(digits, Experiment(hidden=(8,), epochs=2), ("l1",), seconds=0, size="lecture")
    assert panel.chart.curve_axes.high == 4.8
    panel.train()
    panel.wait()
    assert panel.run.epochs == 2
    panel.close()


def test_a_panel_asked_for_accuracy_shows_accuracy_from_the_start(make):
    panel = make(metric="accuracy")
    assert panel.chart.curve_axes.metric == panel.metric.value == "accuracy"
    assert panel.chart.curve_axes.ax.get_ylabel() == "accuracy"


def test_an_underfitted_run_is_compared_with_guessing_these_rows(make):
    panel = make(BASE.replace(l2=1.0, epochs=EPOCHS))
    panel.train()
    panel.wait()
    guessing = metrics.baseline_loss(panel.parts.train.y, panel.parts.validation.y)
    assert f"baseline {guessing:.2f}" in status(panel)
    assert f"{guessing:.2f}" != "0.69"
