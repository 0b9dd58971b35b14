"""The Keras script of a run, written without importing Keras.

print(keras_script(run.experiment, parts, run.moves))
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, OPTIMIZERS, Experiment, Move
from helpers.tasks import task_of


def keras_script(experiment: Experiment, parts: Parts, moves: Iterable[Move] = ()) -> str:
    """Write a script that repeats the run with `Model.fit`, ready to paste.

    Initial weights and row order are the run's own, so that without dropout and noise the
    script gives the same weights to float tolerance; Keras draws its own masks and noise.

    Args:
        experiment: What was asked for, with the epochs that the script shall train.
        parts: The rows that the run saw.
        moves: `Run.moves`. The script then calls `fit` once for each stretch between them.
    """
    e, stretches = _stretches(experiment, moves)
    names = list(stretches[0][2])
    # a layer that is made with rate 0 cannot get another later: make all with the largest
    e = e.replace(**{name: max(strengths[name] for *_, strengths in stretches) for name in names})
    loss = _loss_code(e, parts.n_classes)
    shared = bool(set(names) & ({"l2"} if e.proximal else {"l1", "l2"}))  # one penalty for all
    lines = [*_data_code(e, parts), ""]
    if names:
        lines += ["# The strengths that were moved stand here at their largest; set_strengths,",
                  "# below, puts those in force that each stretch of the run had."]  # fmt: skip
    if (e.dropout and e.hidden) or e.input_noise:
        lines += ["# Keras draws its own dropout masks and noise: the curves come out like those",
                  "# of the recorded run, not equal to them."]  # fmt: skip
    lines += [f"penalty = {_penalty_code(e)}"] if shared else []
    lines += _model_code(e, parts, "penalty" if shared else _penalty_code(e))
    lines += _optimizer_code(e)
    if not names:
        lines.append(f'model.compile(optimizer=optimizer, loss={loss}, metrics=["accuracy"])')
    lines += ["", *(_proximal_code(e, bool(names)) if e.proximal else [])]
    lines += _moved_code(e, loss, names, stretches) if names else _fit_code(e)
    return "\n".join(lines) + "\n"


def _data_code(e: Experiment, parts: Parts) -> list[str]:
    """Imports, and the rows with their targets."""
    imports = ["initializers", "layers", *(["regularizers"] if _penalty_code(e) else [])]
    helpers = sorted(name for name in ("load", "make_2d", "split") if f"{name}(" in parts.code)
    lines = ["import keras", "import numpy as np", f"from keras import {', '.join(imports)}", ""]
    lines += [f"from helpers.data import {', '.join(helpers)}", "", parts.code]
    for name in ("train", "validation"):
        targets = f"parts.{name}.y"
        if e.label_smoothing and task_of(parts.n_classes).one_hot:
            targets = f"keras.utils.to_categorical({targets}, {parts.n_classes})"
        short = "" if name == "train" else "_val"
        lines.append(f"x{short}, y{short} = parts.{name}.x, {targets}")
    return lines


def _model_code(e: Experiment, parts: Parts, penalty: str | None) -> list[str]:
    model = [f"keras.Input(({parts.n_features},)),"]
    if e.input_noise:
        model.append(f"layers.GaussianNoise({e.input_noise!r}, seed={e.layer_seed(99)}),")
    for depth, units in enumerate(e.hidden):
        model += _dense_code(e, units, e.activation, depth, penalty)
        if e.dropout:
            seed = e.layer_seed(50 + depth)
            model.append(f"layers.Dropout({e.dropout!r}, seed={seed}),")
    task, penalty = task_of(parts.n_classes), penalty if e.penalises_output else None
    model += _dense_code(e, task.outputs, task.activation, len(e.hidden), penalty)
    return ["model = keras.Sequential(", "    [", *(f"        {m}" for m in model), "    ]", ")"]


def _fit_code(e: Experiment) -> list[str]:
    return [
        "",
        "def batches():",
        '    """The rows in the order of the recorded run, without end."""',
        f"    for epoch in range({e.epochs}):",
        *_rows_code(e),
        "",
        "",
        "history = model.fit(",
        "    batches(),",
        f"    steps_per_epoch=int(np.ceil(len(x) / {e.batch_size})),",
        f"    epochs={e.epochs},",
        "    validation_data=(x_val, y_val),",
        "    shuffle=False,",
        *(["    callbacks=[SoftThreshold()],"] if e.proximal else []),
        "    verbose=2,",
        ")",
    ]


def _stretches(e: Experiment, moves: Iterable[Move]):
    """The epochs between moves: [(first, end, the strengths that change on the way)].

    The experiment that comes before them holds the strengths that do not.
    """
    moves = sorted((m for m in moves if m.epoch < e.epochs), key=lambda move: move.epoch)
    e = e.replace(**{move.name: move.value for move in moves if move.epoch == 0})
    moves = [move for move in moves if move.epoch > 0]
    moved = {move.name for move in moves}
    strengths = {name: getattr(e, name) for name in HYPERPARAMETERS if name in moved}
    found = []
    for first, end in itertools.pairwise(sorted({0, *(m.epoch for m in moves), e.epochs})):
        strengths = strengths | {m.name: m.value for m in moves if m.epoch == first}
        found.append((first, end, strengths))
    return e, found


def _moved_code(e: Experiment, loss: str, names: list[str], stretches) -> list[str]:
    """What sets strengths and calls `fit` for each stretch."""
    sets = {
        "l1": ["soft_threshold.l1 = l1" if e.proximal else "penalty.l1 = l1"],
        "l2": ["penalty.l2 = l2"],
        "dropout": ["for layer in model.layers:", "    if isinstance(layer, layers.Dropout):",
                    "        layer.rate = dropout"],
        "weight_decay": ["optimizer.weight_decay = weight_decay"],
        "input_noise": ["model.layers[0].stddev = input_noise"],
        "learning_rate": ["optimizer.learning_rate = learning_rate"],
    }  # fmt: skip
    if "label_smoothing" in names:
        sets["label_smoothing"] = [f"loss = {loss.split('(')[0]}(label_smoothing=label_smoothing)"]
        loss = "loss"
    return [
        "",
        f"def set_strengths({', '.join(names)}):",
        '    """Change strengths between two calls of fit.',
        "",
        "    Keras reads most of them only when it traces the training step: unless the model is",
        "    compiled again, the change does nothing. The optimizer is the same object, so that",
        "    it goes on with its own state.",
        '    """',
        *(f"    {line}" for name in names for line in sets.get(name, ())),
        f'    model.compile(optimizer=optimizer, loss={loss}, metrics=["accuracy"])',
        "",
        "",
        "def batches(first, end):",
        '    """The rows in the order of the recorded run, from one epoch to another."""',
        "    for epoch in range(first, end):",
        *_rows_code(e),
        "",
        "",
        "history = {}",
        "for first, end, strengths in [",
        *(f"    ({first}, {end}, {_dict_code(strengths)})," for first, end, strengths
          in stretches),
        "]:",
        "    set_strengths(**strengths)",
        "    stretch = model.fit(",
        "        batches(first, end),",
        f"        steps_per_epoch=int(np.ceil(len(x) / {e.batch_size})),",
        "        initial_epoch=first,",
        "        epochs=end,",
        "        validation_data=(x_val, y_val),",
        "        shuffle=False,",
        *(["        callbacks=[soft_threshold],"] if e.proximal else []),
        "        verbose=2,",
        "    )",
        "    for name, values in stretch.history.items():",
        "        history.setdefault(name, []).extend(values)",
    ]  # fmt: skip


def _dict_code(strengths: dict[str, float]) -> str:
    return "{" + ", ".join(f'"{name}": {value!r}' for name, value in strengths.items()) + "}"


def _rows_code(e: Experiment) -> list[str]:
    """The rows of one epoch, inside a loop over `epoch`."""
    return [
        f"        order = np.random.default_rng(({e.seed}, epoch)).permutation(len(x))",
        f"        for first_row in range(0, len(x), {e.batch_size}):",
        f"            rows = order[first_row : first_row + {e.batch_size}]",
        "            yield x[rows], y[rows]",
    ]


def _penalty_code(e: Experiment) -> str | None:
    given = {name: v for name, v in (("l1", 0.0 if e.proximal else e.l1), ("l2", e.l2)) if v}
    if len(given) == 2:
        return f"regularizers.L1L2(l1={e.l1!r}, l2={e.l2!r})"
    return next((f"regularizers.{name.upper()}({v!r})" for name, v in given.items()), None)


def _dense_code(e: Experiment, units: int, activation: str, depth: int, penalty: str | None):
    start = f"initializers.GlorotUniform(seed={e.layer_seed(depth)})"
    arguments = [str(units), f'activation="{activation}"']
    if penalty:
        arguments.append(f"kernel_regularizer={penalty}")
    arguments.append(f"kernel_initializer={start}")
    return ["layers.Dense(", *(f"    {a}," for a in arguments), "),"]


def _optimizer_code(e: Experiment) -> list[str]:
    name, options = OPTIMIZERS[e.optimizer]
    if e.weight_decay or name == "AdamW":
        options = options | {"weight_decay": e.weight_decay}
    extra = "".join(f", {key}={value!r}" for key, value in options.items())
    lines = [f"optimizer = keras.optimizers.{name}({e.learning_rate!r}{extra})"]
    if e.weight_decay:
        spared = "w[1::2]" if e.penalises_output else "w[1::2] + w[-2:]"
        lines += [
            "# decay what an L2 penalty would act on",
            "w = model.trainable_variables",
            f"optimizer.exclude_from_weight_decay({spared})",
        ]
    return lines


def _loss_code(e: Experiment, n_classes: int) -> str:
    task = task_of(n_classes)
    if not e.label_smoothing:
        return f'"{task.loss}"'
    return f"keras.losses.{task.smoothed_loss}(label_smoothing={e.label_smoothing!r})"


def _proximal_code(e: Experiment, moved: bool) -> list[str]:
    kernels = f"model.trainable_variables[:{'' if e.penalises_output else '-2'}:2]"
    step = f"{e.learning_rate!r} * {e.l1!r}"
    if moved:
        step = "float(optimizer.learning_rate) * self.l1"
    return [
        "",
        "class SoftThreshold(keras.callbacks.Callback):",
        '    """After each step, shrink every weight towards 0 by learning rate times l1."""',
        "",
        *([f"    l1 = {e.l1!r}", ""] if moved else []),
        "    def on_train_batch_end(self, batch, logs=None):",
        f"        step = {step}",
        f"        for v in {kernels}:",
        "            w = v.numpy()",
        "            v.assign(np.sign(w) * np.maximum(np.abs(w) - step, 0))",
        "",
        *(["", "soft_threshold = SoftThreshold()", ""] if moved else []),
    ]
