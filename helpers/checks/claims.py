"""Claims of the prose that are held against numbers."""

import numbers
import string

import numpy as np

from helpers.validation import check_number


def claim(sentence: str, *, smaller, larger, by: float = 0.0) -> None:
    """Print a sentence if all pairs bear it out; raise, with the numbers, if one does not.

        claim("L2 narrows the gap in {count} seeds", smaller=with_l2, larger=without)
        # L2 narrows the gap in 5 of 5 seeds.

    What is counted is said by the data, not by the author: `{count}` becomes "5 of 5", and
    `{by}` the margin.

    Args:
        sentence: With `{count}` where there are several pairs, and `{by}` where there is a
            margin; its full stop is added.
        smaller, larger: Numbers, or one of them a single number for all pairs.
        by: In each pair `larger` must exceed `smaller` by more than this.

    Raises:
        AssertionError: If one pair does not bear the sentence out; a NaN never does.
        ValueError: If the sentence lacks a placeholder or has an unknown one, the two sides are
            not equally long, or there is no pair.
    """
    smaller, larger = _side("smaller", smaller), _side("larger", larger)
    if smaller.ndim and larger.ndim and len(smaller) != len(larger):
        raise ValueError(f"smaller holds {len(smaller)} numbers, larger {len(larger)}: must agree")
    by = check_number("by", by, 0)
    pairs = max(smaller.size, larger.size)
    needed = {"count"} if pairs > 1 else set()
    needed |= {"by"} if by else set()
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
    if not needed <= named <= {"count", "by"}:
        raise ValueError(f"sentence={sentence!r}: must hold {sorted(needed)}, and has {named}")
    borne_out = np.broadcast_to(larger - smaller > by, pairs)
    words = sentence.format(count=f"{borne_out.sum()} of {pairs}", by=f"{by:g}")
    if not borne_out.all():
        raise AssertionError(
            f"{words}: that is not all. smaller={smaller.round(4).tolist()}, "
            f"larger={larger.round(4).tolist()}, by={by:g}"
        )
    print(f"{words.rstrip('.')}.")


def _side(name, values) -> np.ndarray:
    if not isinstance(values, (numbers.Real, np.ndarray)):
        values = list(values)
    values = np.asarray(values, float)
    if values.ndim > 1 or not values.size:
        raise ValueError(f"{name} of shape {values.shape}: must be one number or a row of them")
    return values
