"""What differs between a task with two classes and one with more.

task = task_of(parts.n_classes)
layers.Dense(task.outputs, activation=task.activation)
"""

from pathlib import Path
from typing import NamedTuple

from helpers.validation import check_int

SOURCE = Path(__file__).read_bytes()


class Task(NamedTuple):
    """The output layer and the loss of a kind of target.

    Attributes:
        outputs: Units of the output layer.
        activation: Of the output layer.
        loss: The Keras loss of targets that are class numbers, (rows,).
        smoothed_loss: The class in `keras.losses` that takes `label_smoothing`.
        one_hot: Whether that one wants targets of shape (rows, classes).
    """

    outputs: int
    activation: str
    loss: str
    smoothed_loss: str
    one_hot: bool


def task_of(n_classes: int) -> Task:
    """One sigmoid unit for two classes, one softmax unit a class for more.

    Raises:
        ValueError: If `n_classes` is not whole, at least 2.
    """
    n_classes = check_int("n_classes", n_classes, 2)
    if n_classes == 2:
        return Task(1, "sigmoid", "binary_crossentropy", "BinaryCrossentropy", False)
    loss = "sparse_categorical_crossentropy"
    return Task(n_classes, "softmax", loss, "CategoricalCrossentropy", True)
