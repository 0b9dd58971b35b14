"""Numbers and words as a reader sees them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import formatting


@pytest.mark.parametrize(
    ("value", "more", "words"),
    [
        (1.234, {}, "1.23"),
        (-1.234, {}, "−1.23"),
        (-0.004, {}, "0.00"),
        (-0.0004, {"decimals": 3, "tiny": True}, "−4e−04"),
        (0.0, {"decimals": 3, "tiny": True}, "0.000"),
        (-0.0, {"tiny": True}, "0.00"),
        (12.5, {"decimals": 0}, "12"),
        (float("inf"), {}, "inf"),
    ],
)
def test_signed(value, more, words):
    assert formatting.signed(value, **more) == words


@given(st.floats(-1e6, 1e6), st.integers(0, 5))
def test_signed_is_the_rounded_number_and_never_minus_zero(value, decimals):
    words = formatting.signed(value, decimals)
    assert float(words.replace("−", "-")) == pytest.approx(value, abs=0.5001 * 10**-decimals)
    assert not words.startswith("−") or float(words[1:]) > 0


@given(st.floats(-1e6, 1e6, exclude_min=True).filter(bool), st.integers(0, 5))
def test_tiny_numbers_never_read_as_zero(value, decimals):
    assert float(formatting.signed(value, decimals, tiny=True).replace("−", "-"))


def test_losses_accuracies_and_gaps():
    assert [formatting.nats(v) for v in (0.694, 99.99, 17165.0)] == ["0.69", "99.99", "1.7e+04"]
    assert formatting.percent(0.8249) == "82.5 %" and formatting.percent(0.645, 0) == "64 %"
    assert formatting.metric("loss", 0.5) == "0.50"
    assert formatting.metric("accuracy", 0.5) == "50.0 %"
    assert formatting.gap("loss", -0.312) == "gap −0.31"
    assert formatting.gap("loss", -0.001) == "gap 0.00"
    assert formatting.gap("accuracy", -0.042) == "gap 4.2 points"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.05, "0.05"), (0.0005, "5e-4"), (1.5e-5, "1.5e-5"), (20, "20"), (0.01, "0.01")],
)
def test_ticks(value, words):
    assert formatting.tick(value) == words


def test_counts():
    assert formatting.plural(0, "seed") == "0 seeds"
    assert formatting.plural(1, "seed") == "1 seed"
    assert formatting.plural(2000, "row") == "2,000 rows"


@pytest.mark.parametrize(
    ("n", "word"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th")),
        *((13, "13th"), (21, "21st"), (102, "102nd"), (111, "111th")),
    ],
)
def test_ordinals(n, word):
    assert formatting.ordinal(n) == word


def test_durations():
    assert [formatting.duration(s) for s in (0.4, 99, 100, 3600)] == [
        "0 s",
        "99 s",
        "2 min",
        "60 min",
    ]


def test_lists():
    assert formatting.listed([]) == ""
    assert formatting.listed(["a"]) == "a"
    assert formatting.listed(["a", 2]) == "a and 2"
    assert formatting.listed("abc") == "a, b and c"
    assert formatting.listed("abcdef") == "a, b, c, d, e and 1 more"


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (0, 2, "≈ 0.00"),
        (0.4167, 2, "≈ 0.42"),
        (np.float32(0.0421), 2, "≈ 0.042"),
        (-0.001, 2, "≈ −0.0010"),
        (-0.004, 0, "≈ 0"),
        (-3e-5, 2, "≈ −3.0e-5"),
        (12345.678, 1, "≈ 12,345.7"),
        (1.5e7, 2, "≈ 1.5e7"),
        (12, 0, "≈ 12"),
        (-math.inf, 2, "≈ −∞"),
        (math.nan, 2, "≈ nan"),
    ],
)
def test_approximate(value, decimals, words):
    assert formatting.approximate(value, decimals) == words


def test_backticks_are_code_and_everything_else_is_words():
    said = formatting.with_code("Is `a < b` as in `fit`, <b>or</b> one ` alone?")
    assert said == (
        "Is <code>a &lt; b</code> as in <code>fit</code>, &lt;b&gt;or&lt;/b&gt; one ` alone?"
    )
