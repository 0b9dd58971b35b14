"""One background thread that does a job step by step and can be stopped between steps."""

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

    def __init__(self, step: Callable[[], bool], ended: Callable[[BaseException | None], None]):
        self._step, self._ended = step, ended
        self._changed = threading.Condition()  # guards the fields below
        self._thread: threading.Thread | None = None
        self._busy = self._asked = self._stopped = self._hurried = self._closed = False
        _alive.add(self)

    @property
    def working(self) -> bool:
        """Whether steps are being done and more may follow."""
        return self._busy and not self._stopped

    @property
    def hurried(self) -> bool:
        """Whether someone waits for it to rest."""
        return self._hurried

    def start(self) -> None:
        """Do at least one more step, and then as many as there are; from any thread.

        A sleep between two steps ends.
        """
        with self._changed:
            if self._closed:
                return
            if not self.working:
                self._hurried = False
            self._busy = self._asked = True
            self._stopped = False
            self._changed.notify_all()
            if self._thread is None:
                self._begin()

    def stop(self) -> None:
        """Rest after the present step; returns at once."""
        with self._changed:
            self._stopped, self._asked = True, False
            self._changed.notify_all()

    def wait(self) -> None:
        """Return when it rests; until then it does not sleep. An interrupt stops it first.

        It does not wait in `Thread.join`: up to Python 3.12 an interrupted join takes the thread
        for dead (bpo-45274), and ipykernel closes the socket of a dead thread, so that the
        thread's next message to the page failed with "Socket operation on non-socket".
        """
        try:
            with self._changed:
                self._hurried = True
                self._changed.notify_all()
                while self._thread is not None:
                    self._changed.wait(0.1)  # short: interrupts get through on every system
        except KeyboardInterrupt:
            self.stop()
            raise

    def sleep(self, seconds: float) -> None:
        """Let time pass between two steps; ends early when there is a reason to."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._stopped or self._hurried, seconds)

    def close(self) -> None:
        """Stop for good and wait for the thread to end (a step that compiles takes seconds)."""
        with self._changed:
            self._closed = self._stopped = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            self.wait()
            thread.join()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        more, error = True, None
        while self._goes_on(more):
            try:
                more = self._step()
            except BaseException as problem:  # else nobody would hear of it, and `wait` hang
                error = problem
                self.stop()
        try:
            self._ended(error)
        finally:
            with self._changed:
                self._thread = None
                if self._busy:  # a start came while it said that it rests
                    self._begin()
                self._changed.notify_all()

    def _goes_on(self, more: bool) -> bool:
        with self._changed:  # else a start could slip in between the last step and the rest
            self._busy = not self._stopped and (more or self._asked)
            self._asked = False
            return self._busy


@atexit.register
def _close_all() -> None:
    # a daemon thread inside TensorFlow while Python shuts down can crash the process
    for worker in list(_alive):
        worker.close()
