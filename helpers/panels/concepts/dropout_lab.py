"""`DropoutLab`: a drawn small network; at each step dropout takes other units away.

    masks = DropoutLab(rate=0.5, activation="relu")
    masks                       # as the last expression of a cell: shows it
    masks.next()                # what "Next mask" does; masks.next(100) draws a hundred
    masks.dropout.value = 0.2   # what the slider does: the same random numbers, another rate
    masks.predict = True        # no unit is dropped, nothing is scaled
    masks.average, masks.prediction

The network is fixed and small enough to try every mask there is, so the average that the drawn
masks approach is known exactly.
"""

import functools
from collections.abc import Sequence

import numpy as np

from helpers.drawing.axes import size_of
from helpers.experiment import HYPERPARAMETERS
from helpers.formatting import plural, signed
from helpers.panels.base.panel import Panel, button, caught, choice
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.base.worker import Worker
from helpers.panels.concepts.dropout_chart import DropoutChart, DropoutState
from helpers.panels.concepts.dropout_network import ACTIVATIONS, INPUTS, Network, Pass
from helpers.validation import check_choice, check_int

RATES = tuple(k / 20 for k in range(19))  # 0 to 0.9
MOST = 1000  # masks drawn; the axis ends there
_PAUSE = 0.12  # seconds between two steps when it plays
_LAYERS = """\
        layers.Dense({units}, activation="{activation}", use_bias=False),
        layers.Dropout({rate!r}, seed={depth}),
"""
_SCRIPT = """\
import keras
import numpy as np
from keras import layers

model = keras.Sequential(
    [
        keras.Input(({inputs},)),
{hidden}        layers.Dense(1, use_bias=False),
    ]
)
rng = np.random.default_rng({seed})
x = rng.normal(size=(1, {inputs}))
for layer in model.layers[::2]:
    shape = layer.kernel.shape
    layer.set_weights([rng.normal(0.2, 0.6, size=shape)])

many = np.repeat(x, 1000, axis=0)  # each row gets a mask of its own
print("prediction", model(x).numpy().item())
print("average over masks", model(many, training=True).numpy().mean())
"""


class DropoutLab(Panel):
    """A small network whose units are dropped, step by step, and what comes out on average.

    Args:
        rate: The dropout rate at first.
        activation: "relu" or "linear", of the hidden units.
        hidden: Units in one or two hidden layers, at most 6 each.
        seed: Decides input, weights and masks. With 517 the effect of relu is plain to see.
        size: "page", or "lecture" for a projector.

    Attributes:
        dropout: The `HyperparameterSlider` of the rate.
        error: What went wrong last, or None.

    Raises:
        ValueError: If an argument is not as described.
    """

    def __init__(
        self,
        rate: float = 0.5,
        activation: str = "relu",
        hidden: Sequence[int] = (6, 6),
        *,
        seed: int = 517,
        size: str = "page",
    ):
        hidden = tuple(hidden)
        if not (1 <= len(hidden) <= 2 and all(u in range(1, 7) for u in hidden)):
            raise ValueError(f"hidden={hidden!r}: must be one or two layers of 1 to 6 units")
        check_choice("activation", activation, ACTIVATIONS)
        self.hidden, self.seed = hidden, check_int("seed", seed, 0)
        self.dropout = HyperparameterSlider(HYPERPARAMETERS["dropout"], rate, RATES)
        self._networks = {a: Network.draw(hidden, a, seed) for a in ACTIVATIONS}
        rng = np.random.default_rng((seed, 1))
        self.uniforms = [rng.random((MOST, units)) for units in hidden]
        self._drawn = 1  # masks; changed with the lock of the picture held
        self._run = functools.lru_cache(maxsize=4)(self._run_all)

        self.phase = choice(("train", "predict"), "train")
        self.kind = choice(ACTIVATIONS, activation).add_class("push")
        self.chart = DropoutChart(size_of(size), self.network, MOST)
        super().__init__(self.chart.live_figure, size)
        self._worker = Worker(self._step, self._rest)
        press, hundred = self._press, functools.partial(self.next, 100)
        tip, toggle = "Draw masks one after another", press(self._toggle)
        self.play_button = button("Play", "play", tip, toggle, button_style="primary")
        self._steps = [
            button("Next mask", "step-forward", "Drop other units", press(self.next)),
            button("100 masks", "fast-forward", "Draw a hundred masks", press(hundred)),
        ]
        self._clear = button("Clear", "eraser", "Start again at the first mask", press(self.clear))
        self.kind.observe(self._set_limits, "value")
        self.phase.observe(lambda _: self._worker.stop(), "value")
        self._watch(self.dropout, self.kind, self.phase)
        buttons = [self.play_button, *self._steps, self._clear, self.kind, self.phase]
        self._arrange([self.dropout], buttons)
        self._set_limits()
        self._show()

    # What the buttons do -------------------------------------------------------------------

    def next(self, count: int = 1) -> None:
        """Draw so many more masks, at most 1000 in all; at prediction there are none.

        Raises:
            ValueError: If `count` is not whole and at least 1.
        """
        count = check_int("count", count, 1)
        with self.live_figure.lock:
            if not self.predict:
                self._drawn = min(self._drawn + count, MOST)
        self._show()

    def clear(self) -> None:
        """Start again at the first mask."""
        self._worker.stop()
        with self.live_figure.lock:
            self._drawn = 1
        self._show()

    def play(self) -> None:
        """Draw masks one after another in a thread, later more at once, up to 1000."""
        if self._has_more:
            self._worker.start()
        self._show()

    def pause(self) -> None:
        """Draw no more masks than there are."""
        self._worker.stop()
        self._show()

    @property
    def predict(self) -> bool:
        """Whether the network predicts: no unit dropped, nothing scaled."""
        return self.phase.value == "predict"

    @predict.setter
    def predict(self, on: bool) -> None:
        self.phase.value = "predict" if on else "train"

    @property
    def activation(self) -> str:
        """Of the hidden units: "relu" or "linear"."""
        return self.kind.value

    @activation.setter
    def activation(self, name: str) -> None:
        self.kind.value = check_choice("activation", name, ACTIVATIONS)

    # What can be read ----------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network with the activation that is chosen."""
        return self._networks[self.activation]

    @property
    def outputs(self) -> np.ndarray:
        """The output under each mask drawn so far, at the present rate: (masks,)."""
        passed, *_ = self._run(self.activation, self.dropout.value)
        return passed.output[: self._drawn].copy()

    @property
    def average(self) -> float:
        """The mean of `outputs`."""
        return float(self.outputs.mean())

    @property
    def exact(self) -> float:
        """The average of the output over every mask there is, each as likely as it is."""
        return self._run(self.activation, self.dropout.value)[1]

    @property
    def prediction(self) -> float:
        """The output without any mask."""
        return float(self.network.predict().output[0])

    @property
    def keras_script(self) -> str:
        """A script that builds this network in Keras and averages it over masks of Keras's own."""
        given = {"activation": self.activation, "rate": self.dropout.value}
        layers = [_LAYERS.format(units=u, depth=d, **given) for d, u in enumerate(self.hidden)]
        return _SCRIPT.format(inputs=INPUTS, seed=self.seed, hidden="".join(layers))

    # The thread ----------------------------------------------------------------------------

    @property
    def _has_more(self) -> bool:
        return self._drawn < MOST and not self.predict

    def _step(self) -> bool:
        self.next(max(1, self._drawn // 12))
        if self._has_more:
            self._worker.sleep(_PAUSE)
        return self._has_more

    def _rest(self, problem: Exception | None) -> None:
        if problem is not None:
            self.fail(problem)
        self._show()

    def _run_all(self, activation: str, rate: float) -> tuple[Pass, float, float]:
        """All masks that may be drawn; mean and standard deviation of the output over all."""
        network = self._networks[activation]
        return network.run(rate, self.uniforms), *network.average(rate)

    def _toggle(self) -> None:
        self.pause() if self._worker.working else self.play()

    # What is shown -------------------------------------------------------------------------

    @caught
    def _set_limits(self, _=None) -> None:
        """Set the axis of outputs so that half the units dropped fit; rates do not change it."""
        with self.live_figure.lock:
            mean, standard_deviation = self.network.average(0.5)
            middle, reach = (mean + self.prediction) / 2, 2.6 * standard_deviation
            self.chart.set_limits(middle - reach, middle + reach)

    def _draw(self) -> list[str]:
        rate, predicts = self.dropout.value, self.predict
        passed, exact, standard_deviation = self._run(self.activation, rate)
        shown, mask, dropped = passed, self._drawn - 1, rate
        if predicts:
            shown, mask, dropped = self.network.predict(), 0, 0.0
        state = DropoutState(
            before=[layer[mask] for layer in shown.before],
            after=[layer[mask] for layer in shown.after],
            dropped=[layer[mask] < dropped for layer in self.uniforms],
            output=float(shown.output[mask]),
            factor=None if predicts else 1 / (1 - rate),
            outputs=passed.output[: self._drawn],
            prediction=self.prediction,
            exact=exact,
            standard_deviation=standard_deviation,
        )
        self.chart.show(state)
        self._set_buttons()
        return self._sentences(state)

    def _set_buttons(self) -> None:
        words = ("Pause", "pause") if self._worker.working else ("Play", "play")
        self.play_button.description, self.play_button.icon = words
        for made in (self.play_button, *self._steps):
            made.disabled = not self._has_more
        self._clear.disabled = self.predict or self._drawn == 1

    def _sentences(self, state: DropoutState) -> list[str]:
        prediction = signed(state.prediction)
        if state.factor is None:
            return [
                "Prediction: no unit is dropped and nothing is scaled, so the output is "
                f"{prediction} every time."
            ]
        drawn, dropped = len(state.outputs), sum(int(d.sum()) for d in state.dropped)
        rate, units = self.dropout.value, sum(self.hidden)
        said = [
            f"Mask {drawn}: {dropped} of {units} hidden units dropped, "
            f"the others × 1/(1 − {rate:g}) = {state.factor:.3g}; output {signed(state.output)}.",
            f"Average over {plural(drawn, 'mask')}: "
            f"{signed(state.outputs.mean())}; prediction: {prediction}.",
        ]
        every = f"Over all {2**units} masks the average is"
        if rate == 0:
            said.append("At rate 0 every mask is the whole network.")
        elif abs(state.exact - state.prediction) < 1e-9:
            linear = self.activation == "linear"
            why = "the network is linear" if linear else "behind the mask nothing bends"
            said.append(f"{every} the prediction, exactly: {why}.")
        else:
            said.append(
                f"{every} {signed(state.exact)}, not {prediction}: relu bends, so the prediction "
                "only comes near the average."
            )
        return said

    def __repr__(self):
        sizes = "-".join(str(u) for u in (INPUTS, *self.hidden, 1))
        return f"DropoutLab({sizes} {self.activation}, rate {self.dropout.value:g})"
