"""PenaltyLab: exact solutions against a grid, conditions of optimality, and what is drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.panels import PenaltyLab
from helpers.panels.concepts.penalty_lab import PENALTIES
from helpers.panels.concepts.quadratic import QuadraticLoss, two_features
from helpers.reference import l1_penalty, l2_penalty
from tests.fakes import overtake
from tests.small import check_error_is_shown, check_freed, check_saved, press


@pytest.fixture
def make(closing):
    """Makes panels."""

    def make(*given, **more):
        return closing(PenaltyLab(*given, **more))

    return make


@pytest.fixture(scope="module")
def shared():
    panel = PenaltyLab()
    yield panel
    panel.close()


@pytest.fixture
def panel(shared):
    """A panel as it is at first; tests that break it make their own."""
    shared.strength.value, shared.correlation.value = 0.5, 0.3
    assert shared.error is None
    return shared


def objective(x, y, w, l1, l2):
    """What Keras minimises: the mean of the squared errors plus both penalties."""
    return np.mean((y - x @ w) ** 2) + l1_penalty(w, l1) + l2_penalty(w, l2)


def quadratic(correlation, weights):
    return QuadraticLoss.of(*two_features(correlation, weights))


# --- The numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("correlation", [-0.7, 0.0, 0.5])
@pytest.mark.parametrize(("l1", "l2"), [(0, 0.5), (0.6, 0), (1.7, 0), (0.4, 0.4), (9, 0)])
def test_no_place_of_a_fine_grid_is_better(correlation, l1, l2):
    x, y = two_features(correlation, (0.5, 1.2))
    w = QuadraticLoss.of(x, y).solve(l1, l2)
    line = np.linspace(-1.5, 1.5, 301)  # steps of 0.01, 0 among them
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    errors = np.mean((y[:, None] - x @ grid.T) ** 2, axis=0)
    values = errors + l1 * np.abs(grid).sum(axis=1) + l2 * (grid**2).sum(axis=1)
    best = int(np.argmin(values))
    assert objective(x, y, w, l1, l2) <= values[best] + 1e-12
    assert w == pytest.approx(grid[best], abs=0.02)
    assert np.array_equal(w == 0, np.abs(grid[best]) < 1e-9)


@given(
    st.floats(-0.9, 0.9), st.floats(-2, 2), st.floats(-2, 2), st.floats(0.001, 4), st.floats(0, 3)
)
def test_solutions_meet_the_conditions_of_optimality(correlation, w1, w2, l1, l2):
    b = quadratic(correlation, (w1, w2))
    w = b.solve(l1, l2)
    slope = 2 * b.a @ (w - b.best) + 2 * l2 * w
    at_zero = w == 0
    assert slope[~at_zero] == pytest.approx(-l1 * np.sign(w[~at_zero]), abs=1e-9)
    assert (np.abs(slope[at_zero]) <= l1 + 1e-9).all()


@given(st.floats(-0.9, 0.9), st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0, 50))
def test_l2_solves_its_linear_equations_and_is_never_0(correlation, w1, w2, l2):
    x, y = two_features(correlation, (w1, w2))
    w = QuadraticLoss.of(x, y).solve(0, l2)
    # least squares on rows to which the penalty was added as rows of their own
    more = np.sqrt(l2 * len(x)) * np.eye(2)
    expected = np.linalg.lstsq(np.vstack([x, more]), np.append(y, [0, 0]), rcond=None)[0]
    assert w == pytest.approx(expected, abs=1e-9)
    assert (w != 0).all()


def test_without_correlation_l1_is_a_soft_threshold_of_half_the_strength():
    assert quadratic(0, (0.5, 1.2)).solve(0.4, 0) == pytest.approx([0.3, 1.0], abs=1e-12)
    assert quadratic(0, (-0.5, 1.2)).solve(1.0, 0) == pytest.approx([0.0, 0.7], abs=1e-12)


def test_many_strengths_at_once_give_what_each_gives():
    b, l1 = quadratic(0.4, (0.5, 1.2)), np.array([0.0, 0.3, 1.5])
    assert b.solve(l1, 0.1) == pytest.approx(np.array([b.solve(s, 0.1) for s in l1]))


@pytest.mark.parametrize("correlation", [-0.9, 0, 0.6])
def test_rows_have_the_correlation_and_the_least_squares_asked_for(correlation):
    x, y = two_features(correlation, (0.5, -1.2))
    assert x.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert x.std(axis=0) == pytest.approx([1, 1])
    assert np.corrcoef(x.T)[0, 1] == pytest.approx(correlation, abs=1e-12)
    assert np.linalg.lstsq(x, y, rcond=None)[0] == pytest.approx([0.5, -1.2])
    b = QuadraticLoss.of(x, y)
    for w in ([0, 0], [1, -1], [0.5, -1.2]):
        assert b.loss(w) == pytest.approx(np.mean((y - x @ w) ** 2))


def test_first_zero_without_correlation_is_twice_the_smaller_weight(make):
    panel = make(correlation=0.0, weights=(0.5, 1.2))
    assert panel.first_zeros == {"L1": pytest.approx(1.0, abs=1e-6), "L2": None}


@pytest.mark.parametrize("correlation", [-0.6, 0.3, 0.8])
def test_first_zero_parts_weights_with_and_without_a_zero(make, correlation):
    panel = make(correlation=correlation, penalties=("L1", "elastic net"))
    for name, zero in panel.first_zeros.items():
        if zero is not None:
            assert (panel.solve(name, zero) == 0).any()
            assert (panel.solve(name, zero - 1e-5) != 0).all()
    assert panel.first_zeros["L1"] is not None


@pytest.mark.parametrize("name", list(PENALTIES))
def test_an_outline_is_where_the_penalty_is_that_large(name):
    penalty = PENALTIES[name]
    for size in (0.7, 2.0):
        found = penalty.outline(size)
        assert [penalty.size(w) for w in found] == pytest.approx([size] * len(found))
        assert found[0] == pytest.approx(found[-1])
    assert penalty.outline(0) == pytest.approx(np.zeros((97, 2)))


def test_the_diamond_has_its_corners():
    corners = PENALTIES["L1"].outline(1.0)
    for corner in ([1, 0], [0, 1], [-1, 0], [0, -1]):
        assert np.abs(corners - corner).sum(axis=1).min() < 1e-12


# --- The picture ----------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.3, 1.0, 2.2])
def test_the_shape_touches_the_contour_at_the_solution(panel, strength):
    panel.strength.value = strength
    for part, (name, penalty) in zip(panel.chart.sides, panel.penalties.items(), strict=True):
        w = panel.solutions[name]
        assert part.here.get_xydata()[0] == pytest.approx(w)
        contour = part.touching.get_xydata()
        assert panel.data_loss.loss(contour) == pytest.approx(panel.data_loss.loss(w))
        assert [penalty.size(v) for v in part.edge.get_xydata()] == pytest.approx(
            [penalty.size(w)] * 97
        )
        # the contour and the shape have only that place in common
        assert all(penalty.size(v) >= penalty.size(w) - 1e-9 for v in contour)


def test_paths_are_the_solutions_along_the_strength(panel):
    at, paths = panel.paths
    for name in ("L1", "L2"):
        assert paths[name][0] == pytest.approx([0.5, 1.2])
        for j in (0, 1):
            line = panel.chart.along.lines[name, j]
            assert line.get_label() == f"{name} w{'₁₂'[j]}"
            assert line.get_xdata() == pytest.approx(at)
            assert line.get_ydata() == pytest.approx(paths[name][:, j])
    assert (np.diff(np.abs(paths["L1"]).sum(axis=1)) <= 1e-12).all()


def test_words_tell_exact_zeros_from_small_numbers(panel):
    panel.strength.value = 1.4
    words = [[t.get_text() for t in part.words] for part in panel.chart.sides]
    assert words[0][0] == "w₁ = 0 exactly"
    assert words[1] == ["w₁ = 0.293", "w₂ = 0.526"]
    assert "L1: w₁ is exactly 0, w₂ = 0.650" in panel.status.value
    assert "L2: w₁ = 0.293, w₂ = 0.526, neither is 0" in panel.status.value
    assert "L1 gives an exact 0 from λ = 1.3 on. L2 gives no exact 0" in panel.status.value
    panel.strength.value = 1e6
    assert "both weights are exactly 0" in panel.status.value
    assert panel.chart.sides[1].words[0].get_text().startswith("w₁ = 9e−07")


def test_no_penalty_is_said(panel):
    panel.strength.value = 0
    assert "no penalty, so both give the weights of least loss, 0.500 and 1.200" in (
        panel.status.value
    )


def test_correlation_tilts_the_contours_and_keeps_their_middle(panel):
    before = panel.chart.sides[0].contours.get_xydata().copy()
    panel.correlation.value = 0.8
    after = panel.chart.sides[0].contours.get_xydata()
    assert not np.allclose(before, after, equal_nan=True)
    assert panel.chart.sides[0].best.get_xydata()[0] == pytest.approx([0.5, 1.2])
    assert np.corrcoef(panel.x.T)[0, 1] == pytest.approx(0.8)


def test_the_strength_set_last_is_drawn(panel):
    def set_to(strength):
        return lambda: setattr(panel.strength, "value", strength)

    overtake(panel, set_to(0.1), set_to(2.0))
    assert panel.chart.sides[1].here.get_xydata()[0] == pytest.approx(panel.solutions["L2"])


# --- Buttons, errors, end -------------------------------------------------------------------


def test_buttons(panel):
    press(panel, "First exact 0")
    assert (panel.solutions["L1"] == 0).any()
    assert panel.strength.value == pytest.approx(1.3, abs=0.0011)
    panel.correlation.value = -0.5
    press(panel, "Reset")
    assert (panel.strength.value, panel.correlation.value) == (0.5, 0.3)


def test_an_error_is_shown_and_kept(make, monkeypatch):
    check_error_is_shown(make(), monkeypatch, lambda panel: setattr(panel.strength, "value", 0.2))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"strength": -1}, "strength=-1: must be a finite number at least 0"),
        ({"correlation": 1}, "correlation=1: must be a finite number above -0.99 and below 0.99"),
        ({"weights": (0, 1)}, r"weights=\(0.0, 1.0\): must be two from -2 to 2, neither of them 0"),
        ({"weights": (1,)}, r"weights=\(1.0,\): must be two"),
        ({"weights": (1, 3)}, "must be two from -2 to 2"),
        ({"penalties": ("L1", "L1")}, r"penalties=\('L1', 'L1'\): must be two of L1, L2, elastic"),
        ({"penalties": ("L1", "L3")}, "must be two of"),
        ({"size": "huge"}, "size='huge': must be one of"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        PenaltyLab(**arguments)


@pytest.mark.parametrize("size", ["page", "lecture"])
def test_a_saved_page_shows_picture_and_words(make, size):
    panel = make(size=size)
    assert repr(panel) == "PenaltyLab(L1 and L2, λ = 0.5, correlation 0.3)"
    check_saved(panel)
    assert panel.live_figure.says and panel.live_figure.says in panel.status.value


def test_closing_frees_everything():
    check_freed(PenaltyLab, lambda panel: setattr(panel.strength, "value", 1.234))
