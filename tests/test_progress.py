"""Progress: a bar that is given to `train`."""

import time

import pytest

from helpers import server
from helpers.experiment import grid
from helpers.panels import Progress
from helpers.panels.base import progress
from helpers.training import train
from tests.small import BASE, parts


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    found = []
    monkeypatch.setattr(progress, "_display", found.append)
    return found


def test_it_is_what_train_takes(shown):
    bar = Progress("2 strengths")
    train(grid(BASE, l2=[0, 0.1]), parts(), progress=bar)
    assert shown == [bar]
    assert bar.done == bar.total == 2 * BASE.epochs
    assert bar._bar.value == 1 and bar._words.value.startswith("done in")


def test_it_shows_share_and_remaining_time(shown):
    bar = Progress("all")
    bar(0, 100)
    time.sleep(0.2)
    bar(50, 100)
    bar._throttle.flush()
    assert bar._bar.value == 0.5
    assert bar._words.value.startswith("50%") and bar._words.value.endswith("left")


def test_it_is_sent_ten_times_a_second_and_the_end_at_once(shown):
    bar, sent = Progress("all"), []
    bar._bar.observe(lambda change: sent.append(change["new"]), "value")
    for done in range(1, 1001):
        bar(done, 1000)
    assert sent[-1] == 1 and len(sent) < 20


def test_a_second_training_starts_anew(shown):
    bar = Progress("all")
    bar(10, 10)
    bar(1, 10)
    bar._throttle.flush()
    assert bar._bar.value == 0.1 and bar._bar.bar_style == ""
    assert len(shown) == 1


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
