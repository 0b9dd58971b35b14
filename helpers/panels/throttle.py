"""At most so many calls a second, never one behind another, and never without the last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Throttle:
    """Calls `send()` soon after each `request()`: at once if it may, else a little later.

    Requests that come in between are answered by one call. While a call is unanswered (`done()`
    has not come), the next waits up to `patience` seconds: a slow page is not flooded, a page
    that does not answer (hidden, or there is none) is still kept up to date now and then.

    Args:
        send: Does the work with what there is at that moment; called from any thread.
        rate: Most calls a second.
        patience: Seconds to wait for `done()`.
    """

    def __init__(self, send: Callable[[], None], rate: float = 30, patience: float = 0.25):
        if not rate > 0:
            raise ValueError(f"rate={rate!r}: must be above 0")
        self._send, self._pause, self._patience = send, 1 / rate, patience
        self._state = threading.Lock()  # guards the five fields below, held for moments only
        self._asked = self._waiting = self._closed = False
        self._last = -float("inf")
        self._timer: threading.Timer | None = None

    def request(self) -> None:
        """Ask for a call; from any thread."""
        self._go(asked=True)

    def done(self) -> None:
        """The last call has had its effect: the next need not wait for it."""
        self._go(done=True)

    def flush(self) -> None:
        """Answer an open request now, without waiting for anything."""
        self._go(now=True)

    def close(self) -> None:
        """Drop what is open; later requests do nothing."""
        with self._state:
            self._closed = True
            self._stop_timer()

    def _go(self, asked=False, done=False, now=False) -> None:
        with self._state:
            self._asked |= asked
            self._waiting &= not done
            if self._closed or not self._asked:
                return
            pause = max(self._pause, self._patience) if self._waiting else self._pause
            delay = 0 if now else self._last + pause - time.monotonic()
            if delay > 0:
                if self._timer is None or done:  # an answer brings the next call forward
                    self._stop_timer()
                    self._timer = threading.Timer(delay, self._go)
                    self._timer.daemon = True
                    self._timer.start()
                return
            self._stop_timer()
            self._asked, self._waiting, self._last = False, True, time.monotonic()
        self._send()  # without the lock: it may take locks of its own, and ask again

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
