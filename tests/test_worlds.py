"""The worlds in which lessons are wrong: each is what it says, and none is left behind."""

import keras
import pytest

from helpers import data, reference, training
from tests.tools import claims, worlds

START = """import numpy as np
from helpers import metrics, reference
from helpers.checks import claim
from helpers.training import train
from helpers.data import load, split
from tests.small import BASE
parts = split(load("cells"), train=64, validation=64)
free, small = train([BASE, BASE.replace(l2=0.3)], parts)"""
# true here, and untrue in one world at least
CLAIMS = {
    "free": "'smaller', lower=metrics.norm(small.kernels), than=metrics.norm(free.kernels)",
    "asleep": "'falls', lower=free.train_loss[-1], than=0.8 * free.train_loss[0]",
    "drawn": "'learnt', higher=free.validation_accuracy[-1], than=0.65",
    "leaking": "'gap', lower=free.train_loss[-1] + 1e-3, than=free.validation_loss[-1]",
    "noise": "'smooth', lower=np.abs(np.diff(free.train_loss)).max(), than=0.2",
    "rounded": "'no zeros', true=all((kernel != 0).all() for kernel in free.kernels)",
    "fuzzy": "'zero', lower=reference.soft_threshold(0.1, 0.5), than=1e-12",
    "plain": "'pushed', lower=1.5, than=reference.momentum_step(0, -1.0, 1.0, 1.0)[0]",
    "unscaled": "'scaled', inside=(1.5, 3), value=reference.inverted_dropout([1], 0.5, [0.9])[0]",
    "patient": "'stops', value=reference.early_stopping([1, 2, 3, 4, 5], 1).trained, equals=2",
    "wrong": "'exact', value=reference.l2_penalty(np.ones(2), 0.1), equals=0.2, within=1e-6",
}


def test_every_world_has_its_claim():
    assert CLAIMS.keys() == worlds.WORLDS.keys()


@pytest.mark.parametrize("world", CLAIMS)
def test_a_claim_that_is_true_fails_in_its_world_and_only_there(lesson, world):
    path = lesson(START, f"claim({CLAIMS[world]})")
    before = [data.split, training.Trainer.__init__, training.Trainer.runs, reference.l2_penalty]
    before += [keras.Model.fit, keras.Model.predict, keras.regularizers.L2.__call__]
    assert len(claims.weigh(path)) == 1
    assert list(worlds.failures(path, world).values()) == [True]
    after = [data.split, training.Trainer.__init__, training.Trainer.runs, reference.l2_penalty]
    after += [keras.Model.fit, keras.Model.predict, keras.regularizers.L2.__call__]
    assert before == after


def test_claims_that_no_world_touches_are_told(lesson, capsys):
    lesson(
        "from helpers import reference\nfrom helpers.checks import claim",
        "claim('one is less than two', lower=1, than=2)",
        "1 / 0",
        "claim('exact', lower=reference.l2_penalty([1.0], 0.1), than=0.1 + 1e-9)",
    )
    assert worlds.main(["--world", "wrong", "--world", "noise"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "01-short.ipynb: 2 claims"
    assert [line.split() for line in lines[1:]] == [
        ["HOLDS", "IN", "ALL", "one", "is", "less", "than", "two"],
        ["wrong", "exact"],
    ]
