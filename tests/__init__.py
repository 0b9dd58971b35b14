"""Tests and the maintainers' commands; `python -m tests.tools.notebooks` and the like."""

import os

# What is tested or measured is trained: nothing is taken from what was kept on disk before.
os.environ["COURSE_CACHE"] = ""

# Where several processes share the cores, the threads of a small matrix product wait for each
# other: a notebook of least squares took three times as long with them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
