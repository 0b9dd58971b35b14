"""Make the exercise notebooks from the solution notebooks, so that the two cannot drift.

    python -m tests.tools.exercises            # write notebooks/exercises/ from solutions/
    python -m tests.tools.exercises --check    # change nothing; fail if that would change anything
    python -m tests.tools.exercises --nbgrader FOLDER    # assignments for nbgrader, with points

In a code cell of a solution notebook, a line that ends in `# solution` is what the learner
writes: see `tests.gaps`. A cell that is tagged `solution` is left out. Cells that stay the same
keep their outputs; the others have none until `python -m tests.tools.notebooks --only exercises`
has executed them.
"""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

from nbformat import NotebookNode

from tests import assignments
from tests.gaps import MARK, TURN, hide
from tests.tools import notebooks

SOLUTIONS = notebooks.NOTEBOOKS / "solutions"
EXERCISES = notebooks.NOTEBOOKS / "exercises"


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
    parser.add_argument(
        "--nbgrader", type=Path, metavar="FOLDER", help="make a course for nbgrader"
    )
    options = parser.parse_args(arguments)
    if options.nbgrader:
        return _write_assignments(options.nbgrader)
    solutions = sorted(SOLUTIONS.glob("*.ipynb"))
    names = {path.name for path in solutions}
    orphans = [path for path in sorted(EXERCISES.glob("*.ipynb")) if path.name not in names]
    for path in orphans:
        print(f"{notebooks.label(path)}: has no solution notebook")
    outdated = [path for path in solutions if not _exercise_is_current(path, options.check)]
    return int(bool(orphans) or (options.check and bool(outdated)))


def _write_assignments(folder: Path) -> int:
    if (folder / "source").exists():
        raise SystemExit(f"{folder / 'source'} exists: name a new folder")
    for path in sorted(SOLUTIONS.glob("*.ipynb")):
        made = assignments.make(notebooks.read(path))
        target = folder / "source" / path.stem / path.name
        target.parent.mkdir(parents=True)
        notebooks.write(made, target)
        print(f"{path.stem}: {assignments.points(made)} points")
    (folder / "nbgrader_config.py").write_text(assignments.CONFIG, encoding="utf-8")
    print(f"now, in {folder}: nbgrader generate_assignment {path.stem}")
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
