"""The exercises of lesson 10: one's own table, from the raw columns to an honest score."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.networks import layers_of, units
from helpers.checks.verdicts import Verdict, When, judge, judge_function
from helpers.experiment import Experiment, grid


def normalised_model(model, x_train: np.ndarray, x_val: np.ndarray) -> Verdict:
    """Judges: a trained Keras model with a Normalization layer adapted on the training rows.

    Args:
        model: The Keras model, after `fit`.
        x_train, x_val: Its raw inputs: (rows, features).
    """

    def mean(m):
        return np.ravel(np.asarray(layers_of(m, "Normalization")[0].mean, float))

    def adapted_on(x):
        return When(lambda m: np.allclose(mean(m), np.mean(x, axis=0), rtol=1e-3, atol=1e-3))

    mistakes = {
        "no normalisation": When(lambda m: m.layers and not layers_of(m, "Normalization")),
        "normalised later": When(lambda m: m.layers[0] not in layers_of(m, "Normalization")),
        "never adapted": When(lambda m: not np.any(mean(m))),
        "validation rows": adapted_on(x_val),
        "all rows": adapted_on(np.concatenate([x_train, x_val])),
        "another output": When(lambda m: units(m)[-1] != 1 or _activation(m) != "sigmoid"),
        "never trained": When(lambda m: m.optimizer is None or int(m.optimizer.iterations) == 0),
    }
    words = """
    praise: whoever has the saved model can give it raw columns, and nothing about new rows was
        needed to scale them
    hint: this asks for a trained Keras model that begins with a Normalization layer
    no normalisation: there is no Normalization layer; the columns have units as different as years
        and amounts of money
    normalised later: the Normalization layer must come first, before any Dense layer
    never adapted: the layer knows mean 0 and variance 1 only; call adapt with the training rows
        before you build the model
    validation rows: the layer was adapted on the validation rows; they stand for rows that do not
        exist yet
    all rows: the layer was adapted on training and validation rows together; use the training rows
        only
    another output: there are two classes; end with Dense(1, activation="sigmoid")
    never trained: compile the model and call fit
    """
    right = When(
        lambda m: adapted_on(x_train).test(m) and not any(w.test(m) for w in mistakes.values())
    )
    return judge(model, right, mistakes, words)


def _activation(model) -> str:
    """The name of the activation of the last Dense layer."""
    return getattr(layers_of(model, "Dense")[-1].activation, "__name__", "")


def gain_over_baseline(answer, history: Mapping[str, Sequence[float]], baseline: float) -> Verdict:
    """Judges: the baseline's loss minus the lowest validation loss of a history, in nats."""

    def losses(name="val_loss"):
        return np.asarray(history[name], float)

    def near(number: Callable[[], float]):
        return When(lambda a: abs(float(a) - number()) < 1e-3)

    mistakes = {
        "wrong sign": near(lambda: losses().min() - baseline),
        "loss for gain": near(lambda: losses().min()),
        "last epoch": near(lambda: baseline - losses()[-1]),
        "training rows": near(lambda: baseline - losses("loss").min()),
        "ratio": near(lambda: losses().min() / baseline),
    }
    words = """
    praise: this is what the network has learned about new rows, in nats
    hint: subtract the lowest val_loss of the history from the baseline
    wrong sign: a gain is positive where the network is better; subtract its loss from the baseline
    loss for gain: this is the loss; how far is it below the baseline?
    last epoch: this is the gain after the last epoch; take the best epoch
    training rows: this is the training loss; what counts is the loss on new rows
    ratio: this is a ratio; the gain is a difference, in nats
    """
    return judge(answer, near(lambda: baseline - losses().min()), mistakes, words)


_LATE = frozenset({"days_overdue", "reminders_sent"})
_EARLY = frozenset({"age", "income", "amount", "duration"})


def columns_known_too_late(answer) -> Verdict:
    """Judges: the names of the columns that do not exist yet when a loan is decided."""

    def names(a):
        return {str(name).strip().lower() for name in ([a] if isinstance(a, str) else a)}

    mistakes = {
        "one left": When(lambda a: names(a) and names(a) < _LATE),
        "sides changed": When(lambda a: names(a) == _EARLY),
        "known at once": When(lambda a: names(a) & _EARLY and names(a) <= _EARLY | _LATE),
        "nothing leaks": When(lambda a: not isinstance(a, str) and len(a) == 0),
    }
    words = """
    praise: both exist only after the loan was paid out; on the day of the decision they are empty
    hint: give the names of the columns as a list, such as ["age"]
    one left: there is another column of which nobody knows anything on that day
    sides changed: these are the columns that may stay; asked for are those that must go
    known at once: one of these stands in the application itself, so it may stay, however much it
        tells
    nothing leaks: read the descriptions once more; which of these values are written down only
        after the loan was paid out?
    """
    return judge(answer, When(lambda a: names(a) == _LATE), mistakes, words)


_NAN = math.nan
_TABLES = (
    (
        [[1.0, 10.0], [2.0, _NAN], [6.0, 30.0], [3.0, 80.0]],
        [[2.0, _NAN], [9.0, 50.0], [4.0, 70.0]],
    ),
    (
        [[0.5, _NAN], [_NAN, 4.0], [2.5, 5.0], [9.0, 9.0], [1.0, 0.0]],
        [[_NAN, 7.0], [3.0, _NAN], [5.0, 1.0]],
    ),
)


def repaired_preparation(function: Callable) -> Verdict:
    """Judges: function(x_train, x_new) -> both, NaN filled, scaled by the training rows."""

    def filled(x, values):
        return np.where(np.isnan(x), values, x)

    def prepared(fill, scale, centre=np.nanmedian):
        """A wrong or right function: which rows (of training, new) give medians and scales."""

        def solved(x_train, x_new):
            both = {"training": x_train, "new": x_new, "all": np.concatenate([x_train, x_new])}
            made = {name: filled(x, centre(both[fill], axis=0)) for name, x in both.items()}
            mean, deviation = made[scale].mean(axis=0), made[scale].std(axis=0)
            return (made["training"] - mean) / deviation, (made["new"] - mean) / deviation

        return solved

    def own(x_train, x_new):
        training, new = prepared("training", "training"), prepared("new", "new")
        return training(x_train, x_new)[0], new(x_train, x_new)[1]

    def own_scale(x_train, x_new):
        training, new = prepared("training", "training"), prepared("training", "new")
        return training(x_train, x_new)[0], new(x_train, x_new)[1]

    mistakes = {
        "nothing repaired": prepared("all", "all"),
        "medians of all rows": prepared("all", "training"),
        "scaled by all rows": prepared("training", "all"),
        "each by itself": own,
        "new rows scaled by themselves": own_scale,
        "means for medians": prepared("training", "training", np.nanmean),
        "NaN left": When(lambda found: any(np.isnan(x).any() for pair in found for x in pair)),
    }
    words = """
    praise: medians, means and standard deviations come from the training rows; new rows only use
        them
    hint: take the medians of x_train, put them in place of NaN in both, then take the mean and
        standard deviation of the filled x_train and scale both with them
    nothing repaired: this is what the script does; which rows may its medians, means and standard
        deviations come from?
    medians of all rows: the medians still come from training and new rows together
    scaled by all rows: mean and standard deviation still come from training and new rows together
    each by itself: the new rows are prepared by numbers of their own; then the same raw value
        means something else there, and a single new row could not be prepared at all
    new rows scaled by themselves: the new rows are scaled by their own mean; use those of the
        training rows
    means for medians: the script fills in medians, not means; leave that as it is
    NaN left: there are missing values left; fill them in before you take means and standard
        deviations
    """
    return judge_function(function, prepared("training", "training"), _TABLES, mistakes, words)


_GROUPS = (
    ([1, 1, 2, 3, 3, 7], [1, 3, 3, 4, 5]),
    ([4, 4, 4, 9, 8, 8], [9, 9, 9, 5, 8, 6, 6, 2]),
)


def known_groups(function: Callable) -> Verdict:
    """Judges: function(train_groups, new_groups), the fraction of new rows of a known group."""

    def right(train, new):
        return np.isin(new, train).mean()

    mistakes = {
        "groups counted": lambda t, n: np.isin(np.unique(n), t).mean(),
        "training rows counted": lambda t, n: np.isin(t, n).mean(),
        "unknown ones": lambda t, n: 1 - right(t, n),
        "rows for a fraction": lambda t, n: float(np.isin(n, t).sum()),
        "place by place": lambda t, n: np.mean([a == b for a, b in zip(t, n, strict=False)]),
        "yes or no": lambda t, n: bool(np.isin(n, t).any()),
    }
    words = """
    praise: above 0 the score is partly that of groups which the network has already seen
    hint: np.isin(new_groups, train_groups) says for each new row whether its group is known
    groups counted: this is the fraction of groups; a group of many rows counts as many times
    training rows counted: this is the fraction of training rows; the score comes from the new rows
    unknown ones: this is the fraction of rows whose group is new
    rows for a fraction: this is how many rows; divide by the number of new rows
    place by place: this compares the first row with the first, the second with the second; ask of
        each new row whether its group is anywhere among the training rows
    yes or no: this says whether there is any; how many of the rows are there?
    """

    return judge_function(function, right, _GROUPS, mistakes, words)


_ERRORS = ((0.25, 16.0), (0.09, 5.0), (0.5, 0.2))


def error_in_units(function: Callable) -> Verdict:
    """Judges: function(loss, standard_deviation), the root mean squared error in units.

    `loss` is the mean squared error of the standardised target.
    """
    mistakes = {
        "root forgotten": lambda loss, deviation: loss * deviation,
        "unit forgotten": lambda loss, deviation: math.sqrt(loss),
        "squared unit": lambda loss, deviation: loss * deviation**2,
        "root of the product": lambda loss, deviation: math.sqrt(loss * deviation),
        "divided": lambda loss, deviation: math.sqrt(loss) / deviation,
        "fraction explained": lambda loss, deviation: 1 - loss,
    }
    words = """
    praise: this is a typical error in the unit of the target, which one can tell an engineer
    hint: the root of the loss is an error in standard deviations of the target
    root forgotten: the loss is a mean of squares; take its root first
    unit forgotten: this is in standard deviations of the target; how large is one of them?
    squared unit: this is in squared units; take the root
    root of the product: the standard deviation is not squared, so it stands outside the root
    divided: one standard deviation of the target is that many units, so multiply
    fraction explained: this is R², the fraction of the variance that is explained
    """
    return judge_function(
        function, lambda loss, deviation: math.sqrt(loss) * deviation, _ERRORS, mistakes, words
    )


_LESSON = Experiment(hidden=(64, 64), epochs=40)
_L2 = 0.01
_LARGE = 0.03  # nats


def unhelpful_penalty(change, train: Callable) -> Verdict:
    """Judges: changed fields with which an L2 penalty no longer lowers the last validation loss.

    Args:
        change: {field: value}, without `seed` and `l2`.
        train: train(experiments), their runs on the credit table; called with three seeds
            without a penalty, then with one.
    """

    def gain(changed):
        runs = train(grid(changed, l2=[0.0, _L2], seed=range(3)))
        last = [np.inf if run.diverged else run.validation_loss[-1] for run in runs]
        plain, penalised = np.reshape(np.asarray(last, float), (2, 3))
        with np.errstate(invalid="ignore"):
            return plain - penalised

    words = """
    praise: a penalty helps against overfitting, and here there is next to none to help against
    hint: this asks for a dict of fields of Experiment, such as {"dropout": 0.2}
    fixed field changed: leave seed and l2 as they are; the check sets them
    nothing changed: change at least one field
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: the penalty still lowers the loss by more than that; when does a network not
        overfit in the first place?
    depends on the seed: it fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(change, _LESSON, ["seed", "l2"], gain, lambda g: g > _LARGE, words)
