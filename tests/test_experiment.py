"""The values that everything passes around. Needs no TensorFlow."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.experiment import FIELDS, HYPERPARAMETERS, Experiment, Run, grid


def make_run(**changes) -> Run:
    curve = np.linspace(1, 0.5, 4, dtype=np.float32)
    curves = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy",
              "penalty", "fit_loss", "fit_accuracy")  # fmt: skip
    fields = dict.fromkeys(curves, curve) | {
        "experiment": Experiment(hidden=(3,)),
        "weights": [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)],
    }
    return Run(**(fields | changes))


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        *((name, bad, "at least 0") for name in ("l1", "l2", "weight_decay", "input_noise")
          for bad in (-1e-9, math.nan, math.inf, "0.1", None, True)),
        *((name, bad, "at least 0 and below 1") for name in ("dropout", "label_smoothing")
          for bad in (1.0, 1, -0.1, math.nan)),
        ("learning_rate", 0, "above 0"),
        ("hidden", (0,), "whole, from 1"),
        ("hidden", (8, 2.5), "whole, from 1"),
        ("hidden", "128", "sequence of units"),
        ("hidden", 128, "sequence of units"),
        ("hidden", (2,) * 21, "at most 20 layers"),
        ("activation", "gelu", "'relu', 'tanh', 'elu'"),
        ("optimizer", "Adam", "'sgd', 'momentum', 'adam'"),
        ("proximal", "yes", "False, True"),
        ("epochs", 0, "from 1"),
        ("batch_size", 1.5, "from 1"),
        ("seed", -1, "from 0"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_by_field_value_and_range(field, value, allowed):
    with pytest.raises(ValueError) as refused:
        Experiment(**{field: value})
    message = str(refused.value)
    assert message.startswith(f"{field}={value!r}: must") and allowed in message


def test_numbers_become_plain_python_numbers():
    e = Experiment(l2=np.float32(0.5), hidden=[np.int64(4)], seed=np.int32(3), l1=1)
    assert (type(e.l2), type(e.hidden), type(e.hidden[0]), type(e.seed)) == (float, tuple, int, int)
    assert type(e.l1) is float and hash(e) == hash(e.replace())


@pytest.mark.parametrize("setting", HYPERPARAMETERS.values(), ids=lambda s: s.name)
def test_settings_agree_with_the_fields_of_experiment(setting):
    assert setting.name in FIELDS
    assert list(setting.positions) == sorted(set(setting.positions))
    for value in setting.positions:
        assert getattr(Experiment(**{setting.name: value}), setting.name) == value
    assert (setting.positions[0] == 0) == setting.low_allowed


def test_values_are_spelled_as_in_keras_code():
    spelled = [
        HYPERPARAMETERS[n].spell(v) for n, v in (("l2", 0.01), ("dropout", 0.5), ("l1", 1e-4))
    ]
    assert spelled == ["l2(0.01)", "Dropout(0.5)", "l1(0.0001)"]


axes = st.fixed_dictionaries(
    {},
    optional={
        "l2": st.lists(st.floats(0, 10), min_size=1, max_size=4),
        "dropout": st.lists(st.floats(0, 0.99), min_size=1, max_size=3),
        "seed": st.lists(st.integers(0, 100), min_size=1, max_size=4),
        "hidden": st.lists(st.tuples(st.integers(1, 9)), min_size=1, max_size=2),
    },
)


@given(axes)
def test_grid_is_every_combination_the_first_name_slowest(chosen):
    experiments = grid(Experiment(epochs=7), **chosen)
    expected = list(itertools.product(*chosen.values()))
    assert [tuple(getattr(e, n) for n in chosen) for e in experiments] == expected
    assert {e.epochs for e in experiments} == {7}


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"l3": [1]}, "'l3' is no setting of Experiment: use hidden"),
        ({"l2": []}, "l2=[]: must hold at least one value"),
        ({"l2": 0.1}, "l2=0.1: must be a sequence"),
        ({"activation": "relu"}, "activation='relu': must be a sequence"),
        ({"l2": [0, -1]}, "l2=-1: must be"),
    ],
)
def test_bad_axes_are_refused(axes, message):
    with pytest.raises(ValueError) as refused:
        grid(Experiment(), **axes)
    assert message in str(refused.value)


def test_replace_refuses_unknown_names():
    with pytest.raises(ValueError, match="'lambda' is no setting"):
        Experiment().replace(**{"lambda": 1})


def test_penalties_act_on_all_kernels_or_spare_the_output():
    run = make_run()
    assert [k.shape for k in run.penalised_kernels] == [(2, 3), (3, 1)]
    spared = make_run(experiment=Experiment(hidden=(3,), penalise_output=False))
    assert [k.shape for k in spared.penalised_kernels] == [(2, 3)]
    only = make_run(
        experiment=Experiment(hidden=(), penalise_output=False),
        weights=[np.ones((2, 1)), np.zeros(1)],
    )
    assert [k.shape for k in only.penalised_kernels] == [(2, 1)]
    assert run.epochs == 4 and repr(run) == "Run(4 epochs, seed 0)"
    np.testing.assert_array_equal(run.fit_validation_loss, 2 * run.validation_loss)
