"""StoppingLab: what early stopping makes of a recorded run, in numbers, picture and words."""

import ast

import numpy as np
import pytest

from helpers.experiment import Experiment, Run
from helpers.panels import StoppingLab
from tests.fakes import overtake
from tests.small import check_error_is_shown, check_freed, check_saved, press

LOSSES = (1.0, 0.8, 0.6, 0.61, 0.62, 0.595, 0.63, 0.64, 0.5, 0.7, 0.71, 0.72)


def recorded(losses=LOSSES, penalty=None, outputs=1, **more):
    """A run with these validation losses."""
    losses = np.array(losses, "float32")
    zeros = np.zeros_like(losses)
    penalty = zeros if penalty is None else np.array(penalty, "float32")
    return Run(
        experiment=Experiment(epochs=max(len(losses), 1), **more),
        train_loss=losses * 0.9,
        validation_loss=losses,
        train_accuracy=zeros,
        validation_accuracy=zeros,
        penalty=penalty,
        fit_loss=losses * 0.9 + penalty,
        fit_accuracy=zeros,
        weights=[np.zeros((2, outputs), "float32"), np.zeros(outputs, "float32")],
    )


def keras_rule(losses, patience, min_delta, restore=True):
    """The rule as the callback applies it, epoch by epoch: (trained, restored)."""
    best = best_epoch = None
    wait = 0
    for epoch, loss in enumerate(losses, start=1):
        wait += 1
        if best is None or loss + min_delta < best:
            best, best_epoch, wait = loss, epoch, 0
        elif wait >= patience and epoch > 1:
            break
    return epoch, best_epoch if restore else epoch


@pytest.fixture
def make(closing):
    """Makes panels."""

    def make(run=None, *given, **more):
        return closing(StoppingLab(run or recorded(), *given, **more))

    return make


@pytest.fixture(scope="module")
def shared():
    panel = StoppingLab(recorded(), 2)
    yield panel
    panel.close()


@pytest.fixture
def panel(shared):
    """A panel as it is at first; tests that break it or read another run make their own."""
    shared.monitor, shared.restore_best_weights = "data loss", True
    shared.set(2, 0.0)
    assert shared.error is None
    return shared


# --- The numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("restore", [True, False])
@pytest.mark.parametrize("min_delta", [0, 0.01, 0.1])
@pytest.mark.parametrize("patience", [0, 1, 2, 3, 4, 50])
def test_it_stops_where_the_callback_would(panel, patience, min_delta, restore):
    panel.set(patience, min_delta)
    panel.restore_best_weights = restore
    losses = panel.run.validation_loss.astype(float)
    trained, restored = keras_rule(losses, patience, min_delta, restore)
    assert (panel.stop.trained, panel.stop.restored) == (trained, restored)
    assert panel.saved == len(LOSSES) - trained
    assert panel.given_up == pytest.approx(LOSSES[restored - 1] - 0.5, abs=1e-6)


def test_patience_2_is_fooled_and_patience_4_is_not(panel):
    assert panel.stop[:4] == (5, 5, 3, 3)
    panel.patience.value = 4
    assert panel.stop[:4] == (None, 12, 9, 9)
    panel.min_delta.value = 0.01
    assert panel.stop[:4] == (7, 7, 3, 3)  # 0.595 is no improvement of 0.01


def test_arguments_are_where_a_panel_begins(make):
    panel = make(None, 4, 0.01, restore_best_weights=False)
    assert panel.stop[:4] == (7, 7, 3, 7)
    assert "patience=4, min_delta=0.01, restore_best_weights=False" in panel.status.value


def test_val_loss_contains_the_penalty_and_what_is_given_up_does_not(make):
    penalty = np.linspace(0, 1, len(LOSSES))
    panel = make(recorded(penalty=penalty), 2)
    assert panel.stop.trained == 5
    panel.monitor = "val_loss"
    assert panel.monitored == pytest.approx(np.array(LOSSES) + penalty, abs=1e-6)
    trained, restored = keras_rule(panel.monitored.astype(float), 2, 0)
    assert (panel.stop.trained, panel.stop.restored) == (trained, restored)
    assert panel.given_up == pytest.approx(LOSSES[restored - 1] - 0.5, abs=1e-6)
    assert f"contains a penalty of {penalty[restored - 1]:.3f}" in panel.status.value


# --- Words and picture ----------------------------------------------------------------------


def test_words_say_what_the_callback_does(panel):
    words = panel.status.value
    assert "EarlyStopping(patience=2, min_delta=0, restore_best_weights=True) stops" in words
    assert "after epoch 5 of 12: 7 epochs saved" in words
    assert "goes back to the weights of epoch 3" in words
    assert "loss is 0.600, 0.100 above the lowest of the whole run (0.500, epoch 9)" in words
    panel.patience.value = 4
    assert "would not stop this run of 12 epochs" in panel.status.value
    assert "is 0.500, the lowest of the whole run" in panel.status.value
    panel.patience.value, panel.restore_best_weights = 2, False
    assert "keeps the weights of epoch 5, not the best" in panel.status.value
    panel.monitor = "val_loss"
    assert "no penalty, so val_loss is the data loss" in panel.status.value


def test_the_picture_shows_stop_and_restored_epoch(panel):
    chart = panel.chart
    assert list(chart.line.get_xdata()) == [5, 5]
    assert chart.mark.get_xydata()[0] == pytest.approx([3, 0.6])
    assert chart.stopped.get_text() == "stops after epoch 5"
    assert chart.restored.get_text() == "restored: epoch 3"
    assert chart.wait.get_datalim(chart.curve_axes.ax.transData).x0 == 3
    veil = chart.veil.get_datalim(chart.curve_axes.ax.transData)
    assert (veil.x0, veil.x1) == (5, 12)
    assert [t.get_text() for t in chart.values] == ["5", "0.100"]
    panel.patience.value = 50
    assert not len(chart.line.get_xdata())
    assert chart.stopped.get_text() == "never stops"


def test_the_loss_to_beat_is_the_record_less_the_least_improvement(panel):
    panel.set(3, 0.01)
    x, y = panel.chart.beat.get_data()
    record = np.array([1.0, 0.8, 0.6, 0.6, 0.6, 0.6]) - 0.01
    assert panel.stop.trained == 6
    assert y[::2] == pytest.approx(record, abs=1e-6)
    assert list(x[::2]) == [1, 2, 3, 4, 5, 6]


def test_every_patience_is_drawn(panel):
    trained, given_up = (line.get_ydata()[::2] for line in panel.chart.steps)
    for p in (0, 1, 2, 3, 4, 20):
        panel.patience.value = p
        assert trained[p] == panel.stop.trained
        assert given_up[p] == pytest.approx(panel.given_up)
        assert panel.chart.dots[0].get_xydata()[0] == pytest.approx([p, panel.stop.trained])


def test_the_axis_makes_room_for_val_loss(make):
    panel = make(recorded(penalty=np.full(len(LOSSES), 3.0)))
    assert panel.chart.curve_axes.high < 1.2
    panel.monitor = "val_loss"
    assert panel.chart.curve_axes.high > 4
    assert panel.chart.curve_axes.ax.get_ylim()[1] > 4
    panel.monitor = "data loss"
    assert panel.chart.curve_axes.high < 1.2
    fixed = make(recorded(penalty=np.full(len(LOSSES), 3.0)), monitor="val_loss", top=2.0)
    assert fixed.chart.curve_axes.high == 2.0
    assert "▲ val_loss goes above the axis." in fixed.status.value


def test_keras_code_is_the_callback(make):
    penalty = np.full(len(LOSSES), 0.1)
    code = make(recorded(penalty=penalty), 7, 0.02, monitor="val_loss").keras_script
    for words in ('monitor="val_loss"', "patience=7", "min_delta=0.02", "epochs=12"):
        assert words in code
    code = make(recorded(penalty=penalty)).keras_script
    assert 'monitor="val_binary_crossentropy"' in code and "y[:, None]" in code
    code = make(recorded(penalty=penalty, outputs=10)).keras_script
    assert 'monitor="val_sparse_categorical_crossentropy"' in code
    code = make().keras_script
    assert 'monitor="val_loss"' in code  # without a penalty it is the data loss
    (call,) = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call)]
    given = {k.arg: k.value.value for k in call.keywords}
    assert given == {"monitor": "val_loss", "mode": "min", "patience": 10, "min_delta": 0.0,
                     "restore_best_weights": True}  # fmt: skip


def test_the_loss_chosen_last_is_drawn_on_its_own_axis(make):
    panel = make(recorded(penalty=np.full(len(LOSSES), 3.0)))

    def watch(name):
        return lambda: setattr(panel, "monitor", name)

    overtake(panel, watch("val_loss"), watch("data loss"))
    assert panel.chart.curve_axes.high < 1.2 and not len(panel.chart.monitored.get_xdata())


def test_the_patience_set_last_is_drawn(panel):
    def wait(epochs):
        return lambda: setattr(panel.patience, "value", epochs)

    overtake(panel, wait(4), wait(1))
    assert list(panel.chart.line.get_xdata()) == [panel.stop.trained] * 2


# --- Buttons, errors, end -------------------------------------------------------------------


def test_buttons_set_both_sliders(panel):
    press(panel, "patient")
    assert (panel.patience.value, panel.min_delta.value) == (40, 0)
    press(panel, "hasty")
    assert panel.stop.trained == 4


def test_a_loss_that_was_not_recorded_cannot_be_watched(make):
    run = recorded(label_smoothing=0.1)
    with pytest.raises(ValueError, match="monitor='val_loss': must be 'data loss'"):
        make(run, monitor="val_loss")
    panel = make(run)
    panel.monitor_choice.value = "val_loss"
    assert panel.monitor == "data loss"
    assert "was not recorded" in panel.status.value
    with pytest.raises(ValueError, match="was not recorded"):
        make(recorded(l1=0.1, proximal=True), monitor="val_loss")


def test_an_error_is_shown_and_kept(make, monkeypatch):
    check_error_is_shown(make(), monkeypatch, lambda panel: setattr(panel.patience, "value", 5))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"patience": -1}, "patience=-1: must be whole, from 0 to 50"),
        ({"patience": 2.5}, "patience=2.5: must be whole, from 0 to 50"),
        ({"min_delta": -0.1}, "min_delta=-0.1: must be a finite number at least 0"),
        ({"monitor": "loss"}, "monitor='loss': must be one of 'data loss', 'val_loss'"),
        ({"top": 0}, "top=0: must be a finite number above 0"),
        ({"size": "huge"}, "size='huge': must be one of"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        StoppingLab(recorded(), **arguments)


def test_bad_settings_are_named(panel):
    with pytest.raises(ValueError, match=r"patience=2\.5: must be whole, from 0 to 50"):
        panel.patience.value = 2.5
    with pytest.raises(ValueError, match="monitor='x': must be one of"):
        panel.monitor = "x"
    with pytest.raises(ValueError, match="run: holds no epoch"):
        StoppingLab(recorded(()))


@pytest.mark.parametrize("size", ["page", "lecture"])
def test_a_saved_page_shows_picture_and_words(make, size):
    panel = make(size=size)
    expected = "StoppingLab(Run(12 epochs, seed 0), patience=10, min_delta=0, data loss)"
    assert repr(panel) == expected
    check_saved(panel)
    assert panel.live_figure.says and panel.live_figure.says in panel.status.value


def test_a_run_of_one_epoch_can_be_shown(make):
    panel = make(recorded((0.7,)))
    assert panel.stop[:4] == (None, 1, 1, 1)


def test_one_epoch_is_no_plural(make):
    assert "would not stop this run of 1 epoch." in make(recorded((0.7,))).status.value
    assert (
        "stops after epoch 12 of 13: 1 epoch saved." in make(recorded(range(13)), 11).status.value
    )


@pytest.mark.parametrize(
    "losses", [(0.0, 0.0, 0.0), (0.3, 1e-3, 0.0), (1e-9, 1e-12), (1e30, 1e31), (0.5,) * 5]
)
@pytest.mark.parametrize("monitor", ["data loss", "val_loss"])
def test_losses_of_tables_that_are_too_small_or_too_easy_are_shown(make, losses, monitor):
    panel = make(recorded(losses), 1, monitor=monitor)
    assert panel.error is None and panel.given_up == 0
    assert panel.chart.curve_axes.high > 0
    check_saved(panel)


def test_closing_frees_everything():
    def use(panel):
        panel.min_delta.value = 0.0123

    check_freed(lambda: StoppingLab(recorded()), use)
