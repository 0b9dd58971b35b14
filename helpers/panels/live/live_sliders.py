"""`LiveSliders`: the sliders of `LiveLab`, and what they ask for."""

import dataclasses
import itertools
from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace

from helpers.data import Parts
from helpers.experiment import HYPERPARAMETERS, Experiment
from helpers.panels.base.panel import Panel
from helpers.panels.base.slider import SLIDERS, HyperparameterSlider, hidden_of, value_of
from helpers.tasks import check_task
from helpers.validation import check_choice

OF_OPTIMIZER = ("optimizer", "learning_rate", "batch_size")
_SPLIT_NAMES = {"rows": "train", "label_noise": "flip_labels"}  # arguments of `split`


class LiveSliders(Panel):
    """A panel with a slider for each hyperparameter of one run; see `LiveLab`."""

    def _make_slider(self, name: str) -> HyperparameterSlider:
        hyperparameter = SLIDERS[name]
        if name == "rows":  # no more than the table has
            most = max(self.parts.max_train, self.parts.recipe["train"])
            places = tuple(p for p in hyperparameter.positions if p <= most)
            hyperparameter = dataclasses.replace(hyperparameter, high=most + 1, positions=places)
        if name == "label_noise" and not self.parts.task.classifies:
            hyperparameter = dataclasses.replace(hyperparameter, label="wrong targets")
        if name == "label_smoothing":
            check_task(SimpleNamespace(label_smoothing="a slider"), self.parts.task)
        return HyperparameterSlider(hyperparameter, value_of(name, self.base, self.parts))

    def preset(self, name: str) -> None:
        """Set all sliders at once and restart.

        Raises:
            ValueError: If there is no preset of this name.
        """
        self._set_all(self.presets[check_choice("preset", name, tuple(self.presets))])
        self.restart()

    @property
    def experiment(self) -> Experiment:
        """The experiment that a restart would train."""
        chosen = self._optimizers[self.optimizer.value] if self.optimizer else {}
        changes = {**chosen, **self._values(HYPERPARAMETERS)}
        if "width" in self.sliders:
            changes["hidden"] = hidden_of(self.base, self.sliders["width"].value)
        return self.base.replace(**changes, seed=self.seed)

    @property
    def settings(self) -> str:
        """Where sliders and seed stand: "l2=0.03, dropout=0, seed=2"; set it to get there."""
        values = [f"{name}={slider.value:g}" for name, slider in self.sliders.items()]
        values += [f"optimizer={self.optimizer.value}"] if self.optimizer else []
        return ", ".join([*values, f"seed={self.seed}"])

    @settings.setter
    def settings(self, text: str) -> None:
        found, allowed = {}, [*self.sliders, "seed"]
        optimizer = self.optimizer.value if self.optimizer else None
        for item in filter(None, map(str.strip, text.split(","))):
            name, _, number = map(str.strip, item.partition("="))
            if name == "optimizer" and self.optimizer:
                optimizer = check_choice(name, number, tuple(self._optimizers))
                continue
            try:
                found[allowed[allowed.index(name)]] = float(number)
            except ValueError:
                raise ValueError(
                    f"settings={text!r}: {name!r} with {number!r}: must be name=number, "
                    f"names from {', '.join(allowed)}"
                ) from None
        seed = self.base.replace(seed=found.pop("seed", self.seed)).seed
        self._set_all(self._checked(found))
        self.seed = seed
        if self.optimizer:
            self.optimizer.value = optimizer
        self._show()

    @property
    def parts_wanted(self) -> Parts:
        """The rows that a restart would train on."""
        changes = {_SPLIT_NAMES[name]: v for name, v in self._values(_SPLIT_NAMES).items()}
        if all(self.parts.recipe[name] == value for name, value in changes.items()):
            return self.parts
        return self.parts.replace(**changes)

    def _most_weights(self) -> int:
        """How many weights the widest network has that the sliders offer."""
        width = self.sliders["width"].positions[-1] if "width" in self.sliders else None
        hidden = hidden_of(self.base, width) if width else self.base.hidden
        layers = (self.parts.n_features, *hidden, self.parts.task.outputs)
        return sum(before * after for before, after in itertools.pairwise(layers))

    def _values(self, names: Collection[str] = SLIDERS) -> dict[str, float]:
        return {name: slider.value for name, slider in self.sliders.items() if name in names}

    def _set_all(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.sliders[name].value = value

    def _checked(self, values: Mapping[str, float]) -> dict[str, float]:
        return {name: self.sliders[name].hyperparameter.check(v) for name, v in values.items()}

    def _make_presets(
        self, presets: Mapping[str, Mapping[str, float]] | None
    ) -> dict[str, dict[str, float]]:
        if not presets:
            off = {n: 0 for n in self._values(HYPERPARAMETERS) if SLIDERS[n].low_allowed}
            presets = {"no regularisation": off} if off else {}
        for values in presets.values():
            if not set(values) <= set(self.sliders):
                allowed = list(self.sliders)
                raise ValueError(f"presets: {dict(values)!r} must name sliders of {allowed}")
        return {name: self._values() | self._checked(v) for name, v in presets.items()}

    def _make_optimizers(self, optimizers: Mapping[str, Mapping] | None) -> dict[str, dict]:
        for name, changes in (optimizers or {}).items():
            check_names(f"optimizers[{name!r}]", tuple(changes), OF_OPTIMIZER)
            self.base.replace(**changes)
        return {name: dict(changes) for name, changes in (optimizers or {}).items()}

    def _optimizer_of(self, experiment: Experiment) -> str:
        """The name of the choice that an experiment was made with; "" without a choice."""
        fields = [name for name in OF_OPTIMIZER if name not in self.sliders]

        def values(e: Experiment) -> list:
            return [getattr(e, name) for name in fields]

        wanted = values(experiment)
        fitting = (
            n for n, c in self._optimizers.items() if values(self.base.replace(**c)) == wanted
        )
        return next(fitting, "")


def check_names(field: str, names: Sequence[str], allowed: Collection[str]) -> None:
    """Check that an argument holds different names.

    Raises:
        ValueError: If it is no sequence of such, or a name is not allowed.
    """
    if isinstance(names, str) or not set(names) <= set(allowed) or len(set(names)) < len(names):
        raise ValueError(f"{field}={names!r}: must be different names of {', '.join(allowed)}")
