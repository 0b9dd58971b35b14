"""Tests and the maintainers' commands; `python -m tests.tools.notebooks` and the like."""

import atexit
import os
import shutil
import sys
import tempfile

# Two seconds of every process that reads notebooks: a grammar of addresses, by which `jsonschema`
# checks a format that no notebook's schema names. Without it that check is left out.
sys.modules.setdefault("rfc3987_syntax", None)

# What is tested or measured is trained: nothing is taken from what was kept on disk before.
os.environ["COURSE_CACHE"] = ""

# Programs that one process of a run has compiled serve all its workers and kernels: what they train
# is the same to the bit (`tests/test_compiled.py`). Those of a run before do not count.
if "COURSE_PROGRAMS" not in os.environ:
    os.environ["COURSE_PROGRAMS"] = tempfile.mkdtemp(prefix="course-tests-")
    atexit.register(shutil.rmtree, os.environ["COURSE_PROGRAMS"], ignore_errors=True)

# Where several processes share the cores, the threads of a small matrix product wait for each
# other: a notebook of least squares took three times as long with them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
