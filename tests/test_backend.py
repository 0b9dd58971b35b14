"""Figures are shown in a notebook, whatever backend the shell's profile names."""

import nbformat.v4 as v4
import pytest
from nbclient import NotebookClient

CELL = """import matplotlib.pyplot as plt
from helpers import drawing

drawing.use_style()
fig, ax = plt.subplots()
ax.plot([0, 1]);"""


@pytest.mark.parametrize("backend", ["Agg", "agg", None])
def test_a_notebook_shows_figures_though_the_shell_names_a_backend(monkeypatch, kernels, backend):
    if backend is None:
        monkeypatch.delenv("MPLBACKEND", raising=False)
    else:
        monkeypatch.setenv("MPLBACKEND", backend)
    notebook = v4.new_notebook(cells=[v4.new_code_cell(CELL) for _ in range(2)])
    NotebookClient(notebook, kernel_name="python3").execute()
    for cell in notebook.cells:
        (output,) = cell.outputs
        assert "image/png" in output.data
