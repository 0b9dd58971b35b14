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


@pytest.fixture
def run_cells(page, server, folder, request):
    """Opens a notebook of these cells and runs it; returns the page, which must not complain."""

    def run_cells(*cells, theme="JupyterLab Light", until=".lab"):
        name = f"{request.node.name}.ipynb"
        lab.write_notebook(folder / name, cells)
        lab.open_notebook(page, server, name)
        lab.choose_theme(page, theme)  # JupyterLab keeps what an earlier test chose
        lab.run_all(page)
        page.wait_for_selector(until, timeout=lab.PATIENCE)
        return page

    yield run_cells
    assert lab.complaints(page) == []
