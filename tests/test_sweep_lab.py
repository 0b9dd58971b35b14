"""SweepLab on the real engine: all positions train at once, and the slider only looks."""

import gc
import weakref

import numpy as np
import pytest

from helpers import metrics
from helpers.experiment import HYPERPARAMETERS, grid
from helpers.panels import SweepLab
from helpers.panels.base import notebook_cells
from helpers.training import Trainer, train
from tests.small import BASE, check_saved, epochs_of, parts, status, until

POSITIONS, SEEDS = (0, 0.01, 0.1), (0, 1)
LONG = BASE.replace(epochs=100_000)


@pytest.fixture
def make(closing):
    """Makes sweeps of one shape."""

    def make(base=BASE, name="l2", positions=POSITIONS, seeds=SEEDS, **more):
        return closing(SweepLab(parts(), base, name, positions, seeds, **more))

    return make


def drawn(sweep, name, side="left"):
    """The points of a line in the picture."""
    picture = sweep.chart.u_curve if side == "right" else sweep.chart.curves
    artists = picture.artists
    return artists[name].get_xydata()


def test_every_position_and_seed_is_the_run_that_train_gives(trained):
    expected = train(grid(BASE, l2=POSITIONS, seed=SEEDS), parts(), progress=False)
    assert tuple(trained.runs) == POSITIONS == trained.positions
    found = [run for runs in trained.runs.values() for run in runs]
    for run, other in zip(found, expected, strict=True):
        assert run.experiment == other.experiment
        assert run.validation_loss == pytest.approx(other.validation_loss, abs=1e-5)


def test_the_default_is_the_settings_positions_and_five_seeds():
    sweep = SweepLab(parts(), BASE, "dropout")
    assert sweep.positions == HYPERPARAMETERS["dropout"].positions and len(sweep.positions) == 13
    assert sweep.seeds == (0, 1, 2, 3, 4)
    assert "trains 65 networks" in status(sweep)
    sweep.close()


def test_the_slider_shows_every_position_and_trains_nothing(trained):
    before = trained.runs
    for position in POSITIONS:
        trained.l2.value = position
        mean = np.mean([run.train_loss for run in before[position]], axis=0)
        assert drawn(trained, "training")[:, 1] == pytest.approx(mean)
        assert f"l2({position:g})" in status(trained)
    assert not trained._worker.working
    assert all(trained.runs[p] is before[p] for p in POSITIONS)


def test_the_slider_of_a_trained_sweep_sends_vertices_and_no_new_still(trained):
    stills, canvas = [], trained.live_figure.children[0]
    canvas.observe(lambda change: stills.append(change), "still")
    frames = set()
    for position in POSITIONS:
        trained.l2.value = position
        trained.live_figure.flush()
        frames.add(bytes(canvas.frame))
    assert len(frames) == len(POSITIONS) and stills == []


def test_the_range_over_seeds_is_drawn(trained):
    trained.l2.value = 0.01
    curves = np.array([run.validation_loss for run in trained.runs[0.01]])
    outline = trained.chart.curves.artists["validation range"].get_paths()[0].vertices
    assert outline[:, 1].min() == pytest.approx(curves.min())
    assert outline[:, 1].max() == pytest.approx(curves.max())


def test_the_u_curve_ends_where_the_runs_end(trained):
    ends = [np.mean([run.validation_loss[-1] for run in runs]) for runs in trained.runs.values()]
    best = [np.mean([run.validation_loss.min() for run in runs]) for runs in trained.runs.values()]
    assert drawn(trained, "validation", "right")[:, 1] == pytest.approx(ends)
    assert drawn(trained, "best", "right")[:, 1] == pytest.approx(best)


def test_the_sweet_spot_and_the_one_standard_error_choice_are_marked(trained):
    for name, position in (
        ("sweet spot", metrics.sweet_spot(trained.runs)),
        ("one standard error", metrics.one_standard_error(trained.runs)),
    ):
        ((x, y),) = drawn(trained, name, "right")
        assert x == trained.chart.u_curve.places[position]
        assert y == pytest.approx(
            np.mean([run.validation_loss[-1] for run in trained.runs[position]])
        )
    assert f"Sweet spot: l2({metrics.sweet_spot(trained.runs):g})" in status(trained)


def test_no_line_above_the_u_curve_is_cut_off(make):
    sweep = make(BASE, "label_smoothing", (0, 0.2))
    sweep.train()
    sweep.wait()
    assert "one standard error: 0" in sweep.chart.header["one standard error"].get_text()
    for text in sweep.chart.header.values():
        assert text.get_window_extent().x1 <= text.figure.bbox.x1


def test_the_slider_moves_while_curves_grow_and_cancel_keeps_them(make):
    sweep = make(LONG)
    sweep.train()
    until(lambda: epochs_of(sweep) >= 2)
    sweep.l2.value = 0.1
    first = epochs_of(sweep)
    assert len(drawn(sweep, "training"))
    until(lambda: epochs_of(sweep) > first)
    assert sweep._worker.working
    sweep.cancel()
    sweep.wait()
    kept = sweep.runs
    assert epochs_of(sweep) == kept[0][0].epochs < LONG.epochs
    assert "epoch" in sweep.count.value
    sweep.train()
    until(lambda: epochs_of(sweep) > kept[0][0].epochs)
    again = sweep.runs[0][0]
    assert np.array_equal(again.train_loss[: kept[0][0].epochs], kept[0][0].train_loss)


def test_a_trained_sweep_is_not_trained_again(trained):
    runs = trained.runs
    trained.train()
    trained.wait()
    assert trained.runs[0] is runs[0]
    assert trained.train_button.description == "Train again"
    assert trained.count.value == "6 networks trained"


def test_remaining_time_is_told(make):
    sweep = make(LONG)
    sweep.train()
    until(lambda: epochs_of(sweep) >= 5)
    sweep._talk.flush()
    until(lambda: "left" in sweep.count.value, 10)
    assert sweep.bar.value > 0


def test_other_positions_are_refused_by_name(make):
    sweep = make()
    with pytest.raises(ValueError, match=r"l2=0.03: must be one of 0, 0.01, 0.1"):
        sweep.l2.value = 0.03


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "rows"}, "name="),
        ({"name": "width", "positions": (2, 8), "base": BASE.replace(hidden=())}, "hidden layer"),
        ({"positions": [0.1]}, "positions"),
        ({"positions": [0, -1]}, "l2=-1"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [-1]}, "seed"),
        ({"metric": "auc"}, "metric"),
        ({"size": "huge"}, "size"),
        ({"top": 0}, "top"),
    ],
)
def test_bad_arguments_are_refused(make, wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)


def test_widths_are_swept_as_programs_of_their_own(make):
    sweep = make(BASE.replace(epochs=3), "width", (2, 8), (0,))
    sweep.train()
    sweep.wait()
    assert [runs[0].weights[0].shape for runs in sweep.runs.values()] == [(56, 2), (56, 8)]
    sweep.width.value = 8
    assert "8 units after 3 epochs" in status(sweep)
    assert not len(drawn(sweep, "one standard error", "right"))  # wider is not simpler


def test_one_seed_is_enough_but_has_no_standard_error(make):
    sweep = make(seeds=[3])
    sweep.train()
    sweep.wait()
    assert len(drawn(sweep, "sweet spot", "right")) == 1
    assert not len(drawn(sweep, "one standard error", "right"))


def test_a_position_where_runs_diverge_has_no_mean_and_is_no_sweet_spot(make):
    sweep = make(BASE.replace(optimizer="sgd", learning_rate=1), positions=(0, 10))
    sweep.train()
    sweep.wait()
    assert all(run.diverged for run in sweep.runs[10])
    sweep.l2.value = 10
    assert "2 of 2 runs diverged" in status(sweep)
    assert "Sweet spot: l2(0)." in status(sweep)
    assert np.isnan(drawn(sweep, "validation", "right")[1, 1])


def test_accuracy_moves_the_sweet_spot_with_it(trained):
    trained.metric.value = "accuracy"

    def miss(run):
        return 1 - float(run.validation_accuracy[-1])

    spot = metrics.sweet_spot(trained.runs, miss)
    assert f"Sweet spot: l2({spot:g})." in status(trained)
    trained.l2.value = 0.1
    mean = np.mean([run.validation_accuracy for run in trained.runs[0.1]], axis=0)
    assert drawn(trained, "validation")[:, 1] == pytest.approx(mean)
    assert "accuracy" in status(trained)


def test_what_lies_above_the_axis_is_said_and_marked(make):
    sweep = make(top=0.05)
    sweep.train()
    sweep.wait()
    assert "above the axis at l2(0), l2(0.01), l2(0.1)" in status(sweep)
    assert len(drawn(sweep, "validation above", "right")) == 3


def test_the_face_is_fixed(trained):
    assert repr(trained) == "SweepLab(cells, l2: 3 positions × 2 seeds, 20 epochs)"
    check_saved(trained)
    for value in (0, 0.1, 0):  # at once, whatever was said a moment ago
        trained.l2.value = value
        check_saved(trained)
        assert f"l2({value})" in trained.live_figure.says


def test_the_keras_code_is_that_of_the_position(make):
    sweep = make(seeds=[7])
    sweep.l2.value = 0.1
    assert "0.1" in sweep.keras_script and "7" in sweep.keras_script


def test_an_error_in_the_thread_is_shown_kept_and_raised(make, monkeypatch):
    sweep = make()
    monkeypatch.setattr(Trainer, "advance", lambda *_: 1 / 0)
    sweep.train()
    with pytest.raises(ZeroDivisionError):
        sweep.wait()
    assert "ZeroDivisionError" in status(sweep)


def test_a_new_run_of_the_cell_ends_the_old_sweep(monkeypatch):
    run = [1]
    monkeypatch.setattr(notebook_cells, "running_cell", lambda: ("cell", str(run[0])))
    monkeypatch.setattr(notebook_cells, "_made", {})
    old = SweepLab(parts(), LONG, "l2", POSITIONS, SEEDS)
    old.train()
    until(lambda: epochs_of(old))
    thread, figure = old._worker._thread, weakref.ref(old.live_figure.figure)
    run[0] = 2
    new = SweepLab(parts(), LONG, "l2", POSITIONS, SEEDS)
    assert old.closed and not new.closed and not thread.is_alive()
    gc.collect()
    assert figure() is None
    new.close()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty folder in which finished sweeps are kept."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    return tmp_path


def finished(sweep, **more):
    sweep.train(**more)
    sweep.wait()
    return sweep


def test_a_finished_sweep_is_taken_from_disk(make, kept, monkeypatch):
    first = finished(make())
    monkeypatch.setattr(Trainer, "advance", lambda *_: pytest.fail("it was trained again"))
    second = finished(make())
    for runs, others in zip(first.runs.values(), second.runs.values(), strict=True):
        for run, other in zip(runs, others, strict=True):
            assert np.array_equal(run.validation_loss, other.validation_loss)
            assert all(map(np.array_equal, run.weights, other.weights))
    assert second.count.value == "6 networks trained before"
    assert drawn(second, "training").tolist() == drawn(first, "training").tolist()
    assert status(second) == status(first)


def test_it_is_trained_again_when_asked(make, kept):
    sweep = finished(make())
    before, number = sweep.runs[0][0], sweep.live_figure.number
    finished(sweep, replace=True)
    assert sweep.runs[0][0] is not before and sweep.live_figure.number > number
    assert np.array_equal(sweep.runs[0][0].train_loss, before.train_loss)
    assert sweep.count.value == "6 networks trained"
    sweep.train_button.click()  # "Train again"
    sweep.wait()
    assert epochs_of(sweep) == BASE.epochs


def test_a_damaged_file_is_trained_again(make, kept):
    first = finished(make())
    (path,) = kept.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    second = finished(make())
    assert second.count.value == "6 networks trained"
    assert np.array_equal(second.runs[0][0].train_loss, first.runs[0][0].train_loss)
    assert path.read_bytes() == whole


def test_a_cancelled_sweep_is_not_kept(make, kept):
    sweep = make(LONG)
    sweep.train()
    until(lambda: epochs_of(sweep) >= 1)
    sweep.cancel()
    sweep.wait()
    assert list(kept.iterdir()) == []
