"""What is said about a value that cannot be used."""

import math

import numpy as np
import pytest

from helpers.validation import check_choice, check_int, check_number, is_int, is_number


@pytest.mark.parametrize("value", [2, 2.0, np.int64(2), np.float32(2)])
def test_whole_numbers_of_any_type_become_ints(value):
    assert is_int(value) and type(check_int("n", value, 0)) is int


@pytest.mark.parametrize("value", [1.5, math.nan, math.inf, "2", None, True, np.True_, [2]])
def test_what_is_no_whole_number_is_refused(value):
    assert not is_int(value)
    with pytest.raises(ValueError, match=r"n=.*: must be whole, from 0 to 9"):
        check_int("n", value, 0, 9)


def test_a_whole_number_stays_within_its_range():
    assert [check_int("n", n, 1, 3) for n in (1, 3)] == [1, 3]
    for value in (0, 4):
        with pytest.raises(ValueError, match=f"n={value}: must be whole, from 1 to 3"):
            check_int("n", value, 1, 3)
    with pytest.raises(ValueError, match="n=0: must be whole, at least 1"):
        check_int("n", 0, 1)


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.1", None, True, np.ones(2)])
def test_what_is_no_number_is_refused(value):
    assert not is_number(value)
    with pytest.raises(ValueError, match=r"(?s)rate=.*: must be a finite number$"):
        check_number("rate", value)


@pytest.mark.parametrize(
    ("limits", "good", "bad", "words"),
    [
        ({"low": 0}, [0, 5], [-1e-9], "at least 0"),
        ({"low": 0, "low_allowed": False}, [1e-9], [0], "above 0"),
        ({"low": 0, "high": 1}, [0, 1], [-0.1, 1.1], "from 0 to 1"),
        ({"low": 0, "high": 1, "high_allowed": False}, [0], [1], "at least 0 and below 1"),
        ({"high": 1}, [-9, 1], [2], "at most 1"),
    ],
)
def test_numbers_stay_within_their_range(limits, good, bad, words):
    for value in good:
        assert check_number("x", value, **limits) == value
    for value in bad:
        with pytest.raises(ValueError) as refused:
            check_number("x", value, **limits)
        assert str(refused.value) == f"x={value!r}: must be a finite number {words}"


def test_a_choice_comes_back_as_the_allowed_value():
    assert check_choice("published", np.True_, (False, True)) is True
    assert check_choice("what", "loss", ("loss", "accuracy")) == "loss"


@pytest.mark.parametrize(
    ("value", "hint"),
    [("Adam", "; did you mean 'adam'?"), ("rms_prop", "; did you mean 'rmsprop'?"), (3, ""),
     ("zzz", ""), (np.zeros(2), ""), (None, "")],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_with_the_closest_spelling(value, hint):
    with pytest.raises(ValueError) as refused:
        check_choice("optimizer", value, ("sgd", "adam", "rmsprop"))
    assert str(refused.value).endswith(": must be one of 'sgd', 'adam', 'rmsprop'" + hint)
