"""What is filled in, as one line of text.

parse("path='data.csv', target='y', minutes=2")     # {"path": "data.csv", "target": "y", ...}
"""

import ast
from collections.abc import Mapping


def spell(values: Mapping) -> str:
    """Names and values as the arguments of a call."""
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value!r}"
        for name, value in values.items()
    )


def parse(text: str) -> dict:
    """Names and values from what `spell` gives.

    Raises:
        ValueError: If it is anything else.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        values = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        if call.args or None in values:
            raise ValueError("a value without a name")
    except (SyntaxError, ValueError, AttributeError):
        form = "path='data.csv', target='y', minutes=2"
        raise ValueError(f"settings={text!r}: must be as in {form}") from None
    return values
