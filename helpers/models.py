"""`Experiment` as the plain Keras model a learner would write, and with adjustable strengths.

Both models have the same layers in the same order and start from the same weights. In the
plain one every strength is a Python float on a stock object: changing it after the first
`fit` would do nothing. In the adjustable one the strengths are variables, so that a training
program can change them, or give each of many models its own, without being traced again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import keras
import numpy as np
from keras import initializers, layers, ops, regularizers

from helpers.data import Parts, load, split
from helpers.experiment import HYPERPARAMETERS, Experiment, Move

_OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "rmsprop": ("RMSprop", {}),
}


def build(experiment: Experiment, n_features: int, n_classes: int = 2) -> keras.Model:
    """The plain compiled model, of stock Keras parts. See `Experiment.build`.

    `proximal` is no property of a model but of its training: the model then has no L1
    regularizer, and the script of `keras_script` shows the callback that does the work.

    Raises:
        ValueError: If `n_features` < 1 or `n_classes` < 2.
    """
    _check_size("n_features", n_features, 1)
    _check_size("n_classes", n_classes, 2)
    e = experiment
    model = keras.Sequential([keras.Input((n_features,))])
    if e.input_noise:
        model.add(layers.GaussianNoise(e.input_noise, seed=layer_seed(e.seed, 99)))
    for depth, units in enumerate(e.hidden):
        model.add(
            layers.Dense(
                units,
                activation=e.activation,
                kernel_regularizer=_regularizer(e),
                kernel_initializer=initializer(e.seed, depth),
            )
        )
        if e.dropout:
            model.add(layers.Dropout(e.dropout, seed=layer_seed(e.seed, 50 + depth)))
    model.add(
        layers.Dense(
            output_units(n_classes),
            activation="sigmoid" if n_classes == 2 else "softmax",
            kernel_regularizer=_regularizer(e) if penalises_output(e) else None,
            kernel_initializer=initializer(e.seed, len(e.hidden)),
        )
    )
    compiled = optimizer(e)
    if e.weight_decay:
        compiled.exclude_from_weight_decay(_undecayed(e, model))
    model.compile(optimizer=compiled, loss=_loss(e, n_classes), metrics=["accuracy"])
    return model


def penalises_output(experiment: Experiment) -> bool:
    """Whether penalties and decay act on the last kernel: if asked for, or if there is no other."""
    return experiment.penalise_output or not experiment.hidden


def output_units(n_classes: int) -> int:
    """One sigmoid unit for two classes, one softmax unit a class for more."""
    return 1 if n_classes == 2 else n_classes


def layer_seed(seed: int, offset: int) -> int:
    """An integer seed for one layer, so that adding a layer changes no other's numbers."""
    return 100 * seed + offset


def initializer(seed: int, depth: int) -> initializers.Initializer:
    """Keras's default (Glorot uniform) with the seed of the Dense layer at `depth`."""
    return initializers.GlorotUniform(seed=layer_seed(seed, depth))


def initial_weights(experiment: Experiment, n_features: int, n_classes: int) -> list[np.ndarray]:
    """Kernels and biases as `build(...)` starts with them, float32, input to output."""
    sizes = (n_features, *experiment.hidden, output_units(n_classes))
    weights = []
    for depth, shape in enumerate(itertools.pairwise(sizes)):
        kernel = initializer(experiment.seed, depth)(shape, dtype="float32")
        weights += [np.asarray(kernel), np.zeros(shape[1], np.float32)]
    return weights


def optimizer(experiment: Experiment) -> keras.optimizers.Optimizer:
    """The stock Keras optimizer, weight decay included."""
    name, options = _OPTIMIZERS[experiment.optimizer]
    decay = experiment.weight_decay
    if decay or name == "AdamW":  # AdamW would otherwise decay by its default, 0.004
        options = options | {"weight_decay": decay}
    return getattr(keras.optimizers, name)(experiment.learning_rate, **options)


def undecayed_optimizer(experiment: Experiment) -> keras.optimizers.Optimizer:
    """The same update rule without decay, for a program that decays by itself."""
    return optimizer(experiment.replace(weight_decay=0.0))


# The same model with its strengths in variables ----------------------------------------------


class AdjustablePenalty(regularizers.Regularizer):
    """`keras.regularizers.L1L2` whose strengths are variables.

    With `proximal`, the L1 term counts in the penalty but sends no gradient.
    """

    def __init__(self, l1, l2, proximal):
        self.l1, self.l2, self.proximal = l1, l2, proximal

    def __call__(self, w):
        size = ops.sum(ops.absolute(ops.stop_gradient(w) if self.proximal else w))
        return self.l1 * size + self.l2 * ops.sum(ops.square(w))


class AdjustableDropout(layers.Layer):
    """`keras.layers.Dropout` whose rate is a variable and whose uniform noise is given.

    Keeps an activation where its uniform number is at least the rate, and divides it by
    1 - rate (inverted dropout, Srivastava et al. 2014).
    """

    def __init__(self, rate, batch_size, units):
        super().__init__()
        self.rate = rate
        self.uniform = keras.Variable(np.zeros((batch_size, units), "float32"), trainable=False)

    def call(self, x, training=False):
        if not training:
            return x
        rate = ops.convert_to_tensor(self.rate)
        return ops.where(ops.convert_to_tensor(self.uniform) >= rate, x / (1 - rate), 0.0)


class AdjustableNoise(layers.Layer):
    """`keras.layers.GaussianNoise` whose standard deviation is a variable, its noise given."""

    def __init__(self, sigma, batch_size, units):
        super().__init__()
        self.sigma = sigma
        self.normal = keras.Variable(np.zeros((batch_size, units), "float32"), trainable=False)

    def call(self, x, training=False):
        return x + self.sigma * self.normal if training else x


class Adjustable:
    """One model whose strengths and noise are variables, for `keras.StatelessScope`.

    Attributes:
        model: `keras.Sequential` that ends in logits, shape (rows, 1) or (rows, classes).
        strengths: {name: scalar `keras.Variable`} for every name in `HYPERPARAMETERS`.
        uniforms: One (batch_size, units) variable per hidden layer, for dropout.
        normal: The (batch_size, n_features) variable of the input noise.
    """

    def __init__(self, experiment: Experiment, n_features: int, n_classes: int):
        e = experiment
        self.strengths = {name: keras.Variable(0.0, trainable=False) for name in HYPERPARAMETERS}
        s = self.strengths

        def dense(units, activation, penalised):
            penalty = AdjustablePenalty(s["l1"], s["l2"], e.proximal) if penalised else None
            return layers.Dense(units, activation=activation, kernel_regularizer=penalty)

        noise = AdjustableNoise(s["input_noise"], e.batch_size, n_features)
        self.model = keras.Sequential([keras.Input((n_features,)), noise])
        self.normal, self.uniforms = noise.normal, []
        for units in e.hidden:
            dropout = AdjustableDropout(s["dropout"], e.batch_size, units)
            self.model.add(dense(units, e.activation, penalised=True))
            self.model.add(dropout)
            self.uniforms.append(dropout.uniform)
        self.model.add(dense(output_units(n_classes), None, penalised=penalises_output(e)))


# The script that repeats a run ----------------------------------------------------------------


def keras_script(experiment: Experiment, data: str | Parts, moves: Iterable[Move] = ()) -> str:
    """A script that repeats the run with `Model.fit`. See `Experiment.keras_script`.

    Initial weights and row order are the run's own, so that without dropout and noise the
    script gives the same weights to float tolerance; Keras draws its own masks and noise.

    Args:
        experiment: What was asked for, with the epochs that the script shall train.
        data: The name of a shipped table, for its default split, or the very `Parts`.
        moves: `Run.moves`. The script then calls `fit` once for each stretch between them.
    """
    parts = split(load(data)) if isinstance(data, str) else data
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
        if parts.n_classes > 2 and e.label_smoothing > 0:
            targets = f"keras.utils.to_categorical({targets}, {parts.n_classes})"
        short = "" if name == "train" else "_val"
        lines.append(f"x{short}, y{short} = parts.{name}.x, {targets}")
    return lines


def _model_code(e: Experiment, parts: Parts, penalty: str | None) -> list[str]:
    model = [f"keras.Input(({parts.n_features},)),"]
    if e.input_noise:
        model.append(f"layers.GaussianNoise({e.input_noise!r}, seed={layer_seed(e.seed, 99)}),")
    for depth, units in enumerate(e.hidden):
        model += _dense_code(e, units, e.activation, depth, penalty)
        if e.dropout:
            seed = layer_seed(e.seed, 50 + depth)
            model.append(f"layers.Dropout({e.dropout!r}, seed={seed}),")
    last = "softmax" if parts.n_classes > 2 else "sigmoid"
    depth, units = len(e.hidden), output_units(parts.n_classes)
    model += _dense_code(e, units, last, depth, penalty if penalises_output(e) else None)
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
    penalty = _regularizer(e)
    if penalty is None:
        return None
    name = type(penalty).__name__
    if name == "L1L2":
        return f"regularizers.L1L2(l1={e.l1!r}, l2={e.l2!r})"
    return f"regularizers.{name}({e.l1 if name == 'L1' else e.l2!r})"


def _dense_code(e: Experiment, units: int, activation: str, depth: int, penalty: str | None):
    start = f"initializers.GlorotUniform(seed={layer_seed(e.seed, depth)})"
    arguments = [str(units), f'activation="{activation}"']
    if penalty:
        arguments.append(f"kernel_regularizer={penalty}")
    arguments.append(f"kernel_initializer={start}")
    return ["layers.Dense(", *(f"    {a}," for a in arguments), "),"]


def _optimizer_code(e: Experiment) -> list[str]:
    name, options = _OPTIMIZERS[e.optimizer]
    if e.weight_decay or name == "AdamW":
        options = options | {"weight_decay": e.weight_decay}
    extra = "".join(f", {key}={value!r}" for key, value in options.items())
    lines = [f"optimizer = keras.optimizers.{name}({e.learning_rate!r}{extra})"]
    if e.weight_decay:
        spared = "w[1::2]" if penalises_output(e) else "w[1::2] + w[-2:]"
        lines += [
            "# decay what an L2 penalty would act on",
            "w = model.trainable_variables",
            f"optimizer.exclude_from_weight_decay({spared})",
        ]
    return lines


def _loss_code(e: Experiment, n_classes: int) -> str:
    if not e.label_smoothing:
        return '"binary_crossentropy"' if n_classes == 2 else '"sparse_categorical_crossentropy"'
    name = "BinaryCrossentropy" if n_classes == 2 else "CategoricalCrossentropy"
    return f"keras.losses.{name}(label_smoothing={e.label_smoothing!r})"


def _proximal_code(e: Experiment, moved: bool) -> list[str]:
    kernels = f"model.trainable_variables[:{'' if penalises_output(e) else '-2'}:2]"
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


def _regularizer(e: Experiment) -> regularizers.Regularizer | None:
    l1 = 0.0 if e.proximal else e.l1
    if l1 and e.l2:
        return regularizers.L1L2(l1=l1, l2=e.l2)
    if l1:
        return regularizers.L1(l1)
    return regularizers.L2(e.l2) if e.l2 else None


def _loss(e: Experiment, n_classes: int):
    if n_classes == 2:
        return keras.losses.BinaryCrossentropy(label_smoothing=e.label_smoothing)
    if e.label_smoothing:
        return keras.losses.CategoricalCrossentropy(label_smoothing=e.label_smoothing)
    return keras.losses.SparseCategoricalCrossentropy()


def _undecayed(e: Experiment, model: keras.Model) -> list[keras.Variable]:
    """What weight decay leaves alone: the biases, and the output kernel where it is spared."""
    variables = model.trainable_variables
    return variables[1::2] + ([] if penalises_output(e) else variables[-2:])


def _check_size(name: str, value, low: int) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < low:
        raise ValueError(f"{name}={value!r}: must be a whole number of at least {low}")
