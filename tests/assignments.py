"""Assignments for nbgrader, made from the solution notebooks: our checks grade, a point each.

nbgrader takes the lines between its marks out of what students get, so that they see the exercise
notebook. Behind each cell that ends in a check stands a cell with hidden tests, which asks the
same check again: the point is there if its verdict is "Correct". Cells that students need not
change are locked, so that grading puts them back as they were.
"""

import ast
import copy
import re

from nbformat import NotebookNode, v4

from tests import gaps

CONFIG = '''"""A course of nbgrader, with assignments made by `python -m tests.tools.exercises`."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "regularising-neural-networks"
# what students replace stands in the cells already, as `...  # your turn`
c.ClearSolutions.code_stub = {"python": ""}
# seconds for a cell: some train
c.ExecutePreprocessor.timeout = 300
'''
SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
_NOT_EXERCISES = {"claim", "environment", "sealed_result"}


def make(solution: NotebookNode) -> NotebookNode:
    """The instructor's version of an assignment, from a solution notebook.

    Raises:
        ValueError: If a cell is not valid Python with its marks, or there is nothing to check.
    """
    made, left_out = v4.new_notebook(metadata=copy.deepcopy(solution.metadata)), []
    for cell in solution.cells:
        if "solution" in cell.metadata.get("tags", []):
            # students do not see these; the next solution may use what they compute
            left_out += cell.source.splitlines() if cell.cell_type == "code" else []
        elif cell.cell_type == "code":
            made.cells += _code_cells(cell, left_out)
            left_out = [] if gaps.MARK in cell.source else left_out
        else:
            text = re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"\1", cell.source)
            made.cells.append(v4.new_markdown_cell(text, id=cell.id))
    for number, cell in enumerate(filter(_is_test, made.cells), 1):
        cell.id = cell.metadata["nbgrader"]["grade_id"] = f"points-{number}"
    if not points(made):
        raise ValueError("no cell with a solution ends in a check: nothing gives points")
    return made


def points(assignment: NotebookNode) -> int:
    """How many points an assignment gives."""
    return sum(cell.metadata["nbgrader"]["points"] for cell in filter(_is_test, assignment.cells))


def _code_cells(cell: NotebookNode, left_out: list[str]) -> list[NotebookNode]:
    if gaps.MARK not in cell.source:
        return [_cell(cell.source, cell.id, locked=True)]
    tests = [
        _cell(
            f"# 1 point, if your answer is right\n{HIDDEN[0]}\nfrom helpers import checks\n\n"
            f"verdict = {check}\nassert verdict.passed, verdict.text\n{HIDDEN[1]}",
            f"points-{cell.id}"[:64],
            grade=True,
            locked=True,
            points=1,
        )
        for check in _checks(cell.source)
    ]
    return [_cell(_marked(cell.source, left_out), cell.id, solution=True), *tests]


def _marked(source: str, left_out: list[str]) -> str:
    """A cell's code, where each run of solution lines stands behind its gap, between marks."""
    lines = [SOLUTION[0], *left_out, SOLUTION[1]] if left_out else []
    for hidden, run in gaps.runs(source):
        if hidden:
            gap = gaps.gap(run)
            indent = gap[: len(gap) - len(gap.lstrip())]
            lines += [gap, indent + SOLUTION[0], *gaps.bare(run), indent + SOLUTION[1]]
        else:
            lines += run
    return gaps.joined(lines, "with its marks")


def _checks(source: str) -> list[str]:
    """The calls of checks that stand alone in a cell, as they are written."""
    bare = "\n".join(line for _, run in gaps.runs(source) for line in gaps.bare(run))
    return [
        ast.get_source_segment(bare, line.value)
        for line in ast.parse(bare).body
        if isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Call)
        and (call := re.fullmatch(r"checks\.(\w+)", ast.unparse(line.value.func)))
        and call[1] not in _NOT_EXERCISES
    ]


def _cell(source: str, name: str, **state) -> NotebookNode:
    found = {"grade": False, "locked": False, "solution": False, "task": False, **state}
    found |= {"schema_version": 3, "grade_id": name}
    return v4.new_code_cell(source, id=name, metadata={"nbgrader": found})


def _is_test(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))
