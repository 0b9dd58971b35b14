"""`search` on the real engine: small searches that share their compiled programs."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from helpers.data import from_arrays, load, split
from helpers.data.folding import folds
from helpers.experiment import Experiment
from helpers.search import Progress, jobs, search, searching
from helpers.search.rounds import Round
from helpers.training import train
from tests.small import BASE, parts

SPACE = {"l2": (0.01, 0.1), "dropout": (0.3,)}
SMALL = {"base": BASE, "space": SPACE, "folds": 3, "seeds": 2, "minutes": None, "progress": False}
BASELINES = {"no regularisation", "no regularisation, stopped early", "linear model",
             "always predicting the class frequencies"}  # fmt: skip


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory):
    """Where this file's tests keep what they train."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def told():
    """What the shared search said on its way."""
    return []


@pytest.fixture(scope="module")
def result(cache_folder, told):
    """A search that was finished, which the tests only read."""
    return search(parts(), **SMALL | {"progress": told.append})


def trained_again(*arguments):
    raise AssertionError("a network is trained")


# --- What is found ------------------------------------------------------------------------


def test_the_ranking_holds_four_baselines_and_every_candidate(result):
    names = [c.name for c in result.candidates]
    assert {c.name for c in result.candidates if c.is_baseline} == BASELINES
    assert {"L2 0.1", "dropout 0.3, stopped early", "L2 0.01 and dropout 0.3"} <= set(names)
    means = [c.mean for c in result.candidates if not c.left_out]
    assert means == sorted(means) and result.finished
    assert result.best_baseline is next(c for c in result.candidates if c.is_baseline)
    assert result.best_baseline.difference == (0, 0, 0, 0)


def test_losses_are_those_of_the_folds_and_seeds(result):
    (found,) = [c for c in result.candidates if c.name == "L2 0.1"]
    assert found.losses.shape == (3, 2)
    others = [c.experiment for c in result.candidates if c.experiment and c.experiment.hidden]
    same_shape = [found.experiment, *[e for e in others if e != found.experiment][:5]]
    for fold, losses in zip(folds(parts(), 3), found.losses, strict=True):
        again = train([e.replace(epochs=20) for e in same_shape], fold, progress=False)[0]
        assert losses[0] == pytest.approx(again.validation_loss[-1], abs=1e-5)
    assert found.mean == pytest.approx(found.losses.mean())


def test_differences_are_paired_with_the_best_baseline(result):
    for c in result.candidates:
        if not c.left_out and c is not result.best_baseline:
            pairs = c.losses - result.best_baseline.losses
            assert c.difference.mean == pytest.approx(np.nanmean(pairs, axis=1).mean())


def test_no_test_row_is_looked_at_before_the_seal_is_opened(result):
    assert parts().test.opened == []
    opened = result.open_test("the choice is made")
    assert parts().test.opened == ["the choice is made"]
    assert result.open_test("again") is opened and len(parts().test.opened) == 1
    assert opened.low < opened.score < opened.high
    run, test = result.runs[0], parts().test.open("to compare")
    logits = np.maximum(test.x @ run.weights[0] + run.weights[1], 0) if run.experiment.hidden else 0
    if run.experiment.hidden:
        logits = logits @ run.weights[2] + run.weights[3]
    else:
        logits = test.x @ run.weights[0] + run.weights[1]
    assert opened.score == pytest.approx(((logits[:, 0] > 0) == test.y).mean())
    assert f"On {len(test):,} test rows that no choice has seen" in opened.words
    assert "Always predicting the majority class" in opened.words


def test_the_chosen_network_is_trained_on_the_training_rows(result):
    assert [run.experiment.seed for run in result.runs] == [0, 1]
    assert result.runs[0].experiment == result.chosen.experiment
    assert result.runs[0].epochs == result.chosen.experiment.epochs


def test_the_verdict_never_gives_the_winners_validation_loss_as_its_performance(result):
    words = repr(result)
    assert "against the last epoch" in words and "against early stopping" in words
    assert "These losses made the choice, so they flatter it" in words
    assert set(result.gains) == {"the last epoch", "early stopping", "linear model",
                                 "always predicting the class frequencies"}  # fmt: skip


def test_the_picture_has_all_baselines(result):
    labels = [t.get_text() for t in result.draw().axes[0].get_yticklabels()]
    assert {label.removesuffix(" (chosen)") for label in labels} >= BASELINES
    assert sum(label.endswith("(chosen)") for label in labels) == 1


# --- On the way ---------------------------------------------------------------------------


def test_progress_rises_to_the_end(result, told):
    assert all(isinstance(now, Progress) and now.remaining >= 0 for now in told)
    fractions = [now.fraction for now in told]
    assert fractions[0] == 0 and fractions[-1] == 1 and max(fractions[:-1]) < 1
    phases = list(dict.fromkeys(now.phase for now in told))
    assert phases[0] == "measuring how fast this machine is" and phases[-1] == "finished"
    assert any(phase.startswith("round 1 of 2: 7 networks, 3 folds") for phase in phases)


def test_a_finished_search_is_not_trained_again(result, monkeypatch):
    monkeypatch.setattr(searching, "train_here", trained_again)
    again = search(parts(), **SMALL)
    assert again.verdict == result.verdict
    for one, other in zip(again.candidates, result.candidates, strict=True):
        assert one.name == other.name and np.array_equal(one.losses, other.losses, equal_nan=True)


def test_what_was_trained_before_a_cancel_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    cancel, calls = threading.Event(), []
    train_job = jobs.train_job

    def cancelling(job, *arguments):
        calls.append(job)
        if len(calls) == 6:  # the probe, and both structures on two folds
            cancel.set()
        return train_job(job, *arguments)

    monkeypatch.setattr(jobs, "train_job", cancelling)
    stopped = search(parts(), **SMALL, cancel=cancel)
    assert not stopped.finished and stopped.folds == 2 and len(calls) == 6
    assert stopped.verdict[0].startswith("The search is not finished: it was cancelled.")
    assert {c.name for c in stopped.candidates if c.is_baseline} == BASELINES

    monkeypatch.setattr(jobs, "train_job", train_job)
    known = {(job.fold, e.replace(epochs=1)) for job in calls[1:-1] for e in job.experiments}
    later = []
    monkeypatch.setattr(jobs, "train_job", lambda job, *a: later.append(job) or train_job(job, *a))
    assert search(parts(), **SMALL).finished
    trained = {(job.fold, e.replace(epochs=1)) for job in later[1:] for e in job.experiments}
    assert known and not known & trained


def test_a_search_that_is_cancelled_at_once_still_gives_a_result(monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    cancel = threading.Event()
    cancel.set()
    stopped = search(parts(), **SMALL, cancel=cancel)
    assert not stopped.finished and stopped.chosen is None and not stopped.helps
    assert [c.name for c in stopped.candidates if not c.left_out] == [
        "always predicting the class frequencies"
    ]
    with pytest.raises(ValueError, match="no network was trained before the search ended"):
        _ = stopped.runs


def test_time_that_is_over_ends_a_search(monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    stopped = search(parts(), **SMALL | {"minutes": 1e-6})
    assert stopped.verdict[0].startswith("The search is not finished: its time (1e-06 min) was")


def test_a_short_time_shortens_the_training_of_the_default_network(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(searching, "cost", lambda *arguments: 1e12)
    monkeypatch.setattr(searching, "choose", lambda *arguments: [Round(3, 2, 1, 200)])
    short = SMALL | {"base": None, "folds": 2, "seeds": 1, "minutes": 60}
    found = search(parts(), **short)
    assert found.finished and found.base.epochs == searching.PROBE
    assert all(c.experiment.epochs <= 20 for c in found.candidates if c.experiment)
    assert found.verdict[-1].startswith("In this time networks are trained for 20 epochs rather")
    monkeypatch.setattr(searching, "cost", lambda *arguments: 0)
    longer = search(parts(), **short)  # not taken for finished
    assert longer.base.epochs == 200 and "In this time" not in repr(longer)


def test_candidates_are_left_out_round_by_round(monkeypatch, result):
    monkeypatch.setenv("COURSE_CACHE", "")
    plan = [Round(5, 2, 1, 10), Round(2, 3, 1, 20), Round(1, 3, 2, 20)]
    monkeypatch.setattr(searching, "choose", lambda *arguments: plan)
    monkeypatch.setattr(searching, "MEMBERS", 1)  # else all candidates would fill one bank
    found = search(parts(), **SMALL)
    left = [c for c in found.candidates if c.left_out]
    assert len(left) == 3 and found.candidates[-3:] == tuple(left)
    assert all(c.losses.shape == (2, 2) and np.isnan(c.losses[:, 1]).all() for c in left)
    seeds = {c.name: np.isfinite(c.losses).sum() for c in found.candidates if not c.left_out}
    assert sorted(set(seeds.values())) == [3, 6]
    whole = {c.name: c for c in result.candidates}
    for c in found.candidates:  # what was trained is what a longer search trains
        if not c.left_out and c.experiment and "early" not in c.name:
            assert c.losses[:, 0] == pytest.approx(whole[c.name].losses[:, 0], abs=1e-5)


class Counting(ThreadPoolExecutor):
    """Counts what it is asked to do."""

    def __init__(self, workers):
        super().__init__(workers)
        self.submitted = []

    def submit(self, call, *arguments):
        self.submitted.append(arguments)
        return super().submit(call, *arguments)


def test_an_executors_workers_all_have_work_and_find_the_same(result, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    with Counting(3) as pool:
        found = search(parts(), **SMALL, executor=pool)
    assert_the_same_search(found, result)
    assert len(pool.submitted) >= 3 * 3


def assert_the_same_search(found, result):
    assert found.verdict == result.verdict
    for one, other in zip(found.candidates, result.candidates, strict=True):
        assert one.name == other.name
        assert one.losses == pytest.approx(other.losses, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"folds": 1}, "folds=1: must be whole, at least 2"),
        ({"seeds": 0}, "seeds=0: must be whole, from 1 to 100"),
        ({"minutes": 0}, "minutes=0: must be a finite number above 0"),
        ({"space": {"l3": [1]}}, "'l3' is no field of Experiment"),
    ],
)
def test_what_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        search(parts(), **SMALL | change)


def test_a_table_that_was_not_split_is_refused():
    with pytest.raises(ValueError, match="parts: is a Table, must be what split"):
        search(load("cells"), **SMALL)


def test_a_fold_and_a_job_can_be_sent_to_another_process():
    fold, job = folds(parts(), 3)[1], jobs.Job(1, (BASE,))
    sent, sent_job = pickle.loads(pickle.dumps((fold, job)))
    assert (sent.train.x == fold.train.x).all() and sent.task == fold.task
    assert sent_job == job and len(pickle.dumps(fold)) < 100_000  # no table goes with it


# --- Other tasks, and honesty -------------------------------------------------------------


def test_a_regression_is_searched_and_opened(monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    made = split(load("concrete"), train=64, validation=64, test=200)
    found = search(made, **SMALL | {"space": {"l2": [0.01]}, "folds": 2, "seeds": 1})
    assert found.best_baseline.name != "always predicting the mean"
    assert "of the target's variance" in found.verdict[0]
    assert "RMSE" in repr(found) and "always predicting the mean" in found.gains
    opened = found.open_test("the choice is made")
    assert 0 < opened.low < opened.score < opened.high < 1
    assert "R²" in opened.words and "in compressive_strength" in opened.words


def random_table(seed):
    """120 training and validation rows whose target has nothing to do with their features."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(180, 5)), random.permutation(180) % 2
    return split(from_arrays(x, y, show=False), train=80, validation=40, seed=seed)


def test_nothing_helps_where_the_target_is_random(monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    base = Experiment(hidden=(16,), epochs=30, learning_rate=1e-2)
    space = {"l2": (0.003, 0.03, 0.1), "dropout": (0.3, 0.6)}
    found = [
        search(random_table(seed), base, space, seeds=1, minutes=None, progress=False)
        for seed in range(20)
    ]
    words = "No candidate beats the baseline beyond noise"
    assert sum(not r.helps and words in repr(r) for r in found) >= 18


def test_what_helps_is_found(monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    random = np.random.default_rng(0)
    x = random.normal(size=(900, 40))
    y = (x[:, 0] + random.normal(size=900) > 0).astype(int)
    made = split(from_arrays(x, y, show=False), train=400, validation=200)
    base = Experiment(hidden=(32,), epochs=30, learning_rate=1e-2)
    space = {"l2": (0.01, 0.1), "dropout": (0.6,)}
    found = search(made, base, space, seeds=1, minutes=None, progress=False)
    assert found.gains["the last epoch"].high < 0
    assert found.verdict[0].startswith("Regularisation helps here by ≈")
