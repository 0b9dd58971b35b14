"""The exercises of lesson 09: batch normalisation, max-norm, ensembles, batch size, transfer."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.verdicts import Verdict, When, judge, judge_function
from helpers.experiment import Experiment, grid


def _normalised(z, gamma, beta, epsilon, *, axis=0, ddof=0):
    mean = z.mean(axis=axis, keepdims=True)
    variance = z.var(axis=axis, ddof=ddof, keepdims=True)
    return gamma * (z - mean) / np.sqrt(variance + epsilon) + beta


_BATCHES = (
    ([[1.0, 2.0, -1.0], [3.0, 2.5, 0.5], [8.0, 1.0, 4.0], [4.0, 0.5, 0.0]],
     [1.0, 2.0, 0.5], [0.5, 0.0, -1.0], 0.001),
    ([[0.1, -4.0], [0.3, 2.0], [0.2, 1.0]], [3.0, 1.5], [1.0, 2.0], 0.01),
)  # fmt: skip


def normalised_batch(function: Callable) -> Verdict:
    """Judges: function(z, gamma, beta, epsilon), batch normalisation as in training.

    `z` is (rows, units), `gamma` and `beta` are (units,).
    """
    right = _normalised
    mistakes = {
        "over the units": lambda z, g, b, e: _normalised(z, g, b, e, axis=1),
        "over everything": lambda z, g, b, e: _normalised(z, g, b, e, axis=None),
        "divided by the variance": lambda z, g, b, e: g * (z - z.mean(0)) / (z.var(0) + e) + b,
        "epsilon outside": lambda z, g, b, e: g * (z - z.mean(0)) / (z.std(0) + e) + b,
        "rows less one": lambda z, g, b, e: _normalised(z, g, b, e, ddof=1),
        "shifted before scaled": lambda z, g, b, e: g * (_normalised(z, 1, 0, e) + b),
        "not scaled": lambda z, g, b, e: _normalised(z, 1, 0, e),
    }
    words = """
    praise: each unit gets mean beta and standard deviation gamma over the rows of the batch
    hint: for each unit, subtract the mean over the rows and divide by the root of variance plus
        epsilon; then multiply by gamma and add beta
    over the units: this takes mean and variance of each row over its units, which is layer
        normalisation; take them of each unit over the rows, axis=0
    over everything: this takes one mean and one variance of the whole array; each unit has its own,
        axis=0
    divided by the variance: divide by the root of variance plus epsilon
    epsilon outside: Keras adds epsilon to the variance, inside the root
    rows less one: Keras divides the sum of squares by the number of rows, not by one less
    shifted before scaled: multiply by gamma first, then add beta
    not scaled: gamma and beta are missing; they let the layer learn another mean and scale
    """
    return judge_function(function, right, _BATCHES, mistakes, words)


def _limited(kernel, limit, *, axis=0):
    norm = np.sqrt(np.sum(kernel**2, axis=axis, keepdims=True))
    return kernel * np.minimum(1, limit / norm)


_KERNELS = (
    ([[3.0, 0.3, 1.0], [4.0, 0.4, -1.0]], 1.0),
    ([[0.5, -2.0], [0.1, 1.0], [0.2, 2.0]], 2.0),
)


def limited_kernel(function: Callable) -> Verdict:
    """Judges: function(kernel, limit), what `MaxNorm(limit)` leaves of a (inputs, units) kernel."""
    mistakes = {
        "outgoing weights": lambda w, c: _limited(w, c, axis=1),
        "the whole kernel": lambda w, c: _limited(w, c, axis=None),
        "all stretched": lambda w, c: w * c / np.sqrt(np.sum(w**2, axis=0)),
        "entries clipped": lambda w, c: np.clip(w, -c, c),
        "squares limited": lambda w, c: w * np.minimum(1, c / np.sum(w**2, axis=0)),
        "long ones removed": lambda w, c: w * (np.sqrt(np.sum(w**2, axis=0)) <= c),
    }
    words = """
    praise: columns longer than the limit are scaled back to it; shorter ones stay as they are
    hint: take the norm of each column; where it is above the limit, multiply the column by limit /
        norm
    outgoing weights: this limits the rows, the weights that leave an input; the weights that enter
        a unit are a column, axis=0
    the whole kernel: this limits one norm of the whole kernel; each unit has its own norm
    all stretched: this also makes short columns longer; a constraint leaves them alone
    entries clipped: this limits each weight; the norm of a column can still be above the limit
    squares limited: this compares the sum of squares with the limit; the norm is its root
    long ones removed: a column that is too long is scaled back to the limit, not set to 0
    """
    return judge_function(function, _limited, _KERNELS, mistakes, words)


def _loss(p, y):
    return float(-np.mean(np.log(np.where(y == 1, p, 1 - p))))


_MEMBERS = (
    ([[0.9, 0.2, 0.6, 0.7], [0.4, 0.1, 0.7, 0.2], [0.8, 0.6, 0.3, 0.6]], [1, 0, 1, 0]),
    ([[0.99, 0.3], [0.2, 0.4]], [1, 1]),
)


def ensemble_loss(function: Callable) -> Verdict:
    """Judges: function(p, y), the cross-entropy of the mean probability of (members, rows)."""

    def of_logits(p, y):
        mean = np.mean(np.log(p / (1 - p)), axis=0)
        return _loss(1 / (1 + np.exp(-mean)), y)

    mistakes = {
        "mean of the losses": _loss,
        "logits averaged": of_logits,
        "best member": lambda p, y: min(_loss(member, y) for member in p),
        "first member": lambda p, y: _loss(p[0], y),
        "mean over rows": lambda p, y: _loss(np.mean(p, axis=1, keepdims=True), y),
        "probability of the second class": lambda p, y: float(-np.mean(np.log(p.mean(axis=0)))),
        "summed over rows": lambda p, y: _loss(p.mean(axis=0), y) * len(y),
    }
    words = """
    praise: first the mean over members, then the loss; it is never above the mean of the losses
    hint: average over the members, axis=0; then take the mean over rows of -log of the probability
        of the true class
    mean of the losses: this is the mean loss of the members; an ensemble averages the probabilities
        first, and has one loss
    logits averaged: this averages logits, which is an ensemble of another kind; average the
        probabilities
    best member: this is the loss of the best member; choosing it on these rows is too optimistic,
        and an ensemble uses all
    first member: this is the loss of one member
    mean over rows: this averages over the rows; the members are the first axis
    probability of the second class: for rows of class 0 the probability of the true class is 1 - p
    summed over rows: take the mean over the rows, not the sum
    """

    def called(f, p, y):
        return f(p, y.astype(int))

    return judge_function(
        function, lambda p, y: _loss(p.mean(axis=0), y), _MEMBERS, mistakes, words, call=called
    )


def frozen_model(model, before: Sequence[np.ndarray]) -> Verdict:
    """Judges: a model that was trained on top of frozen features.

    Args:
        model: The Keras model, after `fit`.
        before: The weights of the features before `fit`; the layer whose weights have these
            shapes is taken for the features.
    """

    def shapes(arrays):
        return [np.shape(array) for array in arrays]

    def features(m):
        return next((x for x in m.layers if shapes(x.get_weights()) == shapes(before)), None)

    def same(m):
        return all(map(np.array_equal, features(m).get_weights(), before))

    mistakes = {
        "features left out": When(lambda m: m.layers and features(m) is None),
        "another output": When(lambda m: tuple(m.output_shape) != (None, 5)),
        "never trained": When(lambda m: m.optimizer is None or int(m.optimizer.iterations) == 0),
        "features trained": When(lambda m: not same(m)),
        "frozen afterwards": When(lambda m: bool(features(m).trainable)),
        "head frozen": When(lambda m: not m.trainable_weights),
    }
    words = """
    praise: only the new output layer was trained; the features are what they were
    hint: this asks for a Keras model that contains features and was trained with fit
    features left out: the model does not contain features; put it between the input and the new
        Dense layer
    another output: there are five new classes; end with Dense(5, activation="softmax")
    never trained: compile the model and call fit
    features trained: fit has changed the features; set features.trainable = False before you
        compile
    frozen afterwards: features is still trainable; set features.trainable = False before you
        compile
    head frozen: nothing in the model can be trained; freeze features only, not the model
    """
    right = When(lambda m: not any(each.test(m) for each in mistakes.values()))
    return judge(model, right, mistakes, words)


def transfer_read(answer, scores: Mapping[str, tuple[float, float]]) -> Verdict:
    """Judges: ("frozen" or "scratch", points by which its accuracy on new rows is higher).

    Args:
        answer: The learner's pair.
        scores: {"frozen": (accuracy on training rows, on new rows), "scratch": ...}; without
            "frozen" as long as that network is missing.
    """

    def names():
        """The better network on new rows, then the other one."""
        return sorted(scores, key=lambda name: -scores[name][1])

    def lead(rows):
        """Of the better network, in points; `rows` is 0 for training rows, 1 for new ones."""
        better, worse = names()
        return 100 * (scores[better][rows] - scores[worse][rows])

    def says(number, tolerance=0.06):
        """A test: the better network is named, and its lead is given as this number."""
        return When(lambda a: a[0] == names()[0] and abs(float(a[1]) - number()) < tolerance)

    mistakes = {
        "the other one": When(lambda a: a[0] == names()[1]),
        "a fraction": says(lambda: lead(1) / 100, 6e-4),
        "wrong sign": says(lambda: -lead(1)),
        "training rows": says(lambda: abs(lead(0))),
        "relative": says(lambda: lead(1) / scores[names()[1]][1]),
    }
    words = """
    praise: pretrained features are no gain by themselves; they must hold what the new task needs
    hint: this asks for a pair such as ("frozen", 3.2): the better network and its lead in points
    the other one: compare the accuracies on the new rows once more
    a fraction: this is the difference of two fractions; points are per cent, so multiply by 100
    wrong sign: subtract the lower accuracy from the higher one
    training rows: this is the difference on the training rows, which says nothing about new ones
    relative: this is the lead relative to the other accuracy; points are a plain difference of
        percentages
    """
    return judge(answer, says(lambda: lead(1)), mistakes, words)


def repaired_ensemble(choices) -> Verdict:
    """Judges: {"seeds": five numbers, "training": bool, "average": what is averaged}."""

    def seeds(c):
        return [int(seed) for seed in c["seeds"]]

    mistakes = {
        "one seed": When(lambda c: len(set(seeds(c))) == 1),
        "seeds repeated": When(lambda c: 1 < len(set(seeds(c))) < len(seeds(c))),
        "another number of members": When(lambda c: len(seeds(c)) != 5),
        "dropout left on": When(lambda c: c["training"] is True),
        "classes averaged": When(lambda c: c["average"] == "classes"),
        "losses averaged": When(lambda c: c["average"] == "losses"),
    }
    words = """
    praise: five different networks, dropout off, one loss of the mean probability
    hint: this asks for a dict with the keys seeds, training and average
    one seed: with one seed all members are the same network, and their average is that network
    seeds repeated: some members are the same network; give each its own seed
    another number of members: this asks for five seeds, one for each member
    dropout left on: with training=True each call draws dropout masks and normalises by the batch;
        predictions need training=False
    classes averaged: a class holds no probability, so a vote of 3 to 2 would count as 60 per cent;
        average the probabilities
    losses averaged: the mean of the losses is the score of one average member, not of the ensemble
    """

    def sound(c):
        fine = len(set(seeds(c))) == len(seeds(c)) == 5
        return fine and c["training"] is False and c["average"] == "probabilities"

    return judge(choices, When(sound), mistakes, words)


_BATCH_SIZES = (8, 32)


def broken_batch_size(change, train: Callable) -> Verdict:
    """Judges: changed fields with which the smaller batch does not end at the higher loss.

    Args:
        change: {field: value}, without `epochs`, `seed` and `batch_size`.
        train: train(experiments), their runs; called with batches of 8, then of 32, for three
            seeds.
    """

    def difference(changed):
        """Validation loss with batches of 8 minus that of 32; one number a seed."""
        runs = train(grid(changed, batch_size=_BATCH_SIZES, seed=range(3)))
        last = [np.inf if run.diverged else run.validation_loss[-1] for run in runs]
        small, large = np.reshape(np.asarray(last, float), (2, 3))
        with np.errstate(invalid="ignore"):
            return small - large

    base = Experiment(hidden=(128, 64), optimizer="sgd", learning_rate=0.03, epochs=100)
    words = """
    praise: a small batch takes more steps; that hurts only where more steps mean more overfitting
    hint: this asks for a dict of fields of Experiment, such as {"dropout": 0.2}
    fixed field changed: leave epochs, seed and batch_size as they are; the check sets them
    nothing changed: change at least one field
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: batches of 8 still end at the higher loss; when are more steps no harm?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    fixed = ["epochs", "seed", "batch_size"]
    return judge_broken_claim(change, base, fixed, difference, lambda d: d > 0, words)
