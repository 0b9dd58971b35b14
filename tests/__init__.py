"""Tests and the maintainers' commands; `python -m tests.tools.notebooks` and the like."""

import os
import sys

# Two seconds of every process that reads notebooks: a grammar of addresses, by which `jsonschema`
# checks a format that no notebook's schema names. Without it that check is left out.
sys.modules.setdefault("rfc3987_syntax", None)

# What is tested or measured is trained: nothing is taken from what was kept on disk before.
os.environ["COURSE_CACHE"] = ""

# Where several processes share the cores, the threads of a small matrix product wait for each
# other: a notebook of least squares took three times as long with them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
