"""The glossary: in order, one plain entry for each term, linked to lessons that exist."""

import re

import pytest

from tests import counts
from tests.tools import notebooks

PATH = notebooks.NOTEBOOKS / notebooks.GLOSSARY
TERMS = counts.glossary(PATH)


def test_every_line_of_the_list_is_an_entry():
    lines = PATH.read_text(encoding="utf-8").splitlines()
    assert len(TERMS) == sum(line.startswith("-") for line in lines) > 0


def test_terms_are_in_order_and_none_is_there_twice():
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(names)
    spellings = [spelling.lower() for term in TERMS for spelling in term.spellings]
    assert sorted(spellings) == sorted(set(spellings))


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_an_entry_is_one_or_two_sentences_and_its_lesson_exists(term):
    assert term.text[0].isupper() and term.text.endswith(".")
    assert len(re.findall(r"[.!?](?: |$)", term.text)) <= 2
    assert "](" not in term.text
    assert not term.lesson or (notebooks.NOTEBOOKS / term.lesson).is_file()
