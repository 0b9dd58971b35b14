"""What runs ended with, and the table of it, of made-up runs whose answers are known."""

import dataclasses
import math
import re

import numpy as np
import pytest

from helpers import metrics
from helpers.experiment import Divergence
from helpers.metrics import final, table
from tests.test_metrics import make_run


def run(train, validation, accuracy=0.5, **changes):
    """A run of two epochs that ends with these losses and this validation accuracy."""
    made = make_run([1, train], [1, validation], **changes)
    return dataclasses.replace(made, validation_accuracy=np.float32([0.1, accuracy]))


BROKEN = Divergence(2, "training loss is no longer a finite number")
THREE = [run(0.25, 0.5, 0.75), run(0.25, 1.0, 0.8), run(0.25, 1.5, 0.85)]


def test_final_gives_the_last_epoch_of_any_curve():
    assert final(THREE, "validation_loss").tolist() == [0.5, 1.0, 1.5]
    assert final(iter(THREE), "gap").tolist() == [0.25, 0.75, 1.25]
    np.testing.assert_allclose(final(THREE, "validation_accuracy"), [0.75, 0.8, 0.85], atol=1e-6)
    assert final(THREE[0], "train_loss").tolist() == [0.25]
    assert final(THREE, "gap").tolist() == [metrics.gap(one) for one in THREE]
    curves = {field.name for field in dataclasses.fields(THREE[0])} - {"experiment", "weights"}
    for name in curves - {"moves", "diverged", "task"} | {"train_score", "validation_score"}:
        assert final(THREE, name)[0] == getattr(THREE[0], name)[-1]


def test_final_of_a_diverged_run_is_infinite_or_nan():
    runs = [THREE[0], run(9, 9, diverged=BROKEN), make_run([], [], diverged=BROKEN)]
    for name in ("validation_loss", "gap", "penalty"):
        assert np.isinf(final(runs, name)).tolist() == [False, True, True]
    assert np.isnan(final(runs, "validation_accuracy")).tolist() == [False, True, True]
    assert final(runs, "validation_loss")[1] == metrics.final_loss(runs[1]) == math.inf


@pytest.mark.parametrize(
    ("runs", "name", "match"),
    [
        (THREE, "val_loss", "name='val_loss': must be one of train_loss, validation_loss.*gap"),
        (THREE, "weights", "name='weights'"),
        ([], "gap", "at least one run"),
        ([make_run([], [])], "gap", "at least one epoch"),
    ],
)
def test_final_refuses(runs, name, match):
    with pytest.raises(ValueError, match=match):
        final(runs, name)


def test_a_table_has_a_row_for_each_setting():
    found = table({"none": THREE, "l2(0.02)": [run(0.5, 0.4), run(0.6, 0.4), run(0.7, 0.4)]})
    assert repr(found).splitlines() == [
        "          training loss     validation loss   validation accuracy (%)  gap",
        "none      ≈ 0.25 ± 0.00     ≈ 1.00 ± 0.50     ≈ 80.0 ± 5.0             ≈ 0.75 ± 0.50",
        "l2(0.02)  ≈ 0.60 ± 0.10     ≈ 0.40 ± 0.00     ≈ 50.0 ± 0.0             ≈ −0.20 ± 0.10",
        "After the last epoch: mean ± standard deviation over 3 seeds; losses and gap in nats",
    ]
    shown = found._repr_html_()
    assert re.findall(r"<t[dh][^>]*>([^<]+)", shown) == [
        *("training loss", "validation loss", "validation accuracy (%)", "gap"),
        *("none", "≈ 0.25 ± 0.00", "≈ 1.00 ± 0.50", "≈ 80.0 ± 5.0", "≈ 0.75 ± 0.50"),
        *("l2(0.02)", "≈ 0.60 ± 0.10", "≈ 0.40 ± 0.00", "≈ 50.0 ± 0.0", "≈ −0.20 ± 0.10"),
    ]
    assert f"<caption>{found.caption}</caption>" in shown


def test_a_label_is_text_in_html():
    assert '<th scope="row">a &lt; b</th>' in table({"a < b": THREE})._repr_html_()


def test_one_run_has_no_standard_deviation():
    found = table({"none": THREE[0]})
    assert "≈ 0.25  " in repr(found) and "±" not in repr(found)
    assert "one seed" in found.caption


def test_a_setting_whose_runs_diverge_says_so():
    found = table({"too fast": [*THREE, run(1, 1, diverged=BROKEN)], "well": THREE})
    assert found.rows["too fast"] == ["1 of 4 diverged"] * 4
    assert "over 3 to 4 seeds" in found.caption


def test_the_columns_stand_still_whatever_the_numbers():
    small, large = (table({"a": [run(size, size)] * 2, "b": THREE}) for size in (0.1, 12345))
    first, second = (repr(one).splitlines() for one in (small, large))
    assert first[0] == second[0] and first[2:] == second[2:]


@pytest.mark.parametrize("settings", [{}, {"none": []}, {"none": [make_run([], [])]}])
def test_an_empty_table_is_refused(settings):
    with pytest.raises(ValueError, match="at least one"):
        table(settings)
