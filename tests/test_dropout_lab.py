"""DropoutLab: the arithmetic of dropout on a network small enough to try every mask."""

import ast
import itertools

import numpy as np
import pytest

from helpers.formatting import signed
from helpers.panels import DropoutLab
from helpers.panels.concepts.dropout_chart import spell_scaling
from helpers.panels.concepts.dropout_lab import MOST
from helpers.panels.concepts.dropout_network import Network
from tests.fakes import overtake
from tests.small import check_error_is_shown, check_freed, check_saved, press


@pytest.fixture
def make(closing):
    """Makes panels."""

    def make(*given, **more):
        return closing(DropoutLab(*given, **more))

    return make


@pytest.fixture(scope="module")
def shared():
    panel = DropoutLab()
    yield panel
    panel.close()


@pytest.fixture
def panel(shared):
    """A panel as it is at first; tests that break or replace a part of it make their own."""
    shared.predict, shared.activation, shared.dropout.value = False, "relu", 0.5
    shared.clear()
    assert len(shared.outputs) == 1 and shared.error is None
    return shared


def output_by_hand(network, kept, rate):
    """The output with these units kept: each layer's units in a loop."""
    values = list(network.x)
    for kernel, keep in zip(network.kernels, [*kept, None], strict=True):
        sums = [sum(v * w for v, w in zip(values, column, strict=True)) for column in kernel.T]
        if keep is None:
            return sums[0]
        if network.activation == "relu":
            sums = [max(s, 0.0) for s in sums]
        values = [s / (1 - rate) if k else 0.0 for s, k in zip(sums, keep, strict=True)]


def average_by_hand(network, rate):
    """The output averaged over every mask, one mask after the other."""
    units = [kernel.shape[1] for kernel in network.kernels[:-1]]
    total = 0.0
    for flat in itertools.product((False, True), repeat=sum(units)):
        kept, rest = [], flat
        for n in units:
            kept, rest = [*kept, rest[:n]], rest[n:]
        likely = (1 - rate) ** sum(flat) * rate ** (len(flat) - sum(flat))
        total += likely * output_by_hand(network, kept, rate)
    return total


# --- The numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "linear"])
@pytest.mark.parametrize("rate", [0.0, 0.3, 0.8])
def test_the_average_over_all_masks_is_that_of_a_loop_over_them(activation, rate):
    network = Network.draw((3, 2), activation, seed=4)
    mean, spread = network.average(rate)
    assert mean == pytest.approx(average_by_hand(network, rate), abs=1e-12)
    assert (spread == pytest.approx(0)) == (rate == 0)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_an_output_is_that_of_the_units_one_by_one(panel, activation):
    panel.activation, panel.dropout.value = activation, 0.4
    panel.next(20)
    for i, output in enumerate(panel.outputs):
        kept = [uniform[i] >= 0.4 for uniform in panel.uniforms]
        assert output == pytest.approx(output_by_hand(panel.network, kept, 0.4))


@pytest.mark.parametrize("seed", range(5))
def test_of_a_linear_network_the_average_is_the_prediction(make, seed):
    panel = make(activation="linear", seed=seed)
    for rate in (0.1, 0.5, 0.9):
        panel.dropout.value = rate
        assert panel.exact == pytest.approx(panel.prediction, abs=1e-9)
        assert "exactly: the network is linear" in panel.status.value


def test_of_a_relu_network_it_is_not_and_the_panel_says_so(panel):
    assert abs(panel.exact - panel.prediction) > 0.3
    assert f"is {signed(panel.exact)}, not {signed(panel.prediction)}" in panel.status.value
    assert "relu bends" in panel.status.value


def test_with_one_hidden_layer_nothing_bends_behind_the_mask(make):
    panel = make(0.5, "relu", (6,))
    assert panel.exact == pytest.approx(panel.prediction, abs=1e-12)
    assert "nothing bends" in panel.status.value


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_the_running_average_comes_near_the_average_of_all(panel, activation):
    panel.activation = activation
    panel.next(MOST)
    spread = panel.network.average(0.5)[1]
    assert len(panel.outputs) == MOST
    assert abs(panel.average - panel.exact) < 3 * spread / MOST**0.5
    if activation == "relu":  # and stays away from the prediction
        assert abs(panel.average - panel.prediction) > 3 * spread / MOST**0.5


def test_another_rate_keeps_the_random_numbers(panel):
    lost = []
    for rate in (0.2, 0.4, 0.6):
        panel.dropout.value = rate
        lost.append(np.concatenate([u[0] < rate for u in panel.uniforms]))
    assert all((more | ~less).all() for less, more in itertools.pairwise(lost))
    assert lost[0].sum() < lost[2].sum()


def test_activations_share_input_and_weights(panel):
    relu = panel.network
    panel.activation = "linear"
    linear = panel.network
    assert (relu.activation, linear.activation) == ("relu", "linear")
    assert np.array_equal(relu.x, linear.x)
    assert all(np.array_equal(a, b) for a, b in zip(relu.kernels, linear.kernels, strict=True))


def test_a_seed_decides_everything(make, panel):
    same, other = make(), make(seed=4)
    for each in (panel, same, other):
        each.next(9)
    assert np.array_equal(panel.outputs, same.outputs)
    assert not np.array_equal(panel.outputs, other.outputs)


# --- The picture ----------------------------------------------------------------------------


def test_units_show_what_the_mask_does_to_them(panel):
    chart = panel.chart
    before = panel.network.run(0.5, [u[:1] for u in panel.uniforms]).before
    units = np.concatenate([b[0] for b in before])
    dropped = np.concatenate([u[0] < 0.5 for u in panel.uniforms])
    assert dropped.any() and not dropped.all()
    for small, large, value, gone in zip(chart.small, chart.large, units, dropped, strict=True):
        assert small.get_text() == f"{signed(value)} × {0 if gone else 2}"
        assert large.get_text() == ("0" if gone else signed(2 * value))
    assert len(chart.gone.get_xdata()) == dropped.sum()
    assert len(chart.kept.get_xdata()) == (~dropped).sum()
    assert chart.result.get_text() == signed(panel.outputs[0])


def test_edges_of_dropped_units_vanish(panel):
    panel.next(3)
    gone = {tuple(place) for place in panel.chart.gone.get_xydata()}
    ends = {tuple(p) for line in panel.chart.edges for p in line.get_xydata()}
    assert gone and not gone & ends
    panel.predict = True
    assert sum(len(line.get_xdata()) for line in panel.chart.edges) == 3 * (24 + 36 + 6)


def test_the_line_is_the_running_average(panel):
    panel.next(30)
    x, y = panel.chart.line.get_data()
    assert np.array_equal(x, np.arange(1, 32))
    assert y == pytest.approx([panel.outputs[:n].mean() for n in x])
    assert panel.chart.goal.get_ydata()[0] == panel.prediction
    assert panel.chart.exact.get_ydata()[0] == panel.exact


def test_outputs_outside_the_axes_are_marked_at_the_edge(panel):
    panel.dropout.value = 0.9
    panel.next(MOST)
    chart = panel.chart
    shown = [len(line.get_xdata()) for line in (chart.dots, *chart.outside)]
    assert sum(shown) == MOST
    assert shown[1] == (panel.outputs > chart.ax.get_ylim()[1]).sum() > 0


def test_at_prediction_nothing_is_dropped_or_scaled(panel):
    panel.next(5)
    panel.predict = True
    assert panel.predict
    assert panel.chart.result.get_text() == signed(panel.prediction)
    assert not len(panel.chart.gone.get_xdata())
    assert {text.get_text() for text in panel.chart.small} == {""}
    assert "no unit is dropped and nothing is scaled" in panel.status.value
    panel.next()
    panel.predict = False
    assert len(panel.outputs) == 6


def test_scaling_is_spelled():
    assert spell_scaling(0.42, 1 / 0.7, False) == "0.42 × 1.43"
    assert spell_scaling(0.42, 2.0, True) == "0.42 × 0"


def test_masks_drawn_last_are_shown(make):
    panel = make()
    overtake(panel, lambda: setattr(panel.dropout, "value", 0.2), lambda: panel.next(7))
    assert len(panel.chart.line.get_xdata()) == len(panel.outputs) == 8


# --- Buttons, errors, end -------------------------------------------------------------------


def test_buttons_do_what_the_methods_do(panel):
    press(panel, "Next mask")
    assert len(panel.outputs) == 2
    press(panel, "100 masks")
    assert len(panel.outputs) == 102
    press(panel, "Clear")
    assert len(panel.outputs) == 1
    panel.phase.value = "predict"
    assert panel.predict and panel.play_button.disabled
    panel.kind.value = "linear"
    assert panel.activation == "linear"


def test_playing_goes_to_the_end(make):
    panel = make()
    panel.play()
    panel.wait()
    assert len(panel.outputs) == MOST
    assert panel.play_button.disabled
    panel.play()
    panel.wait()
    assert len(panel.outputs) == MOST


def test_playing_can_be_paused(make):
    panel = make()
    press(panel, "Play")
    press(panel, "Pause")
    panel.wait()
    drawn = len(panel.outputs)
    assert drawn < MOST
    assert panel.play_button.description == "Play"
    panel.dropout.value = 0.1
    assert len(panel.outputs) == drawn


def test_an_error_is_shown_and_kept(make, monkeypatch):
    panel = make()
    check_error_is_shown(panel, monkeypatch, lambda panel: setattr(panel.dropout, "value", 0.2))
    with pytest.raises(RuntimeError, match="the pen is dry"):
        panel.wait()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rate": 1}, "dropout=1: must be a finite number at least 0 and below 1"),
        ({"activation": "tanh"}, "activation='tanh': must be"),
        ({"hidden": (7,)}, r"hidden=\(7,\): must be one or two layers of 1 to 6 units"),
        ({"hidden": ()}, r"hidden=\(\): must be"),
        ({"hidden": (2, 2, 2)}, "must be one or two layers"),
        ({"seed": -1}, "seed=-1: must be whole, at least 0"),
        ({"size": "huge"}, "size='huge': must be one of"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        DropoutLab(**arguments)


def test_bad_settings_are_named(panel):
    with pytest.raises(ValueError, match="count=0: must be whole, at least 1"):
        panel.next(0)
    with pytest.raises(ValueError, match="activation='elu': must be"):
        panel.activation = "elu"
    with pytest.raises(ValueError, match=r"dropout=1\.0: must be"):
        panel.dropout.value = 1


@pytest.mark.parametrize("size", ["page", "lecture"])
def test_a_saved_page_shows_picture_and_words(make, size):
    panel = make(size=size)
    assert repr(panel) == "DropoutLab(4-6-6-1 relu, rate 0.5)"
    check_saved(panel)
    assert panel.live_figure.says and panel.live_figure.says in panel.status.value


def test_the_keras_code_builds_the_same_network(panel):
    code = panel.keras_script
    ast.parse(code)
    for words in ("Dense(6, activation='relu'", "Dropout(0.5", "Dense(1", "training=True"):
        assert words.replace("'", '"') in code
    space = {}
    drawing = "import numpy as np\nrng" + code.split("\nrng")[1].split("\nfor")[0]
    exec(drawing, space)
    network = panel.network
    assert np.array_equal(space["x"][0], network.x)
    for kernel in network.kernels:
        drawn = space["rng"].normal(0.2, 0.6, size=kernel.shape)
        assert np.array_equal(drawn, kernel)
    assert "rng.normal(0.2, 0.6, size=shape)" in code


def test_closing_frees_everything():
    def use(panel):
        panel.play()
        panel.next(50)

    check_freed(DropoutLab, use)
