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

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np

from helpers.drawing.axes import size_of
from helpers.experiment import HYPERPARAMETERS
from helpers.formatting import plural, signed
from helpers.panels.base.panel import Panel, button, caught, choice
from helpers.panels.base.slider import HyperparameterSlider
from helpers.panels.base.worker import Worker
from helpers.panels.concepts.dropout_chart import DropoutChart, DropoutState
from helpers.reference import activate, inverted_dropout
from helpers.validation import check_int

ACTIVATIONS = ("relu", "linear")
RATES = tuple(k / 20 for k in range(19))  # 0 to 0.9
MOST = 1000  # masks drawn; the axis ends there
MOST_UNITS = 12  # hidden units: 2**12 masks are tried
INPUTS = 4
_PAUSE = 0.12  # seconds between two steps when it plays


class Pass(NamedTuple):
    """What happens in the network, for each of a number of masks.

    Attributes:
        before: For each hidden layer its activations, (masks, units), before dropout.
        after: The same after dropout.
        output: (masks,).
    """

    before: list[np.ndarray]
    after: list[np.ndarray]
    output: np.ndarray


@dataclass(frozen=True)
class Network:
    """A network with one output and dropout behind each hidden layer.

    Attributes:
        x: The one input row, (inputs,).
        kernels: (inputs, units) of each layer, from input to output; biases are 0.
        activation: "relu" or "linear", of the hidden layers.
    """

    x: np.ndarray
    kernels: tuple[np.ndarray, ...]
    activation: str

    @classmethod
    def draw(cls, hidden: Sequence[int], activation: str, seed: int) -> Network:
        """Draw input and kernels from a seed; they do not depend on the activation."""
        rng = np.random.default_rng(seed)
        sizes = (INPUTS, *hidden, 1)
        x = rng.normal(size=INPUTS)
        kernels = [rng.normal(0.2, 0.6, size=s) for s in itertools.pairwise(sizes)]
        return cls(x, tuple(kernels), activation)

    def run(self, rate: float, uniforms: Sequence[np.ndarray]) -> Pass:
        """Pass the input through, once for each mask.

        Args:
            rate: The fraction that is dropped.
            uniforms: For each hidden layer numbers from [0, 1), (masks, units).
        """
        h, before, after = self.x[None], [], []
        for kernel, uniform in zip(self.kernels, uniforms, strict=False):
            h = h @ kernel
            h = activate(h, "relu") if self.activation == "relu" else h
            before.append(np.broadcast_to(h, uniform.shape))
            h = inverted_dropout(before[-1], rate, uniform)
            after.append(h)
        return Pass(before, after, (h @ self.kernels[-1])[:, 0])

    def predict(self) -> Pass:
        """Pass the input through as at prediction: nothing is dropped or scaled."""
        return self.run(0.0, [np.zeros((1, k.shape[1])) for k in self.kernels[:-1]])

    def average(self, rate: float) -> tuple[float, float]:
        """Mean and standard deviation of the output over all masks, as likely as they are."""
        units = [k.shape[1] for k in self.kernels[:-1]]
        kept = np.arange(2 ** sum(units))[:, None] >> np.arange(sum(units)) & 1 == 1
        likely = np.where(kept, 1 - rate, rate).prod(axis=1)
        uniforms = np.where(kept, np.nextafter(1, 0), 0.0)  # never dropped, or at any rate above 0
        output = self.run(rate, np.split(uniforms, np.cumsum(units)[:-1], axis=1)).output
        mean = float(likely @ output)
        return mean, float(likely @ (output - mean) ** 2) ** 0.5


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
        ValueError: If an argument is not as said above.
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
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation={activation!r}: must be 'relu' or 'linear'")
        seed = check_int("seed", seed, 0)
        self.dropout = HyperparameterSlider(HYPERPARAMETERS["dropout"], rate, RATES)
        self.hidden, self.seed = hidden, seed
        self._networks = {a: Network.draw(hidden, a, seed) for a in ACTIVATIONS}
        rng = np.random.default_rng((seed, 1))
        self._uniforms = [rng.random((MOST, units)) for units in hidden]

        self._lock = threading.RLock()  # guards the fields below
        self._drawn, self._predict, self._activation = 1, False, activation
        self._known = (None, None)  # (rate and activation, what they give)

        self._chart = DropoutChart(size_of(size), self.network, MOST)
        super().__init__(self._chart.live_figure, size)
        self._worker = Worker(self._step, self._rest)
        self.dropout.observe(self._moved, "value")
        self.children = self._lay_out()
        self._fit()
        self._show()

    # What the buttons do -------------------------------------------------------------------

    def next(self, count: int = 1) -> None:
        """Draw so many more masks, at most 1000 in all; at prediction there are none.

        Raises:
            ValueError: If `count` is not whole and at least 1.
        """
        count = check_int("count", count, 1)
        with self._lock:
            if not self._predict:
                self._drawn = min(self._drawn + count, MOST)
        self._show()

    def clear(self) -> None:
        """Begin again at the first mask."""
        self.pause()
        with self._lock:
            self._drawn = 1
        self._show()

    def play(self) -> None:
        """Draw masks one after another in a thread, later more at once, up to 1000."""
        with self._lock:
            ready = self._drawn < MOST and not self._predict
        if ready:
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
        return self._predict

    @predict.setter
    def predict(self, on: bool) -> None:
        self._phase.value = "predict" if on else "train"

    @property
    def activation(self) -> str:
        """Of the hidden units: "relu" or "linear"."""
        return self._activation

    @activation.setter
    def activation(self, name: str) -> None:
        if name not in ACTIVATIONS:
            raise ValueError(f"activation={name!r}: must be 'relu' or 'linear'")
        self._kind.value = name

    # What can be read ----------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network with the activation that is chosen."""
        return self._networks[self._activation]

    @property
    def outputs(self) -> np.ndarray:
        """The output under each mask drawn so far, at the present rate: (masks,)."""
        with self._lock:
            return self._all()[0].output[: self._drawn].copy()

    @property
    def average(self) -> float:
        """The mean of `outputs`."""
        return float(self.outputs.mean())

    @property
    def exact(self) -> float:
        """The average of the output over every mask there is, each as likely as it is."""
        with self._lock:
            return self._all()[1]

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
        with self._lock:
            self._drawn = min(self._drawn + max(1, self._drawn // 12), MOST)
            more = self._drawn < MOST and not self._predict
        self._show()
        if more:
            self._worker.sleep(_PAUSE)
        return more

    def _rest(self, problem: Exception | None) -> None:
        if problem is not None:
            self.fail(problem)
        self._show()

    def _all(self) -> tuple[Pass, float, float]:
        """The drawn masks at this rate; mean and standard deviation of the output over all."""
        key = (self.dropout.value, self._activation)
        if self._known[0] != key:
            network = self.network
            passed = network.run(key[0], self._uniforms)
            self._known = (key, (passed, *network.average(key[0])))
        return self._known[1]

    # What is shown -------------------------------------------------------------------------

    @caught
    def _moved(self, _) -> None:
        self._show()

    @caught
    def _choose_phase(self, change) -> None:
        with self._lock:
            self._predict = change["new"] == "predict"
        self._worker.stop()
        self._show()

    @caught
    def _choose_activation(self, change) -> None:
        with self._lock:
            self._activation = change["new"]
        self._fit()
        self._show()

    def _fit(self) -> None:
        """Set the axis of outputs so that half the units dropped fit; it stays while scrubbing."""
        mean, standard_deviation = self.network.average(0.5)
        middle = (mean + self.prediction) / 2
        self._chart.set_limits(middle - 2.6 * standard_deviation, middle + 2.6 * standard_deviation)

    def _show(self) -> None:
        """Bring picture, buttons and words up to date; from any thread."""
        if self.closed:
            return
        with self._lock:
            rate, predict, drawn = self.dropout.value, self._predict, self._drawn
            passed, exact, standard_deviation = self._all()
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

    def _lay_out(self) -> list[widgets.Widget]:
        does = self._press
        self._play = button("Play", "play", "Draw masks one after another", does(self._toggle))
        self._play.button_style = "primary"
        self._steps = [
            button("Next mask", "step-forward", "Drop other units", does(self.next)),
            button("100 masks", "fast-forward", "Draw a hundred masks", does(self._hundred)),
        ]
        self._clear = button("Clear", "eraser", "Begin again at the first mask", does(self.clear))
        self._phase = choice(("train", "predict"), "train")
        self._phase.observe(self._choose_phase, "value")
        self._kind = choice(ACTIVATIONS, self._activation).add_class("push")
        self._kind.observe(self._choose_activation, "value")
        row = [self._play, *self._steps, self._clear, self._kind, self._phase]
        return [
            self._css,
            widgets.VBox([self.dropout]).add_class("knobs"),
            widgets.HBox(row).add_class("row"),
            self.live_figure,
            self._status,
            self._make_drawer(),
        ]

    def _toggle(self) -> None:
        self.pause() if self._worker.working else self.play()

    def _hundred(self) -> None:
        self.next(100)

    def _end(self) -> None:
        self._worker.close()
        self._known, self._uniforms = (None, None), []

    def __repr__(self):
        sizes = "-".join(str(u) for u in (INPUTS, *self.hidden, 1))
        return f"DropoutLab({sizes} {self.activation}, rate {self.dropout.value:g})"
