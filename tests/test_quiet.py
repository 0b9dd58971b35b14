"""What a learner must not see: TensorFlow's notes at import, and slow imports without need."""

import subprocess
import sys

QUIET = """
import helpers
import tensorflow as tf
tf.function(lambda x: 2 * x, jit_compile=True)(tf.constant(1.0))
"""


def test_tensorflow_prints_nothing_when_helpers_comes_first():
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True)
    assert done.stdout == "" and done.stderr == ""
