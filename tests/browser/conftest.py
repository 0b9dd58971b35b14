"""One JupyterLab and one browser for all tests of this folder."""

import pytest

from tests.browser import lab


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where notebooks are written."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def server(chromium, folder):
    with lab.lab(folder) as found:
        yield found


@pytest.fixture(scope="session")
def chrome(chromium):
    with lab.browser(chromium) as found:
        yield found


@pytest.fixture
def page(chrome):
    """A page of a laptop's size."""
    with lab.page(chrome) as found:
        yield found
