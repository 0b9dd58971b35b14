"""Draw: shapes by name, differences in words, and a drawing that comes before the answer."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from traitlets import TraitError

from helpers.experiment import Experiment, Run
from helpers.panels import Draw
from helpers.panels.concepts.shapes import SHAPES, TYPICAL, compare, shape, suggest
from tests.small import check_saved, press, until

EPOCHS = np.arange(1, 101)
PART = np.linspace(0, 1, 61)
DECAY = 0.3 + 0.5 * np.exp(-6 * PART)
U = 0.2 + 2 * (PART - 0.4) ** 2
EXAMPLES = {
    "falls and flattens": DECAY,
    "falls, then rises": U,
    "rises and flattens": 1 - DECAY,
    "stays flat": 0.5 + 0.01 * np.sin(20 * PART),
    "keeps falling": 0.9 - 0.7 * PART,
    "keeps rising": 0.1 + 0.7 * PART,
    "rises, then falls": 1 - U,
    "falls, rises and falls again": 0.6 - 0.4 * PART + 0.25 * np.sin(9 * PART + 2.2),
    "goes up and down": 0.5 + 0.3 * np.sin(25 * PART),
}


# --- Shapes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_recognised(name):
    assert shape(EXAMPLES[name]) == name


@given(st.sampled_from(TYPICAL), st.integers(0, 1000))
def test_a_trembling_hand_does_not_change_a_shape(name, seed):
    noise = np.random.default_rng(seed).uniform(-0.015, 0.015, len(PART))
    assert shape(EXAMPLES[name] + noise) == name


@given(st.lists(st.floats(0, 1), min_size=3, max_size=61))
def test_every_curve_has_one_of_the_names(heights):
    assert shape(heights) in SHAPES


def test_each_pair_of_typical_shapes_has_a_sentence_of_its_own():
    for drawn in TYPICAL:
        for real in TYPICAL:
            said = suggest(drawn, real, "λ")
            if drawn == real:
                assert said == f"You expected the right shape: the curve {real}."
            else:
                assert said.startswith(f"You drew a curve that {drawn}; the real one {real}. You")
                assert "{" not in said
    assert suggest("goes up and down", "stays flat", "λ").endswith("the real one stays flat.")


def test_differences_and_where_they_are():
    real = np.zeros(10)
    drawn = np.array([0, 0.3, 0.3, 0, 0, -0.5, -0.5, -0.6, 0, 0])
    found = compare(drawn, real, 0.1)
    assert found.mean == pytest.approx(0.22) and found.largest == pytest.approx(0.6)
    assert found.at == 7 and found.stretches == [(1, 2, False), (5, 7, True)]
    assert compare(drawn / 10, real, 0.1).stretches == []


# --- The panel ------------------------------------------------------------------------------


@pytest.fixture
def make(closing):
    """Makes panels of losses over 100 epochs."""

    def make(**changes):
        given = {"x": (1, 100), "y": (0, 1.5)} | changes
        return closing(Draw("What will it do?", **given))

    return make


def words(panel):
    return panel.status.value


def pencil(panel):
    return panel.children[4]


def open_page(panel, **more):
    """What a page says when it shows the panel."""
    pencil(panel)._handle_custom_msg({"hello": True, "calm": True} | more, [])


def buttons(panel):
    """{words: whether it can be pressed}."""
    row = panel.children[2].children
    return {made.description: not made.disabled for made in row if hasattr(made, "icon")}


def real_line(panel, name="validation"):
    (line,) = [m for m in panel.live_figure.moving if m.get_label() == name]
    return np.array(line.get_data())


def plateau(panel, name="validation"):
    panel.sketch(name, [1, 20, 100], [0.7, 0.4, 0.4])


REAL = 0.7 - 0.3 * np.minimum(EPOCHS, 20) / 20 + 0.01 * np.maximum(EPOCHS - 20, 0)


def test_what_the_page_draws_is_what_python_reads(make):
    panel = make()
    assert panel.drawn == {} and not buttons(panel)["Lock my curve"]
    pencil(panel).value = [[None, 0.5, None, 1.0, *[None] * 57]]
    assert panel.drawn["validation"][:5] == pytest.approx(
        [np.nan, 0.75, 1.125, 1.5, np.nan], nan_ok=True
    )
    assert "Still to draw: validation." in words(panel)
    plateau(panel)
    assert panel.drawn["validation"][[0, -1]] == pytest.approx([0.7, 0.4], abs=1e-3)
    assert buttons(panel) == {"Lock my curve": True, "Clear": True, "Show it": False}


def test_clear_wipes_and_a_lock_keeps(make):
    panel = make()
    plateau(panel)
    press(panel, "Clear")
    assert panel.drawn == {}
    panel.lock()
    assert not panel.locked and "Draw at least half of the axis: validation." in words(panel)
    plateau(panel)
    press(panel, "Lock my curve")
    assert panel.locked and not pencil(panel).active and not any(buttons(panel).values())
    panel.clear()
    assert "validation" in panel.drawn
    with pytest.raises(ValueError, match="is locked"):
        plateau(panel)


def test_the_reveal_says_where_and_by_how_much_and_what_it_suggests(make):
    panel = make()
    plateau(panel)
    panel.lock()
    assert panel.reveal(EPOCHS, REAL) is panel
    said = words(panel)
    assert "at most by ≈ 0.80 nats (at epoch 100)" in said
    assert "It lies too low from epoch 29 to 100." in said
    assert "falls and flattens; the real one falls, then rises." in said
    assert "past its lowest point the curve rises again" in said
    mean = np.abs(np.interp(np.linspace(1, 100, 61), EPOCHS, REAL) - panel.drawn["validation"])
    assert f"≈ {mean.mean():.2f} nats on average" in said


def test_a_good_drawing_is_told_so(make):
    panel = make()
    panel.sketch("validation", EPOCHS, np.clip(REAL, 0, 1.5))
    panel.lock()
    panel.reveal(EPOCHS, REAL)
    assert "It is close to the real one everywhere." in words(panel)
    assert "You expected the right shape: the curve falls, then rises." in words(panel)


def test_without_a_page_the_real_curve_is_shown(make, capsys):
    panel = make()
    panel.reveal(EPOCHS, REAL)
    assert panel.revealed and real_line(panel)[1] == pytest.approx(REAL)
    assert "The real curve falls, then rises." in words(panel)
    assert capsys.readouterr().out == ""


def test_a_page_is_asked_to_draw_first_and_nobody_is_blocked(make):
    panel = make()
    open_page(panel)
    panel.reveal(EPOCHS, REAL)
    assert "Draw first, or press “Show it”." in words(panel) and not panel.revealed
    assert real_line(panel).size == 0 and pencil(panel).active
    press(panel, "Show it")
    assert panel.revealed and real_line(panel).shape == (2, 100) and not panel.locked
    assert "lowest at ≈ 0.40 nats (at epoch 20)" in words(panel)


def test_a_page_that_comes_after_the_reveal_is_asked_too(make):
    """Run all cells: the page says that it is there when the last cell has run."""
    panel = make()
    panel.reveal(EPOCHS, REAL)
    open_page(panel)
    assert not panel.revealed and real_line(panel).size == 0
    plateau(panel)
    press(panel, "Lock my curve")
    assert panel.revealed and "your curve" in words(panel).lower()


def test_nothing_drawn_is_lost_when_reveal_runs_again_or_the_page_comes_back(make):
    panel = make()
    open_page(panel)
    plateau(panel)
    before = panel.drawn["validation"]
    open_page(panel)
    panel.reveal(EPOCHS, REAL)
    panel.reveal(EPOCHS, REAL)
    assert panel.drawn["validation"] == pytest.approx(before)
    press(panel, "Show it")
    assert panel.locked and "Your curve differs" in words(panel)
    said = words(panel)
    panel.reveal(EPOCHS, REAL)
    open_page(panel)
    assert words(panel) == said


def test_the_real_curve_grows_on_a_page_and_is_whole_after_waiting(make):
    panel, ends = make(), []
    plateau(panel)
    panel.lock()
    show = panel.chart.show
    panel.chart.show = lambda drawn, real, grown: (ends.append(grown), show(drawn, real, grown))
    open_page(panel, calm=False)
    panel.reveal(EPOCHS, REAL)
    until(lambda: 0 < ends[-1] < 1)
    panel.wait()
    assert ends == sorted(ends) and ends[-1] == 1
    assert real_line(panel)[1] == pytest.approx(REAL)
    assert "Your curve differs" in words(panel)


def test_several_curves_and_their_toggle(make):
    panel = make(curves=("training", "validation"))
    plateau(panel, "training")
    assert "Still to draw: validation." in words(panel)
    panel.children[2].children[0].value = "validation"
    assert pencil(panel).curve == 1
    plateau(panel)
    panel.lock()
    with pytest.raises(ValueError, match="training and validation"):
        panel.reveal(EPOCHS, REAL)
    panel.reveal(EPOCHS, {"training": 0 * EPOCHS + 0.1, "validation": REAL})
    assert "Training: your curve differs" in words(panel)
    assert "Validation: your curve differs" in words(panel)


def run(shift):
    loss = np.linspace(1, 0.5, 100, dtype="float32") + shift
    more = dict.fromkeys(("penalty", "fit_loss", "fit_accuracy"), loss)
    return Run(experiment=Experiment(), train_loss=loss - 0.2, validation_loss=loss,
               train_accuracy=loss / 2, validation_accuracy=loss / 2, weights=[],
               **more)  # fmt: skip


def test_runs_give_their_mean(make):
    panel = make(curves=("validation", "gap"))
    panel.reveal([run(0), run(0.2)])
    assert real_line(panel)[1][[0, -1]] == pytest.approx([1.1, 0.6])
    assert real_line(panel, "gap")[1] == pytest.approx(np.full(100, 0.2))
    per_cent = make(unit="%", y=(0, 100))
    per_cent.reveal(run(0))
    assert real_line(per_cent)[1][0] == pytest.approx(50)
    with pytest.raises(ValueError, match="curves='error'"):
        make(curves="error").reveal(run(0))


def test_a_logarithmic_axis_of_tried_values(make):
    strengths = [0, 1e-3, 1e-2, 1e-1]
    panel = make(x=strengths, log=True, x_label="L2 strength λ", x_name="λ")
    panel.sketch("validation", [0, 0.1], [0.6, 0.6])
    panel.lock()
    panel.reveal(strengths, [1.2, 0.9, 0.4, 0.9])
    assert "(at λ = 0)" in words(panel) and "too low from λ = 0 to 1e-3" in words(panel)
    assert "the best λ" in words(panel)
    with pytest.raises(ValueError, match="below 0"):
        make(x=(-1, 1), log=True)


def test_answer_and_explain_replace_what_the_panel_says(make):
    panel = make(answer="keeps rising", explain={"falls and flattens": "Noise cannot fall."})
    plateau(panel)
    panel.lock()
    panel.reveal(EPOCHS, REAL)
    assert "Noise cannot fall." in words(panel) and "You drew" not in words(panel)
    shown = make(answer="keeps rising")
    shown.reveal(EPOCHS, REAL)
    assert "The real curve keeps rising." in words(shown)


def test_a_real_curve_outside_the_axes_is_marked(make):
    panel = make(y=(0, 1))
    plateau(panel)
    panel.lock()
    panel.reveal(EPOCHS, REAL)
    assert "Outside the axes the real curve goes on" in words(panel)
    assert "at most by ≈ 0.60 nats" in words(panel)
    assert "validation ▲" in [
        m.get_text() for m in panel.live_figure.moving if hasattr(m, "get_text")
    ]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"x": (1,)}, "x="),
        ({"x": (100, 1)}, "ascending"),
        ({"y": (0, 1, 2)}, "two ends"),
        ({"curves": ()}, "curves="),
        ({"curves": ("a", "a")}, "curves="),
        ({"answer": "wobbles"}, "shape='wobbles'"),
        ({"answer": {"test": "stays flat"}}, "answer='test'"),
        ({"explain": {"wobbles": "No."}}, "shape='wobbles'"),
        ({"size": "huge"}, "size"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(make, wrong, text):
    with pytest.raises(ValueError, match=text):
        make(**wrong)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (("test", [1, 2], [0, 1]), "curve='test'"),
        (("validation", [1, 200], [0, 1]), "must lie on the axis, from epoch 1 to 100"),
        (("validation", [1, 2], [0, 9]), "from 0 to 1.5"),
        (("validation", [1, 2], [0]), "must be 2 values"),
    ],
)
def test_sketches_outside_the_axes_are_refused(make, given, text):
    with pytest.raises(ValueError, match=text):
        make().sketch(*given)


def test_a_page_cannot_send_what_is_no_drawing(make):
    with pytest.raises(TraitError, match="heights a curve"):
        pencil(make()).value = [[2.0] * 61]


def test_a_saved_page_shows_the_question_above_the_picture(make):
    panel = make()
    check_saved(panel)
    bundle, _ = panel._repr_mimebundle_()
    assert repr(panel) == "Draw('What will it do?', validation)"
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("L")
    below = Image.open(io.BytesIO(panel.live_figure.png(2))).height
    head = np.asarray(picture)[: picture.height - below - 52]  # without the note at the foot
    assert picture.height > below + 52 and (head < 100).sum() > 500
    panel.reveal(EPOCHS, REAL)
    assert "The real curve falls" in panel._repr_mimebundle_()[1]["image/png"]["alt"]


def test_closing_ends_the_thread(make):
    panel = make()
    plateau(panel)
    panel.lock()
    open_page(panel, calm=False)
    panel.reveal(EPOCHS, REAL)
    panel.close()
    assert panel.closed and not panel._worker.working
