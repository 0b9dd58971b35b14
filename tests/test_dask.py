"""A cluster of Dask as an executor; skipped where `distributed` is not installed.

python -m pip install distributed
"""

import os
import signal

import pytest

from helpers.experiment import grid
from helpers.search import search
from helpers.training import train
from tests.small import BASE, parts
from tests.test_search import SMALL, assert_the_same_search
from tests.test_training import assert_same

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    """Two processes on this machine that train one bank at a time each."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


def test_a_cluster_trains_the_same_runs(cluster):
    experiments = grid(BASE, l2=[0.0, 0.01], seed=range(3))
    found = train(experiments, parts(), executor=cluster.get_executor(), workers=2)
    for one, other in zip(found, train(experiments, parts()), strict=True):
        assert_same(one, other)


def test_a_worker_that_is_killed_on_the_way_loses_nothing(cluster):
    experiments = grid(BASE.replace(epochs=2000), seed=range(4))
    killed = []

    def kill_one(done, total):  # when the first bank is back, the others are being trained
        if done and not killed:
            pids = cluster.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    pool = cluster.get_executor()
    found = train(experiments, parts(), executor=pool, workers=4, progress=kill_one)
    assert killed
    for one, other in zip(found, train(experiments, parts()), strict=True):
        assert_same(one, other)


def test_a_cluster_finds_the_same_as_this_process(cluster, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "")
    found = search(parts(), **SMALL, executor=cluster.get_executor(), workers=2)
    assert_the_same_search(found, search(parts(), **SMALL))
