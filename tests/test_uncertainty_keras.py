"""The numbers of Monte-Carlo dropout and of gradients by weight are those of Keras."""

import numpy as np
import pytest
import tensorflow as tf

from helpers import models
from helpers.data import Part
from helpers.experiment import Experiment
from helpers.panels.sweeps.shrinkage import gradient_sizes
from helpers.training import train
from helpers.uncertainty import dropout_passes, uncertainty
from tests.small import BASE, parts


@pytest.fixture(scope="module")
def trained():
    """A trained run with dropout, the plain Keras model with its weights, and eight rows."""
    (run,) = train(BASE.replace(hidden=(12, 8), dropout=0.4), parts(), progress=False)
    model = models.build(run.experiment, parts().n_features)
    model.set_weights(run.weights)
    return run, model, parts().validation.x[:8].astype("float32")


def test_passes_have_mean_and_deviation_of_keras_with_training_true(trained):
    run, model, x = trained
    many = np.repeat(x, 5000, axis=0)  # Keras draws a mask for each row
    keras = np.concatenate([np.array(model(many, training=True))[:, 0] for _ in range(2)])
    keras = keras.reshape(2, 8, 5000).swapaxes(0, 1).reshape(8, -1).T
    ours = dropout_passes(run, x, 10_000)[:, :, 1]
    error = keras.std(axis=0) * np.sqrt(2 / 10_000)
    assert (keras.std(axis=0) > 0.02).all()
    assert (np.abs(ours.mean(axis=0) - keras.mean(axis=0)) < 4.5 * error).all()
    assert ours.std(axis=0) == pytest.approx(keras.std(axis=0), rel=0.06)
    levels = np.linspace(0.05, 0.95, 10)[:, None, None]
    shares = [(p[None] < levels).mean(axis=1) for p in (ours, keras)]
    assert np.abs(shares[0] - shares[1]).max() < 0.035  # the whole distribution


def test_repeated_calls_are_summarised_in_the_same_way(trained):
    run, model, x = trained
    found = uncertainty(np.stack([model(x, training=True) for _ in range(300)]))
    ours = uncertainty(dropout_passes(run, x, 300))
    assert found.mean == pytest.approx(ours.mean, abs=0.1)
    assert found.mutual_information == pytest.approx(ours.mutual_information, abs=0.05)
    assert found.entropy == pytest.approx(ours.entropy, abs=0.1)


def test_without_dropout_it_is_predict(trained):
    run, model, x = trained
    ours = dropout_passes(run, x, 1, rate=0)[0, :, 1]
    assert ours == pytest.approx(model.predict(x, verbose=0)[:, 0], abs=1e-5)


@pytest.mark.parametrize("activation", ["relu", "tanh", "elu"])
@pytest.mark.parametrize("classes", [2, 3])
def test_sizes_of_gradients_are_those_of_a_tape(activation, classes):
    rng = np.random.default_rng(0)
    model = models.build(Experiment(hidden=(5, 4), activation=activation), 3, classes)
    part = Part(rng.normal(size=(9, 3)).astype("float32"), rng.integers(0, classes, 9))
    squares = [np.zeros(v.shape) for v in model.trainable_variables]
    for x, y in zip(part.x, part.y, strict=True):
        with tf.GradientTape() as tape:
            p = model(x[None])[0]
            chosen = p[y] if classes > 2 else (p[0] if y else 1 - p[0])
            loss = -tf.math.log(chosen)
        for total, g in zip(squares, tape.gradient(loss, model.trainable_variables), strict=True):
            total += np.square(g) / len(part)
    found = gradient_sizes(model.get_weights(), part, activation)
    for ours, square in zip(found, squares[::2], strict=True):
        assert ours == pytest.approx(np.sqrt(square), rel=1e-3, abs=1e-6)
