"""What differs between the kinds of target: two classes, more classes, or a number.

    task = parts.task                     # or task_of(2), task_of(10), task_of("regression")
    layers.Dense(task.outputs, activation=task.activation)

Engine, formulas, measures, pictures, panels and scripts ask this table instead of counting classes.
"""

import math
from pathlib import Path
from typing import NamedTuple

from helpers import formatting
from helpers.validation import check_int, is_int

SOURCE = Path(__file__).read_bytes()
METRICS = ("loss", "accuracy")  # what curves show; of a regression the second is R²


class Task(NamedTuple):
    """The output layer, the loss and the words of a kind of target.

    Attributes:
        kind: "binary", "multi-class" or "regression".
        n_classes: How many classes there are; 0 for a number.
        outputs: Units of the output layer.
        activation: Of the output layer.
        loss: The Keras loss of targets (rows,): class numbers, or numbers.
        smoothed_loss: The class in `keras.losses` that takes `label_smoothing`; None if
            labels cannot be smoothed.
        one_hot: Whether that one wants targets of shape (rows, classes).
        keras_score: The Keras metric that `train_accuracy` and `validation_accuracy` hold.
        score_name: What a reader calls it: "accuracy", or "R²".
        loss_name: What a reader calls the loss.
        loss_unit: "nats"; empty for the squared error of a standardised target, which has none.
        loss_label: The loss with its unit, as an axis names it.
        baseline: What the baseline predicts, in words.
    """

    kind: str
    n_classes: int
    outputs: int
    activation: str
    loss: str
    smoothed_loss: str | None
    one_hot: bool
    keras_score: str
    score_name: str
    loss_name: str
    loss_unit: str
    loss_label: str
    baseline: str

    @property
    def classifies(self) -> bool:
        """Whether the target is a class."""
        return self.n_classes > 0

    @property
    def chance_loss(self) -> float:
        """The loss of equal probabilities, log(classes) nats; of the mean, 1.

        The targets of a regression are standardised, so that their variance is 1.
        """
        return math.log(self.n_classes) if self.classifies else 1.0

    @property
    def chance_words(self) -> str:
        """What gives `chance_loss`: a subject in the plural or singular, with its verb."""
        return "equal probabilities give" if self.classifies else "the mean of the target gives"

    def spell_score(self, value: float, decimals: int = 1) -> str:
        """Format a score: an accuracy as "82.4 %", R² as "0.78"."""
        return formatting.percent(value, decimals) if self.classifies else formatting.nats(value)

    def name_of(self, metric: str) -> str:
        """What a reader calls "loss" or "accuracy"."""
        return metric if metric == "loss" else self.score_name

    @property
    def metrics(self) -> list[tuple[str, str]]:
        """The choice between "loss" and "accuracy" on a panel: what it is called, and its name."""
        return [(self.name_of(metric), metric) for metric in METRICS]

    def spell_loss(self, value: float) -> str:
        """Format a loss with its unit: "0.42 nats"; the mean squared error has none."""
        return f"{formatting.nats(value)} {self.loss_unit}".rstrip()


_CLASSES = ("accuracy", "accuracy", "cross-entropy", "nats", "data loss (nats)",
            "class frequencies")  # fmt: skip
BINARY = Task(
    "binary", 2, 1, "sigmoid", "binary_crossentropy", "BinaryCrossentropy", False, *_CLASSES
)
REGRESSION = Task(
    "regression", 0, 1, "linear", "mean_squared_error", None, False, "r2_score", "R²",
    "mean squared error", "", "mean squared error (standardised)", "mean",
)  # fmt: skip


def task_of(what: int | str | Task) -> Task:
    """One sigmoid unit for two classes, a softmax unit a class for more, a linear one for numbers.

    Args:
        what: How many classes there are, at least 2; "regression", or 0 classes; or a task.

    Raises:
        ValueError: If it is anything else.
    """
    if isinstance(what, Task):
        return what
    if what == "regression" or (is_int(what) and what == 0):
        return REGRESSION
    n_classes = check_int("n_classes", what, 2)
    if n_classes == 2:
        return BINARY
    loss = "sparse_categorical_crossentropy"
    smoothed = "CategoricalCrossentropy"
    return Task("multi-class", n_classes, n_classes, "softmax", loss, smoothed, True, *_CLASSES)


def check_task(experiment, task: Task) -> None:
    """Refuse hyperparameters that mean nothing for a task.

    Args:
        experiment: An `Experiment`, or anything with `label_smoothing` and `class_weight`.
        task: What is learned.

    Raises:
        ValueError: If labels shall be smoothed, or classes weighted, of a target that is a number.
    """
    for name, off in (("label_smoothing", 0), ("class_weight", None)):
        value = getattr(experiment, name, off)
        if value != off and not task.classifies:
            raise ValueError(
                f"{name}={value!r}: is for classes; the target of a regression is a number, so "
                f"it must be {off}"
            )
