"""One background thread that does a job step by step and can be stopped between steps."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable

_alive: weakref.WeakSet = weakref.WeakSet()


class Worker:
    """Repeats `step()` in a daemon thread until it returns False; never two at a time.

    The thread exists only while there is something to do.

    Args:
        step: Does a little and returns whether there is more to do.
        ended: Called in the thread when it rests, with what went wrong or None.
    """

    def __init__(self, step: Callable[[], bool], ended: Callable[[Exception | None], None]):
        self._step, self._ended = step, ended
        self._lock = threading.Lock()  # guards the fields below
        self._thread: threading.Thread | None = None
        self._busy = self._asked = self._stopped = self._closed = False
        self._wake = threading.Event()  # set: do not sleep
        self._resting = threading.Event()  # set: no thread works, or will without a start
        self._resting.set()
        _alive.add(self)

    @property
    def working(self) -> bool:
        """Whether steps are being done and more may follow."""
        return self._busy and not self._stopped

    @property
    def hurried(self) -> bool:
        """Whether someone waits for it to rest."""
        return self._wake.is_set()

    def start(self) -> None:
        """Do at least one more step, and then as many as there are; from any thread."""
        with self._lock:
            if self._closed:
                return
            if self._stopped or not self._busy:
                self._wake.clear()
            self._asked, self._stopped = True, False
            if not self._busy:
                self._busy = True
                self._resting.clear()
                before = self._thread
                self._thread = threading.Thread(target=self._work, args=(before,), daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Rest after the present step; returns at once."""
        with self._lock:
            self._stopped, self._asked = True, False
            self._wake.set()

    def wait(self) -> None:
        """Return when it rests. An interrupt (Ctrl-C, or the kernel's) stops it first.

        It does not wait in `Thread.join`: up to Python 3.12 an interrupted join takes the thread
        for dead (bpo-45274), and ipykernel closes the socket of a dead thread, so that the
        thread's next message to the page failed with "Socket operation on non-socket".
        """
        try:
            while not self._resting.wait(0.1):
                pass  # short, so that an interrupt gets through on every system
        except KeyboardInterrupt:
            self.stop()
            raise

    def sleep(self, seconds: float) -> None:
        """Let time pass between two steps; ends early when there is a reason to."""
        if seconds > 0:
            self._wake.wait(seconds)

    def hurry(self) -> None:
        """End a sleep, and do not sleep again until it has rested."""
        self._wake.set()

    def close(self) -> None:
        """Stop for good and wait for the thread to end (a step that compiles takes seconds)."""
        with self._lock:
            self._closed = self._stopped = True
            self._wake.set()
        if self._thread is not threading.current_thread():
            self._resting.wait()

    def _work(self, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()  # it is only saying good-bye
        more, error = True, None
        while self._goes_on(more):
            try:
                more = self._step()
            except Exception as problem:
                error = problem
                self.stop()
        try:
            self._ended(error)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():  # else a start made another
                    self._thread = None
                    self._resting.set()

    def _goes_on(self, more: bool) -> bool:
        with self._lock:  # else a start could slip in between the last step and the rest
            self._busy = not self._stopped and (more or self._asked)
            self._asked = False
            return self._busy


@atexit.register
def _close_all() -> None:
    # a daemon thread inside TensorFlow while Python shuts down can crash the process
    for worker in list(_alive):
        worker.close()
