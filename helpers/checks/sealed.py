"""The capstone's seal: the report's network on rows that nothing was chosen by."""

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from helpers import metrics, reference
from helpers.checks.estimates import Measured, measured
from helpers.checks.report import REFERENCE, with_settings, written_report
from helpers.checks.verdicts import Verdict, verdict
from helpers.data import Part, Parts
from helpers.experiment import Experiment, Run, grid

OFF = 0.05  # losses that differ by more, as a share, are those of another network


@dataclass(frozen=True, repr=False)
class SealedResult(Verdict):
    """A verdict with what was measured on the sealed rows; shown, it is a picture too.

    Attributes:
        accuracy: {"unregularised", "yours", "reference"}: accuracies on the sealed rows.
        gain: {"unregularised", "reference"}: yours minus that one's, paired row by row.
        by_seed: {"unregularised", "yours", "reference"}: the accuracy of each seed: (seeds,).
        opened: How often the seal was open by then.
        expected: The accuracy that the report expects, from where to where.
        baseline: The accuracy there of always predicting the majority class of the training rows.
        rows: How many rows are sealed.
    """

    accuracy: dict[str, Measured] = field(default_factory=dict)
    gain: dict[str, Measured] = field(default_factory=dict)
    by_seed: dict[str, np.ndarray] = field(default_factory=dict)
    opened: int = 1
    expected: tuple[float, float] = (0.0, 1.0)
    baseline: float = 0.0
    rows: int = 0

    def _repr_png_(self):
        """The picture, and what it shows for those who cannot see it."""
        from helpers.drawing.alt_text import describe
        from helpers.drawing.comparison import comparison

        often = "once" if self.opened == 1 else f"{self.opened} times: no longer a test"
        figure = comparison(
            self.text,
            f"{self.rows} sealed rows, opened {often}",
            self.accuracy,
            self.gain,
            expected=self.expected,
            baseline=self.baseline,
        )
        made = io.BytesIO()
        figure.savefig(made, format="png", dpi=100)
        return made.getvalue(), {"alt": describe(figure)}


def sealed_result(
    report, parts: Parts, base: Experiment, reference_settings: Mapping[str, float] | None = None
) -> Verdict:
    """Train what the report says, open the seal, and compare; words here, numbers in a picture.

    The seal stays closed while the report is not complete (`written_report`) or does not fit
    what training gives. All three networks are trained with the report's seeds on the same rows.

    Args:
        report: As in `written_report`.
        parts: The rows of the brief; their test set is opened.
        base: The unregularised network of the brief.
        reference_settings: What else to compare with; `REFERENCE` if None.

    Returns:
        A `SealedResult`, or the plain verdict on a report that is not ready.
    """
    found = written_report(report, base)
    known = (*found.known, *_HINTS, "no gain")
    if not found:
        return replace(found, known=known)
    from helpers.training import train

    theirs = REFERENCE if reference_settings is None else reference_settings
    networks = {
        "unregularised": base,
        "yours": with_settings(base, report["settings"]),
        "reference": with_settings(base, theirs),
    }
    seeds = sorted({int(seed) for seed in report["seeds"]})
    everything = [one for network in networks.values() for one in grid(network, seed=seeds)]
    trained = iter(train(everything, parts, progress=False))
    runs = {name: list(itertools.islice(trained, len(seeds))) for name in networks}
    if name := _not_as_told(report, runs["yours"]):
        return verdict("Not quite", _HINTS[name], known, name)

    test = parts.test.open("how good is the network of the report?")
    opened = len(parts.test.opened)
    right = {name: np.array([_right(run, test) for run in some]) for name, some in runs.items()}
    accuracy = {name: measured(values) for name, values in right.items()}
    gain = {n: measured(right["yours"] - right[n]) for n in ("unregularised", "reference")}
    low, high = report["expected_accuracy"]
    said = [
        _compared(gain["unregularised"], "the unregularised network"),
        "the reference is this very network"
        if networks["yours"] == networks["reference"]
        else _compared(gain["reference"], "the reference"),
        _met(accuracy["yours"].mean, low, high),
    ]
    if opened > 1:
        said = [f"the test set has been opened {opened} times: {_HINTS['opened before']}"]
    improved = gain["unregularised"].mean > 2 * gain["unregularised"].error
    mistake = "opened before" if opened > 1 else None if improved else "no gain"
    found = verdict("Not quite" if mistake else "Correct", "; ".join(said), known, mistake)
    return SealedResult(
        **vars(found),
        accuracy=accuracy,
        gain=gain,
        by_seed={name: values.mean(axis=1) for name, values in right.items()},
        opened=opened,
        expected=(low, high),
        baseline=metrics.baseline_accuracy(parts.train.y, test.y),
        rows=len(test),
    )


_HINTS = {
    "diverged": "with these settings training diverged, so there is no network to test",
    "losses of another network": "these validation losses are not what the settings give with "
    "these seeds on the rows of the brief; the seal stays closed until they are",
    "opened before": "this is no longer a test, and its rows are now worth what validation rows "
    "are worth",
}


def _right(run: Run, part: Part) -> np.ndarray:
    """1 where a network is right, else 0: (rows,)."""
    outputs = reference.forward(part.x, run.weights, run.experiment.activation)
    return (reference.predicted(outputs) == part.y).astype(float)


def _not_as_told(report, runs: Sequence[Run]) -> str | None:
    """The mistake that shows before the seal is opened, if any."""
    if any(run.diverged for run in runs):
        return "diverged"
    given = np.mean(list(report["validation_losses"]))
    trained = np.mean([metrics.final_loss(run) for run in runs])
    return "losses of another network" if abs(given - trained) > OFF * trained else None


def _compared(gain: Measured, other: str) -> str:
    if abs(gain.mean) <= 2 * gain.error:
        return f"within noise of {other}, less than two standard errors away"
    which = "better" if gain.mean > 0 else "worse"
    return f"{which} than {other} by more than two standard errors"


def _met(accuracy: float, low: float, high: float) -> str:
    if low <= accuracy <= high:
        return "as accurate as expected"
    return f"{'less' if accuracy < low else 'more'} accurate than expected"
