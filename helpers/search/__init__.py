"""Search: does regularisation help on these rows, which kind, and by how much?

    result = search(parts, minutes=2)
    result                              # the verdict in sentences
    result.draw()                       # candidates ranked, with intervals
    result.open_test("the choice is made")

`helpers.search.space` says what is compared, `rounds` how the time is spent, and `statistics` why
the answer is not flattered by having chosen the best of many.
"""

from helpers.search.opening import Opened
from helpers.search.result import Candidate, SearchResult
from helpers.search.searching import Progress, search
from helpers.search.space import Trial, default_base, trials_of

__all__ = [
    "Candidate",
    "Opened",
    "Progress",
    "SearchResult",
    "Trial",
    "default_base",
    "search",
    "trials_of",
]
