"""Predict: the answer is locked before the reveal."""

import pytest

from helpers.panels import Draw, Predict, PredictNumber
from tests.small import all_widgets

QUESTION = "Dropout is switched on. What happens to the training loss?"
EXPLAIN = {
    "it falls": "Masks make the task harder.",
    "it rises": "The network <memorises> less.",
    "nothing": "Only a rate of 0 does nothing.",
}


@pytest.fixture
def predict():
    made = Predict(QUESTION, list(EXPLAIN), "it rises", EXPLAIN)
    yield made
    made.close()


def words(predict):
    """What stands below the choices."""
    return predict.status.value


@pytest.mark.parametrize(
    "ask",
    [
        lambda question: Predict(question, ["yes", "no"], "no", {"yes": "Why?", "no": "So."}),
        lambda question: PredictNumber(question, 0, 3),
        lambda question: Draw(question, x=(1, 30), y=(0, 1)),
    ],
)
def test_code_in_a_question_is_shown_as_code(ask, closing):
    panel = closing(ask("Does `fit` print it if a < b?"))
    values = [getattr(widget, "value", None) for widget in all_widgets(panel)]
    shown = [value for value in values if str(value).startswith('<div class="question">')]
    assert shown == ['<div class="question">Does <code>fit</code> print it if a &lt; b?</div>']


def test_nothing_is_given_away_before_an_answer_is_locked(predict):
    predict.reveal()
    assert not predict.revealed and "Lock in an answer first" in words(predict)
    predict.choose("it falls")
    assert predict.choice == "it falls" and not predict.revealed
    assert not any(why in words(predict) for why in EXPLAIN.values())


def test_a_locked_answer_stays(predict):
    predict.choose("it falls")
    predict.choose("it falls")
    with pytest.raises(ValueError, match="'it falls' is locked in already"):
        predict.choose("it rises")
    assert predict.choice == "it falls"
    assert predict.options.disabled and predict.lock_button.disabled


def test_the_reveal_compares_and_explains_each_choice(predict):
    predict.choose("it falls")
    predict.reveal()
    shown = words(predict)
    assert "You said “it falls”. It is “it rises”." in shown
    assert "Masks make the task harder." in shown and "Only a rate of 0" in shown
    assert "&lt;memorises&gt;" in shown
    assert shown.count("✓") == 1 and shown.count("✗") == 2 and shown.count("your answer") == 1


def test_a_right_answer_is_told_so(predict):
    predict.choose("it rises")
    predict.reveal()
    assert "Right: “it rises”." in words(predict)
    predict.choose("it rises")  # a cell run again changes nothing
    assert "Right" in words(predict)


def test_a_cell_that_reveals_says_so_itself_and_a_button_does_not(predict, capsys):
    predict.reveal()
    predict.choose("it falls")
    predict.reveal_button.click()
    assert predict.revealed and capsys.readouterr().out == ""
    predict.reveal()
    assert capsys.readouterr().out.splitlines() == [
        "You said “it falls”. It is “it rises”.",
        "✗ it falls: Masks make the task harder.",
        "✓ it rises: The network <memorises> less.",
    ]


def test_the_buttons_do_the_same(predict):
    assert predict.lock_button.disabled and predict.reveal_button.disabled
    predict.options.value = "nothing"
    assert predict.choice is None
    predict.lock_button.click()
    assert predict.choice == "nothing" and not predict.reveal_button.disabled
    predict.reveal_button.click()
    assert predict.revealed and predict.reveal_button.disabled


def test_an_unknown_choice_is_refused(predict):
    with pytest.raises(ValueError, match="choice='perhaps'"):
        predict.choose("perhaps")


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"choices": ["it rises"]}, "choices"),
        ({"choices": ["it rises", "it rises"]}, "choices"),
        ({"answer": "perhaps"}, "answer='perhaps'"),
        ({"explain": {"it falls": ""}}, "nothing"),
        ({"size": "huge"}, "size"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(wrong, text):
    right = {"choices": list(EXPLAIN), "answer": "it rises", "explain": EXPLAIN}
    with pytest.raises(ValueError, match=text):
        Predict(QUESTION, **right | wrong)


def test_the_face_is_fixed_and_a_saved_page_shows_the_question(predict):
    before, _ = predict._repr_mimebundle_()
    predict.choose("it falls")
    predict.reveal()
    after, _ = predict._repr_mimebundle_()
    assert before == after
    assert before["text/plain"] == f"Predict({QUESTION!r}, 3 choices)"
    assert before["text/markdown"].startswith(f"**{QUESTION}**")
    assert "rises less" not in str(before) and "harder" not in str(before)


def test_an_answer_in_python_is_shown_in_the_list(predict):
    predict.choose("nothing")
    assert predict.options.value == "nothing"


def test_closing_is_for_good(predict):
    predict.close()
    assert predict.closed
    assert predict._repr_mimebundle_ is None or "closed" in str(predict._repr_mimebundle_())
