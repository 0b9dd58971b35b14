"""The engine against Keras, against the formulas in NumPy, and against itself."""

import concurrent.futures
import itertools
import math
import multiprocessing
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import models, reference, training
from helpers.data import Table, load, make_2d, split
from helpers.experiment import CURVES, HYPERPARAMETERS, Experiment, Move, grid
from helpers.keras_script import keras_script
from helpers.training import Trainer, executors, planning, train

SMALL = Experiment(hidden=(8, 5), epochs=3, batch_size=16)


@pytest.fixture(scope="module")
def cells():
    """72 training rows: four full batches of 16 and one of 8."""
    return split(load("cells"), train=72, validation=40, seed=1)


@pytest.fixture(scope="module")
def digits():
    return split(load("mnist1d"), train=48, validation=40, seed=1)


@pytest.fixture(scope="module")
def concrete():
    """A number to predict."""
    return split(load("concrete"), train=72, validation=40, seed=1)


def batches(e, parts, epochs=None):
    """The rows of each step, in the order that a run takes them."""
    for epoch in range(epochs or e.epochs):
        order = training.row_order(e.seed, epoch, len(parts.train.x))
        for first in range(0, len(order), e.batch_size):
            yield order[first : first + e.batch_size]


def keras_run(e, parts):
    """The plain Keras model after `train_on_batch` on the same batches."""
    model = models.build(e, parts.n_features, parts.task)
    x, y, weight = parts.train.x, parts.train.y, None
    if e.class_weight:
        weight = dict(enumerate(reference.class_weights(y)))
    if parts.n_classes > 2 and e.label_smoothing:
        y = keras.utils.to_categorical(y, parts.n_classes)
    for rows in batches(e, parts):
        model.train_on_batch(x[rows], y[rows], class_weight=weight)
    return model


def run_script(code):
    """The names that a script defines, after it ran without a word."""
    found = {}
    exec(compile(code.replace("verbose=2", "verbose=0"), "script", "exec"), found)
    return found


def assert_same(run, other, rtol=2e-4, atol=2e-5):
    for name in CURVES:
        np.testing.assert_allclose(getattr(run, name), getattr(other, name), rtol, atol, True, name)
    for w, v in zip(run.weights, other.weights, strict=True):
        np.testing.assert_allclose(w, v, rtol, atol)


# Against Keras -----------------------------------------------------------------------------------

VARIANTS = [
    dict(optimizer="adam", l2=0.01),
    dict(optimizer="adam", l1=0.003, l2=0.02, activation="tanh", label_smoothing=0.1),
    dict(optimizer="sgd", learning_rate=0.05, l2=0.1),
    dict(optimizer="momentum", learning_rate=0.02, l1=0.01, activation="elu"),
    dict(optimizer="adamw", weight_decay=0.5),
    dict(optimizer="sgd", learning_rate=0.05, weight_decay=0.2),
    dict(optimizer="rmsprop", l2=0.01, hidden=()),
    dict(optimizer="adam", l2=0.02, weight_decay=0.3, penalise_output=False),
    dict(optimizer="momentum", learning_rate=0.05, clipnorm=0.05, l2=0.1),
    dict(optimizer="adam", clipnorm=0.02, weight_decay=0.3),
]


BALANCED = [
    dict(class_weight="balanced", l2=0.02),
    dict(class_weight="balanced", label_smoothing=0.1, optimizer="sgd", learning_rate=0.05),
]
TRIED = [
    *itertools.product(["cells", "digits"], VARIANTS + BALANCED),
    *itertools.product(["concrete"], [v for v in VARIANTS[::2] if "label_smoothing" not in v]),
]


@pytest.mark.parametrize(("table", "variant"), TRIED, ids=lambda v: "-".join(map(str, v.values()))
                         if isinstance(v, dict) else v)  # fmt: skip
def test_without_noise_a_bank_member_equals_train_on_batch(table, variant, request):
    parts = request.getfixturevalue(table)
    e = SMALL.replace(**variant)
    other = e.replace(seed=5, learning_rate=e.learning_rate / 2)
    run = train([other, e, other], parts)[1]
    model = keras_run(e, parts)
    for ours, theirs in zip(run.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)
    logits = reference.forward(parts.validation.x, run.weights, e.activation)
    np.testing.assert_allclose(
        model.predict(parts.validation.x, verbose=0),
        _answers(parts.task, logits),
        rtol=1e-3, atol=1e-5,
    )  # fmt: skip


def _answers(task, z):
    if not task.classifies:
        return z
    if task.outputs == 1:
        return 1 / (1 + np.exp(-z))
    z = np.exp(z - z.max(axis=1, keepdims=True))
    return z / z.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weight", [None, "balanced"])
@pytest.mark.parametrize("table", ["cells", "digits", "concrete"])
def test_the_keras_script_repeats_the_run(table, weight, request):
    parts = request.getfixturevalue(table)
    e = SMALL.replace(l2=0.02, l1=0.001, label_smoothing=0.05, weight_decay=0.1, seed=3)
    e = e.replace(class_weight=weight)
    if not parts.task.classifies:
        e = e.replace(label_smoothing=0, class_weight=None, learning_rate=0.01 if weight else 0.001)
    run = train(e, parts)[0]
    found = {}
    exec(compile(keras_script(e, parts).replace("verbose=2", "verbose=0"), "script", "exec"), found)
    for ours, theirs in zip(run.weights, found["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)
    history = found["history"].history
    np.testing.assert_allclose(run.fit_validation_loss, history["val_loss"], rtol=1e-4)
    np.testing.assert_allclose(run.fit_loss, history["loss"], rtol=1e-4)
    score, atol = parts.task.keras_score, 1e-6 if parts.task.classifies else 1e-4
    np.testing.assert_allclose(run.fit_accuracy, history[score], atol=atol)
    np.testing.assert_allclose(run.validation_accuracy, history[f"val_{score}"], atol=atol)


@pytest.mark.parametrize(
    "change",
    [dict(l2=0.02), dict(label_smoothing=0.3), dict(clipnorm=0.05, l1=0.01),
     dict(l1=0.5, l2=0.02, proximal=True, optimizer="sgd", learning_rate=0.02)],
)  # fmt: skip
def test_what_fit_prints_is_recorded(change, cells):
    """Under label smoothing and proximal L1 `val_loss` is not the data loss plus the penalty."""
    e = SMALL.replace(**change)
    (run,), found = train(e, cells), run_script(keras_script(e, cells))
    for ours, theirs in zip(run.weights, found["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)
    history = found["history"].history
    np.testing.assert_allclose(run.fit_loss, history["loss"], rtol=1e-4)
    np.testing.assert_allclose(run.fit_validation_loss, history["val_loss"], rtol=1e-4)
    np.testing.assert_allclose(run.fit_accuracy, history["accuracy"], atol=1e-6)


@pytest.mark.parametrize("change", [dict(), dict(l2=0.02), dict(label_smoothing=0.2)])
def test_early_stopping_stops_keras_where_the_formula_says(change, cells):
    e = SMALL.replace(epochs=30, learning_rate=0.02, **change)
    (run,) = train(e, cells)
    for patience in (2, 5):
        said = reference.early_stopping(run.fit_validation_loss, patience)
        stopper = f'keras.callbacks.EarlyStopping("val_loss", patience={patience})'
        code = keras_script(e, cells).replace(
            "shuffle=False", f"shuffle=False, callbacks=[{stopper}]"
        )
        losses = run_script(code)["history"].history["val_loss"]
        assert len(losses) == said.trained and int(np.argmin(losses)) + 1 == said.best


def test_the_script_of_ones_own_table_reads_the_rows_from_the_file_it_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    table = Table("My wine, 2024", x, (x[:, 0] > 0).astype(int), list("abc"), ["bad", "good"])
    parts, e = split(table, 40, 30), SMALL.replace(l2=0.01)
    code = keras_script(e, parts)
    written = [line[1:].strip() for line in code.splitlines() if line.startswith("#     ")]
    rest = [line[1:].strip() for line in code.splitlines() if line.startswith("#              ")]
    exec(written[0] + rest[0], {"np": np, "parts": parts})  # the line that writes the file
    found = run_script(code)
    (run,) = train(e, parts)
    for ours, theirs in zip(run.weights, found["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


MOVES = [
    ("cells", dict(), [(2, "l2", 0.05), (3, "l1", 0.01), (4, "l2", 0.0)]),
    ("cells", dict(l2=0.05, optimizer="momentum"), [(0, "l2", 0.0), (1, "learning_rate", 0.02)]),
    ("cells", dict(optimizer="adamw"),
     [(2, "weight_decay", 0.8), (2, "l2", 0.02), (4, "l2", 0.01)]),
    ("cells", dict(l1=0.3, l2=0.01, proximal=True, optimizer="sgd", learning_rate=0.05),
     [(1, "l1", 1.0), (3, "learning_rate", 0.01)]),
    ("digits", dict(l2=0.02, optimizer="rmsprop", penalise_output=False),
     [(3, "weight_decay", 0.5), (3, "l1", 0.01), (5, "l2", 0.5)]),
    ("cells", dict(label_smoothing=0.1), [(2, "label_smoothing", 0.4), (4, "l2", 0.05)]),
    ("digits", dict(hidden=()), [(3, "label_smoothing", 0.2)]),
    ("cells", dict(clipnorm=0.05), [(2, "clipnorm", 0.0), (4, "clipnorm", 0.02)]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "change", "moves"), MOVES)
def test_the_keras_script_repeats_a_run_whose_strengths_were_moved(table, change, moves, request):
    parts, e = request.getfixturevalue(table), SMALL.replace(epochs=6, **change)
    trainer = Trainer(e, parts)
    for epoch in range(e.epochs):
        trainer.set(**{name: value for at, name, value in moves if at == epoch})
        trainer.advance()
    (run,) = trainer.runs
    assert len(run.moves) == sum(at < e.epochs for at, *_ in moves)
    found, code = {}, keras_script(e, parts, [*run.moves, Move(6, "l2", 9.0)])
    exec(compile(code.replace("verbose=2", "verbose=0"), "script", "exec"), found)
    for ours, theirs in zip(run.weights, found["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=5e-5)
    history = found["history"]
    np.testing.assert_allclose(run.fit_accuracy, history["accuracy"], atol=1e-6)
    np.testing.assert_allclose(run.validation_accuracy, history["val_accuracy"], atol=1e-6)
    np.testing.assert_allclose(run.fit_loss, history["loss"], rtol=2e-4)
    np.testing.assert_allclose(run.fit_validation_loss, history["val_loss"], 2e-4)
    assert max(map(len, code.splitlines())) <= 100


def test_the_keras_script_moves_dropout_and_noise_to_and_from_zero(cells):
    e = SMALL.replace(epochs=4, dropout=0.5, hidden=(8, 5))
    moves = [Move(1, "dropout", 0.0), Move(2, "input_noise", 0.5), Move(3, "input_noise", 0.0)]
    found, code = {}, keras_script(e, cells, moves).replace("verbose=2", "verbose=0")
    exec(compile(code, "script", "exec"), found)
    assert [layer.rate for layer in found["model"].layers if hasattr(layer, "rate")] == [0, 0]
    noisy, quiet = (found["model"](cells.train.x[:8], training=t).numpy() for t in (True, False))
    np.testing.assert_allclose(noisy, quiet, rtol=1e-6)
    found["change"](dropout=0.5, input_noise=0.5)
    assert not np.allclose(found["model"](cells.train.x[:8], training=True), quiet)
    losses = found["history"]["loss"]
    assert len(losses) == 4 and np.isfinite(losses).all()


@pytest.mark.parametrize(
    "change",
    [dict(dropout=0.5, input_noise=0.1), dict(optimizer="adamw"), dict(hidden=(), l1=0.1),
     dict(hidden=(), proximal=True, l1=0.1, weight_decay=0.1),
     dict(proximal=True, l1=0.1, weight_decay=0.1, penalise_output=False)],
)  # fmt: skip
def test_every_keras_script_runs(change, cells):
    e = SMALL.replace(epochs=1, **change)
    found = {}
    exec(compile(keras_script(e, cells).replace("verbose=2", "verbose=0"), "script", "exec"), found)
    random = "dropout" in change or "input_noise" in change
    assert ("not equal to them" in keras_script(e, cells)) == random  # and says so
    built = models.build(e, cells.n_features)
    assert [type(a) for a in found["model"].layers] == [type(b) for b in built.layers]
    assert found["model"].count_params() == built.count_params()


def test_build_gives_the_first_snippet_of_the_course():
    model = models.build(
        Experiment(hidden=(128, 64), l2=0.01, dropout=0.5, penalise_output=False), 56
    )
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]
    assert [layer.units for layer in model.layers[::2]] == [128, 64, 1]
    assert [float(layer.kernel_regularizer.l2) for layer in model.layers[:3:2]] == [
        pytest.approx(0.01)
    ] * 2
    assert model.layers[-1].kernel_regularizer is None
    assert model.layers[-1].activation is keras.activations.sigmoid
    assert type(model.optimizer) is keras.optimizers.Adam


def test_adding_dropout_changes_no_initial_weight():
    plain = models.build(Experiment(hidden=(8, 5), seed=4), 6).get_weights()
    dropped = models.build(Experiment(hidden=(8, 5), seed=4, dropout=0.5, l2=1, input_noise=1), 6)
    own = models.initial_weights(Experiment(hidden=(8, 5), seed=4), 6, 2)
    for a, b, c in zip(plain, dropped.get_weights(), own, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)


@pytest.mark.parametrize(("name", "sizes"), [("n_features", (0, 2)), ("n_classes", (5, 1))])
def test_build_refuses_impossible_sizes(name, sizes):
    with pytest.raises(ValueError, match=f"{name}=.: must be whole, at least"):
        models.build(Experiment(), *sizes)


# Against the formulas ----------------------------------------------------------------------------


def test_recorded_curves_are_those_of_the_formulas(cells, digits, concrete):
    for parts in (cells, digits, concrete):
        of_loss, of_score = reference.cross_entropy, reference.accuracy
        if not parts.task.classifies:
            of_loss, of_score = reference.mean_squared_error, reference.r_squared
        e = SMALL.replace(l1=0.002, l2=0.01, dropout=0.4, input_noise=0.2)
        run = train(e, parts)[0]
        for part, loss, accuracy in (
            (parts.train, run.train_loss, run.train_accuracy),
            (parts.validation, run.validation_loss, run.validation_accuracy),
        ):
            logits = reference.forward(part.x, run.weights, e.activation)
            assert loss[-1] == pytest.approx(of_loss(logits, part.y), rel=1e-4)
            assert accuracy[-1] == pytest.approx(of_score(logits, part.y), abs=1e-5)
        assert run.validation_score is run.validation_accuracy and run.task == parts.task
        penalty = sum(
            reference.l1_penalty(k, e.l1) + reference.l2_penalty(k, e.l2)
            for k in run.penalised_kernels
        )
        assert run.penalty[-1] == pytest.approx(penalty, rel=1e-4)


def test_a_linear_network_of_numbers_is_ridge_regression(concrete):
    """(XᵀX / rows + l2) w = Xᵀy / rows, columns and target centred; the bias is not penalised."""
    x, y = concrete.train.x.astype(float), concrete.train.y.astype(float)
    experiments = grid(
        Experiment(hidden=(), optimizer="momentum", learning_rate=0.02, batch_size=72, epochs=3000),
        l2=[0.01, 0.1, 1.0],
    )
    centred = x - x.mean(axis=0)
    for e, run in zip(experiments, train(experiments, concrete), strict=True):
        matrix = centred.T @ centred / len(x) + e.l2 * np.eye(x.shape[1])
        w = np.linalg.solve(matrix, centred.T @ (y - y.mean()) / len(x))
        np.testing.assert_allclose(run.weights[0][:, 0], w, atol=2e-3)
        np.testing.assert_allclose(run.weights[1], y.mean() - x.mean(axis=0) @ w, atol=2e-3)


@pytest.mark.parametrize("table", ["cells", "digits"])
def test_balanced_weights_weigh_the_loss_and_nothing_else(table, request):
    """One step over all rows from the same start: `fit_loss` is that of the formula."""
    parts = request.getfixturevalue(table)
    e = SMALL.replace(epochs=1, batch_size=len(parts.train), class_weight="balanced")
    (run,) = train(e, parts)
    start = models.initial_weights(e, parts.n_features, parts.task)
    logits = reference.forward(parts.train.x, start, e.activation)
    pairs = zip(logits[:, None], parts.train.y[:, None], strict=True)
    rows = [reference.cross_entropy(*pair) for pair in pairs]
    weights = reference.class_weights(parts.train.y)[parts.train.y]
    assert run.fit_loss[0] == pytest.approx(np.mean(weights * rows), rel=1e-4)
    assert run.fit_accuracy[0] == pytest.approx(reference.accuracy(logits, parts.train.y))


def test_what_is_for_classes_is_refused_for_numbers(concrete):
    message = "is for classes; the target of a regression is a number"
    for change in (dict(label_smoothing=0.1), dict(class_weight="balanced")):
        with pytest.raises(ValueError, match=message):
            train(SMALL.replace(**change), concrete)
        with pytest.raises(ValueError, match=message):
            models.build(SMALL.replace(**change), 8, "regression")
    trainer = Trainer(SMALL, concrete)
    with pytest.raises(ValueError, match=message):
        trainer.set(l2=0.1, label_smoothing=0.1)
    trainer.advance()
    assert trainer.runs[0].moves == ()


def test_a_regression_that_runs_away_is_marked(concrete):
    bad = SMALL.replace(optimizer="sgd", learning_rate=5.0, epochs=12)
    run, neighbour = train([bad, bad.replace(learning_rate=0.01)], concrete)
    assert run.diverged and neighbour.diverged is None
    assert (
        "the mean of the target gives 1" in run.diverged.reason or "finite" in run.diverged.reason
    )


def test_dropout_layer_equals_the_oracle():
    rng = np.random.default_rng(0)
    x, uniform = rng.normal(size=(16, 8)).astype("float32"), rng.random((16, 8), np.float32)
    layer = models.AdjustableDropout(keras.Variable(0.3), 16, 8)
    layer.noise.assign(uniform)
    expected = reference.inverted_dropout(x, 0.3, uniform)
    np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-6)
    np.testing.assert_array_equal(layer(x, training=False), x)


def test_one_step_with_dropout_is_the_step_of_the_masked_network():
    """Masks drawn by hand from the same stream give the same weights after one SGD step."""
    parts = split(load("cells"), train=16, validation=20, seed=2)
    e = Experiment(hidden=(8, 5), batch_size=16, epochs=1, dropout=0.5, optimizer="sgd",
                   learning_rate=0.1, seed=7)  # fmt: skip
    run = train(e, parts)[0]
    key = training.noise_key(tf.constant([e.seed], tf.uint32), 0)
    uniform = tf.reshape(training.uniform_noise(key, 16 * 13), (16, 13))
    masks = tf.cast(uniform >= 0.5, tf.float32) / 0.5
    model = models.build(e.replace(dropout=0.0), parts.n_features)
    rows = training.row_order(e.seed, 0, 16)
    with tf.GradientTape() as tape:
        h = model.layers[0](parts.train.x[rows]) * masks[:, :8]
        h = model.layers[1](h) * masks[:, 8:]
        p = model.layers[2](h)[:, 0]
        y = tf.constant(parts.train.y[rows], tf.float32)
        loss = -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    for w, g, start in zip(run.weights, gradients, model.get_weights(), strict=True):
        np.testing.assert_allclose(w, start - 0.1 * g.numpy(), rtol=1e-4, atol=1e-6)


def test_noise_is_uniform_and_independent_between_seeds_epochs_and_places():
    seeds = tf.constant(np.arange(64), tf.uint32)
    draws = np.stack(
        [training.uniform_noise(training.noise_key(seeds, c), 4096).numpy() for c in range(4)]
    )  # (epochs, seeds, places)
    assert draws.min() >= 0 and draws.max() < 1
    n = draws.size
    assert abs(draws.mean() - 0.5) < 5 * math.sqrt(1 / 12 / n)
    counts = np.histogram(draws, bins=100, range=(0, 1))[0]
    chi_square = ((counts - n / 100) ** 2 / (n / 100)).sum()
    assert chi_square < 99 + 5 * math.sqrt(2 * 99)
    centred = (draws - 0.5) * math.sqrt(12)
    for a, b in (
        (centred[:, :, :-1], centred[:, :, 1:]),
        (centred[:, :-1], centred[:, 1:]),
        (centred[:-1], centred[1:]),
        (centred[:, :, :-5], centred[:, :, 5:]),
    ):
        assert abs((a * b).mean()) < 5 / math.sqrt(a.size)


def test_input_noise_has_the_asked_for_spread():
    """With a frozen linear model, the reported loss shows how much noise the inputs got."""
    parts = split(make_2d("moons", rows=400), train=256, validation=64)
    e = Experiment(hidden=(), epochs=40, batch_size=256, learning_rate=1e-30, input_noise=1.5,
                   optimizer="sgd")  # fmt: skip
    run = train(e, parts)[0]
    w, b = run.weights
    rng = np.random.default_rng(0)
    noisy = parts.train.x[None] + 1.5 * rng.normal(size=(400, *parts.train.x.shape))
    logits = (noisy @ w + b)[..., 0]
    y = parts.train.y[None]
    losses = np.logaddexp(0, logits) - y * logits
    expected, error = losses.mean(), losses.mean(axis=1).std()
    assert abs(run.fit_loss.mean() - expected) < 4 * error / math.sqrt(40)
    assert run.fit_loss.std() == pytest.approx(error, rel=0.5)
    assert run.train_loss[-1] < expected - error  # measured without noise


def test_proximal_l1_gives_exact_zeros_and_the_subgradient_none(cells):
    base = Experiment(hidden=(8, 5), epochs=30, batch_size=16, l1=0.04, learning_rate=0.02,
                      optimizer="sgd")  # fmt: skip
    shrunk, pulled = train([base.replace(proximal=p) for p in (True, False)], cells)
    zeros = [sum(int((k == 0).sum()) for k in r.penalised_kernels) for r in (shrunk, pulled)]
    assert zeros[0] > 100 and zeros[1] == 0
    trainer = Trainer(base.replace(proximal=True, l1=10), cells)
    trainer.advance(5)
    assert all((k == 0).all() for k in trainer.runs[0].penalised_kernels)


def test_a_proximal_weight_at_zero_comes_back(cells):
    e = Experiment(hidden=(), l1=0.05, proximal=True, optimizer="sgd", learning_rate=0.1,
                   batch_size=16)  # fmt: skip
    trainer = Trainer(e, cells)
    trainer.advance(30)
    zeros = trainer.runs[0].kernels[0] == 0
    assert zeros.any()
    trainer.set(l1=0)
    trainer.advance(1)
    assert (trainer.runs[0].kernels[0][zeros] != 0).all()


def test_under_sgd_l2_equals_twice_the_decoupled_decay(cells):
    base = SMALL.replace(optimizer="sgd", learning_rate=0.05)
    coupled, decoupled = train([base.replace(l2=0.03), base.replace(weight_decay=0.06)], cells)
    for a, b in zip(coupled.weights, decoupled.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


# Against itself ----------------------------------------------------------------------------------

MIXED = [
    SMALL.replace(l2=0.02, dropout=0.3, seed=2),
    SMALL.replace(seed=1),
    SMALL.replace(l1=0.01, seed=2, learning_rate=0.01),
    SMALL.replace(input_noise=0.3, seed=3),
    SMALL.replace(label_smoothing=0.2, weight_decay=0.3, dropout=0.7, seed=1),
    SMALL.replace(optimizer="sgd", seed=1),
    SMALL.replace(hidden=(4,), dropout=0.5),
]


def test_a_run_alone_equals_the_run_in_any_company_and_order(cells):
    together = train(MIXED, cells)
    backwards = train(MIXED[::-1] + MIXED[:2], cells)
    for i, e in enumerate(MIXED):
        assert together[i].experiment is e
        assert_same(train(e, cells)[0], together[i])
        assert_same(backwards[len(MIXED) - 1 - i], together[i])


def test_runs_come_in_the_order_given_with_their_own_epochs(cells):
    experiments = grid(SMALL, epochs=[2, 4], l2=[0.0, 0.1], seed=[1, 0])
    runs = train(experiments, cells)
    assert [r.experiment for r in runs] == experiments
    assert [r.epochs for r in runs] == [2] * 4 + [4] * 4
    for short, long in zip(runs[:4], runs[4:], strict=True):
        np.testing.assert_allclose(short.train_loss, long.train_loss[:2], rtol=1e-5)


def test_banks_that_grow_too_large_are_cut_in_pieces(cells, monkeypatch):
    experiments = grid(SMALL, l2=[0.0, 0.01], seed=range(3))
    whole = train(experiments, cells)
    monkeypatch.setattr(executors, "BANK", 4)
    for a, b in zip(whole, train(experiments, cells), strict=True):
        assert_same(a, b)


def test_initial_weights_and_masks_depend_on_the_seed_alone(cells):
    trainer = Trainer(grid(SMALL, l2=[0.0, 1.0], dropout=[0.0, 0.5], seed=[0, 1]), cells)
    starts = [r.weights for r in trainer.runs]
    for i, start in enumerate(starts):
        for a, b, c in zip(start, starts[i % 2], starts[1 - i % 2], strict=True):
            np.testing.assert_array_equal(a, b)
            assert a.ndim == 1 or not np.array_equal(a, c)
    assert trainer.epoch == 0 and all(r.epochs == 0 for r in trainer.runs)


def test_chunks_do_not_matter(cells):
    e = SMALL.replace(dropout=0.3, epochs=13)
    whole, pieces = train(e, cells)[0], Trainer(e, cells)
    for count in (1, 2, 7, 3):
        pieces.advance(count)
    assert_same(whole, pieces.runs[0])


def test_set_acts_from_the_next_batch_without_tracing_again(cells):
    trainer = Trainer(grid(SMALL, l2=[0.0, 0.0], seed=[0]), cells)
    trainer.advance(2)
    traced = _traces(trainer)
    values = {name: HYPERPARAMETERS[name].positions[5] for name in HYPERPARAMETERS}
    trainer.set(**values | {"learning_rate": 0.01})
    trainer.set(l2=[0.0, 0.3])
    trainer.set(l2=[0.0, 0.5])
    trainer.advance(2)
    assert _traces(trainer) == traced <= [1]  # none of a program that is kept
    moves = trainer.runs[1].moves
    assert moves[-1] == Move(2, "l2", 0.5) and [m.name for m in moves].count("l2") == 1
    fresh = Trainer(grid(SMALL, l2=[0.0, 0.0], seed=[0]), cells)
    fresh.advance(4)
    np.testing.assert_array_equal(trainer.runs[0].train_loss[:2], fresh.runs[0].train_loss[:2])
    assert not np.allclose(trainer.runs[0].train_loss[2:], fresh.runs[0].train_loss[2:])
    assert not np.allclose(trainer.runs[0].weights[0], trainer.runs[1].weights[0])
    trainer.set(l2=[0.0, 0.5])
    assert trainer.runs[1].moves == moves


def _traces(trainer):
    return [bank.program.function.experimental_get_tracing_count() for bank in trainer.banks]


def test_a_strength_set_at_the_start_equals_the_strength_asked_for(cells):
    moved, given = Trainer(SMALL, cells), SMALL.replace(l2=0.05, dropout=0.4)
    moved.set(l2=0.05, dropout=0.4)
    moved.advance(3)
    assert_same(moved.runs[0], train(given, cells)[0])
    assert moved.runs[0].moves == (Move(0, "l2", 0.05), Move(0, "dropout", 0.4))


@pytest.mark.parametrize(
    ("strengths", "message"),
    [
        ({"hidden": (3,)}, "'hidden' cannot change while training: use l1, l2"),
        ({"l2": -1}, "l2=-1: must be a finite number at least 0"),
        ({"dropout": 1.0}, "dropout=1.0: must be"),
        ({"l2": [0.1, 0.2, 0.3]}, "must be 2 values"),
        ({"l2": 0.5, "l1": math.nan}, "l1=nan"),
    ],
)
def test_set_refuses_what_cannot_be_and_changes_nothing(strengths, message, cells):
    trainer = Trainer([SMALL, SMALL.replace(seed=1)], cells)
    with pytest.raises(ValueError) as refused:
        trainer.set(**strengths)
    assert message in str(refused.value)
    assert all(r.moves == () for r in trainer.runs)
    trainer.advance(SMALL.epochs)
    assert_same(trainer.runs[0], train(SMALL, cells)[0])


def test_restore_goes_back_to_the_very_moment(cells):
    trainer = Trainer(SMALL.replace(dropout=0.3), cells)
    trainer.advance(2)
    moment = trainer.snapshot()
    trainer.advance(2)
    first = trainer.runs[0]
    trainer.set(l2=0.5)
    trainer.advance(3)
    trainer.restore(moment)
    assert trainer.epoch == 2 and trainer.runs[0].moves == ()
    trainer.advance(2)
    assert_same(trainer.runs[0], first, rtol=0, atol=0)


def test_two_trainers_of_one_shape_share_a_program_but_no_numbers(cells):
    one, two = Trainer(SMALL, cells), Trainer(SMALL.replace(l2=1.0), cells)
    assert one.banks[0].program is two.banks[0].program
    for _ in range(3):
        one.advance()
        two.advance()
    assert_same(one.runs[0], train(SMALL, cells)[0])
    assert two.runs[0].penalty[-1] != one.runs[0].penalty[-1]


def test_without_xla_the_same_program_gives_the_same_runs(cells):
    e = SMALL.replace(dropout=0.3, input_noise=0.1, l1=0.01)
    assert_same(train(e, cells, xla=False)[0], train(e, cells, xla=True)[0])


def test_a_diverged_run_is_marked_and_leaves_its_neighbours_alone(cells):
    wild = SMALL.replace(optimizer="sgd", learning_rate=1.0, l2=10.0, epochs=25)
    calm = wild.replace(learning_rate=0.01, l2=0.0)
    run, neighbour = train([wild, calm], cells)
    assert run.diverged.epoch == run.epochs + 1 <= 25
    assert "finite" in run.diverged.reason or "equal probabilities" in run.diverged.reason
    for name in CURVES:
        assert np.isfinite(getattr(run, name)).all()
    assert all(np.isfinite(w).all() for w in run.weights)
    assert repr(run).endswith(f"diverged at epoch {run.diverged.epoch})")
    assert neighbour.diverged is None and neighbour.epochs == 25
    assert_same(neighbour, train(calm, cells)[0])


def test_weights_of_a_diverged_run_are_those_of_its_last_good_epoch(cells):
    wild = SMALL.replace(optimizer="sgd", learning_rate=0.2, l2=5.05, epochs=25)
    run = train(wild, cells)[0]
    assert 2 < run.epochs < 25
    again = train(wild.replace(epochs=run.epochs), cells)[0]
    assert again.diverged is None
    assert_same(run, again)


def test_adam_that_runs_away_is_marked_too(cells):
    run = train(SMALL.replace(learning_rate=30.0, activation="elu", epochs=5), cells)[0]
    assert run.diverged and "equal probabilities give 0.69" in run.diverged.reason


def test_progress_counts_epochs_of_all_experiments(cells):
    seen = []
    experiments = grid(SMALL, epochs=[3, 12], seed=range(2))
    train(experiments, cells, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (30, 30) and [d for d, _ in seen] == sorted({d for d, _ in seen})


def test_progress_bar_goes_to_a_terminal_only(cells, capsys, monkeypatch):
    train(SMALL, cells)
    assert capsys.readouterr().err == ""
    train(SMALL, cells, progress=True)
    assert "training: 100%" in capsys.readouterr().err


def test_large_data_is_trained_in_smaller_banks(cells, monkeypatch):
    experiments = grid(SMALL, l2=[0.0, 0.01], seed=range(3))
    whole = Trainer(experiments, cells)
    rows = training.bank_bytes(SMALL, cells, 2, 2)
    monkeypatch.setattr(planning, "BANK_BYTES", rows)
    pieces = Trainer(experiments, cells)
    assert len(whole.banks) == 1 and len(pieces.banks) >= 3
    for trainer in (whole, pieces):
        trainer.advance(3)
    for a, b, c in zip(whole.runs, pieces.runs, train(experiments, cells), strict=True):
        assert_same(a, b)
        assert_same(a, c)


def test_one_network_that_the_machine_cannot_hold_is_refused_with_the_figure(cells, monkeypatch):
    monkeypatch.setattr(planning, "machine_bytes", lambda: 2**20)
    huge = SMALL.replace(hidden=(4000, 4000))
    with pytest.raises(MemoryError, match=r"needs about 0\.8 GiB for one network.*has 0\.0"):
        train(huge, cells)
    assert train(SMALL, cells)


def test_what_a_bank_takes_grows_with_members_rows_width_and_seeds(cells):
    base = training.bank_bytes(SMALL, cells)
    more = split(load("cells"), train=144, validation=40, seed=1)
    assert training.bank_bytes(SMALL, cells, members=2) > base
    assert training.bank_bytes(SMALL, cells, seeds=2) > base
    assert training.bank_bytes(SMALL, more) > base
    assert training.bank_bytes(SMALL.replace(hidden=(16, 5)), cells) > base
    default = split(make_2d("moons", rows=100_000), 90_000, 5_000)  # 65 networks: over 4 GiB
    assert 4 * 2**30 < training.bank_bytes(Experiment(), default, 65, 5) < 9 * 2**30


class Counting(concurrent.futures.Executor):
    """Runs each call at once, as pickled, and keeps how many experiments it was handed."""

    def __init__(self, **fields):
        self.sizes, self.__dict__ = [], {"sizes": []} | fields

    def submit(self, call, experiments, *more):
        self.sizes.append(len(experiments))
        future = concurrent.futures.Future()
        call, *given = pickle.loads(pickle.dumps((call, experiments, *more)))
        future.set_result(pickle.loads(pickle.dumps(call(*given))))
        return future


@pytest.mark.parametrize(
    ("fields", "workers", "sizes"),
    [({"_max_workers": 2}, None, [3, 2]), ({}, 3, [2, 2, 1]), ({"_max_workers": 8}, None, [1] * 5)],
)
def test_there_are_as_many_pieces_as_workers(fields, workers, sizes, cells):
    experiments, pool = grid(SMALL, seed=range(5)), Counting(**fields)
    runs = train(experiments, cells, executor=pool, workers=workers)
    assert pool.sizes == sizes
    for a, b in zip(runs, train(experiments, cells), strict=True):
        assert_same(a, b)


def test_workers_that_are_started_train_and_those_that_are_forked_are_refused(cells):
    experiments = grid(SMALL, seed=range(2))
    if "fork" in multiprocessing.get_all_start_methods():
        fork = multiprocessing.get_context("fork")
        with (
            concurrent.futures.ProcessPoolExecutor(1, mp_context=fork) as pool,
            pytest.raises(ValueError, match=r'forked.*get_context\("spawn"\)'),
        ):
            train(experiments, cells, executor=pool)
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=spawn) as pool:
        runs = train(experiments, cells, executor=pool)
    for a, b in zip(runs, train(experiments, cells), strict=True):
        assert_same(a, b)


def test_an_executor_gives_the_same_runs(cells):
    experiments = MIXED[:2] + MIXED[5:]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for a, b in zip(
            train(experiments, cells, executor=pool), train(experiments, cells), strict=True
        ):
            assert_same(a, b)


@pytest.mark.parametrize("nothing", [[], None, [SMALL, "l2"]])
def test_no_experiments_are_refused(nothing, cells):
    with pytest.raises(ValueError, match="must be one or more Experiment"):
        train(nothing, cells)
    with pytest.raises(ValueError, match="must be one or more Experiment"):
        Trainer(nothing, cells)


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True])
def test_advance_refuses_what_is_no_count(epochs, cells):
    with pytest.raises(ValueError, match=r"epochs=.*must be whole, at least 1"):
        Trainer(SMALL, cells).advance(epochs)


def test_the_test_set_stays_sealed(cells):
    train(SMALL, cells)
    assert cells.test.opened == []


def test_row_order_is_a_permutation_that_depends_on_seed_and_epoch():
    orders = [training.row_order(s, e, 50) for s, e in itertools.product(range(3), range(3))]
    assert all(sorted(o) == list(range(50)) for o in orders)
    assert len({tuple(o) for o in orders}) == 9
