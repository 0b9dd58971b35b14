"""GridLab on the real engine: what is trained, marked, drawn and said about all pairs."""

import dataclasses
import itertools
import math
import statistics

import numpy as np
import pytest

from helpers import reference
from helpers.data import Part
from helpers.drawing.axes import SIZES
from helpers.drawing.curves import QUANTITIES
from helpers.experiment import HYPERPARAMETERS, Divergence, Run, grid
from helpers.metrics import baseline_loss, final_loss, mark_grid, row_losses
from helpers.panels import GridLab
from helpers.panels.sweeps.grid_chart import GridChart
from helpers.training import Trainer, train
from tests.small import BASE, check_closing, check_saved, epochs_of, parts, status, until

EPOCHS = BASE.epochs
POSITIONS = {"l2": (0.0, 0.01, 0.3), "dropout": (0.0, 0.5)}
PAIRS = list(itertools.product(*POSITIONS.values()))


@pytest.fixture
def make(closing):
    """Makes panels of one shape."""

    def make(base=BASE, x="l2", y="dropout", positions=POSITIONS, seeds=range(2), **more):
        return closing(GridLab(parts(), base, x, y, positions, seeds, **more))

    return make


def marks_of(panel):
    return mark_grid(panel.runs, tuple(panel.positions.values()), parts().validation)


def points(artist):
    """The points of a line, as pairs."""
    return [tuple(p) for p in artist.get_xydata()]


# --- Training -------------------------------------------------------------------------------


def test_every_pair_is_trained_with_every_seed_as_train_would(trained):
    assert list(trained.runs) == PAIRS
    expected = iter(train(grid(BASE, **POSITIONS, seed=range(2)), parts(), progress=False))
    for row in trained.runs.values():
        for run in row:
            wanted = next(expected)
            assert run.experiment == wanted.experiment
            assert run.validation_loss == pytest.approx(wanted.validation_loss, abs=1e-5)


def test_cancel_keeps_what_there_is_and_train_goes_on(make):
    panel = make(BASE.replace(epochs=2000))
    panel.train()
    until(lambda: epochs_of(panel) >= 2)
    assert panel.train_button.description == "Cancel" and panel.train_button.description == "Cancel"
    panel.cancel()
    panel.wait()
    kept = epochs_of(panel)
    assert 2 <= kept < 2000 and panel.train_button.description == "Go on"
    assert {run.epochs for row in panel.runs.values() for run in row} == {kept}
    before = panel.runs[PAIRS[0]][0].train_loss
    panel.train()
    until(lambda: epochs_of(panel) > kept)
    panel.cancel()
    panel.wait()
    assert np.array_equal(panel.runs[PAIRS[0]][0].train_loss[:kept], before)


def test_the_sliders_move_while_it_trains(make):
    panel = make(BASE.replace(epochs=2000))
    panel.train()
    until(lambda: epochs_of(panel) >= 1)
    panel.l2.value, panel.dropout.value = 0.3, 0.5
    assert points(panel.chart.cursor[0])[0] == (1.5, 0.5)
    done = epochs_of(panel)
    until(lambda: epochs_of(panel) > done)
    panel.cancel()
    panel.wait()
    assert "l2(0.3), Dropout(0.5)" in status(panel)


# --- Marks ----------------------------------------------------------------------------------


def made_run(end, weights=((0.0,), (0.0,)), diverged=None, seed=0):
    """A run of one epoch that ends at a validation loss."""
    curve = np.array([end], "float32")
    kernel, bias = weights
    return Run(
        experiment=BASE.replace(hidden=(), seed=seed), train_loss=curve, validation_loss=curve,
        train_accuracy=curve, validation_accuracy=curve, penalty=curve, fit_loss=curve,
        fit_accuracy=curve, weights=[np.array([kernel]), np.array(bias)], diverged=diverged,
    )  # fmt: skip


# two rows of one feature, so that the losses of a network z = x are known
ROWS = Part(np.array([[2.0], [-1.0]]), np.array([1, 1]))


def test_the_standard_error_holds_the_luck_of_rows_and_of_seeds():
    losses = [math.log(1 + math.exp(-2)), math.log(1 + math.exp(1))]
    rows = statistics.variance(losses) / 2
    seeds = statistics.variance([0.3, 0.5]) / 2
    known = ((1.0,), (0.0,))
    runs = {(0, 0): [made_run(0.3, known), made_run(0.5, known)], (0, 1): [made_run(9.0)] * 2}
    found = mark_grid(runs, ((0,), (0, 1)), ROWS)
    assert found.lowest == (0, 0) and found.as_good == []
    assert found.error == pytest.approx(math.sqrt(rows + seeds))
    found = mark_grid({p: r[:1] for p, r in runs.items()}, ((0,), (0, 1)), ROWS)
    assert found.error == pytest.approx(math.sqrt(rows))


def test_what_is_within_one_standard_error_is_as_good():
    known = ((1.0,), (0.0,))
    error = mark_grid({(0, 0): [made_run(0.4, known)]}, ((0,), (0,)), ROWS).error
    ends = {0: 0.4 + 1.01 * error, 1: 0.4, 2: 0.4 + 0.99 * error}
    runs = {(x, 5): [made_run(end, known)] for x, end in ends.items()}
    found = mark_grid(runs, ((0, 1, 2), (5,)), ROWS)
    assert found.lowest == (1, 5) and found.as_good == [(2, 5)]
    assert found.means[0] == pytest.approx(list(ends.values()))


def test_a_pair_with_a_diverged_run_has_no_mean_and_is_not_chosen():
    lost = made_run(0.1, diverged=Divergence(1, "it broke"))
    runs = {(0, 0): [lost, made_run(0.1)], (1, 0): [made_run(0.7), made_run(0.7)]}
    found = mark_grid(runs, ((0, 1), (0,)), ROWS)
    assert found.lowest == (1, 0) and np.isnan(found.means[0, 0])
    found = mark_grid({(0, 0): [lost]}, ((0,), (0,)), ROWS)
    assert found.lowest is None and np.isnan(found.means).all()


def test_the_losses_of_the_rows_are_those_of_the_curve(trained):
    for run in trained.runs[0.01, 0.5]:
        losses = row_losses(run, parts().validation)
        assert losses.mean() == pytest.approx(float(run.validation_loss[-1]), abs=1e-5)


def test_the_losses_of_the_rows_with_ten_classes():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(4, 10)), rng.normal(size=10)]
    run = dataclasses.replace(made_run(0.0), weights=weights)
    part = Part(rng.normal(size=(30, 4)), rng.integers(10, size=30))
    expected = reference.softmax_cross_entropy(part.x @ weights[0] + weights[1], part.y)
    assert row_losses(run, part).mean() == pytest.approx(expected)


# --- Picture --------------------------------------------------------------------------------


def test_the_map_shows_the_means_and_marks_the_lowest(trained):
    means = {p: np.mean([final_loss(run) for run in row]) for p, row in trained.runs.items()}
    drawn = trained.chart.cells.get_array()
    for x, y in PAIRS:
        row, column = POSITIONS["dropout"].index(y), POSITIONS["l2"].index(x)
        assert drawn[row, column] == pytest.approx(means[x, y])
    lowest = min(means, key=means.get)
    assert trained.lowest == lowest
    at = POSITIONS["l2"].index(lowest[0]), POSITIONS["dropout"].index(lowest[1])
    assert points(trained.chart.lowest) == [at]
    assert len(points(trained.chart.close)) == len(trained.as_good)
    assert lowest not in trained.as_good
    bound = means[lowest] + marks_of(trained).error
    assert set(trained.as_good) == {p for p in PAIRS if means[p] <= bound} - {lowest}


def test_the_last_shade_is_for_guessing_and_worse(make):
    panel = make(BASE.replace(epochs=250))
    panel.train()
    panel.wait()
    guessing = baseline_loss(parts().train.y, parts().validation.y)
    assert marks_of(panel).means.max() > guessing
    assert panel.chart.norm.vmax == pytest.approx(guessing)
    assert panel.chart.norm.vmin == pytest.approx(marks_of(panel).means.min())
    assert "≥" in "".join(t.get_text() for t in panel.chart.ticks)
    assert "above share the last shade" in status(panel)


def test_the_contours_lie_where_their_level_is(trained):
    chart = trained.chart
    means = np.asarray(marks_of(trained).means)
    path = chart.contours[0].get_paths()[0]
    levels = [float(t.get_text()) for t in chart.ticks if t.get_text() and "≥" not in t.get_text()]
    places = np.clip(path.vertices, 0, np.array(means.shape[::-1]) - 1)
    for x, y in places[: len(places) - 1]:
        x0, y0 = min(int(x), means.shape[1] - 2), min(int(y), means.shape[0] - 2)
        corners = means[y0 : y0 + 2, x0 : x0 + 2].clip(max=chart.norm.vmax)
        assert corners.min() - 1e-3 <= levels[0] <= corners.max() + 1e-3


def test_a_moved_slider_moves_cursor_and_curves_and_nothing_that_stands(trained):
    stills = []
    trained.live_figure.children[0].observe(lambda change: stills.append(1), "still")
    trained.l2.value, trained.dropout.value = 0.3, 0.5
    trained.live_figure.flush()
    assert not stills
    assert points(trained.chart.cursor[1])[2] == (2.5, 1.5)
    for role in ("training", "validation"):
        curves = [QUANTITIES[role].loss(run) for run in trained.runs[0.3, 0.5]]
        mean = np.mean(curves, axis=0)
        drawn = trained.chart.curves.artists[role].get_ydata()
        assert drawn == pytest.approx(mean)
    assert trained.chart.title.get_text() == "l2(0.3), Dropout(0.5)"


def test_before_training_the_map_is_empty_and_the_words_say_what_will_be(panel):
    assert panel.chart.cells.get_array().mask.all()
    assert panel.lowest is None and panel.as_good == [] and panel.runs == {}
    assert "12 networks" in status(panel) and "3 × 2 cells × 2 seeds" in status(panel)
    assert panel.go_button.disabled


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [1, 2])
def test_labels_of_positions_do_not_touch(size, step):
    positions = {name: HYPERPARAMETERS[name].positions[::step] for name in ("l2", "dropout")}
    chart = GridChart(SIZES[size], positions, parts(), 3, 9)
    renderer = chart.live_figure._agg.get_renderer()  # else they are as large as in the still
    (ax,) = [a for a in chart.live_figure.figure.axes if a.get_xlabel().startswith("L2")]
    for axis, side in ((ax.xaxis, "x"), (ax.yaxis, "y")):
        boxes = [t.get_window_extent(renderer) for t in axis.get_ticklabels()]
        assert len(boxes) >= 4
        ends = [(getattr(b, f"{side}0"), getattr(b, f"{side}1")) for b in boxes]
        assert all(b[0] - a[1] > 2 for a, b in itertools.pairwise(ends))
    chart.live_figure.close()


# --- Words ----------------------------------------------------------------------------------


def test_the_status_says_what_the_picture_shows(trained):
    trained.l2.value, trained.dropout.value = 0.01, 0.5
    row = trained.runs[0.01, 0.5]
    words = status(trained)
    validation = np.mean([final_loss(run) for run in row])
    share = np.mean([run.validation_accuracy[-1] for run in row])
    assert f"l2(0.01), Dropout(0.5) after {EPOCHS} epochs" in words
    assert f"validation loss {validation:.3f}" in words
    assert f"{100 * share:.1f} ± {100 * math.sqrt(share * (1 - share) / 64):.1f} %" in words
    assert "Lowest of 6 cells" in words
    assert f"over 64 validation rows and 2 seeds is {marks_of(trained).error:.3f}" in words
    assert trained.live_figure.says.startswith("l2(0.01), Dropout(0.5)")
    trained.go_to_lowest()
    assert ", here." in status(trained)


def test_diverged_cells_are_crossed_and_said(make):
    sgd = BASE.replace(optimizer="sgd")
    panel = make(
        sgd, "learning_rate", "l2", {"learning_rate": (0.01, 0.02, 1), "l2": (0, 10)}, range(2)
    )
    panel.train()
    panel.wait()
    assert points(panel.chart.lost) == [(2, 1)]
    assert "A run diverged: 1 cell." in status(panel)
    panel.learning_rate.value, panel.l2.value = 1, 10
    assert "2 of 2 runs diverged" in status(panel)
    panel.png()


def test_where_all_diverged_nothing_is_lowest(make):
    sgd = BASE.replace(optimizer="sgd", learning_rate=100)
    panel = make(sgd, positions={"l2": (10, 20, 30), "dropout": (0, 0.5)})
    panel.train()
    panel.wait()
    assert panel.lowest is None and "At every cell a run diverged" in status(panel)
    assert panel.go_button.disabled
    panel.png()


# --- Face -----------------------------------------------------------------------------------


def test_the_button_puts_the_cursor_on_the_lowest(trained):
    trained.go_button.click()
    assert (trained.l2.value, trained.dropout.value) == trained.lowest


def test_the_repr_holds_no_result(trained):
    assert repr(trained) == "GridLab(cells, l2: 3 × dropout: 2 positions × 2 seeds, 20 epochs)"
    check_saved(trained)


def test_positions_and_cursor_have_defaults(make):
    panel = make(BASE.replace(dropout=0.3, l2=1.5), positions=None)
    assert panel.positions["dropout"] == HYPERPARAMETERS["dropout"].positions[::2]
    assert (panel.l2.value, panel.dropout.value) == (0, 0.3)
    with pytest.raises(ValueError, match=r"l2=0\.5: must be one of"):
        panel.l2.value = 0.5


def test_the_keras_code_is_that_of_the_cell(panel):
    panel.l2.value, panel.dropout.value = 0.01, 0.5
    assert panel.experiment == BASE.replace(l2=0.01, dropout=0.5)
    assert "0.01" in panel.keras_script and "Dropout(0.5" in panel.keras_script


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"x": "momentum"}, "x='momentum'"),
        ({"y": "width"}, "y='width'"),
        ({"x": "dropout"}, "y='dropout'"),
        ({"positions": {"l1": (0, 1)}}, "positions for l1"),
        ({"positions": {"l2": (0, -1)}}, "l2=-1"),
        ({"positions": {"l2": (0, 0)}}, "at least two"),
        ({"seeds": ()}, "seeds"),
        ({"seeds": (-1,)}, "seed=-1"),
        ({"size": "huge"}, "size"),
        ({"top": 0}, "top"),
    ],
)
def test_bad_arguments_are_refused(make, wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)


# --- Errors and ends ------------------------------------------------------------------------


def test_an_error_in_the_thread_is_shown_kept_and_raised(panel, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", lambda *_: 1 / 0)
        panel.train()
        with pytest.raises(ZeroDivisionError):
            panel.wait()
    assert "ZeroDivisionError" in status(panel) and "advance" in status(panel)
    panel.train()
    panel.wait()
    assert panel.error is None and epochs_of(panel) == EPOCHS


def test_an_error_in_a_callback_is_shown_and_raised(trained, monkeypatch):
    monkeypatch.setattr(trained, "chart", None)
    trained.l2.value = 0.01
    with pytest.raises(AttributeError):
        trained.wait()
    assert "AttributeError" in trained.status.value


def test_closing_while_it_trains_ends_the_thread_and_frees_all(make):
    panel = check_closing(make)
    assert repr(panel).startswith("GridLab(")
