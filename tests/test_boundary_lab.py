"""BoundaryLab on the real engine: surfaces, rows, curves and words follow the slider."""

import functools

import numpy as np
import pytest
from matplotlib.path import Path

from helpers import metrics
from helpers.data import load, make_2d, split
from helpers.experiment import HYPERPARAMETERS, grid
from helpers.panels import BoundaryLab
from helpers.training import Trainer, train
from tests.small import BASE, check_closing, check_saved, epochs_of, status, until

EPOCHS = BASE.epochs
POSITIONS = (0.0, 0.01, 0.3)


@functools.cache
def moons():
    """60 training rows, 6 of them flipped, and 60 validation rows."""
    return split(make_2d("moons", rows=160), train=60, validation=60, flip_labels=0.1)


@pytest.fixture
def make(closing):
    """Makes panels of one shape."""

    def make(base=BASE, name="l2", positions=POSITIONS, seeds=range(2), parts=None, **more):
        return closing(BoundaryLab(parts or moons(), base, name, positions, seeds, **more))

    return make


def points(artist):
    """The points of a line, as pairs."""
    return {tuple(p) for p in artist.get_xydata().astype("float32").tolist()}


def inside(path, xy):
    """Whether points lie inside a path with holes: by the number of outlines around them."""
    count = np.zeros(len(xy), int)
    for outline in path.to_polygons():
        count += Path(outline).contains_points(xy)
    return count % 2 == 1


# --- Training -------------------------------------------------------------------------------


def test_every_position_is_trained_with_every_seed_as_train_would(trained):
    assert tuple(trained.runs) == POSITIONS
    expected = iter(train(grid(BASE, l2=POSITIONS, seed=range(2)), moons(), progress=False))
    for row in trained.runs.values():
        for run in row:
            wanted = next(expected)
            assert run.experiment == wanted.experiment
            assert run.train_loss == pytest.approx(wanted.train_loss, abs=1e-5)


def test_widths_are_shapes_of_their_own_and_train_in_step(make, monkeypatch):
    panel = make(BASE.replace(hidden=(8, 4), epochs=6), "width", (2, 8), seeds=(0,))
    said = []
    say = panel.say
    monkeypatch.setattr(panel, "say", lambda *words: said.extend(words) or say(*words))
    panel.train()
    panel.wait()
    assert [run.experiment.hidden for (run,) in panel.runs.values()] == [(2, 1), (8, 4)]
    assert {run.epochs for (run,) in panel.runs.values()} == {6}
    compiling = list(dict.fromkeys(words for words in said if "Compiling" in words))
    assert "(2 of 2 shapes)" in compiling[-1]
    assert panel.width.value == 8 and panel.experiment.hidden == (8, 4)
    panel.width.value = 2
    assert "2 units after 6 epochs" in status(panel)
    (expected,) = train(panel.experiment, moons(), progress=False)
    assert panel.runs[2][0].train_loss == pytest.approx(expected.train_loss, abs=1e-5)


def test_cancel_keeps_what_there_is_and_surfaces_follow_meanwhile(make):
    panel = make(BASE.replace(epochs=3000))
    panel.train()
    until(lambda: epochs_of(panel) >= 2)
    panel.l2.value = 0.3
    assert len(panel.chart.surface.bands.get_paths()) == 10
    done = epochs_of(panel)
    until(lambda: epochs_of(panel) > done)
    panel.cancel()
    panel.wait()
    kept = epochs_of(panel)
    assert kept < 3000 and panel.train_button.description == "Go on"
    assert {run.epochs for row in panel.runs.values() for run in row} == {kept}
    assert f"l2(0.3) after {kept} epochs" in status(panel)


# --- Surface --------------------------------------------------------------------------------


@pytest.mark.parametrize("position", POSITIONS)
def test_the_bands_are_the_probabilities_of_the_first_seed(trained, position):
    trained.l2.value = position
    run, parts = trained.runs[position][0], moons()
    x = np.concatenate([parts.train.x, parts.validation.x])
    first, second, p = metrics.decision_surface(run, x, 64, margin=0.06)
    xy = np.stack(np.meshgrid(first, second), axis=-1)
    middle = (slice(3, -3, 5), slice(3, -3, 5))
    share, places = p[middle].ravel(), xy[middle].reshape(-1, 2)
    clear = np.abs(share * 10 - np.round(share * 10)) > 0.05  # not on an edge
    for k, band in enumerate(trained.chart.surface.bands.get_paths()):
        expected = (share[clear] * 10).astype(int) == k
        assert np.array_equal(inside(band, places[clear]), expected), k


def test_boundaries_lie_where_either_seed_is_undecided(trained):
    chart = trained.chart
    for runs_of, collection in ((0, chart.surface.boundary), (1, chart.surface.others)):
        xy = np.concatenate([path.vertices for path in collection.get_paths()])
        run = trained.runs[0.0][runs_of]
        logits = np.asarray(metrics.reference.forward(xy, run.weights, run.experiment.activation))
        assert len(xy) > 10
        assert np.abs(1 / (1 + np.exp(-logits)) - 0.5).max() < 0.05


def test_a_network_without_a_boundary_says_so(make):
    panel = make(BASE.replace(epochs=60), positions=(0, 1, 30))
    panel.train()
    panel.wait()
    panel.l2.value = 30
    assert panel.chart.surface.boundary.get_paths() == []
    assert "there is no boundary" in status(panel)
    panel.l2.value = 0
    assert panel.chart.surface.boundary.get_paths() != []
    assert "there is no boundary" not in status(panel)


def test_all_surfaces_are_ready_when_it_rests(trained, monkeypatch):
    monkeypatch.setattr(trained.chart, "surface_paths", lambda runs: 1 / 0)
    for position in POSITIONS:
        trained.l2.value = position
    assert trained.error is None


def test_axes_keep_their_limits_so_that_positions_compare(trained):
    def limits():
        return [(a.get_xlim(), a.get_ylim()) for a in trained.live_figure.figure.axes]

    before, stills = limits(), []
    trained.live_figure.children[0].observe(lambda change: stills.append(1), "still")
    for position in POSITIONS:
        trained.l2.value = position
        trained.live_figure.flush()
        assert limits() == before
    assert not stills
    (low, high), _ = before[0]
    x = np.concatenate([moons().train.x, moons().validation.x])[:, 0]
    assert low < x.min() and x.max() < high


# --- Rows -----------------------------------------------------------------------------------


def test_rows_stand_where_they_are_and_flipped_labels_are_ringed(panel):
    part = moons().train
    for label, marks in enumerate(panel.chart.surface.rows):
        assert points(marks) == {tuple(p) for p in part.x[part.y == label].tolist()}
    assert len(moons().flipped) == 6
    assert points(panel.chart.surface.flipped) == {
        tuple(p) for p in part.x[moons().flipped].tolist()
    }
    assert "6 of them with a flipped label" in status(panel)


def test_validation_rows_can_be_shown_instead(panel):
    panel.rows.value = "validation rows"
    part = moons().validation
    for label, marks in enumerate(panel.chart.surface.rows):
        assert points(marks) == {tuple(p) for p in part.x[part.y == label].tolist()}
    assert points(panel.chart.surface.flipped) == set()
    panel.rows.value = "training rows"
    assert len(points(panel.chart.surface.flipped)) == 6


# --- Curves and words -----------------------------------------------------------------------


def test_numbers_and_words_are_the_means_at_the_position(trained):
    trained.l2.value = 0.01
    row, chart = trained.runs[0.01], trained.chart

    def mean(curve):
        return np.mean([getattr(run, curve)[-1] for run in row])

    numbers = {key: text.get_text() for key, text in chart.numbers.items()}
    assert numbers["training", "loss"] == f"{mean('train_loss'):.3f}"
    assert numbers["validation", "accuracy"] == f"{100 * mean('validation_accuracy'):.1f} %"
    words = status(trained)
    assert f"training loss {mean('train_loss'):.3f}" in words
    assert f"validation loss {mean('validation_loss'):.3f}" in words
    error = metrics.accuracy_error(float(mean("validation_accuracy")), 60)
    assert f"± {100 * error:.1f} %" in words
    assert trained.live_figure.says.startswith(f"l2(0.01) after {EPOCHS} epochs")


def test_flipped_labels_that_are_learnt_are_counted(trained):
    part, flipped = moons().train, moons().flipped
    run = trained.runs[0.0][0]
    logits = metrics.reference.forward(part.x[flipped], run.weights, "relu")[:, 0]
    count = int(((logits > 0) == (part.y[flipped] == 1)).sum())
    assert f"It answers {count} of the 6 flipped labels as flipped." in status(trained)


def test_curves_show_loss_or_accuracy(make):
    panel = make(metric="accuracy")
    assert panel.chart.curves.axes.metric == "accuracy"
    panel.train()
    panel.wait()

    def drawn():
        return panel.chart.curves.artists["training"].get_ydata()

    row = panel.runs[0.0]
    assert drawn() == pytest.approx(np.mean([r.train_accuracy for r in row], axis=0))
    panel.metric.value = "loss"
    assert drawn() == pytest.approx(np.mean([r.train_loss for r in row], axis=0))


def test_a_diverged_position_says_so(make):
    sgd = BASE.replace(optimizer="sgd", l2=10)
    panel = make(sgd, "learning_rate", (1e-4, 1e-3, 1))
    panel.train()
    panel.wait()
    panel.learning_rate.value = 1
    assert "2 of 2 runs diverged" in status(panel)
    assert "diverged" in {text.get_text() for text in panel.chart.numbers.values()}
    panel.png()
    panel.learning_rate.value = 1e-4
    assert "diverged" not in status(panel)


# --- Face -----------------------------------------------------------------------------------


def test_the_repr_holds_no_result(trained):
    assert repr(trained) == "BoundaryLab(moons, l2: 3 positions × 2 seeds, 20 epochs)"
    check_saved(trained)


def test_defaults_and_large_type(make):
    panel = make(BASE.replace(l2=0.02), positions=None, seeds=(4,), size="lecture")
    assert panel.positions == HYPERPARAMETERS["l2"].positions
    assert panel.l2.value == 0.02
    assert panel.experiment == BASE.replace(l2=0.02, seed=4)
    assert panel.live_figure.figure.bbox.width == 1280


def test_the_keras_code_is_that_of_the_position(panel):
    panel.l2.value = 0.01
    assert "0.01" in panel.keras_script and "moons" in panel.keras_script


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "rows"}, "name='rows'"),
        (
            {"name": "width", "positions": (2, 4), "base": BASE.replace(hidden=())},
            "hidden layer",
        ),
        ({"metric": "auc"}, "metric='auc'"),
        ({"positions": (0, -1)}, "l2=-1"),
        ({"positions": (0,)}, "at least two"),
        ({"seeds": ()}, "seeds"),
        ({"size": "huge"}, "size"),
        ({"top": -1}, "top"),
    ],
)
def test_bad_arguments_are_refused(make, wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)


def test_rows_of_more_features_are_refused(make):
    with pytest.raises(ValueError, match="56 features and 2 classes"):
        make(parts=split(load("cells"), train=64, validation=64))


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
    monkeypatch.setattr(trained.chart, "show", lambda *_: 1 / 0)
    trained.l2.value = 0.01
    with pytest.raises(ZeroDivisionError):
        trained.wait()
    assert "ZeroDivisionError" in trained.status.value


def test_closing_while_it_trains_ends_the_thread_and_frees_all(make):
    panel = check_closing(make)
    assert repr(panel).startswith("BoundaryLab(")
