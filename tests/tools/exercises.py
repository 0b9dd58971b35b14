"""Make the exercise notebooks from the solution notebooks, so that the two cannot drift.

    python -m tests.tools.exercises            # write notebooks/exercises/ from solutions/
    python -m tests.tools.exercises --check    # change nothing; fail if that would change anything

In a code cell of a solution notebook, a line that ends in `# solution` is what the learner
writes. Neighbouring lines of this kind become one line in the exercise notebook:

    shrunk = w - step * 2 * l2 * w  # solution      shrunk = ...  # your turn
    return x * keep / (1 - rate)  # solution        ...  # your turn

A cell that is tagged `solution` is left out. Cells that stay the same keep their outputs; the
others have none until `python -m tests.tools.notebooks --only exercises` has executed them.
"""

from __future__ import annotations

import argparse
import ast
import copy
import itertools
import sys
import textwrap
from pathlib import Path

from nbformat import NotebookNode

from tests.tools import notebooks

SOLUTIONS = notebooks.NOTEBOOKS / "solutions"
EXERCISES = notebooks.NOTEBOOKS / "exercises"
MARK = "# solution"
TURN = "# your turn"


def hide(source: str) -> str:
    """A cell's code with what the learner writes replaced by `...  # your turn`.

    Raises:
        ValueError: If what is left is not valid Python.
    """
    lines = []
    for hidden, run in itertools.groupby(source.splitlines(), lambda s: s.endswith(MARK)):
        run = list(run)
        if hidden:
            indent = run[0][: len(run[0]) - len(run[0].lstrip())]
            run = [f"{indent}{_gap(run)}  {TURN}"]
        lines += run
    stub = "\n".join(lines)
    try:
        ast.parse(stub)
    except SyntaxError as error:
        raise ValueError(f"without its solution this is not valid Python:\n{stub}") from error
    return stub


def make(solution: NotebookNode) -> NotebookNode:
    """The exercise notebook of a solution notebook, in normal form, without outputs.

    Raises:
        ValueError: If no line is marked, or a cell is not valid Python without its solution.
    """
    stub = copy.deepcopy(solution)
    stub.cells = [c for c in stub.cells if "solution" not in c.metadata.get("tags", [])]
    for cell in stub.cells:
        if cell.cell_type == "code":
            cell.source = hide(cell.source)
            cell.outputs, cell.execution_count = [], None
    if not any(TURN in cell.source for cell in stub.cells):
        raise ValueError(f"no line ends in {MARK!r}: nothing is left to the learner")
    return notebooks.normalise(stub)


def keep_outputs(stub: NotebookNode, existing: NotebookNode) -> None:
    """Give cells of a new stub the outputs that the same cells have in the existing one."""
    known = {(cell.id, cell.source): cell for cell in existing.cells if cell.cell_type == "code"}
    for cell in stub.cells:
        same = known.get((cell.id, cell.source))
        if cell.cell_type == "code" and same is not None:
            cell.outputs, cell.execution_count = same.outputs, same.execution_count


def is_current(stub: NotebookNode, existing: NotebookNode) -> bool:
    """Whether an existing exercise notebook has the new one's cells, outputs aside."""

    def shape(notebook):
        return [(c.cell_type, c.id, c.source, dict(c.metadata)) for c in notebook.cells]

    return shape(stub) == shape(existing)


def main(arguments: list[str] | None = None) -> int:
    """The command; its result is 0 if all is well."""
    parser = argparse.ArgumentParser("python -m tests.tools.exercises", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args(arguments)
    solutions = sorted(SOLUTIONS.glob("*.ipynb"))
    names = {path.name for path in solutions}
    orphans = [path for path in sorted(EXERCISES.glob("*.ipynb")) if path.name not in names]
    for path in orphans:
        print(f"{notebooks.label(path)}: has no solution notebook")
    outdated = [path for path in solutions if not _exercise_is_current(path, options.check)]
    return int(bool(orphans) or (options.check and bool(outdated)))


def _exercise_is_current(solution: Path, check: bool) -> bool:
    """Whether a solution's exercise notebook was up to date; writes it unless `check`."""
    path = EXERCISES / solution.name
    try:
        stub = make(notebooks.read(solution))
    except ValueError as error:
        raise SystemExit(f"{notebooks.label(solution)}: {error}") from error
    existing = notebooks.read(path) if path.exists() else None
    if existing is not None and is_current(stub, existing):
        return True
    if check:
        print(
            f"{notebooks.label(path)}: differs from its solution: "
            "run python -m tests.tools.exercises"
        )
        return False
    if existing is not None:
        keep_outputs(stub, existing)
    path.parent.mkdir(exist_ok=True)
    notebooks.write(stub, path)
    print(
        f"{notebooks.label(path)}: written; now python -m tests.tools.notebooks --only {path.stem}"
    )
    return False


def _gap(run: list[str]) -> str:
    """What stands for the lines: `name = ...` for a single assignment to names, or `...`."""
    code = textwrap.dedent("\n".join(line.removesuffix(MARK).rstrip() for line in run))
    try:
        body = ast.parse(code).body
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


if __name__ == "__main__":
    sys.exit(main())
