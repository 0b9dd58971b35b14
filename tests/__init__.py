"""Tests and the maintainers' commands; `python -m tests.notebooks` and the like."""

import os

# What is tested or measured is trained: nothing is taken from what was kept on disk before.
os.environ["COURSE_CACHE"] = ""
