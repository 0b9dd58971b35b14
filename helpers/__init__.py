"""Helpers of the course: experiments, data, training, measures, plots and panels.

`import helpers` loads nothing else. Each module imports only those before it:
experiment, data, reference, measures, plots, models, training, checks, panels.
"""

import os

# TensorFlow reads this once, when it is first imported: hide its notes, keep its errors.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
