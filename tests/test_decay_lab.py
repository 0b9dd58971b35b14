"""DecayLab: two optimizers at every strength; which weights shrank; picture, words and scripts."""

import numpy as np
import pytest

from helpers import metrics, reference
from helpers.data import Part
from helpers.drawing.style import PAIR
from helpers.experiment import Experiment, Run
from helpers.panels import DecayLab
from helpers.panels.sweeps.shrinkage import GROUPS, gradient_sizes, measure_shrinkage
from tests.fakes import FakeTrainer, fake_trainer  # noqa: F401
from tests.small import BASE, check_saved, parts, status

LEFT = {0.0: 1.0, 0.001: 0.5, 0.01: 0.25}  # what the fake leaves of the weights under l2(λ) ...
RIGHT = {0.5: 0.9, 5.0: 0.6}  # ... and under a weight decay


def shrink(trainer, experiment):
    """A run whose weights have shrunk by the strength."""
    run = FakeTrainer.run(trainer, experiment)
    factor = LEFT[experiment.l2] * RIGHT.get(experiment.weight_decay, 1.0)
    return Run(**{**vars(run), "weights": [factor * w for w in run.weights]})


@pytest.fixture
def make(trainer, closing, monkeypatch):
    """Makes panels whose networks are not trained, but shrink as said."""
    monkeypatch.setattr(trainer, "run", shrink)

    def make(positions=(0.001, 0.01), base=BASE, seeds=range(2), **more):
        return closing(DecayLab(parts(), base, positions, seeds, **more))

    return make


# --- What is trained ------------------------------------------------------------------------


def test_both_optimizers_start_alike_and_differ_in_penalty_and_decay_alone(trained):
    assert trained.positions == (0.0, 0.001, 0.01) == tuple(trained.adam_runs)
    for position in trained.positions:
        pairs = zip(trained.adam_runs[position], trained.adamw_runs[position], strict=True)
        for seed, (adam, adamw) in enumerate(pairs):
            assert adam.experiment == BASE.replace(l2=position, seed=seed)
            assert adamw.experiment == BASE.replace(weight_decay=500 * position, seed=seed)


def test_one_program_trains_all(make, trainer):
    panel = make()
    panel.train()
    panel.wait()
    assert trainer.made == [3 * 2 * 2]
    assert "12 networks trained" in panel.count.value


def test_the_ratio_can_be_that_of_plain_sgd(make, monkeypatch, trainer):
    monkeypatch.setattr(trainer, "run", FakeTrainer.run)
    panel = make(ratio=2)
    panel.train()
    panel.wait()
    assert [run.experiment.weight_decay for run in panel.adamw_runs[0.01]] == [0.02, 0.02]
    assert "weight_decay=2 λ" in make(ratio=2).status.value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ratio": 0}, "ratio=0"),
        ({"base": BASE.replace(optimizer="sgd")}, "base: has optimizer 'sgd'"),
        ({"base": BASE.replace(weight_decay=0.1)}, "weight_decay=0.1; must have 'adam', 0 and 0"),
        ({"positions": (0.0,)}, "must be at least two values"),
        ({"metric": "error"}, "metric='error'"),
    ],
)
def test_what_is_refused(make, change, words):
    with pytest.raises(ValueError, match=words):
        make(**change)


# --- Which weights shrank -------------------------------------------------------------------


def test_shrinkage_groups_weights_by_their_gradient_without_decay(trained):
    trained.l2.value = 0.01
    adam, adamw = trained.shrinkage
    assert adam.kept == pytest.approx(np.full((2, GROUPS), 0.25))
    assert adamw.kept == pytest.approx(np.full((2, GROUPS), 0.6))
    assert (adam.gradient == adamw.gradient).all()
    assert (np.diff(adam.gradient, axis=1) >= 0).all()
    trained.l2.value = 0.0
    assert all(each.kept == pytest.approx(1) for each in trained.shrinkage)


def test_a_group_keeps_the_root_mean_square_of_its_own_weights(trained):
    plain, part = trained.adam_runs[0.0], parts().train
    sizes = np.concatenate(
        [g.ravel() for g in gradient_sizes(plain[0].weights, part, BASE.activation)]
    )
    middle = np.median(sizes)

    def halve_the_small(run):
        grown = gradient_sizes(run.weights, part, BASE.activation)
        weights = list(run.weights)
        for k, size in enumerate(grown):
            weights[2 * k] = np.where(size <= middle, 0.5, 1.0) * weights[2 * k]
        return Run(**{**vars(run), "weights": weights})

    found = measure_shrinkage([halve_the_small(plain[0])], plain[:1], part)
    assert found.kept[0] == pytest.approx([0.5] * (GROUPS // 2) + [1.0] * (GROUPS // 2), abs=0.02)
    assert found.gradient[0, 0] == pytest.approx(np.median(np.sort(sizes)[: len(sizes) // 8]), 0.1)


def test_an_output_kernel_that_is_spared_is_left_out(make):
    panel = make(base=BASE.replace(penalise_output=False))
    panel.train()
    panel.wait()
    run = panel.adam_runs[0.0][0]
    found = measure_shrinkage([run], [run], parts().train)
    sizes = np.sort(gradient_sizes(run.weights, parts().train, "relu")[0], axis=None)
    first, last = np.array_split(sizes, GROUPS)[0], np.array_split(sizes, GROUPS)[-1]
    assert found.gradient[0, [0, -1]] == pytest.approx([np.median(first), np.median(last)])


@pytest.mark.parametrize("activation", ["relu", "tanh", "elu"])
def test_sizes_of_gradients_by_differences(activation):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(6, 3)), rng.integers(0, 2, 6)
    weights = [rng.normal(size=s) for s in ((3, 4), (4,), (4, 2), (2,), (2, 1), (1,))]
    found = gradient_sizes(weights, Part(x, y), activation)
    step = 1e-6
    for layer in range(3):
        squares = np.zeros(weights[2 * layer].shape)
        for place in np.ndindex(squares.shape):
            for row in range(6):
                sides = []
                for sign in (-1, 1):
                    moved = [w.copy() for w in weights]
                    moved[2 * layer][place] += sign * step
                    logits = reference.forward(x[row : row + 1], moved, activation)
                    sides.append(reference.cross_entropy(logits, y[row : row + 1]))
                squares[place] += ((sides[1] - sides[0]) / (2 * step)) ** 2 / 6
        assert found[layer] == pytest.approx(np.sqrt(squares), abs=1e-5)


# --- Picture, words and scripts -------------------------------------------------------------


def test_words_and_titles_name_both_settings_and_what_was_kept(trained):
    trained.l2.value = 0.001
    words = status(trained)
    norms = [
        np.mean([metrics.norm(run.penalised_kernels) for run in runs[0.001]])
        for runs in (trained.adam_runs, trained.adamw_runs)
    ]
    assert f"norm of the weights {norms[0]:.2f}; AdamW, weight_decay=0.5: validation loss" in words
    assert f"norm of the weights {norms[1]:.2f} (means of 2 seeds)" in words
    assert "smallest gradients keep 50 % of their size, those with the largest 50 %" in words
    assert "with AdamW 90 % and 90 %" in words
    chart = trained.chart
    assert chart.title.get_text() == "Adam, l2(0.001)"
    assert chart.other_title.get_text() == "AdamW, weight_decay=0.5"
    assert chart.norms[0].get_text() == f"norm of the weights {norms[0]:.2f}"


def test_the_picture_shows_the_curves_and_the_groups_of_the_position(trained):
    trained.l2.value = 0.01
    chart, found = trained.chart, trained.shrinkage
    for curves, runs in ((chart.curves, trained.adam_runs), (chart.other, trained.adamw_runs)):
        shown = curves.artists["validation"].get_ydata()
        assert shown == pytest.approx(np.mean([r.validation_loss for r in runs[0.01]], axis=0))
    for line, each in zip(chart.kept, found, strict=True):
        assert line.get_ydata() == pytest.approx(each.kept.mean(axis=0))
        low, high = line.axes.get_xlim()
        assert low <= each.gradient.min() and each.gradient.max() <= high
    assert [line.get_color() for line in chart.kept] == list(PAIR)


def test_accuracy_is_shown_on_both_axes(trained):
    trained.metric.value = "accuracy"
    trained.l2.value = 0.01
    for curves in (trained.chart.curves, trained.chart.other):
        assert curves.axes.metric == "accuracy"
        assert curves.artists["validation"].get_ydata()[-1] > 0.7
    assert "Adam, l2(0.01) after 20 epochs: validation accuracy" in status(trained)


def test_before_training_it_says_what_will_be_trained(make):
    panel = make()
    words = status(panel)
    assert "trains 12 networks: 3 positions × 2 seeds" in words
    assert "with Adam and l2(λ), and with AdamW and weight_decay=500 λ" in words
    assert panel.shrinkage is None and panel.adam_runs == {}


def test_without_decay_both_are_the_same_network(trained):
    trained.l2.value = 0.0
    assert "Without decay both are the same network" in status(trained)


def test_a_position_where_a_run_diverged_shows_no_groups(make, trainer, monkeypatch):
    monkeypatch.setattr(trainer, "run", FakeTrainer.run)
    panel = make(positions=(0.0, 200.0), base=BASE, ratio=0.001)
    panel.train()
    panel.wait()
    panel.l2.value = 200.0
    assert panel.shrinkage is None and "2 of 4 runs diverged" in status(panel)
    assert len(panel.chart.kept[0].get_xdata()) == 0
    panel.l2.value = 0.0
    assert panel.shrinkage is not None


def test_scripts_of_both_are_shown_one_after_the_other(make):
    panel = make()
    panel.l2.value = 0.01
    code = panel.keras_script
    compile(code, "scripts", "exec")
    first, second = code.split("# AdamW, in a script of its own")
    assert "regularizers.L2(l2=0.01)" in first or "regularizers.L2(0.01)" in first
    assert "optimizers.Adam(" in first
    assert "optimizers.AdamW(learning_rate=0.01, weight_decay=5.0)" in second
    assert "regularizer" not in second.split("model =")[1].split("optimizer")[0]


def test_a_saved_page_keeps_picture_and_words(trained):
    check_saved(trained)
    assert "DecayLab(cells, l2: 3 positions × 2 seeds" in repr(trained)


def test_it_fits_a_lecture(make):
    panel = make(size="lecture")
    panel.train()
    panel.wait()
    assert panel.png()[:4] == b"\x89PNG"


def test_the_default_base_is_an_adam_network(trainer, closing):
    panel = closing(DecayLab(parts(), seeds=(0,)))
    assert panel.base == Experiment() and len(panel.positions) == 11
