"""`model.keras`: raw columns in, predictions out, with the weights of the run."""

import importlib.util
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np

from helpers.data import Parts
from helpers.experiment import Run
from helpers.export.source import Source, changed

TOLERANCE = 1e-4  # between what the script reads and what the course read


def save_model(folder: Path, source: Source, parts: Parts, run: Run) -> None:
    """Build the model by the functions of `train.py`, give it the run's weights, and save it.

    The script so reads the raw file once; what it makes of it is compared with the parts.

    Raises:
        ValueError: If the file no longer holds what was read from it.
    """
    with warnings.catch_warnings():  # the script changes what is shown, TensorFlow is behind NumPy
        warnings.simplefilter("ignore", DeprecationWarning)
        _save(folder, source, parts, run, load_script(folder / "train.py"))


def _save(folder: Path, source: Source, parts: Parts, run: Run, script: ModuleType) -> None:
    import keras

    from helpers import models

    path = folder / source.path
    try:
        names, rows = script.read_file(path)
        some = {
            part: [rows[row] for row in source.rows[part].tolist()]
            for part in ("training", "validation")
        }
        columns = {part: script.to_columns(names, some[part]) for part in some}
        targets = {part: script.to_targets(names, some[part]) for part in some}
    except (SystemExit, IndexError) as error:
        raise changed(path, str(error)) from None
    inputs, features = script.build_features(columns["training"])
    prepare = keras.Model(inputs, features)
    for part, held in (("training", parts.train), ("validation", parts.validation)):
        _check(path, script.predict(prepare, columns[part]), held.x, parts)
        if part == "validation":
            _check_targets(path, targets[part], held.y, parts)
    network = models.build(run.experiment, parts.n_features, parts.task)
    network.set_weights(run.weights)
    answer = features
    for layer in network.layers:  # one by one: a model inside another keeps its optimizer
        answer = layer(answer)
    if scale := parts.target:  # in its own unit
        answer = keras.ops.cast(answer, "float64") * scale.standard_deviation + scale.mean
    keras.Model(inputs, answer).save(folder / "model.keras")


def load_script(path: Path) -> ModuleType:
    """Run a script as a module, without its `main`."""
    spec = importlib.util.spec_from_file_location("exported_script", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _check(path: Path, found: np.ndarray, expected: np.ndarray, parts: Parts) -> None:
    if found.shape != expected.shape:
        raise changed(path, f"it gives {found.shape[1]} features rather than {expected.shape[1]}")
    differ = ~np.isclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)
    if differ.any():
        name = parts.names[int(np.argmax(differ.any(axis=0)))]
        raise changed(path, f"the feature {name!r} has other values")


def _check_targets(path: Path, found: np.ndarray, expected: np.ndarray, parts: Parts) -> None:
    found = found if parts.target is None else parts.target.standardise(found)
    if not np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE):
        raise changed(path, f"the target {parts.source.target!r} has other values")
