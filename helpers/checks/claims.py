"""Sentences of the prose that are compared with numbers: each prints both sides, or raises."""

import string

import numpy as np

from helpers.formatting import approximate
from helpers.validation import check_number

FORMS = (
    "lower= and than=, higher= and than=, value= and equals=, value= and inside=, or true= alone"
)


def claim(
    sentence: str,
    *,
    lower=None,
    higher=None,
    than=None,
    by: float = 0.0,
    value=None,
    equals=None,
    within: float = 0.0,
    inside=None,
    true=None,
    unit: str = "",
    digits: int | None = None,
) -> None:
    """Print a sentence and the numbers behind it; raise, with all of them, if it does not hold.

        claim("In {count} seeds `l2(0.02)` ends lower", lower=penalised, than=plain, unit="nats")
        # ✓ In 5 of 5 seeds `l2(0.02)` ends lower: ≈ 0.42 against ≈ 1.40 nats.

    A claim takes one of five forms. Each side is a number or a row of numbers, one for each pair;
    a single number is paired with every number of the other side. What is printed of a row is its
    mean.

    | arguments | it holds if, in every pair |
    |---|---|
    | `lower=a, than=b, by=margin` | b - a > margin |
    | `higher=a, than=b, by=margin` | a - b > margin |
    | `value=a, equals=b, within=tolerance` | abs(a - b) <= tolerance |
    | `value=a, inside=(low, high)` | low <= a <= high |
    | `true=found` | every entry of a bool array of any shape is True |

    A NaN never holds.

    Args:
        sentence: Without its full stop. `{count}` becomes "5 of 5"; a comparison of several pairs
            by `lower` or `higher` must hold it.
        by: The margin, at least 0. If it is not 0, the printed line says it: at `{by}` if the
            sentence holds that, at the end otherwise.
        within: The tolerance, at least 0.
        unit: Is printed behind the numbers. With "%" the numbers are fractions, which are
            printed as per cent (and `by` as points).
        digits: Decimals of the printed numbers: 2 (1 for per cent) if None, 0 if all are whole.

    Raises:
        AssertionError: If the sentence does not hold for one pair.
        ValueError: If the arguments are none of the forms, two sides are not equally long, a side
            is empty, the sentence lacks `{count}` or has an unknown placeholder, or an argument is
            outside its range.
    """
    given = {"lower": lower, "higher": higher, "than": than, "value": value}
    given |= {"equals": equals, "inside": inside, "true": true}
    given = {name: _kept(side) for name, side in given.items() if side is not None}
    by, within = check_number("by", by, 0), check_number("within", within, 0)
    match tuple(given):
        case ("lower" | "higher" as name, "than"):
            first, second = _sides(name, given[name], "than", given["than"])
            holds = (second - first if name == "lower" else first - second) > by
        case ("value", "equals"):
            first, second = _sides("value", given["value"], "equals", given["equals"])
            holds = np.abs(first - second) <= within
        case ("value", "inside"):
            low, high = _two(given["inside"])
            first, low = _sides("value", given["value"], "inside[0]", low)
            first, high = _sides("value", first, "inside[1]", high)
            second = np.stack(np.broadcast_arrays(low, high))
            holds = (low <= first) & (first <= high)
        case ("true",):
            holds, first, second = _bools(given["true"]), None, None
        case _:
            raise ValueError(f"a claim has {FORMS}; found {', '.join(given) or 'none'}")
    if by and "than" not in given:
        raise ValueError("by: belongs to lower= and higher=")
    if within and equals is None:
        raise ValueError("within: belongs to equals=")
    scale, decimals = (100, 1) if unit == "%" else (1, 2)
    margin = f"{by * scale:g} {'points' if unit == '%' else unit}".rstrip() if by else ""
    words = _filled(sentence, holds, margin, counted="than" in given)
    if not holds.all():
        given |= {name: size for name, size in (("by", by), ("within", within)) if size}
        sides = ", ".join(f"{name}={_listed(side)}" for name, side in given.items())
        raise AssertionError(f"{words}: that is not so. {sides}")
    if second is None:
        return print(f"✓ {words}.")
    means = scale * np.array([np.mean(first), *np.atleast_1d(second.mean(axis=-1))])
    if digits is None:
        digits = 0 if scale == 1 and np.array_equal(means, means.round()) else decimals
    shown = [approximate(mean, digits) for mean in means]
    link = "{} against {}" if len(shown) == 2 else "{} is between {} and {}"
    print(f"✓ {words}: {f'{link.format(*shown)} {unit}'.rstrip()}.")


def _filled(sentence: str, holds: np.ndarray, margin: str, counted: bool) -> str:
    """The sentence with its placeholders filled, and with the margin."""
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
    needed = {"count"} if counted and holds.size > 1 else set()
    known = {"count", "by"} if margin else {"count"}
    if not needed <= named <= known:
        raise ValueError(
            f"sentence={sentence!r}: must hold {sorted(needed)}, may hold {sorted(known)}, "
            f"and has {sorted(named)}"
        )
    if margin and "by" not in named:
        sentence = f"{sentence.rstrip('.')}, by more than {{by}}"
    count = f"{np.count_nonzero(holds)} of {holds.size}"
    return sentence.rstrip(".").format(count=count, by=margin)


def _sides(first_name, first, second_name, second) -> tuple[np.ndarray, np.ndarray]:
    """Both sides as rows of equal length."""
    first, second = _side(first_name, first), _side(second_name, second)
    if first.ndim and second.ndim and len(first) != len(second):
        raise ValueError(
            f"{first_name} holds {len(first)} numbers, {second_name} {len(second)}: must agree"
        )
    return np.broadcast_arrays(np.atleast_1d(first), np.atleast_1d(second))


def _kept(values):
    """The values, those of an iterator in a list."""
    return list(values) if np.iterable(values) and not isinstance(values, np.ndarray) else values


def _side(name, values) -> np.ndarray:
    values = np.asarray(_kept(values), float)
    if values.ndim > 1 or not values.size:
        raise ValueError(f"{name} of shape {values.shape}: must be one number or a row of them")
    return values


def _two(inside):
    """The two bounds of an interval."""
    if len(inside) != 2:
        raise ValueError(f"inside={inside!r}: must be (low, high)")
    return inside


def _bools(values) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype != bool or not values.size:
        raise ValueError(
            f"true: {values.dtype} of shape {values.shape}: must be bool, and not empty"
        )
    return values


def _listed(side):
    """A side as an error shows it, rounded."""
    side = np.asarray(side)
    return (side if side.dtype == bool else side.astype(float).round(4)).tolist()
