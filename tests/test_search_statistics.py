"""What a search reckons with: candidates, rounds, paired differences, and the words for them."""

import math

import numpy as np
import pytest

from helpers import drawing
from helpers.experiment import Experiment
from helpers.metrics import Interval
from helpers.search import rounds, space, verdict
from helpers.search.opening import r_squared, wilson
from helpers.search.statistics import Option, best, corrected_interval, fold_error, gain

BASE = Experiment(hidden=(32, 16), epochs=100, l2=0.5, dropout=0.2)


def option(name, losses, early=False, is_baseline=False):
    """An option whose curves, (folds, seeds, epochs), are given."""
    return Option(name, BASE, early, is_baseline, np.asarray(losses, float))


# --- Candidates ---------------------------------------------------------------------------


def test_the_first_trials_are_the_baselines_without_any_regularisation():
    plain, linear, *candidates = space.trials_of(BASE)
    assert plain.experiment == Experiment(hidden=(32, 16), epochs=100)
    assert linear.experiment.hidden == () and linear.experiment.l2 == 0
    assert [t.is_baseline for t in (plain, linear)] == [True, True]
    assert not any(t.is_baseline for t in candidates)
    assert len({t.name for t in candidates}) == len({t.experiment for t in candidates}) > 20


def test_the_courses_list_has_every_technique_pairs_and_widths():
    names = [t.name for t in space.trials_of(BASE)]
    for name in ("L2 0.01", "L1 0.001", "dropout 0.35", "decoupled decay 0.5",
                 "L2 0.001 and dropout 0.2", "linear model with L2 0.01", "8-4 units",
                 "64-32 units and L2 0.001"):  # fmt: skip
        assert name in names


def test_a_space_of_fields_gives_each_value_and_each_pair():
    found = space.trials_of(BASE, {"l2": [0, 0.01, 0.1], "dropout": (0.5,)})
    assert [t.name for t in found[2:]] == [
        "L2 0.01", "L2 0.1", "dropout 0.5", "L2 0.01 and dropout 0.5", "L2 0.1 and dropout 0.5",
    ]  # fmt: skip


def test_experiments_are_taken_as_they_are():
    (found,) = space.trials_of(BASE, [Experiment(hidden=(5,), l1=0.01, seed=3)])[2:]
    assert found.name == "5 units, L1 0.01 and epochs 200" and found.experiment.seed == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"l3": [1]}, "'l3' is no field of Experiment"),
        ({"l2": 0.1}, "l2=0.1 must be a sequence"),
        ({"l2": [-1]}, "l2=-1"),
        ({"l2": [0]}, "must hold a candidate that is no baseline"),
        ([], "must hold a candidate"),
        (["l2"], "or hold Experiments"),
    ],
)
def test_a_space_that_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        space.trials_of(BASE, given)


# --- Rounds -------------------------------------------------------------------------------


def test_the_most_thorough_plan_that_fits_is_taken():
    def plan(seconds):
        return rounds.choose(28, 2, 5, 3, 200, seconds, epoch_seconds=0.01)

    costs = [rounds.cost(plan(seconds), 2) * 0.01 for seconds in (30, 100, 200, 400, math.inf)]
    assert costs == sorted(costs) and costs[0] < costs[-1]
    for seconds, cost in zip((30, 100, 200, 400), costs, strict=False):
        assert cost <= seconds
    assert plan(math.inf)[0] == rounds.Round(28, 5, 1, 200)
    assert plan(100)[0].epochs == 50  # many briefly, some to the end
    assert plan(0) == plan(1e-9) != []


def test_each_round_of_every_plan_has_no_more_candidates_than_the_one_before():
    for count in (1, 3, 28):
        for plan in rounds.plans(count, 5, 3, 100):
            kept = [count, *(now.candidates for now in plan)]
            assert kept == sorted(kept, reverse=True) and kept[-1] >= 1
            assert plan[-1].epochs == 100


# --- Paired differences -------------------------------------------------------------------


def test_the_corrected_interval_is_the_formula_of_nadeau_and_bengio():
    found = corrected_interval([1, 2, 3, 4, 5], ratio=0.25)
    half = 2.7764451 * math.sqrt((1 / 5 + 0.25) * 2.5)
    assert found == pytest.approx((3, 3 - half, 3 + half, half))


@pytest.mark.parametrize("values", [[1.0], [1.0, math.inf], [math.nan, 1.0]])
def test_where_there_is_no_interval_it_has_no_bounds(values):
    assert corrected_interval(values, 0.25)[1:] == (-math.inf, math.inf, math.inf)


def test_the_epoch_of_early_stopping_is_chosen_without_the_fold_it_is_measured_on():
    curves = np.full((3, 1, 4), 1.0)
    curves[0, 0, 3] = -10  # only the first fold is low at the last epoch
    curves[1:, 0, 1] = 0.9
    found = option("x", curves, early=True)
    assert found.epoch(0) == 1 and found.losses()[0, 0] == 1.0
    assert found.epoch() == 3
    assert option("x", curves).losses()[0, 0] == -10


def test_a_gain_chooses_on_the_other_folds():
    lucky = option("lucky", [[[0.0]], [[2.0]], [[2.0]]])  # lowest on the first fold alone
    steady = option("steady", [[[1.0]], [[1.0]], [[1.1]]])
    baseline = option("baseline", [[[1.5]], [[1.5]], [[1.5]]], is_baseline=True)
    found = gain([lucky, steady], [baseline], 0.5)
    assert best([lucky, steady]) is steady
    assert found.mean == pytest.approx(np.mean([1.0 - 1.5, 2.0 - 1.5, 2.0 - 1.5]))


def test_a_gain_is_no_clearer_than_the_candidate_that_is_named():
    first = option("first", [[[1.0]], [[0.0]], [[0.0]], [[5.0]]])
    second = option("second", [[[0.0]], [[0.9]], [[0.9]], [[0.1]]])
    baseline = option("baseline", [[[1.0]], [[1.0]], [[1.0]], [[1.0]]], is_baseline=True)
    found = gain([first, second], [baseline], 0.3)
    alone = corrected_interval([-1.0, -0.1, -0.1, -0.9], 0.3)
    assert best([first, second]) is second and found.high >= alone.high


def test_seeds_that_one_of_a_pair_lacks_do_not_count():
    some = option("some", [[[1.0], [np.nan]], [[1.0], [5.0]]])
    every = option("every", [[[2.0], [9.0]], [[2.0], [7.0]]])
    assert gain([some], [every], 0.25).mean == pytest.approx((-1 + (-1 - 2) / 2) / 2)


def test_a_diverged_candidate_is_never_the_best_nor_clear():
    broken = option("broken", [[[np.inf]], [[0.0]], [[0.0]]])
    whole = option("whole", [[[1.0]], [[1.0]], [[1.0]]])
    assert best([broken, whole]) is whole
    assert not verdict.clear(gain([broken], [whole], 0.5))
    assert fold_error(broken.losses()) == math.inf


def noise(random, names, folds=5):
    """Options that differ by nothing but noise: of rows, which all share, and of their own."""
    rows = random.normal(size=(folds, 1, 1))
    return [option(n, 1 + rows + 0.1 * random.normal(size=(folds, 1, 1))) for n in names]


def test_of_many_candidates_that_are_only_noise_none_beats_the_baseline():
    random, honest, flattered = np.random.default_rng(0), [], []
    for _ in range(200):
        baseline, *candidates = noise(random, range(31))
        honest.append(gain(candidates, [baseline], 0.25))
        flattered.append(gain([best(candidates)], [baseline], 0.25))
    assert sum(map(verdict.clear, honest)) <= 10  # 5 %
    assert np.mean([g.mean for g in honest]) > -0.04
    assert np.mean([g.mean for g in flattered]) < -0.08  # the winner, on the folds that chose it


# --- Words and pictures -------------------------------------------------------------------

FOUND = verdict.Findings(
    gains={"the last epoch": Interval(-0.24, -0.26, -0.22, 0.02),
           "early stopping": Interval(-0.01, -0.02, 0.0, 0.01)},
    gain=Interval(-0.01, -0.02, 0.0, 0.01),
    best_baseline="no regularisation, stopped early",
    best_candidate="L2 0.01",
    chosen="L2 0.01",
    chosen_loss="≈ 0.45 nats",
    chosen_is_baseline=False,
    trivial_wins=False,
    compared=50,
    folds=5,
    seeds=3,
    rows=3563,
    unit="nats",
    trivial="always predicting the class frequencies",
)  # fmt: skip


def test_the_verdict_says_how_much_against_which_baseline():
    first, second, chosen, last = verdict.sentences(FOUND, "")
    assert first == (
        "Regularisation helps here by ≈ 0.24 ± 0.02 nats against the last epoch, by ≈ 0.01 ± 0.01 "
        "against early stopping: within noise."
    )
    assert second.startswith("No candidate beats the baseline beyond noise: the best of 50")
    assert chosen.startswith("Chosen: L2 0.01, a candidate") and "≈ 0.45 nats" in chosen
    assert "only the sealed test rows can say how good it is" in last


def test_the_verdict_where_a_candidate_wins_and_where_nothing_helps():
    clear = FOUND._replace(gain=Interval(-0.03, -0.04, -0.02, 0.01))
    assert (
        "(L2 0.01) beats the best baseline (no regularisation, stopped early) by ≈ 0.03 ± 0.01"
        in verdict.sentences(clear, "")[1]
    )
    worse = {name: Interval(0.02, 0.01, 0.03, 0.01) for name in FOUND.gains}
    assert verdict.sentences(FOUND._replace(gains=worse), "")[0] == (
        "Regularisation does not help here: it lowers the loss by ≈ −0.02 ± 0.01 nats against the "
        "last epoch, by ≈ −0.02 ± 0.01 against early stopping."
    )
    noise = {name: Interval(-0.02, -0.05, 0.01, 0.03) for name in FOUND.gains}
    assert verdict.sentences(FOUND._replace(gains=noise), "")[0] == (
        "Regularisation changes nothing here beyond noise: it lowers the loss by ≈ 0.02 ± 0.03 "
        "nats against the last epoch and by ≈ 0.02 ± 0.03 against early stopping."
    )
    nothing = FOUND._replace(trivial_wins=True)
    assert "No network does better than always predicting the class frequencies" in " ".join(
        verdict.sentences(nothing, "")
    )


def test_the_verdict_of_a_search_that_was_stopped():
    assert verdict.sentences(FOUND, "it was cancelled")[0] == (
        "The search is not finished: it was cancelled. This is what there is."
    )
    assert "nothing can be compared" in verdict.sentences(FOUND._replace(gain=None), "x")[1]


@pytest.mark.parametrize(
    ("mean", "half", "words"),
    [
        (-0.2412, 0.0213, "≈ 0.24 ± 0.02"),
        (-0.24, 0.3, "≈ 0.24 ± 0.30"),
        (0.0004, 0.002, "≈ 0.000 ± 0.002"),
        (0.004, 0.002, "≈ −0.004 ± 0.002"),
        (-0.5, math.inf, "≈ 0.50 (one fold: no interval)"),
    ],
)
def test_an_amount_has_the_digits_of_its_interval(mean, half, words):
    assert verdict.amount(Interval(mean, mean - half, mean + half, half)) == words


class Row:
    """What `drawing.ranking` draws."""

    def __init__(self, name, mean, half, is_baseline=False):
        self.name, self.mean, self.is_baseline = name, 0.5 + mean, is_baseline
        self.difference = Interval(mean, mean - half, mean + half, half)


def test_the_picture_has_a_row_for_each_and_one_for_the_choice_that_is_not_flattered():
    rows = [
        Row("L2 0.01", -0.03, 0.01),
        Row("linear model", 0.0, 0.0, True),
        Row("no regularisation", 0.3, 0.02, True),
        Row("broken", math.inf, math.inf),
    ]
    figure, ax = drawing.figure()
    drawing.ranking(ax, rows, Interval(-0.02, -0.05, 0.01, 0.03), rows[0])
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [
        "best candidate, on folds that did not choose it", "L2 0.01 (chosen)", "linear model",
        "no regularisation", "broken",
    ]  # fmt: skip
    words = [text.get_text() for text in ax.texts if text.get_text()]
    assert words == [
        "−0.020 ± 0.03", "−0.030 ± 0.01   loss 0.47", "best baseline   loss 0.5",
        "+0.300 ± 0.02   loss 0.8", "diverged   loss inf",
    ]  # fmt: skip
    assert ax.get_xlim()[1] < 0.3  # what is far out does not squeeze the others
    figure.draw_without_rendering()


# --- The test rows ------------------------------------------------------------------------


def test_wilsons_interval():
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)  # as in statsmodels
    assert wilson(20, 20) == pytest.approx((0.8389, 1.0), abs=1e-4)


def test_the_interval_of_r_squared_agrees_with_a_bootstrap():
    random = np.random.default_rng(0)
    y = random.normal(size=400)
    losses = (0.6 * random.normal(size=400)) ** 2
    score, low, high = r_squared(losses, y)
    assert score == pytest.approx(1 - losses.mean() / y.var())
    found = []
    for _ in range(2000):
        rows = random.integers(0, 400, 400)
        found.append(1 - losses[rows].mean() / y[rows].var())
    assert (low, high) == pytest.approx(np.quantile(found, [0.025, 0.975]), abs=0.015)
