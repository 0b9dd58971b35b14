"""MCDropoutLab: maps, passes and words are those of `dropout_passes`; nothing is trained."""

import functools

import numpy as np
import pytest

from helpers import metrics
from helpers.data import load, make_2d, split
from helpers.experiment import Divergence, Experiment, Run
from helpers.panels import MCDropoutLab
from helpers.panels.concepts.mc_dropout_lab import REACH, STEPS
from helpers.uncertainty import dropout_passes, uncertainty
from tests.fakes import FakeTrainer
from tests.small import check_saved, press


@functools.cache
def moons():
    return split(make_2d("moons", rows=160), train=60, validation=60)


def make_runs(*rates, parts=None, hidden=(8, 6)):
    """Runs whose weights are drawn: small, so that passes differ and nothing saturates."""
    trainer = type("Trainer", (FakeTrainer,), {"made": []})
    experiments = [Experiment(hidden=hidden, dropout=rate) for rate in rates]
    made = trainer(experiments, parts or moons())
    made.epoch = 1
    return made.runs


@pytest.fixture
def make(closing):
    def make(*rates, **more):
        panel = closing(MCDropoutLab(make_runs(*rates or (0.2, 0.5)), moons(), **more))
        panel.wait()
        return panel

    return make


@pytest.fixture
def panel(make):
    return make(passes=20)


def bars(panel):
    """The share of passes in each bar of the histogram."""
    return panel.chart.histogram.bars.get_paths()[0].vertices[:, 1].max()


# --- Numbers --------------------------------------------------------------------------------


def test_the_point_has_the_passes_of_the_run_at_the_chosen_rate(panel):
    panel.move_to(1.0, -2.0)
    for rate in (0.5, 0.2):
        panel.dropout.value = rate
        run = panel.runs[rate]
        assert run.experiment.dropout == rate and panel.run is run
        wanted = dropout_passes(run, [[1.0, -2.0]], 20)[:, :, 1]
        assert panel.outputs == pytest.approx(wanted[:, 0])
        assert panel.uncertainty.mean == pytest.approx(uncertainty(wanted).mean)
        logit = dropout_passes(run, [[1.0, -2.0]], 1, rate=0)[0, 0, 1]
        assert panel.prediction == pytest.approx(logit)
        mean, deviation = wanted.mean(), wanted.std()
        said = panel.live_figure.says
        assert f"20 passes give P({moons().classes[1]}) = {mean:.2f} ± {deviation:.2f}" in said
        assert f"without dropout it is {panel.prediction:.2f}" in said


def test_the_maps_are_mean_and_deviation_of_the_same_passes(panel):
    mean, deviation = panel.surfaces
    i, j = 7, 30
    point = [[mean.first[i], mean.second[j]]]
    wanted = dropout_passes(panel.run, point, 20)[:, 0, 1]
    assert mean.probability[j, i] == pytest.approx(wanted.mean())
    assert deviation.probability[j, i] == pytest.approx(wanted.std())
    assert mean.probability.shape == (STEPS, STEPS)


def test_more_passes_go_on_and_fewer_are_the_first_of_them(panel):
    few = panel.surfaces[0].probability
    panel.passes.value = 200
    panel.wait()
    many = panel.surfaces[0].probability
    assert len(panel.outputs) == 200 and np.abs(many - few).max() > 1e-3
    panel.passes.value = 20
    assert (panel.surfaces[0].probability == few).all()
    panel.passes.value = 1
    assert "1 pass gives" in panel.live_figure.says and "subnetwork" in panel.live_figure.says


def test_the_seed_decides_the_masks(make):
    first, same, other = (make(passes=5, seed=s).outputs for s in (0, 0, 1))
    assert (first == same).all() and not (first == other).all()


def test_at_rate_0_all_passes_are_the_prediction(make):
    panel = make(0.0, 0.5)
    panel.dropout.value = 0.0
    panel.wait()
    assert (panel.outputs == panel.prediction).all()
    assert panel.surfaces[1].probability.max() < 1e-12  # rounding
    assert "all passes are the same" in panel.live_figure.says


# --- The picture ----------------------------------------------------------------------------


def test_the_histogram_and_the_crosses_follow_the_point(panel):
    panel.move_to(2.0, 1.0)
    assert {tuple(mark.get_xydata()[0]) for mark in panel.chart.points} == {(2.0, 1.0)}
    outputs = panel.outputs
    shares = np.histogram(outputs, np.linspace(0, 1, 11))[0] / 20
    assert bars(panel) == pytest.approx(shares.max())
    view = panel.chart.histogram
    assert view.mean.get_xdata() == pytest.approx([outputs.mean()])
    ends = np.clip([outputs.mean() - outputs.std(), outputs.mean() + outputs.std()], 0, 1)
    assert view.deviation.get_xdata() == pytest.approx(ends)
    assert view.without.get_xdata() == pytest.approx([panel.prediction] * 2)
    words = [text.get_text() for text in (view.title, *view.words)]
    assert words == [
        "20 passes at the cross",
        f"mean {outputs.mean():.2f} ± {outputs.std():.2f}",
        f"without dropout {panel.prediction:.2f}",
    ]


def test_the_left_map_shows_the_prediction_without_dropout_when_asked(panel):
    mean = panel.chart.surface.bands.get_paths()
    panel.map.value = "without dropout"
    plain = panel.chart.surface.bands.get_paths()
    assert not all(np.array_equal(a.vertices, b.vertices) for a, b in zip(mean, plain, strict=True))
    assert panel.chart.title.get_text() == "Without dropout"
    boundary = panel.chart.without.get_paths()
    surface = metrics.decision_surface(panel.run, moons().train.x, 5)
    assert boundary or not surface.probability.min() < 0.5 < surface.probability.max()


def test_the_maps_reach_far_beyond_all_rows(panel):
    x = np.concatenate([moons().train.x, moons().validation.x])
    low, high = x.min(axis=0), x.max(axis=0)
    for ax in (panel.chart.surface.ax, panel.chart.deviation.ax):
        ends = np.array([ax.get_xlim(), ax.get_ylim()]).T
        assert ends == pytest.approx(
            np.array([low - REACH * (high - low), high + REACH * (high - low)])
        )
    assert panel.first.positions[0] < low[0] - 1 and panel.second.positions[-1] > high[1] + 1


def test_buttons_move_the_cross_to_the_largest_spread_and_far_away(panel):
    press(panel, "Largest spread")
    deviation = panel.surfaces[1]
    inner = deviation.probability[3:-3, 3:-3]  # the rim is left out: there a cross is cut off
    j, i = np.unravel_index(inner.argmax(), inner.shape)
    wanted = [deviation.first[i + 3], deviation.second[j + 3]]
    assert panel.point == pytest.approx(wanted, abs=0.2)
    spread = panel.outputs.std()
    press(panel, "Far from the rows")
    distance = np.linalg.norm(moons().train.x - panel.point, axis=1).min()
    assert distance > 1.5 and panel.outputs.std() < spread
    assert f"nearest training row is {distance:.1f} standard deviations" in panel.live_figure.says


def test_a_saved_page_keeps_picture_and_words(panel):
    check_saved(panel)
    assert repr(panel) == "MCDropoutLab(moons, dropout 0.2 and 0.5, 20 passes)"


def test_it_fits_a_lecture(make):
    assert make(passes=2, size="lecture").png()[:4] == b"\x89PNG"


# --- Arguments, errors, end -----------------------------------------------------------------


def test_one_run_is_enough(closing):
    panel = closing(MCDropoutLab(make_runs(0.3)[0], moons(), passes=3))
    panel.wait()
    assert panel.dropout.positions == (0.3,) and len(panel.outputs) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"runs": []}, "must have each rate once, and at least one"),
        ({"runs": make_runs(0.2, 0.2)}, r"have dropout \[0.2, 0.2\]"),
        ({"rate": 0.3}, "rate=0.3: must be"),
        ({"passes": 201}, "passes=201: must be whole, from 1 to 200"),
        ({"seed": -1}, "seed=-1"),
        ({"size": "poster"}, "size='poster'"),
    ],
)
def test_what_is_refused(change, words):
    arguments = {"runs": make_runs(0.2, 0.5), "parts": moons()} | change
    with pytest.raises(ValueError, match=words):
        MCDropoutLab(**arguments)


def test_rows_without_a_plane_and_diverged_runs_are_refused():
    cells = split(load("cells"), train=64, validation=64)
    with pytest.raises(ValueError, match="two features and two classes"):
        MCDropoutLab(make_runs(0.2, parts=cells), cells)
    with pytest.raises(ValueError, match="runs: have 56 inputs, must have 2"):
        MCDropoutLab(make_runs(0.2, parts=cells), moons())
    (run,) = make_runs(0.2)
    lost = Run(**{**vars(run), "diverged": Divergence(1, "it broke")})
    with pytest.raises(ValueError, match="must not have diverged"):
        MCDropoutLab(lost, moons())


def test_what_goes_wrong_in_the_thread_is_shown(panel, monkeypatch):
    def broken(*args, **more):
        raise RuntimeError("no more masks")

    monkeypatch.setattr("helpers.panels.concepts.mc_dropout_lab.dropout_passes", broken)
    monkeypatch.setattr(type(panel), "outputs", np.full(20, 0.5))
    monkeypatch.setattr(type(panel), "prediction", 0.5)
    panel.passes.value = 50
    with pytest.raises(RuntimeError, match="no more masks"):
        panel.wait()
    assert "no more masks" in panel.status.value


def test_closing_ends_its_thread(make):
    panel = make(passes=2)
    panel.passes.value = 200
    panel.close()
    assert not panel._worker.working


def test_the_script_repeats_the_network_with_dropout_on(panel):
    panel.move_to(1.0, -2.0)
    code = panel.keras_script
    compile(code, "script", "exec")
    assert 'np.array([[1.0, -2.0]], "float32")' in code
    assert "model(point, training=True) for _ in range(20)" in code
    assert f"layers.Dropout({panel.dropout.value}" in code
