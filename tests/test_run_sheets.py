"""The run sheets: what the guide's plans say, with pictures of the saved lessons, on one page."""

import re

import nbformat.v4 as v4
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
    asked = {"tags": ["question"]}
    made = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("## One", id="one"),
            v4.new_code_cell("ask()", metadata=asked, outputs=_picture("AAAA")),
            v4.new_code_cell("draw()", outputs=_picture("BBBB")),
            v4.new_markdown_cell("## Two", id="two"),
            v4.new_code_cell("show()", outputs=_picture("CCCC")),
            v4.new_markdown_cell("## Three", id="three"),
            v4.new_code_cell("ask()", metadata=asked, outputs=_picture("DDDD")),
        ]
    )
    path = tmp_path / "lesson.ipynb"
    notebooks.write(made, path)
    found = [run_sheets.first_picture(path, cell) for cell in ("one", "two", "three")]
    assert found == ["BBBB", "CCCC", None]


def _picture(png):
    return [v4.new_output("display_data", {"image/png": png})]


def test_check_names_a_sheet_that_is_out_of_date(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_sheets, "paths", lambda: {50: tmp_path / "run-sheet-50.html"})
    assert run_sheets.main(["--check"]) == 1
    assert capsys.readouterr().out == "run-sheet-50.html: is out of date\n"
    assert run_sheets.main([]) == 0
    assert run_sheets.main(["--check"]) == 0
