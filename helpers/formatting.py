"""Numbers, signs and plurals as a reader sees them: spelled once for pictures, panels and checks.

signed(-0.004)              # "0.00"
approximate(0.4167)         # "≈ 0.42"
metric("accuracy", 0.824)   # "82.4 %"
plural(1, "seed")           # "1 seed"
listed(["a", "b", "c"])     # "a, b and c"
with_code("call `fit`")     # "call <code>fit</code>"
"""

import html
import math
import re
from collections.abc import Iterable


def signed(value: float, decimals: int = 2, tiny: bool = False) -> str:
    """Format a number with a true minus sign; never as "−0.00".

    Args:
        value: A number.
        decimals: How many digits follow the point.
        tiny: Whether a number that only rounding makes 0 is spelled "4e−04" instead.
    """
    words = f"{value:.{decimals}f}"
    if float(words) == 0:
        words = f"{value:.0e}" if tiny and value else words.lstrip("-")
    return words.replace("-", "−")


def approximate(value: float, decimals: int = 2) -> str:
    """Format a number that another machine may print differently: "≈ 0.42", "≈ −1.3e-5".

    nbval does not compare what follows "≈" (see `notebooks/nbval_sanitize.cfg`).

    Args:
        value: A number; may be infinite.
        decimals: How many digits follow the point. Numbers below 0.1 get as many significant
            digits instead, and numbers below 1e-4 or from 1e6 on a power of ten.
    """
    size = abs(value)
    if math.isinf(size):
        words = "∞"
    elif decimals and (0 < size < 1e-4 or size >= 1e6):
        digits, power = f"{size:.{decimals - 1}e}".split("e")
        words = f"{digits}e{int(power)}"
    else:
        small = decimals and 0 < size < 0.1
        words = f"{size:,.{decimals - 1 - math.floor(math.log10(size)) if small else decimals}f}"
    minus = "−" if value < 0 and words.strip("0.") else ""
    return f"≈ {minus}{words}"


def nats(value: float) -> str:
    """Format a loss: two decimals below 100, "1.7e+04" from there on."""
    return signed(value) if abs(value) < 100 else f"{value:.1e}"


def significant(value: float, digits: int = 3) -> str:
    """Format a number of any size with so many significant digits: "6.31", "0.0047", "182,000"."""
    if not math.isfinite(value) or not 1e-4 <= abs(value) < 1e9:
        return f"{value:.{digits}g}".replace("-", "−")
    rounded = float(f"{value:.{digits}g}")
    decimals = max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)
    return f"{rounded:,.{decimals}f}".replace("-", "−")


def percent(share: float, decimals: int = 1) -> str:
    """Format a fraction as "82.4 %"."""
    return f"{signed(100 * share, decimals)} %"


def metric(name: str, value: float) -> str:
    """Format a loss (or R²) or, if `name` is "accuracy", a fraction in per cent."""
    return percent(value) if name == "accuracy" else nats(value)


def gap(name: str, value: float) -> str:
    """Format validation minus training: "gap 0.31", or "gap 4.2 points" of accuracy."""
    return (
        f"gap {signed(100 * abs(value), 1)} points" if name == "accuracy" else f"gap {nats(value)}"
    )


def tick(value: float) -> str:
    """Format a value as it stands at an axis: 0.05, but 5e-4."""
    if value and abs(value) < 0.01:
        digits, power = f"{value:.2e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:g}"


def plural(n: int, word: str) -> str:
    """Format a count and what is counted: "1 row", "1,000 rows"."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def ordinal(n: int) -> str:
    """Format a place in an order: "1st", "12th", "22nd"."""
    special = {1: "st", 2: "nd", 3: "rd"} if n % 100 not in (11, 12, 13) else {}
    return f"{n}{special.get(n % 10, 'th')}"


def duration(seconds: float) -> str:
    """Format a time: seconds below 100 s, minutes from there on."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def listed(words: Iterable, most: int = 5) -> str:
    """Join words as "a, b and c"; of more than `most`, the first ones "and 3 more"."""
    words = [str(word) for word in words]
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def with_code(text: str) -> str:
    """Words as HTML in which what stands between backticks, as in Markdown, is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))
