"""The small network of `DropoutLab`: what comes out under given masks, and over all of them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from helpers.reference import activate, inverted_dropout

ACTIVATIONS = ("relu", "linear")
INPUTS = 4


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
    def draw(cls, hidden: Sequence[int], activation: str, seed: int) -> Self:
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
