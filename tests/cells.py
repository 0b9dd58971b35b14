"""The cells of a lesson: their kinds, and what each kind may hold.

A lesson whose notebook metadata hold `"course": {"cells": 2}` is written in cells of four kinds,
and a code cell's tag says which: none for what a learner would write, "panel", "question" (asks
before it shows) and "evidence" (claims, and the measuring that only they need).
"""

from __future__ import annotations

import ast
import re

from nbformat import NotebookNode

from helpers import panels

KINDS = ("learner", "panel", "question", "evidence")
HIDDEN = ("question", "evidence")  # their code is folded away
QUESTIONS = ("Predict", "PredictNumber", "Draw")
PANELS = frozenset(panels.__all__) - {*QUESTIONS, "LiveFigure"}

PROJECT = "## In your own project"  # the heading of the cell that a reader takes along
MAX_LINES = {"learner": 12, "panel": 15, "question": 15, "evidence": 25, "project": 25}
MAX_CLAIMS = 15

_CURVES = {"plot", "scatter", "errorbar", "fill_between", "semilogx", "semilogy"}
_PLOTS = _CURVES | {"bar", "barh", "hist", "imshow", "contourf", "axhline", "axvline"}
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_HEX_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


def is_rewritten(notebook: NotebookNode) -> bool:
    """Whether a notebook is written in cells of four kinds."""
    return notebook.metadata.get("course", {}).get("cells") == 2


def kinds(cell: NotebookNode) -> list[str]:
    """The kinds that a code cell's tags name; a well-tagged cell has at most one."""
    return [tag for tag in cell.metadata.get("tags", []) if tag in KINDS[1:]]


def kind(cell: NotebookNode) -> str:
    """The kind of a code cell."""
    return next(iter(kinds(cell)), "learner")


def kind_by_code(source: str) -> str | None:
    """The kind that a cell's code tells: "question" or "panel" if it makes one; None otherwise."""
    made = called(source)
    if made & set(QUESTIONS):
        return "question"
    return "panel" if made & PANELS else None


def parsed(source: str) -> ast.Module:
    """The syntax of a cell; of one that is not plain Python, of an empty cell."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


def called(source: str) -> set[str]:
    """The names of what a cell calls, without what stands before the last dot."""
    nodes = (node.func for node in ast.walk(parsed(source)) if isinstance(node, ast.Call))
    return {getattr(node, "attr", getattr(node, "id", "")) for node in nodes}


def claims(source: str) -> int:
    """How often a cell calls `claim`."""
    calls = (node.func for node in ast.walk(parsed(source)) if isinstance(node, ast.Call))
    return sum(getattr(node, "attr", getattr(node, "id", "")) == "claim" for node in calls)


def code_lines(source: str) -> list[int]:
    """The numbers of the lines that are neither blank nor only a comment, counted from 1."""
    lines = enumerate(source.splitlines(), start=1)
    return [n for n, line in lines if line.strip() and not line.lstrip().startswith("#")]


def projects(notebook: NotebookNode) -> list[NotebookNode]:
    """The first code cell after each heading "In your own project"."""
    found, waiting = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = [line for line in cell.source.splitlines() if line.startswith("## ")]
            waiting = headings[-1].startswith(PROJECT) if headings else waiting
        elif cell.cell_type == "code" and waiting:
            found.append(cell)
            waiting = False
    return found


def violations(notebook: NotebookNode) -> list[str]:
    """What breaks the rules for cells of four kinds, one sentence each."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found, own = [], projects(notebook)
    count = sum(claims(cell.source) for cell in code)
    if count > MAX_CLAIMS:
        found.append(f"{count} claims: at most {MAX_CLAIMS}")
    for cell in code:
        is_project = any(cell is one for one in own)
        found += [f"{cell.id}: {text}" for text in _cell_violations(cell, is_project)]
    return found


def _cell_violations(cell: NotebookNode, is_project: bool) -> list[str]:
    tagged, source, found = kinds(cell), cell.source, []
    if len(tagged) > 1:
        found.append(f"is tagged {' and '.join(tagged)}: a cell has one kind")
    name = "project" if is_project and kind(cell) == "learner" else kind(cell)
    if (lines := len(code_lines(source))) > MAX_LINES[name]:
        found.append(f"{lines} lines of code: at most {MAX_LINES[name]} in a cell of kind {name}")
    if kind(cell) != "evidence" and claims(source):
        found.append("has a claim: only a cell tagged evidence has")
    if is_project:
        if kind(cell) != "learner":
            found.append(f"is tagged {kind(cell)}: the reader's own project is a learner cell")
        if "helpers" in _imported(source):
            found.append("imports helpers: the reader's own project does without")
    elif kind(cell) == "learner" and _plots_in_a_loop(source):
        found.append("plots in a loop: a learner cell calls one function that draws")
    strings = (node.value for node in ast.walk(parsed(source)) if isinstance(node, ast.Constant))
    colours = [text for text in strings if isinstance(text, str) and _HEX_COLOUR.fullmatch(text)]
    return found + [f"has the colour {colour}: take one by its meaning" for colour in colours]


def _imported(source: str) -> set[str]:
    """The first part of each module that a cell imports."""
    found = set()
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def _plots_in_a_loop(source: str) -> bool:
    loops = (node for node in ast.walk(parsed(source)) if isinstance(node, _LOOPS))
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in _PLOTS or ast.unparse(node.func).startswith("drawing."))
        for loop in loops
        for node in ast.walk(loop)
    )
