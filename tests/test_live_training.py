"""LiveLab's commands, phases and sliders, with a trainer that only counts: no TensorFlow."""

import errno
import math
import subprocess
import sys
import threading
from types import SimpleNamespace

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zmq import ZMQError

from helpers.data import Table, load, split
from helpers.experiment import HYPERPARAMETERS, Divergence, Move, Run
from helpers.panels import LiveLab
from helpers.panels.live import live_training, status_words
from tests.small import BASE, parts, press, status, until
from tests.tools.notebooks import ROOT

EPOCHS = BASE.epochs
NAMES = ("l2", "dropout", "width", "rows", "label_noise")


class CountingTrainer:
    """Has the methods of `Trainer`; its losses are 1 / epoch."""

    refused = ()  # widths that cannot be built
    hopeless = 1.0  # the learning rate from which on a run diverges
    go = threading.Event()  # what compiles waits for it
    go.set()

    def __init__(self, experiment, data):
        if experiment.hidden[0] in self.refused:
            raise MemoryError(f"{experiment.hidden} units")
        self.experiment, self.data, self.epoch, self.moves = experiment, data, 0, ()
        self.compiled = False

    def advance(self, epochs):
        if not self.compiled:
            self.go.wait(60)
            self.compiled = True
        self.epoch += epochs

    def set(self, **values):
        for name, value in values.items():
            kept = tuple(move for move in self.moves if move[:2] != (self.epoch, name))
            self.moves = (*kept, Move(self.epoch, name, value))

    def snapshot(self):
        return self.epoch, self.moves

    def restore(self, snapshot):
        self.epoch, self.moves = snapshot

    @property
    def runs(self):
        hopeless = self.experiment.learning_rate >= self.hopeless and self.epoch
        curve = np.ones(self.epoch if not hopeless else 0) / (1 + np.arange(self.epoch or 1))[:1]
        shapes = zip((56, *self.experiment.hidden), (*self.experiment.hidden, 1), strict=True)
        weights = [a for i, o in shapes for a in (np.ones((i, o)), np.ones(o))]
        names = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy",
                 "penalty", "fit_loss", "fit_accuracy")  # fmt: skip
        return [
            Run(
                experiment=self.experiment, moves=self.moves, weights=weights,
                diverged=Divergence(1, "it broke") if hopeless else None,
                **dict.fromkeys(names, curve),
            )
        ]  # fmt: skip


@pytest.fixture(autouse=True)
def trainer(monkeypatch):
    """The trainer that panels find."""
    made = type("Trainer", (CountingTrainer,), {})
    monkeypatch.setitem(sys.modules, "helpers.training", SimpleNamespace(Trainer=made))
    return made


@pytest.fixture
def held(trainer, monkeypatch):
    """What compiles waits until this is set."""
    go = threading.Event()
    monkeypatch.setattr(trainer, "go", go)
    yield go
    go.set()


@pytest.fixture
def panel(closing):
    return closing(LiveLab(parts(), BASE, NAMES, seconds=0))


def done(panel, *commands):
    """The panel after each command was carried out."""
    for command in commands:
        getattr(panel, command)()
        panel.wait()
    return panel


def title(panel):
    """The words above the curves."""
    return panel.chart.title.get_text()


# --- Commands that come while a network is compiled -----------------------------------------


@pytest.mark.parametrize(
    ("commands", "epochs", "phase"),
    [
        (["pause", "train"], EPOCHS, "idle"),
        (["train", "train"], EPOCHS, "idle"),
        (["step"], 1, "idle"),
        (["pause"], 0, "idle"),
        (["pause", "step", "step"], 2, "idle"),
        (["step", "train"], EPOCHS, "idle"),
        (["restart", "pause", "train"], EPOCHS, "idle"),
        (["undo", "pause", "undo", "train"], EPOCHS, "idle"),
    ],
)
def test_commands_while_it_compiles_count_from_the_new_run(
    panel, trainer, monkeypatch, commands, epochs, phase
):
    done(panel, "train")
    go = threading.Event()
    monkeypatch.setattr(trainer, "go", go)
    panel.width.value = 4
    panel.restart()
    until(lambda: "Compiling" in status(panel))
    for command in commands:
        getattr(panel, command)()
    go.set()
    panel.wait()
    assert panel.run.epochs == epochs
    assert panel.phase == phase
    assert panel.run.experiment.hidden == (4,)


def test_the_button_says_at_once_what_it_would_do(panel, held):
    press(panel, "Train")
    until(lambda: panel.phase == "building")
    for _ in range(2):
        press(panel, "Pause")
        assert panel.phase == "building"
        press(panel, "Train")
    press(panel, "Pause")
    held.set()
    panel.wait()
    press(panel, "Train")
    panel.wait()
    assert panel.run.epochs == EPOCHS


def test_the_run_on_screen_stays_until_the_next_is_compiled(panel, trainer, monkeypatch):
    first = done(panel, "train").run
    words, go = title(panel), threading.Event()
    monkeypatch.setattr(trainer, "go", go)
    panel.width.value = 4
    panel.restart()
    until(lambda: "Compiling" in status(panel))
    assert panel.phase == "building" and panel.run.experiment == first.experiment
    assert title(panel) == words and "8 units" in words
    go.set()
    panel.wait()
    assert "4 units" in title(panel)


# --- Restarts that fail ---------------------------------------------------------------------


def test_a_restart_that_fails_leaves_the_run_as_it_was(panel, trainer):
    before = done(panel, "step").run
    words = title(panel)
    trainer.refused = (4,)
    panel.width.value = 4
    panel.restart()
    panel.train()  # asked for before the failure was known
    with pytest.raises(MemoryError):
        panel.wait()
    assert panel.phase == "failed" and "MemoryError" in panel.status.value
    assert title(panel) == words and "8 units" in words
    done(panel, "step")
    assert panel.phase == "idle" and panel.run.epochs == before.epochs + 1
    assert panel.run.experiment == before.experiment and title(panel) == words
    assert "4 units: acts after a restart" in status(panel)
    done(panel, "train")
    assert panel.run.epochs == EPOCHS
    panel.pin()
    assert "8 units" in panel.controls.table.value


def test_a_first_network_that_fails_can_be_tried_again(panel, trainer):
    trainer.refused = (8,)
    with pytest.raises(MemoryError):
        done(panel, "train")
    assert panel.run is None and panel.phase == "failed"
    panel.width.value = 4
    assert done(panel, "train").run.epochs == EPOCHS


def test_an_error_while_it_trains_can_be_followed_by_more(panel, trainer, monkeypatch):
    done(panel, "step")
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "advance", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            done(panel, "train")
    assert panel.phase == "failed" and panel.run.epochs == 1
    assert done(panel, "train").run.epochs == EPOCHS


# --- What sliders offer ---------------------------------------------------------------------


def test_no_slider_offers_rows_that_the_table_does_not_have(closing):
    data = split(load("breast_cancer"), 150, 120)
    panel = closing(LiveLab(data, BASE, ("rows",), seconds=0))
    assert panel.rows.positions[-1] <= 449
    for wrong in (450, 1024, 0, 32.5):
        with pytest.raises(ValueError, match=r"rows=.*must be whole, from 1 to 449"):
            panel.rows.value = wrong
        with pytest.raises(ValueError, match=r"rows=.*from 1 to 449"):
            panel.settings = f"rows={wrong}"
        with pytest.raises(ValueError, match=r"rows=.*from 1 to 449"):
            LiveLab(data, BASE, ("rows",), presets={"many": {"rows": wrong}})
    for rows in (*panel.rows.positions, 449):
        panel.rows.value = rows
        done(panel, "restart")
        assert f"{rows:g} rows" in title(panel)


@pytest.mark.parametrize("wrong", [4.6, 0, 4097])
def test_no_way_leads_to_a_width_that_no_layer_can_have(closing, panel, wrong):
    match, before = r"width=.*must be whole, from 1 to 4096", panel.settings
    with pytest.raises(ValueError, match=match):
        panel.width.value = wrong
    with pytest.raises(ValueError, match=match):
        panel.settings = f"width={wrong}"
    with pytest.raises(ValueError, match=match):
        LiveLab(parts(), BASE, ("width",), presets={"odd": {"width": wrong}})
    with pytest.raises(ValueError, match=match):
        closing(LiveLab(parts(), BASE, ("l2", "width"), settings=f"l2=0, width={wrong}"))
    assert panel.settings == before


def test_each_position_of_each_slider_can_be_trained(panel):
    for name, slider in panel.sliders.items():
        for value in slider.positions:
            slider.value = value
            done(panel, "restart")
            assert panel.error is None, (name, value)


@pytest.mark.parametrize("classes", [["no", "yes"], [3, 4]])
def test_rows_and_wrong_labels_of_ones_own_table_can_be_moved(closing, classes):
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 3))
    data = split(Table("mine", x, (x[:, 0] > 0).astype(int), list("abc"), classes), 100, 100)
    panel = closing(LiveLab(data, BASE, ("l2", "rows", "label_noise"), seconds=0))
    assert panel.rows.positions[-1] <= 200
    done(panel, "train")
    panel.rows.value, panel.label_noise.value = 64, 0.25
    done(panel, "restart")
    assert "64 rows · label noise 0.25" in title(panel)
    used = panel.training.state.parts
    assert (len(used.train), len(used.flipped)) == (64, 16)
    assert np.array_equal(used.validation.y, data.validation.y)
    panel.rows.value, panel.label_noise.value = 100, 0
    done(panel, "restart")
    assert panel.training.state.parts is data


def test_the_code_drawer_loads_neither_keras_nor_tensorflow():
    code = """
import sys
from helpers.panels import LiveLab
from tests.small import BASE, parts
panel = LiveLab(parts(), BASE)
panel.children[-1].selected_index = 0
assert "import keras" in panel.children[-1].children[0].value
assert not {"keras", "tensorflow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# --- The page cannot be reached -------------------------------------------------------------


def test_messages_that_cannot_be_sent_fail_no_run_and_are_sent_later(panel, monkeypatch):
    """As after an interrupt, when the kernel has closed the socket of the training thread."""
    send, main, refused, page = widgets.Widget._send, threading.main_thread(), [], {}

    def broken(widget, message, buffers=None):
        if threading.current_thread() is not main and len(refused) < 40:
            refused.append(message)
            raise ZMQError(errno.ENOTSOCK)
        page.setdefault(widget, {}).update(message["state"])
        send(widget, message, buffers)

    done(panel, "step")
    monkeypatch.setattr(widgets.Widget, "_send", broken)
    panel.l2.value = 0.1
    done(panel, "step", "undo", "train")
    until(lambda: len(refused) == 40 or not panel.training.goes_on)
    refused += [None] * 40
    panel.train()
    until(lambda: panel.run.epochs == 2 * EPOCHS)
    panel.wait()
    assert len(refused) > 40
    assert panel.error is None and panel.phase == "idle"
    status(panel)
    slider = panel.l2.children[1]
    assert slider.index == page[slider].get("index", slider.index)
    assert page[panel.status]["value"] == panel.status.value
    assert page[panel.controls.train]["description"] == "Train"
    assert page[panel.controls.undo]["disabled"] is True


# --- Any order of commands ------------------------------------------------------------------

moves = st.one_of(
    *(
        st.tuples(st.just(name), st.sampled_from(values))
        for name, values in {
            "l2": (0, 0.01, 0.1, 0.1 + 1e-12),
            "dropout": (0, 0.5),
            "width": (2, 4, 8),
            "rows": (32, 64),
            "label_noise": (0, 0.25),
        }.items()
    )
)
orders = st.sampled_from(
    ["train", "pause", "step", "restart", "new_seed", "undo", "preset", "wait", "pin", "settings"]
)


def act(panel, action):
    if isinstance(action, tuple):
        getattr(panel, action[0]).value = action[1]
    elif action == "preset":
        panel.preset("no regularisation")
    elif action == "settings":
        panel.settings = "l2=0.03, width=4, seed=7"
    else:
        getattr(panel, action)()


def check(panel):
    """A panel at rest: picture, words, sliders and run tell of one state."""
    state, run = panel.training.state, panel.run
    assert panel.error is None and panel.phase == "idle" and not panel.training.goes_on
    assert panel.controls.train.description == "Train"
    if run is None:
        return
    assert run.epochs <= max(state.target, run.epochs if not state.target else 0)
    trained = {name: getattr(run.experiment, name) for name in ("l2", "dropout")}
    trained |= {move.name: move.value for move in run.moves}
    asked = {name: getattr(panel, name).value for name in trained}
    pending = {n: v for n, v in asked.items() if np.float32(v) != np.float32(trained[n])}
    there = {"width": run.experiment.hidden[0], "rows": len(state.parts.train),
             "label_noise": len(state.parts.flipped) / len(state.parts.train)}  # fmt: skip
    values = trained | pending | there
    experiment = run.experiment.replace(**trained | pending)
    assert title(panel) == status_words.title(experiment, {n: values[n] for n in NAMES})
    words = status(panel)
    for name, value in pending.items():
        assert f"{HYPERPARAMETERS[name].spell(value)} acts when training goes on" in words
    stale = any(getattr(panel, name).value != value for name, value in there.items())
    stale |= panel.seed != run.experiment.seed
    assert ("after a restart" in words) == stale
    assert (panel.controls.restart.button_style == "warning") == stale
    assert [move.epoch for move in run.moves] == sorted(move.epoch for move in run.moves)
    if run.epochs:
        assert f"Epoch {run.epochs}:" in words


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(orders, moves), min_size=4, max_size=12))
def test_any_commands_end_in_one_state(actions):
    panel = LiveLab(parts(), BASE, NAMES, seconds=0)
    try:
        for action in actions:
            act(panel, action)
        panel.pause()
        panel.wait()
        check(panel)
        act(panel, "restart")
        panel.wait()
        check(panel)
        assert panel.run.epochs == EPOCHS and panel.run.moves == ()
        assert panel.run.experiment == panel.experiment
    finally:
        panel.close()


class Oracle:
    """What the epochs and the hyperparameters of a run should be, command by command at rest."""

    def __init__(self):
        self.epoch, self.target, self.now, self.asked = None, 0, {}, {"l2": 0, "dropout": 0}
        self.past = []

    def _begin(self):
        self.epoch, self.now, self.past = 0, dict(self.asked), []

    def _go(self, target):
        if self.now != self.asked:
            self.past.append((self.epoch, self.now))
            self.now = dict(self.asked)
        self.epoch = self.target = target

    def train(self):
        if self.epoch is None:
            self._begin()
        self._go((self.epoch // EPOCHS + 1) * EPOCHS)

    def step(self):
        if self.epoch is None:
            self._begin()
        self._go(self.epoch + 1)

    def restart(self):
        self._begin()
        self._go(EPOCHS)

    def undo(self):
        if self.epoch is not None:
            if self.now == self.asked and self.past:
                self.epoch, self.now = self.past.pop()
            self.asked = dict(self.now)

    def pause(self):
        pass


live_moves = st.tuples(st.sampled_from(["l2", "dropout"]), st.sampled_from([0, 0.1, 0.5]))
rested = st.sampled_from(["train", "step", "restart", "undo", "pause"])


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.one_of(rested, live_moves), max_size=20))
def test_commands_one_at_a_time_do_what_is_said_of_them(actions, monkeypatch):
    monkeypatch.setattr(live_training, "SAME_MOVE", -math.inf)  # each move is one to undo
    sliders, oracle = {"l2": 0, "dropout": 0}, Oracle()
    training = live_training.LiveTraining(
        EPOCHS, parts(), plan=lambda: (BASE.replace(**sliders), parts()),
        wanted=lambda: sliders, pace=lambda: None, published=lambda: None,
        undone=lambda: sliders.update({n: training.state.in_force()[n] for n in sliders}),
    )  # fmt: skip
    for action in actions:
        if isinstance(action, tuple):
            sliders[action[0]] = oracle.asked[action[0]] = action[1]
            continue
        training.post(action)
        training.wait()
        getattr(oracle, action)()
        state = training.state
        assert sliders == oracle.asked and state.phase == "idle"
        assert (state.run and state.run.epochs) == oracle.epoch
        assert {name: state.in_force()[name] for name in oracle.now} == oracle.now
        assert oracle.epoch is None or oracle.epoch <= max(
            state.target, oracle.epoch * (not state.target)
        )
    training.close()
