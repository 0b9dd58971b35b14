"""Checks of arguments: each returns the value in its plain type, or says what is allowed.

epochs = check_int("epochs", 1e2, 1)                    # 100
check_choice("optimizer", "Adam", ("sgd", "adam"))      # ValueError: ...; did you mean 'adam'?
"""

import difflib
import math
import numbers
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

MAX_SEED = 10_000_000
Choice = TypeVar("Choice")


def is_number(value) -> bool:
    """Whether a value is a finite real number; booleans and text are not."""
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    return real and math.isfinite(value)


def is_int(value) -> bool:
    """Whether a value is a whole number, of whatever type: 2, 2.0 and np.int64(2) are."""
    return is_number(value) and value == value // 1


def check_int(name: str, value, low: int, high: float = math.inf) -> int:
    """Return `value` as an int.

    Raises:
        ValueError: If it is not a whole number from `low` to `high`.
    """
    if is_int(value) and low <= value <= high:
        return int(value)
    allowed = f"at least {low}" if high == math.inf else f"from {low} to {high}"
    raise ValueError(f"{name}={value!r}: must be whole, {allowed}")


def check_number(
    name: str,
    value,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    low_allowed: bool = True,
    high_allowed: bool = True,
) -> float:
    """Return `value` as a float.

    Raises:
        ValueError: If it is not a finite number between `low` and `high`.
    """
    if is_number(value):
        above = value >= low if low_allowed else value > low
        if above and (value <= high if high_allowed else value < high):
            return float(value)
    if low_allowed and high_allowed and math.isfinite(high - low):
        bounds = [f"from {low:g} to {high:g}"]
    else:
        bounds = [f"{'at least' if low_allowed else 'above'} {low:g}"] if low > -math.inf else []
        bounds += [f"{'at most' if high_allowed else 'below'} {high:g}"] if high < math.inf else []
    raise ValueError(f"{name}={value!r}: must be a finite number {' and '.join(bounds)}".rstrip())


def check_choice(name: str, value, allowed: Sequence[Choice]) -> Choice:
    """Return the item of `allowed` that equals `value`.

    Raises:
        ValueError: If there is none; names the closest where `value` is nearly one of them.
    """
    try:
        return allowed[list(allowed).index(value)]
    except ValueError:  # not there, or an array, which equals nothing as a whole
        close = difflib.get_close_matches(str(value).lower(), map(str, allowed), n=1)
        hint = f"; did you mean {close[0]!r}?" if isinstance(value, str) and close else ""
        options = ", ".join(map(repr, allowed))
        raise ValueError(f"{name}={value!r}: must be one of {options}{hint}") from None
