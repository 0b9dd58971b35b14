"""Progress: a bar that is given to `train`."""

import numpy as np
import pytest

from helpers import server
from helpers.experiment import grid
from helpers.panels import Progress
from helpers.panels.base import progress
from helpers.training import train
from tests.fakes import fake_clock  # noqa: F401
from tests.small import BASE, parts


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    found = []
    monkeypatch.setattr(progress, "_display", found.append)
    return found


def bar_and_words(progress):
    """What a reader sees: the widget that is the bar, and the words after it."""
    _, bar, words = progress.children
    return bar, words.value


def test_it_is_what_train_takes(shown):
    made = Progress("2 strengths")
    train(grid(BASE, l2=[0, 0.1]), parts(), progress=made)
    bar, words = bar_and_words(made)
    assert shown == [made]
    assert made.done == made.total == 2 * BASE.epochs
    assert bar.value == 1 and words.startswith("done in")


def test_it_shows_share_and_remaining_time(shown, clock):
    made = Progress("all")
    for at, done, said in ((1, 0, "0%"), (11, 25, "25%, 30 s left"), (41, 100, "done in 40 s")):
        clock.pass_to(at)
        made(done, 100)
        bar, words = bar_and_words(made)
        assert (bar.value, words) == (done / 100, said)


def test_it_is_sent_ten_times_a_second_and_the_end_at_once(shown, clock):
    made, sent = Progress("all"), []
    bar_and_words(made)[0].observe(lambda change: sent.append((clock.now, change["new"])), "value")
    for done in range(1, 1001):  # one epoch a millisecond
        clock.pass_to(done / 1000)
        made(done, 1000)
    times = [at for at, _ in sent]
    assert sent[-1] == (1.0, 1.0)
    assert np.diff(times[:-1]) == pytest.approx(np.full(len(times) - 2, 0.1))


def test_a_second_training_starts_at_0(shown, clock):
    made = Progress("all")
    for at, done, total in ((1, 10, 10), (5, 1, 10), (6, 2, 10)):
        clock.pass_to(at)
        made(done, total)
    bar, words = bar_and_words(made)
    assert (bar.value, bar.bar_style, words) == (0.2, "", "20%, 4 s left")
    assert shown == [made]


def test_the_repr_is_fixed_and_nothing_is_printed_outside_notebooks(capsys):
    bar = Progress("13 strengths × 5 seeds")
    bar(1, 2)
    assert repr(bar) == "Progress('13 strengths × 5 seeds')"
    assert capsys.readouterr().out == ""


def test_a_saved_bar_leaves_words_where_no_kernel_has_it():
    bundle = Progress("13 strengths × 5 seeds")._repr_mimebundle_()
    assert bundle["text/plain"] == "Progress('13 strengths × 5 seeds')"
    assert "13 strengths × 5 seeds" in bundle["text/markdown"]
    assert server.WIDGET_VIEW in bundle
