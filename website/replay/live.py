"""The recorder of `LiveLab`: each position of its first slider, trained and moved on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.panels.live.live_lab import LiveLab
from website.replay.film import Dial, Place, keep
from website.replay.recording import Control, Recording, record
from website.replay.sweeps import some_epochs

EPOCHS = 16  # at which a run is kept while it grows
MOVES = 2  # positions to which the first slider is moved on the way
_SETTINGS = "settings"


class Setting(NamedTuple):
    """What the sliders ask for."""

    experiment: Experiment
    parts: Parts


@dataclass(frozen=True)
class Plan:
    """What is trained for a panel's recording.

    Attributes:
        name: Of the first slider.
        start: {slider: where it stands at first}.
        positions: Of the first slider.
        presets: Those that are no position of the first slider alone.
        goals: Positions to which the first slider is moved on the way.
        epochs: At which runs are kept; `half` is one of them.
        half: After which the first slider is moved.
    """

    name: str
    start: dict[str, float]
    positions: tuple[float, ...]
    presets: list[str]
    goals: list[float]
    epochs: list[int]
    half: int

    def unfold(self, place: Place) -> tuple[int, int, int, int]:
        """Indices of position, epoch, preset (0 for none) and goal (0 for none)."""
        at, epoch, *rest = place
        preset = rest.pop(0) if self.presets else 0
        return at, epoch, preset, rest.pop(0) if self.goals else 0

    def fold(self, at: int, epoch: int, preset: int, goal: int) -> Place:
        """The place of these indices."""
        return (at, epoch, *([preset] if self.presets else []), *([goal] if self.goals else []))

    def same(self, place: Place) -> Place:
        """The place with the same picture: where a move has no effect, or not yet, it is none."""
        at, epoch, preset, goal = self.unfold(place)
        if preset:
            at, goal = self.positions.index(self.start[self.name]), 0
        if goal and (self.epochs[epoch] <= self.half or self.goals[goal - 1] == self.positions[at]):
            goal = 0
        return self.fold(at, epoch, preset, goal)


@record.register
def record_live(panel: LiveLab) -> Recording:
    """Keep the runs of all positions of the first slider and of all presets as they grow.

    Where the slider acts while a network trains, runs are also kept in which it is moved after
    half of all epochs to one of two positions.
    """
    panel.wait()
    before = {name: slider.value for name, slider in panel.sliders.items()}
    run, parts = panel.run, panel.training.state.parts
    plan = _plan(panel)
    values = [plan.start | {plan.name: at} for at in plan.positions]
    values += [plan.start | panel.presets[preset] for preset in plan.presets]
    settings = [_setting(panel, chosen) for chosen in values]
    runs = _train_all(settings, plan)

    def show(place: Place) -> None:
        at, epoch, preset, goal = plan.unfold(place)
        which = len(plan.positions) + preset - 1 if preset else at
        panel.show_run(runs[goal][which][epoch], settings[which].parts)

    label = panel.sliders[plan.name].hyperparameter.label
    title = f"A network trained on {panel.parts.source.name}, with its {label}"
    recording = keep(panel, title, *_controls(panel, plan), plan.same, show)
    if run is not None:
        panel.show_run(run, parts)
    _set(panel, before)
    panel.wait()
    return recording


def _plan(panel: LiveLab) -> Plan:
    name, slider = next(iter(panel.sliders.items()))
    _set(panel, panel.training.state.start(panel.sliders))  # what the run on screen began with
    start = {other: s.value for other, s in panel.sliders.items()}

    def is_other(values: dict[str, float]) -> bool:
        rest = any(values.get(other, at) != at for other, at in start.items() if other != name)
        return rest or values.get(name, start[name]) not in slider.positions

    whole = panel.base.epochs
    half = max(1, whole // 2)
    return Plan(
        name=name,
        start=start,
        positions=slider.positions,
        presets=[preset for preset, values in panel.presets.items() if is_other(values)],
        goals=_goals(panel, name, start[name]),
        epochs=sorted({*some_epochs(whole, EPOCHS), half}),
        half=half,
    )


def _goals(panel: LiveLab, name: str, start: float) -> list[float]:
    """Where the first slider is moved on the way: where presets put it, or far away."""
    if name not in HYPERPARAMETERS:
        return []
    positions = panel.sliders[name].positions
    wanted = [values.get(name, start) for values in panel.presets.values()]
    wanted += [positions[len(positions) * 2 // 3], positions[-1], positions[0]]
    goals = [at for at in dict.fromkeys(wanted) if at != start and at in positions]
    return sorted(goals[:MOVES])


def _controls(panel: LiveLab, plan: Plan) -> tuple[list[Dial], list[Control]]:
    """The dials in the order of `Plan.unfold`, and a button for each preset."""
    h = panel.sliders[plan.name].hyperparameter
    freed = {_SETTINGS: 0} if plan.presets else {}
    at = plan.positions.index(plan.start[plan.name])
    first = Control(h.label, "slider", [h.spell(p) for p in plan.positions], at, sets=freed)
    words = ["as the slider says", *plan.presets]
    move = f"moved after epoch {plan.half} to"
    dials = [Dial.of_control(first), Dial.of_epochs(plan.epochs, lambda index: None)]
    if plan.presets:
        dials.append(Dial.of_control(Control(_SETTINGS, "choice", words)))
    if plan.goals:
        goals = ["not moved", *map(h.spell, plan.goals)]
        dials.append(Dial.of_control(Control(move, "choice", goals)))
    buttons = []
    for preset, values in panel.presets.items():
        if preset in plan.presets:
            sets = {_SETTINGS: words.index(preset)}
        else:
            sets = freed | {h.label: plan.positions.index((plan.start | values)[plan.name])}
        sets |= {move: 0} if plan.goals else {}
        buttons.append(Control(preset, "button", [preset], sets=sets))
    return dials, buttons


def _set(panel: LiveLab, values: dict[str, float]) -> None:
    for name, value in values.items():
        panel.sliders[name].value = value


def _setting(panel: LiveLab, values: dict[str, float]) -> Setting:
    _set(panel, values)
    return Setting(panel.experiment, panel.parts_wanted)


def _train_all(settings: Sequence[Setting], plan: Plan) -> list[list[list[Run]]]:
    """Train all settings side by side, and once more from the middle for each goal.

    Returns:
        For no goal and each goal, for each setting, the run after each of the plan's epochs; up
        to the middle those of a goal are as without.
    """
    from helpers.training import Trainer

    found: list[list[list[Run]]] = [[[] for _ in settings] for _ in range(1 + len(plan.goals))]
    early = [end for end in plan.epochs if end <= plan.half]
    late = plan.epochs[len(early) :]
    tables: dict[int, list[int]] = {}
    for i, setting in enumerate(settings):
        tables.setdefault(id(setting.parts), []).append(i)
    for members in tables.values():
        trainer = Trainer([settings[i].experiment for i in members], settings[members[0]].parts)

        def go(epochs: Sequence[int], goal: int, trainer=trainer, members=members) -> None:
            for end in epochs:
                trainer.advance(end - trainer.epoch)
                for i, run in zip(members, trainer.runs, strict=True):
                    found[goal][i].append(run)

        go(early, 0)
        middle = trainer.snapshot()
        go(late, 0)
        for goal, value in enumerate(plan.goals, 1):
            trainer.restore(middle)
            trainer.set(**{plan.name: value})
            for i in members:
                found[goal][i] += found[0][i][: len(early)]
            go(late, goal)
    return found
