"""Assignments for nbgrader: what students get, which checks give points, and nbgrader itself."""

import ast
import importlib.util
import os
import pathlib
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

from helpers import checks
from tests import assignments, gaps
from tests.tools import exercises, notebooks

SOLUTIONS = sorted(exercises.SOLUTIONS.glob("*.ipynb"))


def released(source):
    """A cell as nbgrader gives it to students, with the stub of our configuration."""
    for (first, last), stub in ((assignments.SOLUTION, "\n"), (assignments.HIDDEN, "")):
        source = re.sub(rf"^ *{first}\n.*?{last}(\n|\Z)", stub, source, flags=re.M | re.S)
    return source


def code(source):
    """Code without regard to comments and blank lines."""
    return ast.dump(ast.parse(source))


def states(notebook):
    """The state that nbgrader reads, of each code cell."""
    return [c.metadata["nbgrader"] for c in notebook.cells if c.cell_type == "code"]


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_students_get_the_exercise_notebook_and_each_check_gives_a_point(path):
    solution, stub = notebooks.read(path), notebooks.read(exercises.EXERCISES / path.name)
    made = assignments.make(solution)
    nbformat.validate(made)
    found = states(made)
    names = [state["grade_id"] for state in found]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)
    assert all(state["schema_version"] == 3 and not state["task"] for state in found)
    assert all(state["solution"] != state["locked"] for state in found)

    tests = [c for c in made.cells if c.metadata.get("nbgrader", {}).get("grade")]
    others = [c for c in made.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    assert [c.cell_type for c in others] == [c.cell_type for c in stub.cells]
    for cell, same in zip(others, stub.cells, strict=True):
        if cell.cell_type == "code":
            assert code(released(cell.source)) == code(same.source)
            assert cell.metadata["nbgrader"]["solution"] == (gaps.TURN in same.source)
        else:
            assert "](../" not in cell.source

    asked = re.findall(r"^checks\.(\w+)\(", "\n".join(c.source for c in stub.cells), re.M)
    asked = [name for name in asked if name != "claim"]
    assert asked and set(asked) <= set(checks.__all__)
    assert [re.search(r"^verdict = checks\.(\w+)\(", c.source, re.M)[1] for c in tests] == asked
    assert assignments.points(made) == len(asked)
    assert not any("verdict" in released(c.source) for c in tests)


def test_what_only_the_solution_computes_goes_before_the_next_answer():
    cells = [v4.new_code_cell(source) for source in ("a = 1", "b = 2", "c = a + b  # solution")]
    cells[2].source += "\nchecks.equal(c)"
    cells[0].metadata["tags"] = ["solution"]
    _, answer, _ = assignments.make(v4.new_notebook(cells=cells)).cells
    lines = answer.source.splitlines()
    assert lines[:3] == [assignments.SOLUTION[0], "a = 1", assignments.SOLUTION[1]]
    assert lines[3] == "c = ...  # your turn" and lines[5] == "c = a + b"


def test_a_check_of_several_lines_is_asked_whole():
    source = "x = 1  # solution\nchecks.equal(\n    x,  # solution\n    y=2,\n)"
    with pytest.raises(ValueError, match="not valid Python"):
        assignments.make(v4.new_notebook(cells=[v4.new_code_cell(source)]))
    source = "x = 1  # solution\nchecks.equal(\n    x,\n    y=2,\n)"
    _, test = assignments.make(v4.new_notebook(cells=[v4.new_code_cell(source)])).cells
    assert "verdict = checks.equal(\n    x,\n    y=2,\n)\nassert" in test.source


def test_a_notebook_without_checks_is_refused():
    cells = [v4.new_code_cell("x = 1  # solution"), v4.new_code_cell("checks.claim('x', true=x)")]
    with pytest.raises(ValueError, match="nothing gives points"):
        assignments.make(v4.new_notebook(cells=cells))


def test_the_command_writes_a_course_and_overwrites_none(tmp_path, capsys):
    assert exercises.main(["--nbgrader", str(tmp_path)]) == 0
    written = sorted(path.name for path in (tmp_path / "source").glob("*/*.ipynb"))
    assert written == [path.name for path in SOLUTIONS]
    assert "code_stub" in (tmp_path / "nbgrader_config.py").read_text(encoding="utf-8")
    assert "02-l2: 9 points" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="exists: name a new folder"):
        exercises.main(["--nbgrader", str(tmp_path)])


# The first three exercises of 02-l2 train nothing.
FIRST = 3
ANSWERS = {"right": 1.0, "wrong": 0.0}


@pytest.fixture
def graded(tmp_path, monkeypatch, kernels):
    """A course of nbgrader with one assignment, `short`; its students answer `right` or `wrong`."""
    if importlib.util.find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed")
    solution = notebooks.read(exercises.SOLUTIONS / "02-l2.ipynb")
    ends = [i for i, c in enumerate(solution.cells) if "\nchecks." in f"\n{c.source}"]
    solution.cells = solution.cells[: ends[FIRST - 1] + 1]
    (tmp_path / "solutions").mkdir()
    notebooks.write(solution, tmp_path / "solutions" / "short.ipynb")
    monkeypatch.setattr(exercises, "SOLUTIONS", tmp_path / "solutions")
    course = tmp_path / "course"
    exercises.main(["--nbgrader", str(course)])

    # nbgrader calls a command that is installed beside it
    bin = pathlib.Path(sys.executable).parent
    path = os.pathsep.join([str(bin), os.environ["PATH"]])

    def nbgrader(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=course, env={**os.environ, "PATH": path}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    nbgrader("generate_assignment", "short")
    return course, nbgrader


def test_nbgrader_gives_points_to_right_answers_only(graded):
    course, nbgrader = graded
    release = nbformat.read(course / "release" / "short" / "short.ipynb", 4)
    text = "\n".join(cell.source for cell in release.cells if cell.cell_type == "code")
    assert text.count(gaps.TURN) >= FIRST and "BEGIN" not in text and "verdict" not in text
    (strength,) = (c for c in release.cells if "checks.translated_strength" in c.source)
    for student, answer in (("right", "0.0005 / 2"), ("wrong", "0.0005")):
        strength.source = f"strength = {answer}\nchecks.translated_strength(strength)"
        target = course / "submitted" / student / "short" / "short.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(release, target)
    nbgrader("autograde", "short")
    nbgrader("export", "--to", "grades.csv")
    head, *rows = [line.split(",") for line in (course / "grades.csv").read_text().splitlines()]
    scores = {r[head.index("student_id")]: float(r[head.index("score")]) for r in rows}
    assert scores == ANSWERS
    assert {float(r[head.index("max_score")]) for r in rows} == {FIRST}
