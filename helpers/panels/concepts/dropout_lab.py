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

from __future__ import annotations

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
        seed = check_int("seed", seed, 0)
        self.dropout = HyperparameterSlider(HYPERPARAMETERS["dropout"], rate, RATES)
        self.hidden, self.seed = hidden, seed
        self._networks = {a: Network.draw(hidden, a, seed) for a in ACTIVATIONS}
        rng = np.random.default_rng((seed, 1))
        self._uniforms = [rng.random((MOST, units)) for units in hidden]

        self._drawn = 1  # masks; changed with the lock of the picture held
        self._phase = choice(("train", "predict"), "train")
        self._kind = choice(ACTIVATIONS, activation).add_class("push")
        self._pass = functools.lru_cache(maxsize=4)(self._pass_all)

        self._chart = DropoutChart(size_of(size), self.network, MOST)
        super().__init__(self._chart.live_figure, size)
        self._worker = Worker(self._step, self._rest)
        press = self._press
        self._play = button("Play", "play", "Draw masks one after another", press(self._toggle))
        self._play.button_style = "primary"
        hundred = functools.partial(self.next, 100)
        self._steps = [
            button("Next mask", "step-forward", "Drop other units", press(self.next)),
            button("100 masks", "fast-forward", "Draw a hundred masks", press(hundred)),
        ]
        self._clear = button("Clear", "eraser", "Start again at the first mask", press(self.clear))
        self._kind.observe(self._fit, "value")
        self._phase.observe(lambda _: self._worker.stop(), "value")
        self._watch(self.dropout, self._kind, self._phase)
        self._arrange(
            [self.dropout], [self._play, *self._steps, self._clear, self._kind, self._phase]
        )
        self._fit()
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
        self.pause()
        with self.live_figure.lock:
            self._drawn = 1
        self._show()

    def play(self) -> None:
        """Draw masks one after another in a thread, later more at once, up to 1000."""
        if self._drawn < MOST and not self.predict:
            self._worker.start()
        self._show()

    def pause(self) -> None:
        """Draw no more masks than there are."""
        self._worker.stop()
        self._show()

    def wait(self) -> None:
        """Return when it rests; until then it draws as fast as it can.

        Raises:
            Exception: What went wrong in the thread or in a callback.
        """
        self._worker.hurry()
        self._worker.wait()
        self.live_figure.flush()
        if self.error is not None:
            raise self.error

    @property
    def predict(self) -> bool:
        """Whether the network predicts: no unit dropped, nothing scaled."""
        return self._phase.value == "predict"

    @predict.setter
    def predict(self, on: bool) -> None:
        self._phase.value = "predict" if on else "train"

    @property
    def activation(self) -> str:
        """Of the hidden units: "relu" or "linear"."""
        return self._kind.value

    @activation.setter
    def activation(self, name: str) -> None:
        check_choice("activation", name, ACTIVATIONS)
        self._kind.value = name

    # What can be read ----------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network with the activation that is chosen."""
        return self._networks[self.activation]

    @property
    def outputs(self) -> np.ndarray:
        """The output under each mask drawn so far, at the present rate: (masks,)."""
        passed, *_ = self._pass(self.activation, self.dropout.value)
        return passed.output[: self._drawn].copy()

    @property
    def average(self) -> float:
        """The mean of `outputs`."""
        return float(self.outputs.mean())

    @property
    def exact(self) -> float:
        """The average of the output over every mask there is, each as likely as it is."""
        return self._pass(self.activation, self.dropout.value)[1]

    @property
    def prediction(self) -> float:
        """The output without any mask."""
        return float(self.network.predict().output[0])

    @property
    def keras_script(self) -> str:
        """A script that builds this network in Keras and averages it over masks of Keras's own."""
        lines = ["import keras", "import numpy as np", "from keras import layers", ""]
        lines += ["model = keras.Sequential(", "    [", f"        keras.Input(({INPUTS},)),"]
        for depth, units in enumerate(self.hidden):
            dense = f'{units}, activation="{self.activation}", use_bias=False'
            lines.append(f"        layers.Dense({dense}),")
            lines.append(f"        layers.Dropout({self.dropout.value!r}, seed={depth}),")
        lines += ["        layers.Dense(1, use_bias=False),", "    ]", ")"]
        lines += [
            f"rng = np.random.default_rng({self.seed})",
            f"x = rng.normal(size=(1, {INPUTS}))",
        ]
        lines += ["for layer in model.layers[::2]:", "    shape = layer.kernel.shape"]
        lines += ["    layer.set_weights([rng.normal(0.2, 0.6, size=shape)])", ""]
        lines += ["many = np.repeat(x, 1000, axis=0)  # each row gets a mask of its own"]
        lines += ['print("prediction", model(x).numpy().item())']
        lines += ['print("average over masks", model(many, training=True).numpy().mean())']
        return "\n".join(lines) + "\n"

    # The thread ----------------------------------------------------------------------------

    def _step(self) -> bool:
        self.next(max(1, self._drawn // 12))
        more = self._drawn < MOST and not self.predict
        if more:
            self._worker.sleep(_PAUSE)
        return more

    def _rest(self, problem: Exception | None) -> None:
        if problem is not None:
            self.fail(problem)
        self._show()

    def _pass_all(self, activation: str, rate: float) -> tuple[Pass, float, float]:
        """All masks that may be drawn; mean and standard deviation of the output over all."""
        network = self._networks[activation]
        return network.run(rate, self._uniforms), *network.average(rate)

    # What is shown -------------------------------------------------------------------------

    @caught
    def _fit(self, _=None) -> None:
        """Set the axis of outputs so that half the units dropped fit; rates do not change it."""
        with self.live_figure.lock:
            mean, standard_deviation = self.network.average(0.5)
            middle = (mean + self.prediction) / 2
            reach = 2.6 * standard_deviation
            self._chart.set_limits(middle - reach, middle + reach)

    def _draw(self) -> None:
        rate, predict, drawn = self.dropout.value, self.predict, self._drawn
        passed, exact, standard_deviation = self._pass(self.activation, rate)
        units = self.network.predict() if predict else passed
        at = 0 if predict else drawn - 1
        state = DropoutState(
            before=[b[at] for b in units.before],
            after=[a[at] for a in units.after],
            dropped=[np.zeros(u.shape[1], bool) if predict else u[at] < rate
                     for u in self._uniforms],
            output=float(units.output[at]),
            factor=None if predict else 1 / (1 - rate),
            outputs=passed.output[:drawn],
            prediction=self.prediction,
            exact=exact,
            standard_deviation=standard_deviation,
        )  # fmt: skip
        self._chart.show(state)
        self._set_buttons(predict, drawn)
        if self.error is None:
            self.say(*self._sentences(state, drawn))

    def _set_buttons(self, predict: bool, drawn: int) -> None:
        playing, full = self._worker.working, drawn >= MOST
        self._play.description = "Pause" if playing else "Play"
        self._play.icon = "pause" if playing else "play"
        for made in (self._play, *self._steps):
            made.disabled = predict or full
        self._clear.disabled = predict or drawn == 1

    def _sentences(self, state: DropoutState, drawn: int) -> list[str]:
        prediction, exact = signed(state.prediction), signed(state.exact)
        if state.factor is None:
            return [
                "Prediction: no unit is dropped and nothing is scaled, so the output is "
                f"{prediction} every time."
            ]
        lost = sum(int(d.sum()) for d in state.dropped)
        rate, whole = self.dropout.value, sum(self.hidden)
        said = [
            f"Mask {drawn}: {lost} of {whole} hidden units dropped, "
            f"the others × 1/(1 − {rate:g}) = {state.factor:.3g}; output {signed(state.output)}.",
            f"Average over {plural(drawn, 'mask')}: "
            f"{signed(state.outputs.mean())}; prediction: {prediction}.",
        ]
        if rate == 0:
            said.append("At rate 0 every mask is the whole network.")
        elif abs(state.exact - state.prediction) < 1e-9:
            linear = self.activation == "linear"
            why = "the network is linear" if linear else "behind the mask nothing bends"
            said.append(f"Over all {2**whole} masks the average is the prediction, exactly: {why}.")
        else:
            said.append(
                f"Over all {2**whole} masks the average is {exact}, not {prediction}: relu bends, "
                "so the prediction only comes near the average."
            )
        return said

    def _toggle(self) -> None:
        self.pause() if self._worker.working else self.play()

    def _end(self) -> None:
        self._worker.close()
        self._known, self._uniforms = (None, None), []

    def __repr__(self):
        sizes = "-".join(str(u) for u in (INPUTS, *self.hidden, 1))
        return f"DropoutLab({sizes} {self.activation}, rate {self.dropout.value:g})"
