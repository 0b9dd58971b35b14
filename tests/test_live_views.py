"""LiveLab's log axes and what can stand beside its curves: weights, losses, boundary."""

import functools
import math

import numpy as np
import pytest
from matplotlib.path import Path
from matplotlib.text import Text

from helpers import metrics, reference
from helpers.data import make_2d, split
from helpers.drawing.curves import QUANTITIES
from helpers.panels import LiveLab
from helpers.panels.live import boundary_view
from tests.small import BASE, parts, until

EPOCHS = BASE.epochs


@functools.cache
def moons():
    """60 training rows, 6 of them flipped, and 60 validation rows."""
    return split(make_2d("moons", rows=200), train=60, validation=60, flip_labels=0.1)


@pytest.fixture
def make():
    """Makes panels that train as fast as they can; closes them."""
    made = []

    def make(data=None, base=BASE, hyperparameters=("l2", "dropout"), **more):
        made.append(LiveLab(data or parts(), base, hyperparameters, **{"seconds": 0, **more}))
        return made[-1]

    yield make
    for panel in made:
        panel.close()


def trained(panel):
    panel.train()
    panel.wait()
    return panel


def status(panel):
    """The words of the status line."""
    panel._talk.flush()
    return panel.status.value


def read_out(panel, title="epoch", which=0):
    """{name: (epochs, values)} as the page reads them out of the last frame."""
    panel.live_figure.flush()
    canvas = panel.live_figure._canvas
    numbers = np.frombuffer(canvas.frame, np.float32).astype(float)
    pieces = np.split(
        numbers[len(canvas.strokes) :], np.cumsum(2 * numbers[: len(canvas.strokes)]).astype(int)
    )

    def value(axis, fraction):
        part = (fraction - axis["from"]) / (axis["to"] - axis["from"])
        low, high = axis["low"], axis["high"]
        return low * (high / low) ** part if axis["log"] else low + (high - low) * part

    axes = canvas.axes[which]
    assert axes["title"] == title
    return {
        stroke["name"]: tuple(
            value(axes[xy], piece.reshape(-1, 2)[:, k]) for k, xy in enumerate("xy")
        )
        for stroke, piece in zip(canvas.strokes, pieces, strict=False)
        if stroke.get("name") and stroke["axes"] == which and len(piece)
    }


# --- Log axes -------------------------------------------------------------------------------


@pytest.mark.parametrize("log_axes", [(), ("loss",), ("epochs",), ("loss", "epochs")])
def test_values_under_the_pointer_are_those_of_the_run_on_any_axes(make, log_axes):
    panel = trained(make(base=BASE.replace(l2=0.01), log_axes=log_axes, extras=("sum",)))
    found = read_out(panel)
    assert found.keys() == {"training", "validation", "sum"}
    for key in ("training", "validation", "sum"):
        epochs, values = found[QUANTITIES[key].name]
        assert epochs == pytest.approx(np.arange(1, EPOCHS + 1), rel=1e-4)
        assert values == pytest.approx(QUANTITIES[key].loss(panel.run), rel=1e-4)


def test_log_axes_are_switched_on_and_off_and_keep_their_limits(make):
    panel = make()
    ax, stills = panel.chart.curve_axes.ax, []
    panel.live_figure.children[0].observe(lambda change: stills.append(1), "still")
    panel.log_axes["loss"].value = True
    panel.log_axes["epochs"].value = True
    assert (ax.get_xscale(), ax.get_yscale(), len(stills)) == ("log", "log", 2)
    limits = ax.get_xlim(), ax.get_ylim()
    trained(panel).new_seed()
    panel.wait()
    assert (ax.get_xlim(), ax.get_ylim(), len(stills)) == (*limits, 2)
    panel.metric.value = "accuracy"
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    panel.metric.value = "loss"
    panel.log_axes["epochs"].value = False
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")


def test_a_zero_lies_below_a_log_axis_and_is_said(make):
    panel = trained(make(log_axes=("loss",), extras=("penalty",)))
    assert panel.chart.curves.artists["penalty label"].get_text() == "penalty 0 ▼"
    assert "The penalty line, at 0, is below the axis, which begins at 0.0001." in status(panel)
    assert read_out(panel)["penalty"][1] == pytest.approx(np.zeros(EPOCHS), abs=1e-30)
    panel.log_axes["loss"].value = False
    assert "below the axis" not in status(panel)


@pytest.mark.parametrize("log_axes", [(), ("loss", "epochs")])
def test_marks_and_words_stay_on_the_picture(make, log_axes):
    panel = make(seconds=1.5, log_axes=log_axes)
    panel.train()
    until(lambda: panel.run is not None and panel.run.epochs >= 2)
    panel.l2.value = 0.1
    panel.wait()
    panel.pin()
    chart, width = panel.chart, panel.live_figure.figure.bbox.width
    (move,), axes = panel.run.moves, panel.chart.curve_axes
    line, *stamps = chart.moves.moving
    assert axes.ax.transData.transform(line.get_xydata()[:2])[0, 0] == pytest.approx(
        axes.ax.transData.transform((move.epoch, 0.5))[0]
    )
    words = [*stamps, *chart.curves.moving, *(pin[-1] for pin in chart.pins)]
    shown = [t for t in words if isinstance(t, Text) and t.get_text()]
    assert len(shown) >= 4
    for text in shown:
        x, y = axes.ax.transData.transform(text.get_position())
        assert 0 < x < width and 0 < y < panel.live_figure.figure.bbox.height, text.get_text()


def test_the_best_epoch_is_told_above_its_mark_or_below(make):
    panel = trained(make())
    chart, axes = panel.chart, panel.chart.curve_axes
    for log, above in ((False, True), (True, False)):
        panel.log_axes["loss"].value = log
        found = chart.curves.artists
        ((epoch, value),) = found["best"].get_xydata()
        assert epoch == metrics.best_epoch(panel.run)
        assert found["best label"].get_text() == f"best: epoch {epoch:.0f}"
        heights = [axes.height(y) for y in found["best line"].get_ydata()]
        assert ((np.array(heights) > axes.height(value)) == above).all()
        word = axes.height(found["best label"].get_position()[1])
        assert (word > axes.height(value)) == above and 15 < word < axes.height(axes.high)


# --- SideView ---------------------------------------------------------------------------------


def test_what_stands_beside_is_chosen_and_only_that_is_drawn(make):
    panel = trained(make(moons(), side_view="losses"))
    chart = panel.chart
    assert set(chart.views) == {"weights", "losses", "boundary"}
    whole = None
    for name in ("weights", "losses", "boundary", ""):
        panel.side_view.value = name
        seen = [view for view, of in chart.views.items() if of.ax.get_visible()]
        assert seen == ([name] if name else [])
        more = set(panel.live_figure.moving) - set(chart._moving)
        assert more == (set(chart.views[name].moving) if name else set())
        right = chart.curve_axes.ax.get_position().x1
        if name:
            assert right + 0.15 < chart.views[name].ax.get_position().x0 < 0.75
        else:
            whole = right
        assert panel.error is None and panel.png()[:4] == b"\x89PNG"
    assert whole > 0.8
    assert panel.side_view.options[0] == ("curves only", "")


def test_rows_of_many_features_have_no_boundary(make):
    assert "boundary" not in [name for _, name in make().side_view.options]
    with pytest.raises(
        ValueError, match="side_view='boundary': 'cells' has 56 features and 2 classes"
    ):
        make(side_view="boundary")
    with pytest.raises(
        ValueError, match="side_view='gradients': must be one of 'weights', 'losses', None"
    ):
        make(side_view="gradients")


def test_the_three_losses_are_those_of_the_run(make):
    panel = trained(make(base=BASE.replace(l2=0.01), side_view="losses", log_axes=("loss",)))
    run, view = panel.run, panel.chart.views["losses"]
    found = read_out(panel, which=1)
    for name, values in (
        ("training", run.train_loss),
        ("penalty", run.penalty),
        ("sum", run.train_loss + run.penalty),
        ("fit reports", run.fit_loss),
    ):
        assert found[name][1] == pytest.approx(values, rel=1e-4)
    assert view.ax.get_ylim() == panel.chart.curve_axes.ax.get_ylim()
    total = run.train_loss[-1] + run.penalty[-1]
    assert f"{run.train_loss[-1]:.2f} + {run.penalty[-1]:.2f} = {total:.2f}" in status(panel)
    assert f"{run.fit_loss[-1]:.2f}" in panel.live_figure.says
    assert f"sum\n{total:.2f}" in [t.get_text() for t in view.moving if isinstance(t, Text)]
    panel.log_axes["loss"].value = False
    assert view.ax.get_yscale() == "linear"
    panel.metric.value = "accuracy"
    assert view.ax.get_ylim() != panel.chart.curve_axes.ax.get_ylim()
    assert read_out(panel, which=1)["training"][1] == pytest.approx(run.train_loss, abs=1e-4)


def test_the_weights_are_said(make):
    panel = trained(make(side_view="weights"))
    zeros, weights = metrics.exact_zeros(panel.run)
    norm = metrics.norm(panel.run.penalised_kernels)
    assert f"norm {norm:.3g}, {zeros} of {weights} exactly 0" in status(panel)
    panel.side_view.value = ""
    assert "norm" not in status(panel)


# --- Boundary -------------------------------------------------------------------------------


def shows(panel, run, data):
    """Whether the bands on the picture are the probabilities of a run."""
    x = np.concatenate([data.train.x, data.validation.x])
    first, second, p = metrics.decision_surface(run, x, 64, margin=0.06)
    places = np.stack(np.meshgrid(first, second), axis=-1)[3:-3:5, 3:-3:5].reshape(-1, 2)
    share = p[3:-3:5, 3:-3:5].ravel()
    clear = np.abs(share * 10 - np.round(share * 10)) > 0.05  # not on an edge
    bands = panel.chart.views["boundary"].surface.bands.get_paths()
    for k, band in enumerate(bands):
        around = np.zeros(clear.sum(), int)
        for outline in band.to_polygons():
            around += Path(outline).contains_points(places[clear])
        if not np.array_equal(around % 2 == 1, (share[clear] * 10).astype(int) == k):
            return False
    return len(bands) == 10


def test_the_surface_is_that_of_the_last_state_after_training_and_after_a_pause(make, monkeypatch):
    monkeypatch.setattr(boundary_view, "_PAUSE", 1000)  # none on the way, after the first
    panel = trained(make(moons(), side_view="boundary"))
    first = panel.run
    assert shows(panel, first, moons())
    slow = make(moons(), side_view="boundary", seconds=4)
    slow.train()
    until(lambda: slow.run is not None and slow.run.epochs >= 4)
    slow.pause()
    slow.wait()
    assert slow.run.epochs < EPOCHS
    assert shows(slow, slow.run, moons()) and not shows(slow, first, moons())
    slow.step()
    slow.wait()
    assert shows(slow, slow.run, moons())


def test_the_surface_follows_a_slider_moved_midway_and_undo(make):
    panel = make(moons(), side_view="boundary", seconds=2)
    panel.train()
    until(lambda: panel.run is not None and panel.run.epochs >= 4)
    panel.l2.value = 1.0
    panel.wait()
    held = panel.run
    assert shows(panel, held, moons())
    panel.undo()
    panel.wait()
    assert panel.run.epochs < held.epochs
    assert shows(panel, panel.run, moons()) and not shows(panel, held, moons())


def test_surfaces_take_a_share_of_the_time_and_no_more(make, monkeypatch):
    made, compute = [], boundary_view.compute
    monkeypatch.setattr(boundary_view, "compute", lambda *a: made.append(a[2]) or compute(*a))
    panel = make(moons(), BASE.replace(epochs=100_000), side_view="boundary")
    panel.train()
    until(lambda: panel.run is not None and len(made) >= 3)
    counted, epochs = len(made), panel.run.epochs
    until(lambda: panel.run.epochs >= epochs + 300)  # in goes of five
    panel.pause()
    panel.wait()
    assert 0 < len(made) - counted < 40
    assert set(made[:-1]) == {40} and made[-1] == 64  # coarse on the way, fine at rest
    assert shows(panel, panel.run, moons())


def test_the_surface_costs_nothing_while_it_is_not_shown(make, monkeypatch):
    monkeypatch.setattr(boundary_view, "compute", lambda *_: 1 / 0)
    panel = trained(make(moons()))
    assert panel.error is None
    monkeypatch.undo()
    panel.side_view.value = "boundary"
    assert shows(panel, panel.run, moons())


def test_rows_are_drawn_flipped_labels_ringed_and_learnt_ones_counted(make):
    panel = trained(make(moons(), side_view="boundary"))
    surface, part, flipped = panel.chart.views["boundary"].surface, moons().train, moons().flipped
    for label, marks in enumerate(surface.rows):
        assert np.array_equal(marks.get_xydata(), part.x[part.y == label])
    assert np.array_equal(surface.flipped.get_xydata(), part.x[flipped])
    logits = reference.forward(part.x[flipped], panel.run.weights, "relu")[:, 0]
    learnt = int(((logits > 0) == (part.y[flipped] == 1)).sum())
    assert f"It has learned {learnt} of 6 flipped labels." in status(panel)


def test_a_run_of_other_rows_shows_those(make):
    panel = make(moons(), hyperparameters=("rows", "label_noise"), side_view="boundary")
    view = panel.chart.views["boundary"]
    trained(panel)
    assert [key.get_visible() for key in view._keys] == [True] * 6
    panel.label_noise.value, panel.rows.value = 0, 32
    assert len(view.surface.flipped.get_xydata()) == 6  # not before the restart
    panel.restart()
    panel.wait()
    now = moons().replace(train=32, flip_labels=0)
    assert len(view.surface.flipped.get_xydata()) == 0
    assert sum(len(marks.get_xydata()) for marks in view.surface.rows) == 32 == len(now.train)
    assert [key.get_visible() for key in view._keys] == [True] * 4 + [False] * 2
    assert shows(panel, panel.run, now)
    assert "flipped" not in status(panel)


def test_a_network_without_a_boundary_says_so(make):
    panel = make(moons(), BASE.replace(l2=30.0, epochs=60), side_view="boundary")
    assert "there is no boundary" in status(trained(panel))
    assert panel.chart.views["boundary"].surface.boundary.get_paths() == []


def test_a_surface_that_cannot_be_reckoned_is_an_error_that_is_seen(make, monkeypatch):
    panel = make(moons(), side_view="boundary")
    monkeypatch.setattr(boundary_view, "compute", lambda *_: 1 / 0)
    panel.train()
    with pytest.raises(ZeroDivisionError):
        panel.wait()
    assert "ZeroDivisionError" in panel.status.value
    monkeypatch.undo()
    trained(panel)
    assert panel.error is None and math.isfinite(panel.run.train_loss[-1])
    assert shows(panel, panel.run, moons())
