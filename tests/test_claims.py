"""What a claim prints, raises and refuses; and the command that weighs claims."""

import math

import numpy as np
import pytest

from helpers import checks
from helpers.checks import claim
from tests.tools import claims

# What a claim prints


@pytest.mark.parametrize(
    ("sentence", "form", "line"),
    [
        (
            "In {count} seeds `l2(0.02)` ends lower",
            {"lower": iter([0.4, 0.44]), "than": np.array([1.3, 1.5]), "unit": "nats"},
            "✓ In 2 of 2 seeds `l2(0.02)` ends lower: ≈ 0.42 against ≈ 1.40 nats.",
        ),
        (
            "In {count} seeds it is higher.",
            {"higher": [0.8, 0.9], "than": 0.65, "by": 0.1, "unit": "%"},
            "✓ In 2 of 2 seeds it is higher, by more than 10 points: ≈ 85.0 against ≈ 65.0 %.",
        ),
        (
            "More than {by} higher",
            {"higher": 12, "than": np.int64(2), "by": 3, "unit": "epochs"},
            "✓ More than 3 epochs higher: ≈ 12 against ≈ 2 epochs.",
        ),
        (
            "The penalty is smaller",
            {"lower": np.float32(0.0123), "than": 0.5, "digits": 3},
            "✓ The penalty is smaller: ≈ 0.0123 against ≈ 0.500.",
        ),
        (
            "`val_loss` equals data loss plus penalty",
            {"value": [0.61, 0.62], "equals": (0.61005, 0.62), "within": 1e-4, "unit": "nats"},
            "✓ `val_loss` equals data loss plus penalty: ≈ 0.61 against ≈ 0.62 nats.",
        ),
        (
            "Keras stops when our rule stops in {count} seeds",
            {"value": [12, 13], "equals": [12, 13], "unit": "epochs"},
            "✓ Keras stops when our rule stops in 2 of 2 seeds: ≈ 12.50 against ≈ 12.50 epochs.",
        ),
        (
            "The paired difference of accuracy includes 0",
            {"inside": (-1.2, 2.3), "value": 0, "unit": "points"},
            "✓ The paired difference of accuracy includes 0: "
            "≈ 0.00 is between ≈ −1.20 and ≈ 2.30 points.",
        ),
        (
            "In {count} folds it is inside",
            {"inside": iter([[0, 1], np.array([4, 5])]), "value": iter([1, 5])},
            "✓ In 2 of 2 folds it is inside: ≈ 3.00 is between ≈ 0.50 and ≈ 4.50.",
        ),
        ("Every weight is finite", {"true": np.ones((2, 3), bool)}, "✓ Every weight is finite."),
        ("{count} hold", {"true": iter([True, True])}, "✓ 2 of 2 hold."),
        ("It is so", {"true": np.True_}, "✓ It is so."),
    ],
)
def test_a_claim_prints_its_sentence_and_both_sides(sentence, form, line, capsys):
    claim(sentence, **form)
    assert capsys.readouterr().out == f"{line}\n"


@pytest.mark.parametrize(
    ("form", "count", "shown"),
    [
        ({"lower": [1, 3], "than": [2, 3]}, "1 of 2", ["lower=[1.0, 3.0]", "than=[2.0, 3.0]"]),
        ({"lower": iter([3, 4]), "than": 1}, "0 of 2", ["lower=[3.0, 4.0]", "than=1.0"]),
        ({"higher": [2, 2], "than": [1, 3]}, "1 of 2", ["higher=[2.0, 2.0]", "than=[1.0, 3.0]"]),
        ({"higher": [2, 3], "than": 1, "by": 1.5}, "1 of 2", ["than=1.0", "by=1.5"]),
        ({"higher": 2, "than": math.nan}, "0 of 1", ["higher=2.0", "than=nan"]),
        ({"lower": [1, math.nan], "than": 2}, "1 of 2", ["lower=[1.0, nan]"]),
        ({"value": [1, 2], "equals": 1}, "1 of 2", ["value=[1.0, 2.0]", "equals=1.0"]),
        ({"value": 1, "equals": 1.2, "within": 0.1}, "0 of 1", ["equals=1.2", "within=0.1"]),
        ({"value": math.nan, "equals": math.nan, "within": 9}, "0 of 1", ["value=nan"]),
        ({"value": [0, 3], "inside": (0, 2)}, "1 of 2", ["value=[0.0, 3.0]", "inside=[0.0, 2.0]"]),
        ({"value": 1, "inside": (2, 0)}, "0 of 1", ["value=1.0", "inside=[2.0, 0.0]"]),
        ({"value": math.nan, "inside": (0, 2)}, "0 of 1", ["value=nan"]),
        ({"true": [True, False]}, "1 of 2", ["true=[True, False]"]),
    ],
)
def test_a_claim_that_does_not_hold_raises_with_both_sides(form, count, shown, capsys):
    with pytest.raises(AssertionError, match=f"in {count} pairs.*: that is not so") as raised:
        claim("So it is in {count} pairs", **form)
    assert all(side in str(raised.value) for side in shown)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("sentence", "form", "match"),
    [
        ("no form", {}, "a claim has lower= and than=.*found none"),
        ("half of one", {"lower": 1}, "found lower"),
        ("two forms", {"lower": 1, "than": 2, "true": True}, "found lower, than, true"),
        ("no count", {"lower": [1, 2], "than": 3}, r"must hold \['count'\]"),
        ("{seeds}", {"lower": 1, "than": 3}, "may hold"),
        ("{by}, but no margin", {"lower": 1, "than": 3}, "may hold"),
        ("{count}", {"higher": [1, 2], "than": [0, 0, 0]}, "higher holds 2 numbers, than 3"),
        ("{count}", {"lower": [], "than": 3}, "lower of shape"),
        ("{count}", {"lower": 1, "than": [[3]]}, "than of shape"),
        ("s", {"lower": 1, "than": 3, "by": -1}, "by=-1"),
        ("s", {"value": 1, "equals": 1, "by": 1}, "by: belongs to"),
        ("s", {"value": 1, "equals": 1, "within": math.nan}, "within=nan"),
        ("s", {"lower": 1, "than": 3, "within": 1}, "within: belongs to"),
        ("s", {"value": 1, "inside": (1, 2, 3)}, "inside=.*must be"),
        ("s", {"value": [1, 2], "inside": ([0, 0, 0], 3)}, r"value holds 2 numbers, inside\[0\] 3"),
        ("s", {"true": [1, 1]}, "must be bool"),
        ("s", {"true": []}, "not empty"),
        ("s", {"true": np.ones(0, bool)}, "not empty"),
    ],
)
def test_a_claim_that_could_mislead_is_refused(sentence, form, match):
    with pytest.raises(ValueError, match=match):
        claim(sentence, **form)


# The command that weighs them


def test_a_claim_is_weighed_by_its_thinnest_difference():
    form = {"lower": [1, 2, 4], "than": [3, 5, 8], "by": 0.5}
    found = claims.margin("cell", "{count}", form)
    assert found.thinnest == 1.5 and found.can_fail
    assert found.steady == pytest.approx(1.5 / np.std([2, 3, 4], ddof=1))
    single = claims.margin("cell", "one pair", {"lower": 1, "than": np.float32(3)})
    assert (single.thinnest, single.steady, single.can_fail) == (2, None, True)
    assert str(single).split() == ["2", "–", "one", "pair"]


@pytest.mark.parametrize(
    ("form", "thinnest"),
    [
        ({"lower": [1, 2], "than": [3, 5], "by": 1}, 1),
        ({"higher": [3, 5], "than": 1}, 2),
        ({"value": [1, 2], "equals": [1.25, 2], "within": 0.5}, 0.25),
        ({"value": 3, "equals": 3}, 0),
        ({"value": [1, 2], "inside": (0, 5)}, 1),
        ({"value": [1, 2], "inside": np.array([0.5, 2])}, 0),
        ({"true": np.ones((2, 2), bool)}, None),
    ],
)
def test_every_form_is_weighed_and_can_fail(form, thinnest):
    claims.state("{count}", form)
    found = claims.margin("cell", "{count}", form)
    assert (found.thinnest, found.can_fail) == (thinnest, True)
    assert ("–" in str(found)) == (found.steady is None)


def test_a_lesson_is_run_and_every_claim_weighed(lesson, capsys):
    lesson(
        "from helpers.checks import claim\nfrom helpers import checks\nx = iter([1, 2])",
        "claim('x: {count}', lower=x, than=9)\nchecks.claim('two', lower=1, than=2)\n"
        "claim('true', true=(True for _ in range(2)))",
    )
    before = checks.claim
    assert claims.main([]) == 0
    assert checks.claim is before
    out = capsys.readouterr().out
    assert out.startswith("01-short.ipynb: 3 claims")
    assert "x: {count}" in out and "two" in out


def test_a_claim_that_does_not_hold_is_raised(lesson):
    path = lesson("from helpers.checks import claim\nclaim('no', lower=2, than=1)")
    before = checks.claim
    with pytest.raises(AssertionError, match="no: that is not so"):
        claims.weigh(path)
    assert checks.claim is before


def test_a_claim_that_cannot_fail_is_told(lesson, monkeypatch, capsys):
    lesson("from helpers.checks import claim\nclaim('always', lower=1, than=2)")
    monkeypatch.setattr(claims, "_claim", lambda *_, **__: None)
    assert claims.main([]) == 1
    assert "DOES NOT FAIL WHEN CONTRADICTED" in capsys.readouterr().out
