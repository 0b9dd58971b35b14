"""The run sheets: what the guide's plans say, with pictures of the saved lessons, on one page."""

import re

import pytest

from tests import guide
from tests.tools import notebooks, run_sheets


def test_the_sheets_are_what_guide_and_lessons_say():
    stale = [
        path.name
        for minutes, path in run_sheets.paths().items()
        if path.read_text(encoding="utf-8") != run_sheets.sheet(guide.read(), minutes)
    ]
    assert stale == [], "python -m tests.tools.run_sheets writes them again"


@pytest.mark.parametrize("minutes", guide.PLANS)
def test_a_sheet_has_every_step_and_most_of_its_pictures(minutes):
    page = run_sheets.paths()[minutes].read_text(encoding="utf-8")
    steps = guide.plan(guide.read(), minutes)
    assert page.count("<li>") == len(steps)
    for span, *_ in steps:
        assert f">{span} · " in page
    assert page.count("<img ") > len(steps) / 2
    assert not re.search(r'(src|href)="(?!data:|[\w./-]+\.ipynb)', page)


def test_a_question_and_the_next_section_give_no_picture(tmp_path):
    def cell(kind, source, png=None, tag=None):
        outputs = [{"output_type": "display_data", "data": {"image/png": png}, "metadata": {}}]
        made = {"cell_type": kind, "source": source, "metadata": {"tags": [tag] if tag else []}}
        if kind == "code":
            made |= {"execution_count": None, "outputs": outputs if png else []}
        return made

    cells = [cell("markdown", "## One"), cell("code", "ask()", "AAAA", "question"),
             cell("code", "draw()", "BBBB"), cell("markdown", "## Two"), cell("code", "1", "CCCC"),
             cell("markdown", "## Three"), cell("code", "ask()", "DDDD", "question")]  # fmt: skip
    found = notebooks.read(_saved(tmp_path, cells)).cells
    pictures = [run_sheets.first_picture(tmp_path / "a.ipynb", c.id) for c in found[::1]]
    heads = [p for p, c in zip(pictures, found, strict=True) if c.cell_type == "markdown"]
    assert heads == ["BBBB", "CCCC", None]


def _saved(folder, cells):
    path = folder / "a.ipynb"
    for number, made in enumerate(cells):
        made["id"] = f"cell-{number}"
    notebook = notebooks.nbformat.from_dict(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )
    notebooks.write(notebook, path)
    return path


def test_check_names_a_sheet_that_is_out_of_date(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_sheets, "paths", lambda: {50: tmp_path / "run-sheet-50.html"})
    assert run_sheets.main(["--check"]) == 1
    assert capsys.readouterr().out == "run-sheet-50.html: is out of date\n"
    assert run_sheets.main([]) == 0
    assert run_sheets.main(["--check"]) == 0
