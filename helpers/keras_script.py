"""The Keras script of a run, written without importing Keras.

print(keras_script(run.experiment, parts, run.moves))
"""

import copy
import itertools
import json
import re
from collections.abc import Iterable, Mapping

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Move
from helpers.tasks import check_task

COMPILED = 'model.compile(optimizer=optimizer, loss=loss, metrics=["{}"])'


def keras_script(experiment: Experiment, parts: Parts, moves: Iterable[Move] = ()) -> str:
    """Write a script that repeats the run with `Model.fit`, ready to paste.

    Initial weights and row order are the run's own, so that without dropout and noise the
    script gives the same weights to float tolerance; Keras draws its own masks and noise.
    The rows of one's own table are read from a file, with the line that writes it. The target of
    a regression is standardised, as `parts.target` says.

    Args:
        experiment: What was asked for, with the epochs that the script shall train.
        parts: The rows that the run saw.
        moves: `Run.moves`. The script then calls `fit` once for each stretch between them.

    Raises:
        ValueError: If a hyperparameter is for classes and the target is a number.
    """
    imports, training = training_code(experiment, parts, moves)
    lines = ["import keras", "import numpy as np", f"from keras import {', '.join(imports)}", ""]
    return "\n".join([*lines, *_rows_code(parts), "", *training]) + "\n"


def training_code(
    experiment: Experiment,
    parts: Parts,
    moves: Iterable[Move] = (),
    names: Mapping[str, str] | None = None,
) -> tuple[list[str], list[str]]:
    """The part of a script that makes, compiles and trains the network.

    Args:
        experiment, parts, moves: As for `keras_script`.
        names: {field of `Experiment`: the constant that stands for its value}; of others, and
            of those that moved, the value stands in the code. With names, the network has as many
            inputs as `x` has columns.

    Returns:
        What it takes from `keras`, and its lines. They use `x`, `y`, `x_val` and `y_val`, and
        leave the network in `model`.
    """
    check_task(experiment, parts.task)
    compiled = COMPILED.format(parts.task.keras_score)
    e, stretches = _stretches(experiment, moves)
    moved = list(stretches[0][2])
    # a layer that is made with rate 0 cannot get another later: make all with the largest
    e = e.replace(**{name: max(values[name] for *_, values in stretches) for name in moved})
    e = _spelled(e, {field: name for field, name in (names or {}).items() if field not in moved})
    penalty, loss = _penalty_code(e), _loss_code(e, parts)
    imports = ["initializers", "layers", *(["regularizers"] if penalty else [])]
    lines = _targets_code(e, parts)
    if moved:
        lines += ["# What was moved stands here at its largest value; change, below, puts those in",
                  "# force that each stretch of the run had."]  # fmt: skip
    if (e.dropout and e.hidden) or e.input_noise:
        lines += ["# Keras draws its own dropout masks and noise: the curves come out like those",
                  "# of the recorded run, not equal to them."]  # fmt: skip
    if set(moved) & ({"l2"} if e.proximal else {"l1", "l2"}):  # one object for all layers
        lines.append(f"penalty = {penalty}")
        penalty = "penalty"
    width = "x.shape[1]" if names else str(parts.n_features)
    lines += [*_model_code(e, parts, penalty, width), *_optimizer_code(e)]
    lines += [f"loss = {loss}", *([] if moved else [compiled])]
    lines += ["", *([_proximal_code(e)] if e.proximal else []), _batches_code(e, parts)]
    if not moved:
        return imports, [*lines, *_fit_code(e, "history", 0, e.epochs)]
    lines += [
        _change_code(e, moved, loss.partition("(")[0], compiled),
        "history = {}",
        "for first, end, values in [",
        *(f"    ({first}, {end}, {json.dumps(values)})," for first, end, values in stretches),
        "]:",
        "    change(**values)",
        *(f"    {line}" for line in _fit_code(e, "stretch", "first", "end")),
        "    for name, curve in stretch.history.items():",
        "        history.setdefault(name, []).extend(curve)",
    ]
    return imports, lines


def _spelled(e: Experiment, names: Mapping[str, str]) -> Experiment:
    """A copy with the same numbers, some of which code spells by a name."""
    e = copy.copy(e)
    for field, name in names.items():
        number = type(getattr(e, field))
        spelling = dict.fromkeys(("__repr__", "__str__"), lambda self, name=name: name)
        object.__setattr__(e, field, type(name, (number,), spelling)(getattr(e, field)))
    return e


def _layer_seed(e: Experiment, offset: int) -> str:
    named = type(e.seed) is not int
    return f"100 * {e.seed} + {offset}" if named else str(e.layer_seed(offset))


def _stretches(e: Experiment, moves: Iterable[Move]):
    """The epochs between moves: [(first, end, the values that change on the way)].

    The experiment that comes before them holds the values that do not.
    """
    moves = sorted((m for m in moves if m.epoch < e.epochs), key=lambda move: move.epoch)
    e = e.replace(**{move.name: move.value for move in moves if move.epoch == 0})
    moves = [move for move in moves if move.epoch > 0]
    moved = {move.name for move in moves}
    values = {name: getattr(e, name) for name in HYPERPARAMETERS if name in moved}
    found = []
    for first, end in itertools.pairwise(sorted({0, *(m.epoch for m in moves), e.epochs})):
        values = values | {m.name: m.value for m in moves if m.epoch == first}
        found.append((first, end, values))
    return e, found


def _rows_code(parts: Parts) -> list[str]:
    """The rows with their targets; a script knows the course's own tables only by name."""
    if parts.source.origin is None:
        file = (re.sub(r"\W+", "_", parts.source.name.lower()).strip("_") or "table") + ".npz"
        arrays = ["x=parts.train.x", "y=parts.train.y"]
        arrays += ["x_val=parts.validation.x", "y_val=parts.validation.y"]
        lines = [
            "# This table is your own. Where it is, write these rows to a file once, after",
            f"# {parts.split_code('table')}:",
            f'#     np.savez("{file}", {", ".join(arrays[:2])},',
            f"#              {', '.join(arrays[2:])})",
            f'rows = np.load("{file}")',
            'x, y, x_val, y_val = (rows[name] for name in ("x", "y", "x_val", "y_val"))',
        ]
    else:
        helpers = [name for name in ("load", "make_2d", "split") if f"{name}(" in parts.code]
        lines = [f"from helpers.data import {', '.join(helpers)}", "", parts.code]
        lines += ["x, y = parts.train.x, parts.train.y"]
        lines += ["x_val, y_val = parts.validation.x, parts.validation.y"]
    if parts.target is not None:
        name, mean, deviation = parts.target
        lines += [f"# y is standardised: {deviation:.6g} * y + {mean:.6g} is {name} again."]
    return lines


def _targets_code(e: Experiment, parts: Parts) -> list[str]:
    """What targets are made into before training.

    Labels that are smoothed over more than two classes become rows of zeros and a one. Where
    classes are weighted, each row gets its weight.
    """
    lines = []
    if e.class_weight:
        lines = [
            "# Each class counts alike, as with class_weight of fit, which takes no batches.",
            "labels, counts = np.unique(y, return_counts=True)",
            "class_weight = dict(zip(labels, len(y) / (len(labels) * counts)))",
            "row_weight = np.array([class_weight[label] for label in y])",
        ]
    if e.label_smoothing and parts.task.one_hot:
        one_hot = f"keras.utils.to_categorical({{0}}, {parts.n_classes})"
        lines += [f"{{0}} = {one_hot}".format(name) for name in ("y", "y_val")]
    return [*lines, ""] if lines else []


def _model_code(e: Experiment, parts: Parts, penalty: str | None, width: str) -> list[str]:
    task = parts.task

    def dense(units, activation, depth, penalty):
        start = f"initializers.GlorotUniform(seed={_layer_seed(e, depth)})"
        arguments = [str(units), f'activation="{activation}"', f"kernel_initializer={start}"]
        arguments[2:2] = [f"kernel_regularizer={penalty}"] if penalty else []
        return ["layers.Dense(", *(f"    {a}," for a in arguments), "),"]

    model = [f"keras.Input(({width},)),"]
    if e.input_noise:
        model.append(f"layers.GaussianNoise({e.input_noise!r}, seed={_layer_seed(e, 99)}),")
    for depth, units in enumerate(e.hidden):
        model += dense(units, e.activation, depth, penalty)
        if e.dropout:
            model.append(f"layers.Dropout({e.dropout!r}, seed={_layer_seed(e, 50 + depth)}),")
    last = penalty if e.penalises_output else None
    model += dense(task.outputs, task.activation, len(e.hidden), last)
    return ["model = keras.Sequential(", "    [", *(f"        {m}" for m in model), "    ]", ")"]


def _optimizer_code(e: Experiment) -> list[str]:
    name, arguments = e.keras_optimizer
    given = ", ".join(f"{argument}={value!r}" for argument, value in arguments.items())
    lines = [f"optimizer = keras.optimizers.{name}({given})"]
    if e.weight_decay:
        spared = "w[1::2]" if e.penalises_output else "w[1::2] + w[-2:]"
        lines += [
            "# decay what an L2 penalty would act on",
            "w = model.trainable_variables",
            f"optimizer.exclude_from_weight_decay({spared})",
        ]
    return lines


def _penalty_code(e: Experiment) -> str | None:
    given = {"l1": 0.0 if e.proximal else e.l1, "l2": e.l2}
    given = {name: value for name, value in given.items() if value}
    if len(given) == 2:
        return f"regularizers.L1L2(l1={e.l1!r}, l2={e.l2!r})"
    return next((f"regularizers.{name.upper()}({v!r})" for name, v in given.items()), None)


def _loss_code(e: Experiment, parts: Parts) -> str:
    task = parts.task
    if not e.label_smoothing:
        return f'"{task.loss}"'
    return f"keras.losses.{task.smoothed_loss}(label_smoothing={e.label_smoothing!r})"


def _proximal_code(e: Experiment) -> str:
    kernels = f"model.trainable_variables[:{'' if e.penalises_output else '-2'}:2]"
    return f'''
class SoftThreshold(keras.callbacks.Callback):
    """After each step, shrink every weight towards 0 by learning rate times l1."""

    l1 = {e.l1!r}

    def on_train_batch_end(self, batch, logs=None):
        step = float(optimizer.learning_rate) * self.l1
        for v in {kernels}:
            w = v.numpy()
            v.assign(np.sign(w) * np.maximum(np.abs(w) - step, 0))


soft_threshold = SoftThreshold()
'''


def _batches_code(e: Experiment, parts: Parts) -> str:
    targets = "y[rows], row_weight[rows]" if e.class_weight else "y[rows]"
    return f'''
def batches(first, end):
    """The rows in the order of the recorded run, from one epoch to another."""
    for epoch in range(first, end):
        order = np.random.default_rng(({e.seed}, epoch)).permutation(len(x))
        for first_row in range(0, len(x), {e.batch_size}):
            rows = order[first_row : first_row + {e.batch_size}]
            yield x[rows], {targets}

'''


def _fit_code(e: Experiment, result: str, first: int | str, end: int | str) -> list[str]:
    return [
        f"{result} = model.fit(",
        f"    batches({first}, {end}),",
        f"    steps_per_epoch=int(np.ceil(len(x) / {e.batch_size})),",
        *([f"    initial_epoch={first},"] if first else []),
        f"    epochs={end},",
        "    validation_data=(x_val, y_val),",
        "    shuffle=False,",
        *(["    callbacks=[soft_threshold],"] if e.proximal else []),
        "    verbose=2,",
        ")",
    ]


def _change_code(e: Experiment, moved: list[str], loss: str, compiled: str) -> str:
    """What changes hyperparameters between two calls of `fit`."""
    special = {
        "l1": ["soft_threshold.l1 = l1" if e.proximal else "penalty.l1 = l1"],
        "l2": ["penalty.l2 = l2"],
        "dropout": ["for layer in model.layers:", "    if isinstance(layer, layers.Dropout):",
                    "        layer.rate = dropout"],
        "label_smoothing": [f"loss = {loss}(label_smoothing=label_smoothing)"],
        "input_noise": ["model.layers[0].stddev = input_noise"],
    }  # fmt: skip
    lines = [f"    {line}" for n in moved for line in special.get(n, [f"optimizer.{n} = {n}"])]
    return '''def change({}):
    """Change hyperparameters between two calls of fit.

    Keras reads most of them only when it traces the training step: unless the model is
    compiled again, the change does nothing. The optimizer is the same object, so that
    it goes on with its own state.
    """
{}
    {}

'''.format(", ".join(moved), "\n".join(lines), compiled)
