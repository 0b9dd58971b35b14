"""Each panel on a table that was read: two classes, more of them, a number; without TensorFlow."""

import dataclasses

import numpy as np
import pytest

from helpers import drawing, metrics
from helpers.data import from_arrays, load, split
from helpers.experiment import Experiment
from helpers.keras_script import keras_script
from helpers.panels import (
    BoundaryLab,
    DecayLab,
    Draw,
    GridLab,
    LiveLab,
    MCDropoutLab,
    StoppingLab,
    SweepLab,
)
from helpers.panels.sweeps.shrinkage import gradient_sizes
from tests.fakes import FakeTrainer, fake_trainer  # noqa: F401 (a fixture)
from tests.small import check_saved, press, status, until

BASE = Experiment(hidden=(6,), epochs=12)


def many_classes():
    """Three classes, a category with rare values, copies, gaps."""
    rng = np.random.default_rng(0)
    home = rng.choice(["rent", "own", "castle", *(f"town {k}" for k in range(12))], 400,
                      p=[0.5, 0.34, 0.04, *[0.01] * 12])  # fmt: skip
    income = np.where(rng.random(400) < 0.1, np.nan, rng.normal(size=400).round(1))
    y = np.where(home == "rent", "low", np.where(income > 0, "high", "mid"))
    x = np.column_stack([home.astype(object), income])
    x[100:140], y[100:140] = x[:40], y[:40]
    return from_arrays(x, y, ["home", "income"], name="my homes", show=False)


TABLES = {
    "binary": lambda: split(load("credit"), 0.05, 0.1),
    "multi-class": lambda: split(many_classes(), 100, 120),
    "regression": lambda: split(load("concrete"), 100, 200),
}


@pytest.fixture(params=TABLES)
def parts(request):
    made = TABLES[request.param]()
    assert made.task.kind == request.param
    return made


def a_run(parts, **changes):
    trainer = type("Trainer", (FakeTrainer,), {"made": []})(BASE.replace(**changes), parts)
    trainer.advance(12)
    return trainer.runs[0]


SWEEPS = {
    SweepLab: lambda p: SweepLab(p, BASE, "l2", [0, 0.01, 0.1], [0, 1]),
    GridLab: lambda p: GridLab(p, BASE, positions={"l2": [0, 0.1], "dropout": [0, 0.5]}),
    DecayLab: lambda p: DecayLab(p, BASE, [0.01, 0.1], [0, 1]),
}


@pytest.mark.parametrize("panel", SWEEPS, ids=lambda panel: panel.__name__)
def test_sweeps(panel, parts, trainer, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    made = SWEEPS[panel](parts)
    made.train()
    made.wait()
    words, number = status(made), parts.task.kind == "regression"
    if panel is not DecayLab:
        assert ("RMSE" in words and parts.target.name in words) == number
    assert "accuracy" not in words if number else "RMSE" not in words
    axes = made.chart.curves.axes
    assert axes.ax.get_ylabel() in (parts.task.loss_label, "")
    assert dict(axes.task._asdict()) == dict(parts.task._asdict())
    if panel is not GridLab:
        made.metric.value = "accuracy"
        assert dict(made.metric.options)[parts.task.score_name] == "accuracy"
        assert axes.ax.get_ylabel() == parts.task.score_name
        assert ("%" in axes.spell(0.5)) != number
        assert parts.task.score_name in status(made) or panel is DecayLab
        assert "−" not in axes.gap_label(0.9, 0.8)  # how far apart, of either score
    assert len(made.keras_script) > 100 and parts.task.loss in made.keras_script
    check_saved(made)
    made.close()


def test_live_lab(parts, trainer):
    names = ("l2", "dropout", "width", "rows", "label_noise")
    panel = LiveLab(parts, BASE, names, seconds=0)
    panel.train()
    panel.wait()
    words, number = status(panel), parts.task.kind == "regression"
    assert f"validation {parts.task.score_name}" in words
    assert ("RMSE" in words) == number
    assert "after a restart" not in words
    press(panel, "Pin")
    assert f"{parts.task.score_name} ± standard error" in panel.controls.table.value
    features = panel.training.state.parts.n_features
    panel.rows.value, panel.label_noise.value = 64, 0.3
    assert "64 rows: acts after a restart" in status(panel)
    panel.restart()
    panel.wait()
    now = panel.training.state.parts
    assert len(now.train) <= 64 and len(now.flipped) == round(0.3 * len(now.train))
    assert "after a restart" not in status(panel)  # fewer rows than asked for may be there
    assert len(panel.run.weights[0]) == now.n_features
    assert now.n_features < features or parts.task.kind != "multi-class"  # rare categories go
    for view in ("weights", "losses"):
        panel.side_view.value = view
    panel.metric.value = "accuracy"
    assert panel.chart.curve_axes.ax.get_ylabel() == parts.task.score_name
    if parts.source.origin is None:  # the rows of the run, not those that the panel began with
        (line,) = (a for a in panel.keras_script.splitlines() if a.startswith("# parts = split("))
        names = {"split": split, "table": parts.source}
        exec(line.removeprefix("# ").removesuffix(":"), names)
        np.testing.assert_array_equal(names["parts"].train.x, now.train.x)
        np.testing.assert_array_equal(names["parts"].train.y, now.train.y)
    again = panel.settings
    panel.settings = again
    assert panel.settings == again
    assert "label noise" in panel.chart.title.get_text()
    assert parts.task.loss in panel.keras_script
    assert (panel.label_noise.hyperparameter.label == "wrong targets") == number
    check_saved(panel)
    panel.close()


def test_rows_that_stay_together_do_not_wait_for_a_restart(trainer):
    """Asked for 30 of rows of which equal ones stay together, a part may hold 29."""
    x = np.repeat(np.random.default_rng(0).normal(size=(70, 2)), 3, axis=0)
    y = (x[:, 0] > 0).astype(int)
    rare = np.unique(x, axis=0, return_index=True)[1]
    keep = np.sort(np.concatenate([rare, rare[:20] + 1]))
    parts = split(from_arrays(x[keep], y[keep], show=False), 31, 25)
    found = [parts.replace(train=n) for n in range(20, 31)]
    parts = next(p for p in found if len(p.train) != p.recipe["train"])
    panel = LiveLab(parts, BASE, ("rows",), seconds=0)
    assert panel.rows.value == parts.recipe["train"]
    panel.train()
    panel.wait()
    assert panel.training.state.parts is parts and "after a restart" not in status(panel)
    panel.close()


def test_stopping_lab(parts):
    run = a_run(parts, l2=0.01)
    run = dataclasses.replace(run, penalty=np.ones_like(run.penalty))
    panel = StoppingLab(run)
    label = panel.chart.curve_axes.ax.get_ylabel()
    assert label == ("loss (standardised)" if parts.task.kind == "regression" else "loss (nats)")
    assert f'metrics=["{parts.task.loss}"]' in panel.keras_script
    panel.close()


def test_draw(parts):
    run = a_run(parts)
    name = parts.task.score_name
    unit = "%" if parts.task.classifies else ""
    panel = Draw("How good?", x=(1, 12), y=(0, 100 if unit else 1), y_label=name, unit=unit)
    panel.show()
    panel.reveal(run)
    until(lambda: panel.revealed)
    end = float(run.validation_score[-1]) * (100 if unit else 1)
    found = panel._real["validation"][1]
    assert found[-1] == pytest.approx(end, rel=1e-5)
    panel.close()


def test_pictures_name_the_loss_and_the_score(parts):
    from matplotlib.figure import Figure

    run = a_run(parts)
    for what, label in (("loss", parts.task.loss_label), ("accuracy", parts.task.score_name)):
        ax = Figure().add_subplot()
        drawing.curves(ax, [run], what=what, baseline=0.3)
        ax.figure.canvas.draw()
        assert ax.get_ylabel() == label
    ax = Figure().add_subplot()
    drawing.three_losses(ax, run)
    assert ("nats" in ax.get_ylabel()) == parts.task.classifies
    shown = repr(metrics.table({"it": [run]}))
    assert ("validation R²" in shown) != ("validation accuracy (%)" in shown)
    assert ("R²" in shown) == ("nats" not in shown) == (not parts.task.classifies)


@pytest.mark.parametrize("panel", [BoundaryLab, MCDropoutLab], ids=lambda panel: panel.__name__)
def test_what_needs_two_features_says_so(panel, parts):
    first = a_run(parts, dropout=0.5) if panel is MCDropoutLab else parts
    arguments = (first, parts) if panel is MCDropoutLab else (parts, BASE)
    with pytest.raises(ValueError, match="must have two features and two classes") as found:
        panel(*arguments)
    assert ("a number to predict" in str(found.value)) == (not parts.task.classifies)
    with pytest.raises(ValueError, match="must have two features and two classes"):
        LiveLab(parts, BASE, side_view="boundary")


def test_two_features_of_a_table_that_was_read(trainer, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    x = np.random.default_rng(0).normal(size=(200, 2))
    y = np.where(x[:, 0] > 0, "right", "left")
    parts = split(from_arrays(x, y, ["a", "b"], show=False), 80, 80)
    panel = BoundaryLab(parts, BASE)
    panel.train()
    panel.wait()
    assert "validation accuracy" in status(panel)
    panel.close()
    number = split(from_arrays(x, x[:, 0], ["a", "b"], show=False), 80, 80)
    with pytest.raises(ValueError, match="has 2 features and a number to predict, must have two"):
        BoundaryLab(number, BASE)


def test_sizes_of_the_gradients_of_squared_errors():
    """2 * (answer - y) * input, squared and averaged over rows; without hidden layers exactly."""
    parts = TABLES["regression"]()
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(8, 1)), rng.normal(size=1)
    (found,) = gradient_sizes([kernel, bias], parts.train, "relu")
    errors = 2 * (parts.train.x @ kernel + bias - parts.train.y[:, None])
    np.testing.assert_allclose(found[:, 0], np.sqrt(np.mean((errors * parts.train.x) ** 2, axis=0)))


def test_smoothing_labels_of_numbers_is_refused_by_panels():
    parts, message = TABLES["regression"](), "label_smoothing=.* is for classes; the target of a"
    with pytest.raises(ValueError, match=message):
        LiveLab(parts, BASE, ("l2", "label_smoothing"))
    with pytest.raises(ValueError, match=message):
        SweepLab(parts, BASE, "label_smoothing")
    with pytest.raises(ValueError, match=message):
        GridLab(parts, BASE.replace(label_smoothing=0.1))


def test_passes_of_a_regression_are_numbers(parts):
    passes = metrics.dropout_passes(a_run(parts, dropout=0.5), parts.validation.x, 5)
    assert passes.shape == (5, len(parts.validation), max(parts.n_classes, 1))
    if parts.task.classifies:
        np.testing.assert_allclose(passes.sum(axis=2), 1)
    else:
        assert passes.min() < 0
        with pytest.raises(ValueError, match="take their mean"):
            metrics.uncertainty(passes)


def test_the_script_of_a_table_that_was_read(parts):
    code = keras_script(BASE.replace(class_weight="balanced" if parts.classes else None), parts)
    compile(code, "script", "exec")
    assert f'metrics=["{parts.task.keras_score}"]' in code and f'loss = "{parts.task.loss}"' in code
    assert ("row_weight" in code) == parts.task.classifies
    assert ("* y + " in code) == ("is compressive_strength again." in code) == (not parts.classes)
    assert max(map(len, code.splitlines())) <= 100
