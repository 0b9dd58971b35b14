"""The values that everything passes around. Needs no TensorFlow."""

import inspect
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.experiment import CURVES, FIELDS, HYPERPARAMETERS, Experiment, Run, grid


def make_run(**changes) -> Run:
    curve = np.linspace(1, 0.5, 4, dtype=np.float32)
    curves = dict.fromkeys(CURVES, curve) | {"fit_validation_loss": None}
    fields = curves | {
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
        ({"l3": [1]}, "'l3' is no field of Experiment. Fields: hidden"),
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
    with pytest.raises(ValueError, match="'lambda' is no field of Experiment; here it is l2"):
        Experiment().replace(**{"lambda": 1})


@pytest.mark.parametrize(
    ("name", "hint"),
    [("lr", "learning_rate"), ("hidden_layer_sizes", "hidden"), ("random_state", "seed"),
     ("max_iter", "epochs"), ("alpha", "l2"), ("decay", "weight_decay"),
     ("early_stopping", "reference.early_stopping("), ("global_clipnorm", "clipnorm")],
)  # fmt: skip
def test_the_usual_names_of_keras_and_scikit_learn_are_told_what_they_are_here(name, hint):
    for use in (
        lambda: Experiment(**{name: 1}),
        lambda: Experiment().replace(**{name: 1}),
        lambda: grid(Experiment(), **{name: [1]}),
    ):
        with pytest.raises(ValueError) as refused:
            use()
        assert f"{name!r} is no field of Experiment; here it is {hint}" in str(refused.value)


def test_a_field_that_is_nearly_spelled_right_is_named():
    with pytest.raises(ValueError, match=r"'dropuot' is no field .*; did you mean 'dropout'"):
        Experiment(dropuot=0.5)


@pytest.mark.parametrize("name", ["zzz", "x_train"])
def test_a_name_like_no_field_gets_the_fields(name):
    with pytest.raises(ValueError, match=f"'{name}' is no field of Experiment. Fields: hidden"):
        Experiment(**{name: 1})


def test_a_value_without_its_name_is_told_so():
    with pytest.raises(TypeError, match=r"Experiment\(64\): name the value, as in hidden=\(64,\)"):
        Experiment(64)


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [("optimizer", "Adam", "'adam'"), ("optimizer", "AdamW", "'adamw'"),
     ("activation", "ReLU", "'relu'")],
)  # fmt: skip
def test_a_spelling_of_keras_gets_ours(field, value, hint):
    with pytest.raises(ValueError, match=f"did you mean {hint}"):
        Experiment(**{field: value})


def test_what_an_experiment_takes_stays_in_its_signature():
    """An editor shows it while the call is typed."""
    assert tuple(inspect.signature(Experiment).parameters) == FIELDS


def test_the_keras_optimizer_gets_what_is_not_its_default():
    plain, full = Experiment(), Experiment(optimizer="momentum", weight_decay=0.1, clipnorm=2)
    assert plain.keras_optimizer == ("Adam", {"learning_rate": 1e-3})
    assert full.keras_optimizer == (
        "SGD", {"learning_rate": 1e-3, "momentum": 0.9, "weight_decay": 0.1, "clipnorm": 2.0}
    )  # fmt: skip
    assert Experiment(optimizer="adamw").keras_optimizer[1]["weight_decay"] == 0  # not 0.004


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
