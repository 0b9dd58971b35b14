"""Helpers of the course: experiments, data, training, metrics, drawing, search and panels.

`import helpers` loads nothing else. Each module imports only those above it in the table of
CONTRIBUTING.md.

Import something of it before `keras` or `tensorflow`, so that the settings below are in time.
"""

import os

# TensorFlow reads these once, when it is first imported. The first hides its notes, and lines that
# it calls errors: one for each compiled program that is read from disk (exceptions come as they
# are); the second does without the oneDNN kernels, which announce themselves at every
# import whatever the first says, and add up in an order of their own.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
