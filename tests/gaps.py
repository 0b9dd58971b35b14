"""What the learner writes in a solution notebook: lines that end in `# solution`.

Neighbouring lines of this kind become one gap in the exercise notebook:

    shrunk = w - step * 2 * l2 * w  # solution      shrunk = ...  # your turn
    return x * keep / (1 - rate)  # solution        ...  # your turn
"""

import ast
import itertools
import textwrap
from collections.abc import Iterator

MARK = "# solution"
TURN = "# your turn"


def hide(source: str) -> str:
    """A cell's code with what the learner writes replaced by `...  # your turn`.

    Raises:
        ValueError: If what is left is not valid Python.
    """
    lines = []
    for hidden, run in runs(source):
        lines += [gap(run)] if hidden else run
    return joined(lines, "without its solution")


def joined(lines: list[str], when: str) -> str:
    """Lines as the code of a cell.

    Args:
        lines: Of the cell.
        when: What was done to them, as an error says it.

    Raises:
        ValueError: If they are not valid Python.
    """
    code = "\n".join(lines)
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise ValueError(f"{when} this is not valid Python:\n{code}") from error
    return code


def runs(source: str) -> Iterator[tuple[bool, list[str]]]:
    """A cell's lines in runs: whether the learner writes them, and the lines, marks included."""
    for hidden, run in itertools.groupby(source.splitlines(), lambda s: s.endswith(MARK)):
        yield hidden, list(run)


def gap(run: list[str]) -> str:
    """What stands for lines of the learner: `name = ...` for one assignment to names, or `...`."""
    indent = run[0][: len(run[0]) - len(run[0].lstrip())]
    return f"{indent}{_dots(run)}  {TURN}"


def bare(run: list[str]) -> list[str]:
    """Lines of the learner without their marks."""
    return [line.removesuffix(MARK).rstrip() for line in run]


def _dots(run: list[str]) -> str:
    try:
        body = ast.parse(textwrap.dedent("\n".join(bare(run)))).body
    except SyntaxError:
        return "..."
    if len(body) != 1 or not isinstance(body[0], ast.Assign) or len(body[0].targets) != 1:
        return "..."
    target = body[0].targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    if not all(isinstance(name, ast.Name) for name in names):
        return "..."
    left = ", ".join(name.id for name in names)
    return f"{left} = {', '.join('...' for _ in names)}"
