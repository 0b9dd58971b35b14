"""The exercises of lesson 07: choosing hyperparameters."""

import itertools
import math
from collections.abc import Callable

import numpy as np

from helpers import metrics
from helpers.checks.broken_claims import judge_broken_claim
from helpers.checks.verdicts import Verdict, When, any_of, judge, judge_function
from helpers.experiment import Experiment, grid

_ERROR = math.sqrt(0.8 * 0.2 / 200)
_HIGHEST_OF_50 = 2.25


def winners_optimism(answer) -> Verdict:
    """Judges: the optimism of the best of 50 equal candidates, on 200 rows at 80 %."""
    right = _HIGHEST_OF_50 * _ERROR
    mistakes = {
        "points for a fraction": 100 * right,
        "score for optimism": 0.8 + right,
        "root forgotten": any_of(_ERROR**2, _HIGHEST_OF_50 * _ERROR**2),
        "candidates forgotten": _ERROR,
        "mean for maximum": any_of(right / math.sqrt(50), _ERROR / math.sqrt(50)),
        "errors added up": any_of(_ERROR * math.sqrt(50), 50 * _ERROR),
        "winner believed": _HIGHEST_OF_50 * math.sqrt(0.84 * 0.16 / 200),
        "upper bound": any_of(math.sqrt(2 * math.log(50)) * _ERROR),
    }
    words = """
    praise: 2.25 standard errors are more than these four points, so the winner's score is no
        evidence that it is better than the others
    hint: the optimism is 2.25 standard errors, and a standard error is the root of p (1 - p) / n
    points for a fraction: these are points; 0.8 is a fraction, and so is the answer
    score for optimism: this is the expected score of the best; subtract 0.8
    root forgotten: p (1 - p) / n is a variance; the standard error is its square root
    candidates forgotten: this is one standard error, the typical error of one score; the best of
        50 is further from the mean
    mean for maximum: dividing by the root of 50 gives the standard error of the mean of 50 scores;
        the question is about the highest of them
    errors added up: errors do not add up over candidates; the best of 50 is 2.25 standard errors
        above the mean
    winner believed: you took p from the winner's score, which is too optimistic; all settings are
        equally good, with p = 0.8
    upper bound: sqrt(2 ln k) is an upper bound; on average the best of 50 is 2.25 standard errors
        above the mean
    """
    return judge(answer, right, mistakes, words, tolerance=0.01)


def _broken_rules(found, rows: int, k: int) -> str | None:
    """The rules that folds break, as words such as "idle uneven"; "" if none, None if no answer."""
    if found is None or found is ...:
        return None
    try:
        sides = [tuple(map(np.asarray, pair)) for pair in found]
        if any(side.dtype == bool for pair in sides for side in pair):
            return "masks"
        pairs = [tuple([int(row) for row in side] for side in pair) for pair in sides]
        training, validation = zip(*pairs, strict=True)
    except (TypeError, ValueError):
        return "form"
    every, validated = set(range(rows)), list(itertools.chain(*validation))
    sizes = [len(fold) for fold in validation]
    idle = any(every - set(a) - set(b) for a, b in pairs)
    known = set(validated) <= every and all(len(a) == len(set(a) & every) for a in training)
    broken = {
        "turned": sorted(itertools.chain(*training)) == sorted(every) and not idle,
        "number": len(pairs) != k,
        "unknown": not known,
        "shared": any(set(a) & set(b) for a, b in pairs),
        "twice": len(validated) > len(set(validated)),
        "never": every > set(validated),
        "idle": idle,
        "uneven": max(sizes) - min(sizes) > 1,
    }
    return " ".join(rule for rule, so in broken.items() if so)


def fold_rows(function: Callable) -> Verdict:
    """Judges: function(rows, k), a list of k pairs (training, validation) of row numbers."""

    def right(rows, k):
        numbers = np.arange(rows)
        return [(numbers[numbers % k != fold], numbers[numbers % k == fold]) for fold in range(k)]

    def call(f, rows, k):
        return _broken_rules(f(rows, k), rows, k)

    def breaks(rule):
        return When(lambda reports: any(rule in report.split() for report in reports))

    mistakes = {
        "turned round": breaks("turned"),
        "masks for numbers": breaks("masks"),
        "counted from one": breaks("unknown"),
        "validated on training rows": breaks("shared"),
        "validated more than once": breaks("twice"),
        "rows left over": breaks("never"),
        "one fold to learn from": breaks("idle"),
        "one large fold": breaks("uneven"),
    }
    words = """
    praise: each row is used for validation once, by a network that was not trained on it
    hint: return a list of k pairs (training rows, validation rows) of row numbers from 0
    turned round: your networks are trained on one fold and validated on all others; use one fold
        for validation and train on all others
    masks for numbers: these are boolean masks; np.flatnonzero(mask) makes row numbers of one
    counted from one: some numbers occur twice or belong to no row; rows are 0 to rows - 1
    validated on training rows: some rows validate a network that was trained on them; take the
        validation rows out of the training rows
    validated more than once: some rows are in two folds; each row validates exactly once
    rows left over: some rows never validate; if rows is not divisible by k, some folds have one row
        more
    one fold to learn from: some rows of a pair are in neither set; train on all other folds
    one large fold: one fold has all rows that are left over; fold sizes differ by at most one row
    """
    cases = ((10, 5), (11, 3), (6, 6))
    return judge_function(function, right, cases, mistakes, words, call=call)


_STRENGTHS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
_SCORES = (  # (strengths, folds)
    [
        [0.62, 0.70, 0.66, 0.74, 0.68],
        [0.50, 0.56, 0.53, 0.59, 0.52],
        [0.44, 0.52, 0.47, 0.56, 0.46],
        [0.465, 0.535, 0.485, 0.58, 0.475],
        [0.51, 0.52, 0.53, 0.55, 0.54],
        [0.45, 0.66, 0.50, 0.70, 0.41],
    ],
    [
        [0.41, 0.37, 0.45, 0.39],
        [0.40, 0.36, 0.43, 0.37],
        [0.405, 0.38, 0.43, 0.385],
        [0.425, 0.40, 0.42, 0.385],
        [0.43, 0.41, 0.44, 0.40],
        [0.60, 0.58, 0.63, 0.57],
    ],
    # Four folds with a standard error of 0.01 at the lowest mean: the next three are 0.84, 0.95
    # and 1.08 errors above it, so that another divisor chooses another strength.
    np.array([[0.48], [0.44], [0.4], [0.4084], [0.4095], [0.4108]])
    + 0.01 * np.sqrt(3) * np.array([-1, -1, 1, 1]),
)


def strongest_within_error(function: Callable) -> Verdict:
    """Judges: function(strengths, scores), the one-standard-error choice over folds."""

    def rule(error, choose=max):
        def answer(strengths, scores):
            mean = scores.mean(axis=1)
            return float(choose(strengths[mean <= mean.min() + error(scores, mean.argmin())]))

        return answer

    def of_mean(values, ddof=1):
        return values.std(axis=-1, ddof=ddof) / math.sqrt(values.shape[-1])

    right = rule(lambda s, low: of_mean(s[low]))
    mistakes = {
        "lowest mean": rule(lambda *_: 0.0),
        "deviation for error": rule(lambda s, low: s[low].std(ddof=1)),
        "weakest for strongest": rule(lambda s, low: of_mean(s[low]), min),
        "position for strength": lambda strengths, s: strengths.tolist().index(right(strengths, s)),
        "ddof forgotten": rule(lambda s, low: of_mean(s[low], ddof=0)),
        "root of the strengths": rule(lambda s, low: s[low].std(ddof=1) / math.sqrt(len(s))),
        "each its own error": rule(lambda s, low: of_mean(s)),
        "strengths for folds": rule(
            lambda s, low: s.mean(axis=1).std(ddof=1) / math.sqrt(s.shape[1])
        ),
    }
    words = """
    praise: it is the strongest penalty that these folds cannot distinguish from the best
    hint: the bound is the lowest mean over folds plus its s / sqrt(folds); return the largest
        strength whose mean is not above the bound
    lowest mean: this is the strength with the lowest mean; the rule takes the strongest one that is
        within one standard error of it
    deviation for error: you allow a standard deviation of the folds; the standard error of their
        mean is smaller, by the root of the number of folds
    weakest for strongest: this is the weakest penalty within one standard error; take the strongest
    position for strength: this is an index; return the strength at that index
    ddof forgotten: your standard error is a little too small; without ddof=1, std divides by n
    root of the strengths: divide by the root of the number of folds, not of strengths
    each its own error: you gave each strength its own standard error; the bound is the lowest mean
        plus the standard error of that one
    strengths for folds: you computed the standard error from the means of different strengths; take
        the folds at one strength, the one with the lowest mean
    """
    cases = [(_STRENGTHS, scores) for scores in _SCORES]
    return judge_function(function, right, cases, mistakes, words)


class _Trained:
    """Stands for candidates that can be trained for 1, 2, 4, ... rounds; notes what is asked."""

    def __init__(self, curves: dict[float, tuple[float, ...]], first: int):
        self.curves, self.first, self.asked = curves, first, set()

    def __call__(self, candidate, epochs) -> float:
        done = epochs / self.first
        if candidate not in self.curves or done < 1 or not math.log2(done).is_integer():
            raise ValueError(f"loss({candidate!r}, {epochs!r}): no such candidate or epochs")
        self.asked.add((candidate, int(epochs)))
        curve = self.curves[candidate]
        return curve[min(int(math.log2(done)), len(curve) - 1)]

    @property
    def rounds(self) -> str:
        """Such as "8@1 4@2 2@4"; that the last one left was asked as well does not matter."""
        epochs = sorted({e for _, e in self.asked})
        counts = {e: sum(at == e for _, at in self.asked) for e in epochs}
        return " ".join(f"{count}@{e}" for e, count in counts.items() if count > 1)


# The losses after the first epochs, twice, four times and eight times as many: some start well
# and end badly, so that a search that asks too early, too late or the wrong way round ends
# elsewhere.
_RACES = (
    (
        {
            0.001: (0.50, 0.58, 0.70, 0.90),
            0.002: (0.52, 0.51, 0.60, 0.80),
            0.005: (0.54, 0.53, 0.50, 0.55),
            0.01: (0.56, 0.52, 0.51, 0.49),
            0.02: (0.60, 0.50, 0.45, 0.43),
            0.05: (0.64, 0.55, 0.44, 0.40),
            0.1: (0.66, 0.57, 0.52, 0.50),
            0.2: (0.69, 0.68, 0.67, 0.66),
        },
        5,
    ),
    (
        {
            0.1: (0.60, 0.60, 0.61),
            0.2: (0.59, 0.57, 0.40),
            0.3: (0.70, 0.40, 0.30),
            0.4: (0.58, 0.58, 0.58),
        },
        3,
    ),
)


def successive_halving(function: Callable) -> Verdict:
    """Judges: function(loss, candidates, epochs), the one that is left of a power of two."""

    def watched(f, curves, first):
        loss = _Trained(curves, first)
        return f(loss, list(curves), first), loss.rounds

    def halve(worse=False, until=1, first=1, keep=lambda n: n // 2):
        def search(loss, candidates, epochs):
            left, epochs = list(candidates), first * epochs
            while len(left) > until:
                left.sort(key=lambda c: loss(c, epochs), reverse=worse)
                left, epochs = left[: keep(len(left))], 2 * epochs
            return left[0]

        return search

    def at_once(rounds):
        def search(loss, candidates, epochs):
            return min(candidates, key=lambda c: loss(c, epochs * rounds(len(candidates))))

        return search

    def with_loss(loss, candidates, epochs):
        winner = halve()(loss, candidates, epochs)
        return loss(winner, epochs * len(candidates) // 2)

    def winners(f):
        """Whatever was asked on the way."""
        known = [watched(f, *race)[0] for race in _RACES]
        return When(lambda answer: [winner for winner, _ in answer] == known)

    mistakes = {
        "worse half kept": winners(halve(worse=True)),
        "first losses only": winners(at_once(lambda n: 1)),
        "doubled too soon": winners(halve(first=2)),
        "last round left out": winners(halve(until=2)),
        "all trained to the end": winners(at_once(lambda n: n // 2)),
        "one at a time": winners(halve(keep=lambda n: n - 1)),
        "loss for candidate": winners(with_loss),
    }
    words = """
    praise: most candidates are trained briefly, and only two to the end
    hint: while more than one is left, sort by loss(candidate, epochs), keep the first half, double
        the epochs; then return the one that is left
    worse half kept: you keep the half with the higher losses; keep the lower ones
    first losses only: the losses after the first epochs decide everything; compare the candidates
        that are left again, after twice as many epochs
    doubled too soon: the first round is after twice as many epochs; double the number after it
    last round left out: you stop with two left; compare them once more, after twice as many epochs
    all trained to the end: you train all candidates to the end, which halving is meant to avoid
    one at a time: you drop one candidate a round; drop half of them
    loss for candidate: this is the loss of the candidate that is left; return the candidate
    """
    return judge_function(function, halve(), _RACES, mistakes, words, call=watched)


_RANGE = (1e-4, 1.0)
_TRIALS = 8


def tuned_study(study) -> Verdict:
    """Judges: an Optuna study of `l2` whose first trial is 0.3, by validation data loss."""
    done = [t for t in getattr(study, "trials", []) if t.value is not None]
    first = next((t.value for t in done if t.params.get("l2") == 0.3), math.nan)

    def scale(s):
        return s.trials[0].distributions["l2"]

    def weakest(s):
        return min(done, key=lambda t: t.params["l2"]).value

    mistakes = {
        "maximised": When(lambda s: s.direction.name == "MAXIMIZE"),
        "penalty counted": When(lambda s: first > 0.8),
        "accuracy returned": When(lambda s: weakest(s) > first),
        "linear scale": When(lambda s: not scale(s).log),
        "another range": When(lambda s: (scale(s).low, scale(s).high) != _RANGE),
        "too few trials": When(lambda s: s.trials and len(done) < _TRIALS),
    }
    words = """
    praise: eight strengths on a log scale, compared by the loss that contains no penalty
    hint: this asks for an Optuna study whose objective suggests "l2" and returns a number
    maximised: a lower loss is better; create the study with direction="minimize", the default
    penalty counted: with l2(0.3) the returned loss is far above the baseline, so it contains the
        penalty; return val_data_loss
    accuracy returned: the score rises when the penalty becomes weaker, so a study that minimises it
        chooses the worst; return val_data_loss
    linear scale: nine of ten trials will have an l2 above 0.1; pass log=True to suggest_float
    another range: suggest l2 between 0.0001 and 1
    too few trials: a trial failed or is missing; the task asks for eight
    """
    right = When(lambda s: done and not any(m.test(s) for m in mistakes.values()))
    waits = hasattr(study, "trials") and not done  # the objective returns nothing yet
    return judge(None if waits else study, right, mistakes, words)


def best_of_study(answer, study) -> Verdict:
    """Judges: the `l2` of a study's best trial."""
    done = [t for t in study.trials if t.value is not None]
    best = min(done, key=lambda t: t.value) if done else None
    wrong = When(lambda _: False)
    mistakes = {
        "loss for strength": best.value if done else wrong,
        "number of the trial": best.number if done else wrong,
        "the last trial": done[-1].params["l2"] if done else wrong,
        "the worst trial": max(done, key=lambda t: t.value).params["l2"] if done else wrong,
    }
    words = """
    praise: this trial has the lowest data loss; as the best of eight it is too optimistic
    hint: study.best_params is a dict of the best trial's hyperparameters
    loss for strength: this is the loss of the best trial; return its l2
    number of the trial: this is the number of the best trial; return its l2
    the last trial: this is the l2 of the last trial; the best one may be earlier
    the worst trial: this trial has the highest loss
    """
    return judge(answer, best.params["l2"] if done else wrong, mistakes, words)


class _Network:
    """Stands for a Keras model: notes what it is given, and gives known scores."""

    def __init__(self, made: list):
        made.append(self)
        self.number, self.trained, self.scored = len(made), [], []

    def fit(self, x, y, **_):
        self.trained.append(np.array(x, float))

    def evaluate(self, x, y, return_dict=False, **_):
        self.scored.append(np.array(x, float))
        scores = {"loss": 2.0 + self.number**2, "data_loss": 0.1 * self.number**2}
        return scores if return_dict else list(scores.values())


_ROWS = np.random.default_rng(0).normal(3, 2, (12, 2)) ** 2
_FOLDS = [(np.setdiff1d(np.arange(12), out), out) for out in np.arange(12).reshape(4, 3)]


def _broken_steps(function) -> str | None:
    """What a cross-validation does wrong, as words; "" if nothing, None if no answer."""
    made: list[_Network] = []
    answer = function(lambda: _Network(made), _ROWS.copy(), np.zeros((12, 1)), list(_FOLDS))
    if answer is None or answer is ...:
        return None
    trained = [x for network in made for x in network.trained]
    scored = [x for network in made for x in network.scored]
    if len(trained) != len(_FOLDS) or len(scored) != len(_FOLDS):
        return "form"

    def scaled(x, by):
        return (x - by.mean(axis=0)) / by.std(axis=0)

    def all_close(found, wanted):
        return all(
            a.shape == b.shape and np.allclose(a, b) for a, b in zip(found, wanted, strict=True)
        )

    learn = [_ROWS[rows] for rows, _ in _FOLDS]
    out = [_ROWS[rows] for _, rows in _FOLDS]
    loss, data = ([2 + n**2 for n in range(1, 5)], [0.1 * n**2 for n in range(1, 5)])
    if np.shape(answer) and np.allclose(answer, data if np.size(answer) == 4 else np.nan):
        return "list"
    if all_close(scored, [scaled(x, x) for x in learn]) or all_close(scored, learn):
        return "training"
    if all_close(trained, [scaled(_ROWS, _ROWS)[rows] for rows, _ in _FOLDS]):
        return "before"
    if all_close(trained, learn):
        return "unscaled"
    if all_close(scored, [scaled(x, x) for x in out]):
        return "itself"
    if len(made) == 1:
        return "one"
    if np.allclose(answer, np.mean(loss)):
        return "penalty"
    pairs = list(zip(out, learn, strict=True))
    right = all_close(trained, [scaled(x, x) for x in learn])
    right = right and all_close(scored, [scaled(x, by) for x, by in pairs])
    return "" if right and np.allclose(answer, np.mean(data)) else "other"


def repaired_cross_validation(function: Callable) -> Verdict:
    """Judges: function(build, x, y, folds), the mean data loss over folds of new networks."""

    def says(word):
        return When(lambda found: found == (word,))

    def right(build, x, y, folds):
        scores = []
        for train, out in folds:
            mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
            model = build()
            model.fit((x[train] - mean) / deviation, y[train])
            held = (x[out] - mean) / deviation
            scores.append(model.evaluate(held, y[out], return_dict=True)["data_loss"])
        return np.mean(scores)

    mistakes = {
        "scaled before the split": says("before"),
        "not scaled": says("unscaled"),
        "validation scaled by itself": says("itself"),
        "scored on training rows": says("training"),
        "one model for all folds": says("one"),
        "penalty in the score": says("penalty"),
        "list for mean": says("list"),
    }
    words = """
    praise: each fold has a new network, its own standardisation, and a score without the penalty
    hint: for each fold call build, fit and evaluate once, and return the mean of the data losses
    scaled before the split: mean and standard deviation come from all rows, validation rows
        included; compute them from the training rows of each fold
    not scaled: the training rows are not standardised; subtract their mean and divide by their
        standard deviation
    validation scaled by itself: the validation rows have their own mean and standard deviation; use
        those of the training rows for both
    scored on training rows: evaluate the model on the rows of the fold that it was not trained on
    one model for all folds: from the second fold on, the model has been trained on its validation
        rows; call build inside the loop
    penalty in the score: this is the mean of "loss", which contains the penalty; take "data_loss"
    list for mean: these are the losses of the folds; return their mean
    """
    return judge_function(function, right, [()], mistakes, words, call=lambda f: _broken_steps(f))


def unhelpful_dropout(change, train: Callable) -> Verdict:
    """Judges: changed fields of `Experiment` with which dropout 0.4 does not help.

    Args:
        change: {field: value}, without `dropout` and `seed`.
        train: train(experiments), their runs; called with three seeds without and with dropout.
    """

    def gained(changed):
        """How much higher the validation loss is with dropout, for each seed."""
        runs = train(grid(changed, dropout=[0, 0.4], seed=range(3)))
        without, dropped = metrics.final(runs, "validation_loss").reshape(2, 3)
        with np.errstate(invalid="ignore"):  # both may be infinite
            return dropped - without

    base = Experiment(hidden=(32,), learning_rate=3e-3, epochs=60)
    words = """
    praise: dropout helps a network that overfits; this one does not, so choose settings together
    hint: this asks for a dict of fields of Experiment, such as {"epochs": 30}
    fixed field changed: leave dropout and seed as they are; the claim is about dropout 0.4
    nothing changed: change at least one field
    diverged: a run diverged, so there is nothing to compare; lower the learning rate
    the claim holds: dropout still lowers the validation loss; when does a network not overfit?
    depends on the seed: the claim fails in some seeds only; go further in the same direction
    """
    return judge_broken_claim(change, base, ["dropout", "seed"], gained, lambda d: d < 0, words)
