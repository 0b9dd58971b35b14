"""The command that weighs claims: what it says of one that is safe, thin, blind or broken."""

import numpy as np
import pytest

from helpers import checks
from tests.tools import claims


def test_a_claim_is_weighed_by_its_thinnest_difference():
    found = claims.margin("cell", "{count} {by}", [1, 2, 4], [3, 5, 8], by=0.5)
    assert found.thinnest == 1.5 and found.can_fail
    assert found.steady == pytest.approx(1.5 / np.std([2, 3, 4], ddof=1))
    single = claims.margin("cell", "one pair", 1, np.float32(3))
    assert (single.thinnest, single.steady, single.can_fail) == (2, None, True)
    assert str(single).split() == ["2", "–", "one", "pair"]


def test_a_lesson_is_run_and_every_claim_weighed(lesson, capsys):
    lesson(
        "from helpers.checks import claim\nfrom helpers import checks\nx = iter([1, 2])",
        "claim('x: {count}', smaller=x, larger=9)\nchecks.claim('two', smaller=1, larger=2)",
    )
    before = checks.claim
    assert claims.main([]) == 0
    assert checks.claim is before
    out = capsys.readouterr().out
    assert out.startswith("01-short.ipynb: 2 claims")
    assert "x: {count}" in out and "two" in out


def test_a_claim_that_does_not_hold_is_raised(lesson):
    path = lesson("from helpers.checks import claim\nclaim('no', smaller=2, larger=1)")
    before = checks.claim
    with pytest.raises(AssertionError, match="no: that is not all"):
        claims.weigh(path)
    assert checks.claim is before


def test_a_claim_that_cannot_fail_is_told(lesson, monkeypatch, capsys):
    lesson("from helpers.checks import claim\nclaim('always', smaller=1, larger=2)")
    monkeypatch.setattr(claims, "_claim", lambda *_, **__: None)
    assert claims.main([]) == 1
    assert "DOES NOT FAIL WHEN TURNED ROUND" in capsys.readouterr().out
