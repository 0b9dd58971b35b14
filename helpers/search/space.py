"""What a search compares: baselines and candidates, each with a name in words.

trials = trials_of(base)                # four baselines share two networks; then the candidates
trials[2].name                          # "L2 0.01"
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from helpers.data import Parts
from helpers.experiment import FIELDS, Experiment
from helpers.formatting import listed

UNREGULARISED = "no regularisation"
LINEAR = "linear model"
STOPPED = "stopped early"
STRENGTHS = ("l1", "l2", "dropout", "weight_decay", "label_smoothing", "input_noise")
SPACE = {
    "l2": (1e-4, 1e-3, 3e-3, 0.01, 0.03),
    "dropout": (0.2, 0.35, 0.5),
    "l1": (1e-4, 1e-3, 5e-3),
    "weight_decay": (0.1, 0.5, 2.0),
}
PAIRS = (
    {"l2": 1e-3, "dropout": 0.2}, {"l2": 3e-3, "dropout": 0.35}, {"l2": 0.01, "dropout": 0.2},
    {"l1": 1e-3, "dropout": 0.2}, {"weight_decay": 0.5, "dropout": 0.2},
)  # fmt: skip
OF_LINEAR = (1e-3, 0.01, 0.03)  # L2 strengths of a linear model
OF_WIDTH = ({}, {"l2": 1e-3}, {"l2": 0.01})  # for a narrower and for a wider network
LINEAR_RATE = 5.0  # a linear model's learning rate in units of the base's: its loss is convex
_LABELS = {"l1": "L1", "l2": "L2", "dropout": "dropout", "weight_decay": "decoupled decay",
           "label_smoothing": "label smoothing", "input_noise": "input noise"}  # fmt: skip


class Trial(NamedTuple):
    """A network that is trained with several seeds on several folds.

    Each is compared twice, at its last epoch and stopped early: that costs no training.

    Attributes:
        name: In words.
        experiment: Its seed is that of the base.
        is_baseline: Whether candidates are compared with it; stopped early, only if it is the
            unregularised network.
    """

    name: str
    experiment: Experiment
    is_baseline: bool = False


def default_base(parts: Parts) -> Experiment:
    """The network that is searched around if none is given: steps and epochs for these rows."""
    rows = len(parts.train)
    batch = next((b for most, b in ((2_000, 32), (5_000, 64), (20_000, 128)) if rows <= most), 256)
    steps = -(-rows // batch)
    return Experiment(hidden=(64, 64), batch_size=batch, epochs=min(200, max(30, 6_000 // steps)))


def trials_of(
    base: Experiment, space: Mapping[str, Iterable] | Iterable[Experiment] | None = None
) -> list[Trial]:
    """The baselines, then the candidates, the most promising ones first.

    Args:
        base: What all have in common; its own regularisation is left out.
        space: {field of `Experiment`: values}: each value alone, and each pair of values of two
            fields; or experiments, which are the candidates; None gives the course's own list.

    Raises:
        ValueError: If a name is no field, a value is outside its range, or there is no candidate.
    """
    plain = base.replace(**dict.fromkeys(STRENGTHS, 0.0))
    linear = plain.replace(hidden=(), learning_rate=LINEAR_RATE * plain.learning_rate)
    found = [Trial(UNREGULARISED, plain, True), Trial(LINEAR, linear, True)]
    if space is None:
        found += _course(plain, linear)
    elif isinstance(space, Mapping):
        found += _combined(plain, space)
    else:
        experiments = list(space)
        if not all(isinstance(e, Experiment) for e in experiments):
            raise ValueError(f"space={space!r}: must be {{field: values}} or hold Experiments")
        found += [_named(e.replace(seed=base.seed), plain) for e in experiments]
    unique = {trial.experiment: trial for trial in reversed(found)}
    found = [trial for trial in found if unique[trial.experiment] is trial]
    if len(found) < 3:
        raise ValueError(f"space={space!r}: must hold a candidate that is no baseline")
    return found


def _course(plain: Experiment, linear: Experiment) -> list[Trial]:
    """The course's list: each technique in turn, its middle values first; then pairs and widths."""
    values = {
        name: sorted(of, key=lambda v: abs(list(of).index(v) - len(of) // 2))
        for name, of in SPACE.items()
    }
    turns = itertools.zip_longest(*([(name, v) for v in of] for name, of in values.items()))
    singles = [plain.replace(**dict([turn])) for turn in itertools.chain(*turns) if turn]
    pairs = [plain.replace(**pair) for pair in PAIRS]
    linears = [linear.replace(l2=strength) for strength in OF_LINEAR]
    widths = []
    for factor in (0.25, 2.0):
        hidden = tuple(min(max(round(factor * units), 1), 10_000) for units in plain.hidden)
        widths += [plain.replace(hidden=hidden, **more) for more in OF_WIDTH if plain.hidden]
    narrow, wide = widths[: len(widths) // 2], widths[len(widths) // 2 :]
    every = [*singles[:8], *pairs, *singles[8:], *linears, *narrow, *wide]
    return [_named(e, plain) for e in every]


def _combined(plain: Experiment, space: Mapping[str, Iterable]) -> list[Trial]:
    for name, values in space.items():
        if name not in FIELDS:
            plain.replace(**{name: None})  # says which fields there are
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise ValueError(f"space: {name}={values!r} must be a sequence of values")
    axes = [[(name, value) for value in values] for name, values in space.items()]
    changes = [[one] for axis in axes for one in axis]
    changes += [pair for two in itertools.combinations(axes, 2) for pair in itertools.product(*two)]
    return [_named(plain.replace(**dict(change)), plain) for change in changes]


def _named(e: Experiment, plain: Experiment) -> Trial:
    """A trial named by what makes it differ from the unregularised network."""
    differ = [name for name in FIELDS if getattr(e, name) != getattr(plain, name)]
    if not e.hidden and plain.hidden:
        differ = [name for name in differ if name not in ("hidden", "learning_rate")]
    words = [_words(name, getattr(e, name)) for name in differ]
    if not e.hidden and plain.hidden:
        return Trial(" with ".join([LINEAR, *filter(None, [listed(words)])]), e)
    return Trial(listed(words), e)


def _words(name: str, value) -> str:
    if name == "hidden":
        return f"{'-'.join(map(str, value))} units" if value else LINEAR
    if name in _LABELS:
        return f"{_LABELS[name]} {value:g}"
    return f"{name.replace('_', ' ')} {value}"
