"""Commands for maintainers: `python -m tests.tools.notebooks` and the like."""
