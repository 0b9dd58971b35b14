"""The linear baseline of a search beside scikit-learn's logistic and ridge regression."""

import pytest

from helpers.data import load, split
from tests.tools import own_tables

pytest.importorskip("sklearn", reason="scikit-learn is no requirement of the course")


SEPARABLE = {"breast_cancer"}  # so that only a penalty gives the loss a minimum


@pytest.mark.parametrize("name", ["credit", "breast_cancer", "concrete"])
def test_the_linear_baseline_agrees_with_scikit_learn(name):
    parts = split(load(name), train=240, validation=80)
    strengths = (0.01,) if name in SEPARABLE else (0.0, 0.01)
    said, agreed = own_tables.compare_linear(name, parts, strengths)
    assert agreed, said
