"""What a panel does in its thread, one job at a time."""

import threading
from collections.abc import Callable

from helpers.panels.base.worker import Worker

READING = "reading"  # the job whose place a later one of its kind takes


class Jobs:
    """Does jobs in a thread; it can be waited for and closed as a `Worker`.

    Args:
        fail: Is given what went wrong in a job.
        changed: Called when a job begins and when all have ended.

    Attributes:
        doing: What is being done, in words; "" at rest.
    """

    def __init__(self, fail: Callable[[BaseException], None], changed: Callable[[], None]):
        self._fail, self._changed = fail, changed
        self._lock = threading.Lock()
        self._next: tuple[str, Callable[[], None]] | None = None
        self.doing = ""
        self._worker = Worker(self._step, self._rest)
        self.wait, self.close = self._worker.wait, self._worker.close

    @property
    def wanted(self) -> bool:
        """Whether the job shall go on: not if the panel was closed, or a wait was interrupted."""
        return self._worker.working

    @property
    def awaited(self) -> bool:
        """Whether someone waits for the end of it."""
        return self._worker.hurried

    @property
    def resting(self) -> bool:
        """Whether a job can be begun."""
        return self.doing in ("", READING)

    def begin(self, words: str, job: Callable[[], None]) -> None:
        """Do a job.

        Raises:
            RuntimeError: If something else than reading is being done.
        """
        with self._lock:
            if not self.resting:
                raise RuntimeError(f"still {self.doing}: wait() until it has ended")
            self._next, self.doing = (words, job), words
        self._worker.start()
        self._changed()

    def _step(self) -> bool:
        with self._lock:
            (_, job), self._next = self._next or ("", None), None
        problem = None
        try:
            if job is not None:
                job()
        except Exception as error:
            problem = error
        with self._lock:
            more = self._next is not None
            self.doing = self._next[0] if more else ""
        if problem is not None:
            self._fail(problem)
        return more

    def _rest(self, problem: BaseException | None) -> None:
        if problem is not None:
            self._fail(problem)
        self._changed()
