"""What all tests share."""

from hypothesis import settings

# The same examples every time, on a machine of any speed.
settings.register_profile("course", deadline=None, derandomize=True, database=None)
settings.load_profile("course")
