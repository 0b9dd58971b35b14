"""The words that go with a picture, for those who cannot see it."""

import matplotlib
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from helpers import drawing
from helpers.drawing import alt_text
from tests.test_drawing import overfitted


def test_each_of_the_axes_is_told_from_its_title_to_its_notes():
    figure = Figure()
    left, right, hidden = figure.subplots(1, 3)
    left.set(xlabel="epoch", ylabel="loss in nats")
    left.plot([1, 2], label="training")
    left.text(1, 1, "two\nlines")
    left.text(1, 1, "not seen", visible=False)
    left.legend()
    drawing.title(left, "Which falls?")
    right.set_title("Nothing in it")
    hidden.set(xlabel="nobody sees it", visible=False)
    assert alt_text.describe(figure) == (
        "Which falls? – loss in nats against epoch: two lines, training. Nothing in it."
    )
    figure.suptitle("Two pictures")
    assert alt_text.describe(figure).startswith("Two pictures. Which falls?")


@pytest.mark.parametrize("width", [840, 240])
def test_values_are_told_whether_their_labels_find_room_or_not(width):
    figure, ax = drawing.figure(width=width)
    runs = [overfitted(seed) for seed in range(3)]
    drawing.curves(ax, runs)
    words = alt_text.describe(figure)
    for part in ("training 0.03", "validation 1.39", "gap 1.36", "range of 3 seeds", "epoch"):
        assert part in words


@pytest.fixture
def shell():
    """IPython as in a notebook's kernel, but for the kernel."""
    assert not InteractiveShell.initialized()
    made = InteractiveShell.instance()
    yield made
    InteractiveShell.clear_instance()


def test_ipython_keeps_the_words_with_the_picture_that_it_makes(shell):
    with matplotlib.rc_context():
        drawing.use_style()
        select_figure_formats(shell, {"png"})  # as `%matplotlib inline` does
        figure, ax = plt.subplots()
        ax.set_title("A line")
        data, metadata = shell.display_formatter.format(figure)
        plt.close(figure)
    assert data["image/png"] and data["text/plain"].startswith("<Figure size")
    assert metadata == {"image/png": {"alt": "A line."}}


def test_a_plain_python_takes_the_style_alone():
    assert not InteractiveShell.initialized()
    with matplotlib.rc_context():
        drawing.use_style()
