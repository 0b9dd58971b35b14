"""What a learner must not see: TensorFlow's notes at import, and warnings of what is meant so."""

QUIET = """
import helpers
import tensorflow as tf
tf.function(lambda x: 2 * x, jit_compile=True)(tf.constant(1.0))
"""


def test_tensorflow_prints_nothing_when_helpers_comes_first(interpreter):
    done = interpreter("-c", QUIET)
    assert done.stdout == "" and done.stderr == ""


SHAPES = """
from helpers.data import load, split
from helpers.experiment import Experiment
from helpers.training import train

parts = split(load("cells"), train=8, validation=8)
train([Experiment(hidden=(w,), epochs=1) for w in range(2, 8)], parts, progress=False, xla=False)
"""


def test_many_shapes_bring_no_warning(interpreter):
    done = interpreter("-c", SHAPES)
    assert done.stdout == "" and done.stderr == ""
