"""Panels on the real engine, with a number to predict and with classes that weigh alike."""

import numpy as np
import pytest

from helpers.data import load, split
from helpers.experiment import Experiment
from helpers.panels import LiveLab, SweepLab
from helpers.training import train
from tests.small import status

BASE = Experiment(hidden=(6,), epochs=15, learning_rate=1e-2)


@pytest.fixture(scope="module")
def concrete():
    return split(load("concrete"), 120, 100)


def test_a_live_lab_trains_on_numbers_and_on_other_rows(concrete):
    panel = LiveLab(concrete, BASE, ("l2", "rows", "label_noise"), seconds=0)
    panel.train()
    panel.wait()
    (expected,) = train(BASE, concrete, progress=False)
    np.testing.assert_allclose(panel.run.validation_loss, expected.validation_loss, atol=1e-5)
    assert panel.run.task.kind == "regression" and "validation R²" in status(panel)
    score = 1 - panel.run.validation_loss / np.var(concrete.validation.y.astype(float))
    np.testing.assert_allclose(panel.run.validation_score, score, atol=1e-4)
    panel.rows.value, panel.label_noise.value, panel.l2.value = 64, 0.5, 0.01
    panel.restart()
    panel.wait()
    others = concrete.replace(train=64, flip_labels=0.5)
    (expected,) = train(BASE.replace(l2=0.01), others, progress=False)
    np.testing.assert_allclose(panel.run.validation_loss, expected.validation_loss, atol=1e-5)
    panel.close()


def test_a_sweep_trains_with_balanced_classes_and_keeps_them_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    parts = split(load("credit"), 120, 100)
    made = []
    for weight in (None, "balanced"):
        sweep = SweepLab(parts, BASE.replace(class_weight=weight), "l2", [0, 0.1], [0])
        sweep.train()
        sweep.wait()
        made.append(sweep.runs[0.1][0])
        sweep.close()
    assert made[1].experiment.class_weight == "balanced"
    assert not np.allclose(made[0].validation_loss, made[1].validation_loss)
    assert len(list(tmp_path.glob("*.runs"))) == 2
