"""The exercises of lesson 06: data."""

from collections.abc import Callable

import numpy as np

from helpers import metrics
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.networks import layers_of, units
from helpers.checks.verdicts import Verdict, When, judge, judge_function, wrong_at
from helpers.experiment import Experiment, grid

_HARMLESS = {
    "a spoken word, a tenth of a second later": "yes",
    "a photograph of a cat, mirrored left to right": "yes",
    "a photograph of a traffic sign that points left, mirrored": "no",
    "a handwritten 6, turned by 180 degrees": "no",
    "an X-ray of a chest, mirrored, to say on which side the heart lies": "no",
}


def harmless_changes(answer) -> Verdict:
    """Judges: for each change of `_HARMLESS`, in order, whether the label stays."""
    right = tuple(_HARMLESS.values())
    mistakes = {
        "every change is harmless": ("yes",) * len(right),
        "no change is harmless": ("no",) * len(right),
        "later is another word": wrong_at(right, 0),
        "a mirrored cat is none": wrong_at(right, 1),
        "judged by the kind of data": wrong_at(right, 2, 4),
        "a 6 turned round": wrong_at(right, 3),
    }
    words = """
    praise: what counts is not the kind of data but what the change does to the label
    hint: answer each with "yes" or "no", five words in a row
    every change is harmless: some of these changes turn one class into another; ask each time which
        label a person would give to the changed row
    no change is harmless: for some of these a person would give the same label before and after
    later is another word: look at the first again: a word that starts later is the same word
    a mirrored cat is none: look at the second again: a mirrored cat is still a cat
    judged by the kind of data: mirroring is harmless for photographs of cats, but where the label
        says left or right, the mirror changes it
    a 6 turned round: look at the fourth again, upside down
    """
    return judge(answer, right, mistakes, words)


_SHIFT = 1 / 12  # of an image's side


def augmented_history(history) -> Verdict:
    """Judges: the `History` of 30 epochs or more of a network that shifts its 12 × 12 images."""

    def moves(m):
        """The largest shifts of the first RandomTranslation, down and to the right."""
        layer = layers_of(m, "RandomTranslation")[0]
        return layer.height_upper, layer.width_upper

    mistakes = {
        "no validation rows": When(lambda h: "val_loss" not in h.history),
        "no augmentation": When(lambda h: not layers_of(h.model, "RandomTranslation")),
        "one direction": When(lambda h: min(moves(h.model)) == 0),
        "another distance": When(lambda h: not np.allclose(moves(h.model), _SHIFT, atol=1e-3)),
        "edges mirrored": When(
            lambda h: layers_of(h.model, "RandomTranslation")[0].fill_mode != "constant"
        ),
        "another network": When(lambda h: units(h.model) != [64, 10]),
        "too few epochs": When(lambda h: len(h.history["loss"]) < 30),
    }
    words = """
    praise: every epoch trained on newly shifted images; the validation images were not shifted
    hint: this asks for what model.fit returns, with its attributes history and model
    no validation rows: pass validation_data=(x_val, y_val) to fit
    no augmentation: the model has no RandomTranslation layer
    one direction: the images are shifted in one direction only; both factors must be above 0
    another distance: the factor is a fraction of the image; 1 of 12 pixels is 1 / 12
    edges mirrored: the default fill_mode mirrors the image at its edges; the background here is 0,
        so use fill_mode="constant"
    another network: the task asks for Dense(64) and Dense(10)
    too few epochs: train for 30 epochs or more
    """
    right = When(lambda h: bool(units(h.model)) and not any(m.test(h) for m in mistakes.values()))
    return judge(history, right, mistakes, words)


def plain_accuracy(value, history, x, y) -> Verdict:
    """Judges: the accuracy of a fitted model on the training images as they are.

    Args:
        value: The answer.
        history: What `fit` returned, of a model with the metric accuracy.
        x, y: The training rows.
    """
    wrong = When(lambda _: False)
    curves, model = getattr(history, "history", {}), getattr(history, "model", None)
    answered = value is not None and value is not ...
    measured = model.evaluate(x, y, verbose=0) if model and answered else [wrong, wrong]

    def last(name):
        return curves[name][-1] if name in curves else wrong

    mistakes = {
        "printed by fit": last("accuracy"),
        "validation rows": last("val_accuracy"),
        "loss": measured[0],
        "loss and accuracy": When(lambda v: len(v) == 2 and np.allclose(v, measured, rtol=1e-3)),
    }
    words = """
    praise: evaluate switches the augmentation off; fit measured accuracy on shifted images
    hint: evaluate the model on the training images; evaluate switches the augmentation off
    printed by fit: this is what fit printed, an average over the epoch, on shifted images
    validation rows: this is the accuracy on the validation rows; take the training rows
    loss: this is the loss; evaluate returns the accuracy second
    loss and accuracy: evaluate returns loss and accuracy; the task asks for the accuracy
    """
    return judge(value, measured[1], mistakes, words)


_CHANGE = 100.0  # what `change` adds in the cases below
_UNSPLIT = tuple(
    (np.arange(1.0, 2 * n + 1).reshape(n, 2), np.arange(n) % 3, lambda x: x + _CHANGE)
    for n in (8, 12)
)


def repaired_split(function: Callable) -> Verdict:
    """Judges: function(x, y, change): x and y to train on, with changed copies, and to validate.

    The last quarter of the rows is for validation. The training rows come first as they are, then
    as `change` makes them.
    """

    def rows(train, validation, fold=2):
        def answer(x, y, change):
            n = len(x) * 3 // 4
            first, last = train(x[:n], change), validation(x[n:], change)
            labels = np.tile(y[:n], fold), np.tile(y[n:], len(last) // (len(x) - n))
            return first, labels[0], last, labels[1]

        return answer

    def plain(x, change):
        return x

    def both(x, change):
        return np.concatenate([x, change(x)])

    def changed(x, change):
        return change(x)

    def shared(answer):
        """Whether a row, or a changed copy of it, stands in training and in validation."""
        first, last = (set(np.ravel(part) % _CHANGE) for part in (answer[0], answer[2]))
        return bool(first & last)

    mistakes = {
        "copies on both sides": When(lambda answers: any(map(shared, answers))),
        "validation rows changed": rows(both, changed),
        "validation rows copied": rows(both, both),
        "originals left out": rows(changed, plain, fold=1),
        "nothing changed": rows(plain, plain, fold=1),
        "labels not repeated": rows(both, plain, fold=1),
    }
    words = """
    praise: no validation row has a copy among the training rows
    hint: split first; then append change(x_train) to the training rows, and their labels to y
    copies on both sides: a row and its changed copy are on both sides of the split, so the
        validation score rewards memorising; split first, then augment the training rows
    validation rows changed: you changed the validation rows; measure on rows as they are
    validation rows copied: you augmented the validation rows as well; leave them as they are
    originals left out: the training rows hold changed copies only; keep the originals, too
    nothing changed: the split is right; now append the changed copies to the training rows
    labels not repeated: there are twice as many training rows as labels; repeat the labels, too
    """
    return judge_function(function, rows(both, plain), _UNSPLIT, mistakes, words)


def broken_noise_gain(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which input noise ends higher in three seeds.

    Args:
        change: {field: value}, without `input_noise` and `seed`.
        train: train(experiments), their runs; called with six experiments.
    """

    def noisy_minus_plain(changed):
        runs = train(grid(changed, input_noise=[0, 1], seed=range(3)))
        return metrics.paired_differences(runs[:3], runs[3:])

    base = Experiment(hidden=(128, 64), epochs=60)
    words = """
    praise: here noise makes the network worse; the claim needs a network that overfits
    hint: this asks for a dict of fields of Experiment, such as {"batch_size": 64}
    fixed field changed: leave input_noise and seed alone; the claim is about noise of 1
    nothing changed: these are the settings of the lesson; change at least one
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: the claim still holds in all three seeds; when does a network not overfit?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    fixed = ["input_noise", "seed"]
    return judge_broken_claim(change, base, fixed, noisy_minus_plain, lambda d: d < 0, words)


_CLASSES = (
    ([0, 2, 1], 4, 0.2),
    ([1, 1, 0, 4], 5, 0.5),
)


def smoothed_labels(function: Callable) -> Verdict:
    """Judges: function(y, classes, share), one-hot rows smoothed as by Keras."""

    def rows(true, other=lambda k, s: 0.0):
        """A function that gives the true class and the others what these give for (k, s)."""
        return lambda y, k, s: np.where(np.eye(k)[y] == 1, true(k, s), other(k, s))

    mistakes = {
        "spread over the others only": rows(lambda k, s: 1 - s, lambda k, s: s / (k - 1)),
        "spread past the true class": rows(lambda k, s: 1 - s, lambda k, s: s / k),
        "nothing taken away": rows(lambda k, s: 1 + s / k, lambda k, s: s / k),
        "nothing spread": rows(lambda k, s: 1 - s),
        "not divided by the classes": rows(lambda k, s: 1.0, lambda k, s: s),
        "kept for spread": rows(lambda k, s: s + (1 - s) / k, lambda k, s: (1 - s) / k),
        "not smoothed": rows(lambda k, s: 1.0),
    }
    words = """
    praise: the targets of CategoricalCrossentropy(label_smoothing=...), row by row
    hint: (1 - share) times one-hot, plus share / classes everywhere
    spread over the others only: you spread the share over the other classes; Keras spreads it over
        all classes, so the true one keeps 1 - s + s / K
    spread past the true class: the other classes are right, but each row sums to less than 1; the
        true class gets its part of the share, too
    nothing taken away: rows sum to more than 1; take the share from the true class first
    nothing spread: each row sums to less than 1; spread what you took away over all classes
    not divided by the classes: every class gets the whole share; divide it by K
    kept for spread: you keep the share and spread the rest; the share is what is spread
    not smoothed: these are the plain one-hot rows
    """
    return judge_function(
        function, rows(lambda k, s: 1 - s + s / k, lambda k, s: s / k), _CLASSES, mistakes, words
    )


_MIXED = (
    ([[1.0, 2], [3, 5], [0, 7]], np.eye(3), [2, 0, 1], [[0.75], [0.6], [0.9]]),
    ([[4.0, 0, 1], [2, 2, 8]], np.eye(4)[[3, 1]], [1, 0], [[0.6], [0.8]]),
)


def mixed_rows(function: Callable) -> Verdict:
    """Judges: function(x, y, partner, share), mixup of rows and one-hot labels.

    `share` has shape (rows, 1): each row has its own.
    """

    def mix(a, partner, share):
        return share * a + (1 - share) * a[partner]

    def exchanged(a, partner, share):
        return mix(a, partner, 1 - share)

    def unmixed(a, partner, share):
        return a

    def in_place(a, partner, share):
        for k, other in enumerate(partner):
            a[k] = share[k] * a[k] + (1 - share[k]) * a[other]
        return a

    def both(of_x, of_y=None):
        return lambda x, y, *how: (of_x(x, *how), (of_y or of_x)(y, *how))

    mistakes = {
        "labels not mixed": both(mix, unmixed),
        "inputs not mixed": both(unmixed, mix),
        "shares exchanged": both(mix, exchanged),
        "partner first": both(exchanged),
        "half and half": both(lambda a, partner, share: mix(a, partner, 0.5)),
        "mixed with itself": both(unmixed),
        "one share for all": both(lambda a, partner, share: mix(a, partner, share[0])),
        "overwritten on the way": both(in_place),
        "added up": both(lambda a, partner, share: a + a[partner]),
    }
    words = """
    praise: rows between rows, with labels between labels
    hint: share * x + (1 - share) * x[partner], and the same for y
    labels not mixed: the inputs are mixed, but the labels are still those of the first row; mix the
        labels with the same shares
    inputs not mixed: only the labels are mixed; mix the inputs with the same shares
    shares exchanged: inputs and labels are mixed with different shares; a row that gives 3/4 of the
        input gives 3/4 of the label
    partner first: share is what the row itself contributes; its partner contributes the rest
    half and half: you mix in equal parts; share says how much of each
    mixed with itself: your rows are unchanged; mix them with x[partner]
    one share for all: you mix all rows with the share of the first; each row has its own
    overwritten on the way: later rows are mixed with rows that were already mixed; write into new
        arrays, or mix all rows at once
    added up: you add the rows; weight them with share and 1 - share, which sum to 1
    """
    return judge_function(function, both(mix), _MIXED, mistakes, words)


_WORTHS = (
    ([500, 1000, 2000, 4000], [0.35, 0.45, 0.55, 0.63], 1000, 0.57),
    ([100, 300, 900], [0.5, 0.7, 0.76], 100, 0.56),
)


def worth_in_rows(function: Callable) -> Verdict:
    """Judges: function(rows, accuracy, used, reached), rows that an augmentation replaces."""

    def equal(n, a, used, reached):
        return np.interp(reached, a, n)

    def before(n, a, used, reached):
        return np.interp(used, n, a)

    def right(n, a, used, reached):
        return equal(n, a, used, reached) - used

    mistakes = {
        "own rows counted in": equal,
        "axes exchanged": lambda n, a, used, reached: before(n, a, used, reached) - reached,
        "gain in accuracy": lambda n, a, used, reached: reached - before(n, a, used, reached),
        "saved is negative": lambda *case: -right(*case),
        "next point of the curve": lambda n, a, used, reached: n[a >= reached][0] - used,
        "nearest point of the curve": lambda n, a, used, reached: (
            n[np.argmin(np.abs(a - reached))] - used
        ),
        "rows in proportion to accuracy": lambda n, a, used, reached: (
            used * reached / before(n, a, used, reached) - used
        ),
    }
    words = """
    praise: the augmentation replaces that many measured rows
    hint: np.interp(reached, accuracy, rows) gives the rows that reach as much; subtract `used`
    own rows counted in: this is how many rows are needed in all; subtract those that were used
    axes exchanged: this is a difference of accuracies; read the curve the other way, from accuracy
        to rows: np.interp(reached, accuracy, rows)
    gain in accuracy: this is the gain in accuracy; the question is how many rows give the same gain
    saved is negative: the sign is wrong; subtract the rows used from the rows needed
    next point of the curve: you took the next row count that was tried; interpolate between two of
        them, as np.interp does
    nearest point of the curve: you took the nearest row count that was tried; interpolate between
        two of them, as np.interp does
    rows in proportion to accuracy: you assumed that accuracy grows in proportion to the rows; it
        grows more and more slowly, so read it off the curve
    """
    return judge_function(function, right, _WORTHS, mistakes, words)
