"""PredictNumber: a guess is locked before the number is revealed, then compared."""

import pytest

from helpers.panels import PredictNumber
from tests.small import press

QUESTION = "What will `val_loss` be after one epoch?"


@pytest.fixture
def make(closing):
    """Makes panels on a scale from 0 to 3 nats with the baseline."""

    def make(**changes):
        given = {"low": 0, "high": 3, "unit": "nats", "marks": {"baseline": 0.65}} | changes
        return closing(PredictNumber(QUESTION, **given))

    return make


def words(panel):
    return panel.status.value


def button_of(panel):
    return panel.children[3].children[0]


def slider_of(panel):
    return panel.children[2].children[1].children[0]


def line_of(panel):
    return panel.children[2].children[1].children[1].value


def test_a_guess_is_asked_for_and_nothing_is_given_away(make, capsys):
    panel = make()
    assert panel.guess is None and button_of(panel).disabled
    panel.reveal(1.96)
    assert "Lock in a guess first" in words(panel)
    assert "1.96" not in words(panel) + line_of(panel) and capsys.readouterr().out == ""


def test_the_slider_and_the_button_lock_a_guess(make):
    panel = make()
    slider_of(panel).value = 0.7
    assert not button_of(panel).disabled and panel.guess is None
    press(panel, "Lock in my guess")
    assert panel.guess == 0.7 and slider_of(panel).disabled and button_of(panel).disabled
    assert "Locked in: 0.70 nats." in words(panel) and "your guess 0.70 nats" in line_of(panel)


def test_the_reveal_says_how_far_off_in_units_and_against_the_marks(make, capsys):
    panel = make()
    panel.choose(0.7)
    panel.reveal(1.96)
    said = [
        "You said 0.70 nats; it is ≈ 1.96 nats: ≈ 1.26 nats too low.",
        "Compared with baseline (0.65 nats): you expected it ≈ 0.05 nats above, it is ≈ 1.31 nats "
        "above.",
    ]
    assert capsys.readouterr().out.splitlines() == said
    assert all(sentence in words(panel) for sentence in said)
    assert "it is ≈ 1.96 nats" in line_of(panel)


@pytest.mark.parametrize(
    ("guess", "value", "verdict", "against"),
    [
        (0.65, 0.4, "too high", "expected it equal, it is ≈ 0.25 nats below"),
        (0.45, 0.4, "close, ≈ 0.05 nats off", "≈ 0.20 nats below, it is ≈ 0.25 nats below"),
        (3.0, 7.5, "≈ 4.50 nats too low", "it is ≈ 6.85 nats above"),
    ],
)
def test_verdicts(make, guess, value, verdict, against):
    panel = make()
    panel.choose(guess)
    panel.reveal(value)
    assert verdict in words(panel) and against in words(panel)
    assert ("▶" in line_of(panel)) == (value > 3)


def test_a_guess_that_is_locked_after_the_reveal_is_compared_at_once(make):
    panel = make()
    panel.reveal(1.96)
    panel.choose(1)
    assert "≈ 0.96 nats too low" in words(panel)


def test_a_locked_guess_stays(make):
    panel = make()
    panel.choose(1)
    panel.choose(1)
    with pytest.raises(ValueError, match="1 is locked in already"):
        panel.choose(2)
    assert panel.guess == 1


def test_per_cent_differ_by_points(make):
    panel = make(low=50, high=100, unit="%", marks={"majority class": 62})
    panel.choose(70)
    panel.reveal(80.3)
    assert "You said 70 %; it is ≈ 80 %: ≈ 10 points too low." in words(panel)
    assert "≈ 8 points above" in words(panel)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"high": 0}, "high=0"),
        ({"marks": {"baseline": 4}}, r"marks\['baseline'\]=4"),
        ({"decimals": -1}, "decimals=-1"),
        ({"size": "huge"}, "size"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(make, wrong, text):
    with pytest.raises(ValueError, match=text):
        make(**wrong)


@pytest.mark.parametrize("value", [-0.1, 3.1, float("nan")])
def test_guesses_outside_the_scale_are_refused(make, value):
    with pytest.raises(ValueError, match="guess="):
        make().choose(value)


def test_a_saved_page_shows_the_question_and_the_marks_only(make):
    panel = make()
    before, _ = panel._repr_mimebundle_()
    panel.choose(0.7)
    panel.reveal(1.96)
    after, _ = panel._repr_mimebundle_()
    assert before == after
    assert before["text/plain"] == f"PredictNumber({QUESTION!r}, 0.00 nats to 3.00 nats)"
    assert before["text/markdown"].startswith(f"**{QUESTION}** (from 0.00 nats to 3.00 nats)")
    assert "- baseline: 0.65 nats" in before["text/markdown"]


def test_words_of_a_mark_are_no_code(make):
    assert "<b>" not in line_of(make(marks={"<b>": 1}))
