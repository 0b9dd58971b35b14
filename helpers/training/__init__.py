"""Trains one experiment, or hundreds, as one compiled program.

    runs = train(grid(base, l2=[0, 0.01], seed=range(5)), parts)
    trainer = Trainer(experiments, parts)       # the same, some epochs at a time

Experiments that agree in shape and control flow (`hidden`, `activation`, `proximal`,
`penalise_output`, `optimizer`, `batch_size`, `class_weight`) form a bank. A bank is one Keras
model mapped over stacked weights: hyperparameters and seeds are numbers that its members do not
share. The
whole loop over epochs and batches is a single XLA program where XLA is to be had; the same
program runs without it, more slowly. A compiled program is kept on disk for the next kernel.

Everything random comes from seed and epoch alone, so that a run is the same
whoever trains beside it.
"""

from pathlib import Path

from helpers import models  # noqa: F401  first, because it knows how to import TensorFlow
from helpers.training.compiled import xla_works
from helpers.training.executors import train
from helpers.training.noise import noise_key, row_order, uniform_noise
from helpers.training.planning import bank_bytes
from helpers.training.trainer import Trainer

__all__ = ["Trainer", "bank_bytes", "noise_key", "row_order", "train", "uniform_noise", "xla_works"]

# of the code that runs, whatever becomes of the files
SOURCE = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))

xla_works()  # now, because it is the first operation that says where compiled programs lie
