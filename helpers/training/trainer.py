"""Training in steps: `Trainer`, the form that panels use."""

from collections.abc import Iterable
from types import SimpleNamespace

import numpy as np

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment, Run
from helpers.tasks import check_task
from helpers.training.bank import Bank
from helpers.training.planning import banks_of, experiments_in, in_order
from helpers.training.program import CHUNK
from helpers.validation import check_int


class Trainer:
    """Trains experiments side by side, some epochs at a time.

        trainer = Trainer(grid(base, l2=[0, 0.01]), parts)
        trainer.advance(epochs=10)
        trainer.set(l2=0.03)            # in force from the next batch on, recorded in the runs
        trainer.runs                    # list[Run], in the order given

    The first `advance` of a new shape compiles for some seconds; any later trainer of the same
    shape starts at once. A trainer is not safe to use from several threads at a time; several
    trainers are.

    Args:
        experiments: One or more `Experiment`; their `epochs` play no part here.
        parts: What `helpers.data.split` returns. The test set is not touched.
        xla: Whether to compile with XLA; None asks whether it works on this machine.

    Attributes:
        experiments: Those given, as a list.
        banks: What trains them, each some of them.

    Raises:
        ValueError: If there are no experiments.
        MemoryError: If one network alone needs more memory than the machine has.
    """

    def __init__(
        self,
        experiments: Experiment | Iterable[Experiment],
        parts: Parts,
        *,
        xla: bool | None = None,
    ):
        self.experiments, self._task = experiments_in(experiments), parts.task
        self._members = banks_of(self.experiments, parts)
        self.banks = [Bank([self.experiments[i] for i in m], parts, xla) for m in self._members]

    @property
    def epoch(self) -> int:
        """How many epochs have been trained."""
        return self.banks[0].epoch

    @property
    def runs(self) -> list[Run]:
        """What was recorded so far, one run per experiment, in the order given."""
        return in_order(self._members, [bank.runs for bank in self.banks])

    def advance(self, epochs: int = 1) -> None:
        """Train every experiment `epochs` epochs further.

        Raises:
            ValueError: If `epochs` is not a whole number of at least 1.
        """
        epochs = check_int("epochs", epochs, 1)
        for done in range(0, epochs, CHUNK):
            for bank in self.banks:
                bank.advance(min(CHUNK, epochs - done))

    def set(self, **hyperparameters) -> None:
        """Change hyperparameters from the next batch on; nothing is traced or compiled again.

        Args:
            **hyperparameters: For each name in `HYPERPARAMETERS`, one value for all experiments,
                or a sequence with one for each.

        Raises:
            ValueError: If a name cannot change while training, a value is outside its range,
                a sequence is not as long as the experiments are many, or the hyperparameter
                means nothing for the task. Nothing is changed.
        """
        checked = {}
        for name, values in hyperparameters.items():
            if name not in HYPERPARAMETERS:
                raise ValueError(
                    f"{name!r} cannot change while training: use {', '.join(HYPERPARAMETERS)}"
                )
            many = list(values) if np.iterable(values) else [values] * len(self.experiments)
            if len(many) != len(self.experiments):
                raise ValueError(f"{name}={values!r}: must be {len(self.experiments)} values")
            checked[name] = [HYPERPARAMETERS[name].check(value) for value in many]
            for value in checked[name]:
                check_task(SimpleNamespace(**{name: value}), self._task)
        for name, values in checked.items():
            for bank, members in zip(self.banks, self._members, strict=True):
                bank.set(name, [values[i] for i in members])

    def snapshot(self):
        """The state of this moment, for `restore`. Costs little."""
        return [bank.snapshot() for bank in self.banks]

    def restore(self, snapshot) -> None:
        """Go back to the moment of a snapshot of this trainer."""
        for bank, state in zip(self.banks, snapshot, strict=True):
            bank.restore(state)
